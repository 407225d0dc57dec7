"""Fit a model's tokenizer to a corpus: learn medical pieces, drop those that French never uses."""

import logging
from collections.abc import Iterable, Iterator, Set
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from tokenizers import Tokenizer

from alambic.data.documents import read_documents
from alambic.data.inputs import Inputs
from alambic.errors import UserError
from alambic.models.text_tokens import composed
from alambic.settings import Tokenizer as Settings
from alambic.stages.tokenizer import general_french
from alambic.stages.tokenizer.assemble import Row, assemble, extended, save
from alambic.stages.tokenizer.base import Base, LearntPiece, open_base
from alambic.stages.tokenizer.byte_fallback import BYTE
from alambic.stages.tokenizer.kinds import kind_of
from alambic.stages.tokenizer.measure import Measure, check_round_trip, measure
from alambic.stages.tokenizer.trim import best_french_ids

log = logging.getLogger("alambic.stages.tokenizer")


def run(settings: Settings, inputs: Inputs, output: Path) -> dict[str, Any]:
    """Write a transformers tokenizer and `mapping.parquet`; return fertility before and after, and what was changed.

    Every row of the mapping says from which pieces of the base (`old_ids`, never empty) a piece's embedding starts.
    """
    base = open_base(inputs.one("base"))
    method = kind_of(base.content)
    corpus = inputs.one("corpus")
    train, held_out = Texts(corpus, "train"), Texts(corpus, "held_out")
    words = method.count(base, train)
    if not words:
        raise UserError(f"tokenizer: {corpus} holds no training document to learn pieces from")
    log.info("%d distinct words", len(words))
    learnt = method.learn(base, words, limit=settings.added_pieces, minimum_count=settings.minimum_count)
    texts: dict[str, Iterable[str]] = {
        "train": train,
        "held_out": held_out,
        "general": general_french.sentences(general_french.MEASURED),
    }
    before = {
        part: measure(base.backend, part_texts, unknown=base.fast.unk_token_id) for part, part_texts in texts.items()
    }
    used = before["train"].uses.keys()
    retained_ids = (
        _retained_ids(base, method, learnt, train, used, settings) if settings.trim else set(range(base.size))
    )
    # Without trimming, what the base can spell stays as it is.
    spelling = method.fallback_pieces(base) if settings.trim else []
    content, rows = assemble(base, method, learnt + spelling, retained_ids)
    new = save(output, base, content, rows).backend_tokenizer
    facts = _facts(base, new, rows, texts, before)
    log.info("fertility %s", facts["fertility"])
    return facts


@dataclass(frozen=True)
class Texts:
    """The texts of a part of a corpus, as models read them, and anew each time, so that none need stay in memory."""

    corpus: Path
    part: str

    def __iter__(self) -> Iterator[str]:
        return (composed(document.text)[0] for document in read_documents(self.corpus, part=self.part))


def _retained_ids(
    base: Base, method: ModuleType, learnt: list[LearntPiece], train: Texts, used: Set[int], settings: Settings
) -> set[int]:
    """Choose the base pieces to keep: `used` by the corpus or by general French, frequent, or needed to spell."""
    names = method.readable(base.content)
    general = general_french.sentences(general_french.KEPT)
    ids = set(base.special_ids) | method.spelling_ids(base.content) | used
    ids |= best_french_ids(names, method.best_ids(base.content), settings.general_pieces)
    longer = extended(base, method, learnt)
    for tokenizer, texts in ((base.backend, general), (longer, general), (longer, train)):
        ids |= measure(tokenizer, texts, unknown=None).uses.keys()
    # A merged piece is only reached through the pieces that it is made of, the learnt ones too.
    through = {number for new in learnt for number in new.old_ids}
    complete: set[int] = method.with_dependencies(base.content, ids | through)
    return {number for number in complete | ids if number < base.size}


def _facts(
    base: Base, new: Tokenizer, rows: list[Row], texts: dict[str, Iterable[str]], before: dict[str, Measure]
) -> dict[str, Any]:
    unknown_before = base.fast.unk_token_id
    places = {row.old_ids: number for number, row in enumerate(rows) if row.origin == "kept"}
    unknown = None if unknown_before is None else places[(unknown_before,)]
    spelling = {number for number, row in enumerate(rows) if row.origin == "added" and BYTE.fullmatch(row.piece)}
    added = {number for number, row in enumerate(rows) if row.origin == "added"} - spelling
    after = {part: measure(new, part_texts, unknown=unknown) for part, part_texts in texts.items()}
    checked = sum(check_round_trip(new, part_texts, unknown=unknown) for part_texts in texts.values())
    used = added & after["held_out"].uses.keys()
    retained = len(rows) - len(added) - len(spelling)
    return {
        "vocabulary": {"before": len(base.fast), "after": len(rows)},
        "pieces": {
            "added": len(added),
            "bytes": len(spelling),
            "kept": retained,
            "dropped": len(base.fast) - retained,
        },
        "fertility": {p: {"before": before[p].fertility, "after": after[p].fertility} for p in texts},
        "unknown_rate": {p: {"before": before[p].unknown_rate, "after": after[p].unknown_rate} for p in texts},
        "added_used_in_training": round(len(added & after["train"].uses.keys()) / len(added), 4) if added else None,
        "added_used_in_held_out": round(len(used) / len(added), 4) if added else None,
        "round_trip": {"checked": checked, "failures": 0},
    }
