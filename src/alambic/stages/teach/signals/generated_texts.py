"""The texts that a causal teacher generates after the beginning of each document.

Sequence-level distillation (Kim and Rush 2016, arXiv 1606.07947): a student learns the teacher's likeliest text rather
than its distribution at each token. It needs no common tokenizer, and a few bytes a token.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import pyarrow as pa
from pydantic import Field, NonNegativeFloat, NonNegativeInt, PositiveInt

from alambic.data.documents import Document
from alambic.errors import UserError
from alambic.models.causal import first_token
from alambic.models.opening import open_config, open_tokenizer
from alambic.models.positions import usable_positions
from alambic.models.text_tokens import tokenize, tokenize_beginning
from alambic.stages.teach.generator import GenerationRequest
from alambic.stages.teach.generators import open_generator
from alambic.stages.teach.token_distributions import seeded
from alambic.stages.teach.windows import Window, batched

REPLACES_TEXT = True  # a student reads it instead of the rest of the corpus's text
ARCHITECTURES = ("ForCausalLM", "LMHeadModel", "ForConditionalGeneration")  # of its teacher

SCHEMA = pa.schema(
    [("id", pa.string()), ("read", pa.int32()), ("written", pa.string()), ("tokens", pa.int32()), ("ended", pa.bool_())]
)


def capture(
    teacher: Path,
    *,
    read_tokens: Annotated[int, Field(ge=1)] = 32,
    new_tokens: PositiveInt = 64,
    temperature: NonNegativeFloat = 0.0,
    seed: NonNegativeInt = 0,
) -> Callable[[list[Document]], pa.Table]:
    """Load the teacher; return what turns documents into a table of what it writes after their beginnings.

    It reads whole words, of `read_tokens` tokens at most, and writes up to `new_tokens`: the likeliest each time at
    temperature 0, else drawn from the document's own draws. A row holds a document: id, read (characters of the
    document that it read), written (its text), tokens (how many these were) and ended (whether it came to an end).
    Which library generates is a site's choice (`alambic.stages.teach.generators`).
    """
    tokenizer, config = open_tokenizer(teacher), open_config(teacher)
    if config.is_encoder_decoder or not tokenizer.is_fast:
        raise UserError(f"{teacher}: generated_texts needs a causal model with a fast tokenizer")
    start, end = first_token(tokenizer), tokenizer.eos_token_id
    longest = usable_positions(config)
    if longest and 1 + read_tokens + new_tokens > longest:
        raise UserError(
            f"generated_texts: read_tokens {read_tokens} and new_tokens {new_tokens} are more than the {longest} "
            "tokens that the teacher reads: lower one of them"
        )
    generator = open_generator(teacher, GenerationRequest(read_tokens, new_tokens, start, end, temperature))

    def capture_documents(documents: list[Document]) -> pa.Table:
        prompts = [_beginning(tokenizer, document.text, read_tokens) for document in documents]
        written: dict[int, list[int]] = {}
        windows = [Window(owner, 0, ids, offsets) for owner, (ids, offsets, _) in enumerate(prompts) if ids]
        for batch in batched(windows, most=generator.most):
            names = [documents[window.owner].id for window in batch]
            seeds = [seeded(seed, name, 0).initial_seed() for name in names] if temperature else None
            generated = generator.generate([[start, *window.ids] for window in batch], seeds)
            written |= {window.owner: ids for window, ids in zip(batch, generated, strict=True)}
        rows = [
            _row(tokenizer, document, read, ids, written.get(owner, []))
            for owner, (document, (ids, _, read)) in enumerate(zip(documents, prompts, strict=True))
        ]
        table = pa.Table.from_pylist(rows, schema=SCHEMA)
        return table.replace_schema_metadata({"tokens": str(sum(row["tokens"] for row in rows))})

    return capture_documents


def _beginning(tokenizer: Any, text: str, tokens: int) -> tuple[list[int], Any, int]:
    """Give the first words of a text, `tokens` tokens at most: ids, offsets, and how many characters they take."""
    read = int(tokenize_beginning(tokenizer, text, longest=tokens).ends.max(initial=0))
    if read < len(text) and not text[read].isspace():  # within a word: leave it to the teacher
        read = max((index for index in range(read) if text[index].isspace()), default=read)
    (encoded,) = tokenize(tokenizer, [text[:read]])
    return encoded.ids.tolist(), encoded.offsets, read


def _row(tokenizer: Any, document: Document, read: int, ids: list[int], written: list[int]) -> dict[str, Any]:
    """Turn what was written into text; a character of which a part is missing at its end is left out."""

    def decoded(some: list[int]) -> str:
        return str(tokenizer.decode(some, skip_special_tokens=True, clean_up_tokenization_spaces=False))

    before, whole = decoded(ids), decoded([*ids, *written])  # alone, the first piece would lose its space
    text = whole[len(before) :] if whole.startswith(before) else decoded(written)
    ended = bool(written) and written[-1] == tokenizer.eos_token_id
    return {"id": document.id, "read": read, "written": text.rstrip("\ufffd"), "tokens": len(written), "ended": ended}
