"""A new tokenizer from the kept pieces of a base and the learnt ones."""

import copy
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import pyarrow as pa
from tokenizers import Tokenizer
from transformers import PreTrainedTokenizerFast

from alambic.data.documents import write_table
from alambic.stages.tokenizer.base import Base, LearntPiece

MASK = "<mask>"
MAPPING = pa.schema(
    [("id", pa.int32()), ("piece", pa.string()), ("origin", pa.string()), ("old_ids", pa.list_(pa.int32()))]
)


@dataclass(frozen=True)
class Row:
    """A piece of the new tokenizer; its id is its place."""

    piece: str
    origin: str  # "kept" or "added"
    old_ids: tuple[int, ...]


def extended(base: Base, method: ModuleType, learnt: list[LearntPiece]) -> Tokenizer:
    """Give the base's tokenizer with the learnt pieces and nothing dropped; the learnt ids follow the model's."""
    content = copy.deepcopy(base.content)
    method.extend(content, learnt)
    content["added_tokens"] = [token for token in content["added_tokens"] if token["id"] < base.size]
    return Tokenizer.from_str(json.dumps(content))


def assemble(
    base: Base, method: ModuleType, learnt: list[LearntPiece], retained_ids: set[int]
) -> tuple[dict[str, Any], list[Row]]:
    """Return the new tokenizer.json and its rows: kept pieces in their old order, learnt ones, added tokens.

    A mask token is added where the base has none: masked-language objectives need one.
    """
    content = copy.deepcopy(base.content)
    names = method.pieces(content)
    outside = sorted((t for t in content["added_tokens"] if t["id"] >= base.size), key=lambda token: token["id"])
    inside = sorted(number for number in retained_ids if number < base.size)
    rows = [Row(names[number], "kept", (number,)) for number in inside]
    rows += [Row(new.piece, "added", new.old_ids) for new in learnt]
    rows += [Row(token["content"], "kept", (token["id"],)) for token in outside]
    method.extend(content, learnt)
    method.rebuild(content, [*inside, *range(base.size, base.size + len(learnt))])
    if base.fast.mask_token is None and MASK not in {row.piece for row in rows}:
        rows.append(Row(MASK, "added", (_stand_in(base),)))
        content["added_tokens"].append(_special(MASK))
    new_ids = {row.piece: number for number, row in enumerate(rows)}
    for token in content["added_tokens"]:
        token["id"] = new_ids[token["content"]]
    content["added_tokens"].sort(key=lambda token: token["id"])
    content["post_processor"] = _renumbered(content["post_processor"], new_ids)
    content["truncation"] = content["padding"] = None
    return content, rows


def save(folder: Path, base: Base, content: dict[str, Any], rows: list[Row]) -> PreTrainedTokenizerFast:
    """Write a transformers tokenizer and `mapping.parquet`; return the tokenizer."""
    specials = dict(base.fast.special_tokens_map)
    specials.setdefault("mask_token", MASK)
    specials.setdefault("pad_token", specials.get("eos_token") or specials["unk_token"])
    fast = PreTrainedTokenizerFast(
        tokenizer_object=Tokenizer.from_str(json.dumps(content)),
        model_max_length=base.fast.model_max_length,
        padding_side=base.fast.padding_side,
        truncation_side=base.fast.truncation_side,
        model_input_names=base.fast.model_input_names,
        clean_up_tokenization_spaces=False,  # cleaning would break the round trip
        extra_special_tokens=[str(token) for token in base.fast.extra_special_tokens],
        **specials,
    )
    if base.fast.chat_template:
        fast.chat_template = base.fast.chat_template
    fast.save_pretrained(folder)
    columns = {
        "id": list(range(len(rows))),
        "piece": [row.piece for row in rows],
        "origin": [row.origin for row in rows],
        "old_ids": [list(row.old_ids) for row in rows],
    }
    write_table(pa.table(columns, schema=MAPPING), folder / "mapping.parquet")
    return fast


def _stand_in(base: Base) -> int:
    """Choose the piece from which a new mask token starts."""
    candidates: Sequence[int | None] = (base.fast.unk_token_id, base.fast.eos_token_id, base.fast.bos_token_id, 0)
    return next(number for number in candidates if number is not None)


def _special(content: str) -> dict[str, Any]:
    plain = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": False}
    return {"id": 0, "content": content, **plain, "special": True}


def _renumbered(node: Any, places: dict[str, int]) -> Any:
    """Give the special tokens of a post-processor their new ids: `["</s>", 2]`, or a template's table."""
    if isinstance(node, list):
        if len(node) == 2 and isinstance(node[0], str) and isinstance(node[1], int):
            return [node[0], places[node[0]]]
        return [_renumbered(child, places) for child in node]
    if isinstance(node, dict):
        if node.keys() == {"id", "ids", "tokens"}:
            return {**node, "ids": [places[token] for token in node["tokens"]]}
        return {key: _renumbered(child, places) for key, child in node.items()}
    return node
