"""What bf16 brings a CPU that has units for it (AMX).

python benchmarks/training/bf16_on_a_cpu.py [--rounds 3]

Forward and backward of a BERT of 4 layers of 384 without dropout, as a student is distilled: in single precision, in
bf16 as PyTorch has it, and in bf16 with attention in single precision, as the training loop has it. One thread.
"""

import argparse
import statistics
import time

import torch
from transformers import BertConfig, BertModel
from transformers.modeling_utils import ALL_ATTENTION_FUNCTIONS

from alambic.training.kernels import attend_in_full

SHAPE = {"hidden_size": 384, "num_hidden_layers": 4, "num_attention_heads": 12, "intermediate_size": 1536}
BATCHES = ((64, 56), (16, 256))  # sequences, tokens
WARM, STEPS = 2, 4


def main() -> None:
    """Print a row per shape of batch, a column per way; they take turns."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    torch.set_num_threads(1)
    model = BertModel(BertConfig(vocab_size=11_042, **SHAPE), add_pooling_layer=False).eval()
    whole = ALL_ATTENTION_FUNCTIONS["sdpa"]
    attend_in_full()
    ways = {
        "fp32": (False, whole),
        "bf16": (True, whole),
        "bf16, attention in fp32": (True, ALL_ATTENTION_FUNCTIONS["sdpa"]),
    }
    print("| batch | " + " | ".join(f"{way}, tokens per processor second" for way in ways) + " |\n|---|---|---|---|")
    for sequences, tokens in BATCHES:
        speeds: dict[str, list[float]] = {way: [] for way in ways}
        for _ in range(given.rounds):
            for way, (half, attention) in ways.items():
                ALL_ATTENTION_FUNCTIONS.register("sdpa", attention)
                speeds[way].append(speed(model, sequences, tokens, half=half))
        cells = [f"{statistics.median(s):,.0f} ({min(s):,.0f} to {max(s):,.0f})" for s in speeds.values()]
        print(f"| {sequences} x {tokens} | " + " | ".join(cells) + " |", flush=True)


def speed(model: BertModel, sequences: int, tokens: int, *, half: bool) -> float:
    """Read and learn random pieces, a part of the sequences padded; return tokens per processor second."""
    ids = torch.randint(11_042, (sequences, tokens))
    mask = torch.ones_like(ids)
    mask[: sequences // 2, -6:] = 0
    for step in range(WARM + STEPS):
        if step == WARM:
            begun = time.process_time()
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=half):
            loss = model(input_ids=ids, attention_mask=mask).last_hidden_state.float().pow(2).mean()
        loss.backward()
        model.zero_grad()
    return STEPS * ids.numel() / (time.process_time() - begun)


if __name__ == "__main__":
    main()
