"""Writing against transformers' own `generate`, and constrained against free, on the same texts in one run.

An encoder-decoder model and a causal one of drawn weights, sources of mixed lengths, ICD-10-like codes. Texts are given
in the order in which they come, as a user of transformers would batch them; ours sorts them. Processor seconds of one
thread; ways take turns, so that a busy machine slows them alike. The median of the rounds is shown, and the ratio.

python benchmarks/generation/decoding.py [--texts 128] [--rounds 3] [--codes 40000] [--beams 4]
"""

import argparse
import random
import time
from collections.abc import Callable
from statistics import median
from typing import Any

import torch
from transformers import GenerationConfig, LlamaConfig, LlamaForCausalLM, T5Config, T5ForConditionalGeneration

from alambic.models.decoding import SEQUENCES_AT_ONCE, Search, write
from alambic.models.padding import padded
from alambic.models.token_table import table_of_lists

PAD, END, START, OPENS, FIRST = 0, 1, 2, 3, 4
PIECES = 8000
CATEGORIES, FURTHER = 2000, 40
VOCABULARY = PIECES + CATEGORIES + FURTHER
LONGEST = 24


def main() -> None:
    """Measure all ways."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name, default in (("texts", 128), ("rounds", 3), ("codes", 40_000), ("beams", 4)):
        parser.add_argument(f"--{name}", type=int, default=default)
    given = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(0)
    draws = random.Random(0)
    texts = [
        [draws.randrange(FIRST, PIECES) for _ in range(draws.choice((4, 6, 8, 12, 20, 48)))] for _ in range(given.texts)
    ]
    codes = sorted(
        {
            (
                PIECES + draws.randrange(CATEGORIES),
                *(PIECES + CATEGORIES + draws.randrange(FURTHER) for _ in range(n % 3)),
            )
            for n in range(2 * given.codes)
        }
    )[: given.codes]
    table = table_of_lists(codes, vocabulary=VOCABULARY, end=END, opens=OPENS, most=8, text=range(FIRST, PIECES))
    allowed = prefix_function(codes)
    print(f"| model | beams | way | s | tokens | ms a token | against transformers |\n{'|---' * 7}|")
    for name, model in (("encoder-decoder", encoder_decoder()), ("causal", causal())):
        before = 1 if name == "encoder-decoder" else None
        for beams in (1, given.beams):
            start = START if before else None
            plain = Search(END, PAD, LONGEST, start=start, beams=beams)
            bound = Search(END, PAD, LONGEST, start=start, beams=beams, table=table)
            ways: dict[str, Callable[[], int]] = {
                "free": lambda plain=plain, model=model: count(write(model, texts, plain)),
                "constrained": lambda bound=bound, model=model: count(write(model, texts, bound)),
                "transformers, free": lambda model=model, b=beams, s=before: theirs(model, texts, b, s),
                "transformers, constrained": lambda model=model, b=beams, s=before: theirs(model, texts, b, s, allowed),
            }
            show(name, beams, take_turns(ways, given.rounds))


def encoder_decoder() -> Any:
    """Make a T5."""
    config = T5Config(
        vocab_size=VOCABULARY, d_model=256, d_kv=64, d_ff=512, num_layers=4, num_heads=4, decoder_start_token_id=START
    )
    return T5ForConditionalGeneration(config).eval()


def causal() -> Any:
    """Make a Llama."""
    config = LlamaConfig(
        vocab_size=VOCABULARY,
        hidden_size=256,
        intermediate_size=512,
        num_hidden_layers=4,
        num_attention_heads=4,
        tie_word_embeddings=True,
        pad_token_id=PAD,
        eos_token_id=END,
    )
    return LlamaForCausalLM(config).eval()


def theirs(model: Any, texts: list[list[int]], beams: int, before: int | None, allowed: Any = None) -> int:
    """Let transformers write, as many texts at once as ours; give the tokens."""
    size, tokens = max(1, SEQUENCES_AT_ONCE["cpu"] // beams), 0
    config = GenerationConfig(
        max_new_tokens=LONGEST,
        num_beams=beams,
        eos_token_id=END,
        pad_token_id=PAD,
        decoder_start_token_id=START if before else None,
    )
    model.generation_config = config
    for first in range(0, len(texts), size):
        inputs = padded(texts[first : first + size], fill=PAD, left=before is None)
        skipped = before or inputs["input_ids"].shape[1]
        further = {"prefix_allowed_tokens_fn": lambda _, ids, n=skipped: allowed(ids[n:].tolist())} if allowed else {}
        with torch.inference_mode():
            ids = model.generate(**inputs, generation_config=config, **further)[:, skipped:].tolist()
        tokens += sum(row.index(END) + 1 if END in row else len(row) for row in ids)
    return tokens


def prefix_function(codes: list[tuple[int, ...]]) -> Callable[[list[int]], list[int]]:
    """Walk a nested dictionary from the start at each step, as the documentation of transformers has it."""
    trie: dict[int, Any] = {}
    for code in codes:
        node = trie
        for token in code:
            node = node.setdefault(token, {})
        node[END] = {}
    texts, roots = [OPENS, *range(FIRST, PIECES)], [END, *trie]

    def allowed(written: list[int]) -> list[int]:
        if OPENS not in written:
            return [OPENS] if len(written) >= 8 else texts
        rest, node = written[written.index(OPENS) + 1 :], trie
        if END in rest:
            return [PAD]
        if not rest:
            return roots
        for token in rest:
            node = node[token] if token in node else trie[token]
        return [*node, *trie] if END in node else [*node]

    return allowed


def count(written: list[Any]) -> int:
    """Count the tokens that were written."""
    return sum(len(each.log_probs) for each in written)


def take_turns(ways: dict[str, Callable[[], int]], rounds: int) -> dict[str, tuple[float, int]]:
    """Give the median processor seconds of each way, and its tokens."""
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    tokens: dict[str, int] = {}
    for _ in range(rounds):
        for name, way in ways.items():
            started = time.process_time()
            tokens[name] = way()
            seconds[name].append(time.process_time() - started)
    return {name: (median(each), tokens[name]) for name, each in seconds.items()}


def show(model: str, beams: int, measured: dict[str, tuple[float, int]]) -> None:
    """Print rows of the table."""
    for name, (seconds, tokens) in measured.items():
        other = measured.get(f"transformers, {name}")
        ratio = "" if other is None else f"{other[0] / other[1] / (seconds / tokens):.2f} x"
        print(f"| {model} | {beams} | {name} | {seconds:.2f} | {tokens} | {1000 * seconds / tokens:.3f} | {ratio} |")


if __name__ == "__main__":
    main()
