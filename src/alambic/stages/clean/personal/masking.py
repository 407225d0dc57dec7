"""Mask a document: its text, every other column, the offsets that count its characters, its identifier and address."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from alambic.data.documents import Document
from alambic.stages.clean.personal.annotations import Shift, is_annotation, is_brat, moved_lines, moved_nested
from alambic.stages.clean.personal.characters import fold
from alambic.stages.clean.personal.columns import as_json_text, changed_values, kind_of_column, texts_under
from alambic.stages.clean.personal.finding import find, masked
from alambic.stages.clean.personal.links import points_at_someone
from alambic.stages.clean.personal.names import words_of
from alambic.stages.clean.personal.ordinary_words import is_ordinary
from alambic.stages.clean.personal.pseudonyms import is_pseudonym, key_of, pseudonym

MOST_VALUES = 100  # of a document that are looked for wherever they stand
_SHORTEST = 5  # characters of a number that is looked for


class PersonalData:
    """The step: a document in, a masked one out."""

    def __init__(
        self, *, keep: list[str], columns: list[str], drop_columns: bool, all_identifiers: bool, originals: bool
    ) -> None:
        self.keep, self.columns, self.originals = frozenset(keep), frozenset(columns), originals
        self.drop_columns, self.all_identifiers = drop_columns, all_identifiers
        self.collected: Path | None = None  # where documents come from: pseudonyms depend on it
        self.dropped_annotations = 0

    def __call__(self, document: Document) -> Document:
        """Mask a document."""
        return _Masking(self, document).done()

    def kind_of(self, column: str) -> str:
        """Give the kind of a column that is masked whole, or an empty text."""
        kind = kind_of_column(column) or ("PERSONNEL" if column in self.columns else "")
        return "" if kind in self.keep else kind

    def pseudonym(self, value: str) -> str:
        """Give the stand-in of a value."""
        return pseudonym(value, key_of(self.collected) if self.collected else b"")

    def without_counting(self, document: Document) -> Document:
        """Mask a document that is no part of the corpus."""
        dropped = self.dropped_annotations
        after = self(document)
        self.dropped_annotations = dropped
        return after

    def take_dropped_annotations(self) -> int:
        """Count the annotations that were dropped since the last time."""
        dropped, self.dropped_annotations = self.dropped_annotations, 0
        return dropped


class _Masking:
    def __init__(self, step: PersonalData, document: Document) -> None:
        self.step, self.document = step, document
        self.known, self.values = frozenset[str](), dict[str, str]()
        for name, value in document.metadata.items():
            self._learn_column(name, value)

    def done(self) -> Document:
        document = self.document
        text = self._mask_text()
        metadata = dict(self._columns(document.metadata))
        after = replace(
            document,
            id=self._stand_in(document.id),
            url=self._stand_in(document.url),
            text=text,
            licence=self._masked(document.licence),
            date=self._masked(document.date),
            metadata=metadata,
        )
        return document if after == document else after

    def _mask_text(self) -> str:
        text = self.document.text
        spans = find(text, self.known, tuple(self.values.items()), self.step.keep)
        for start, end, kind in spans:
            self._learn(text[start:end], kind)
        after = masked(text, spans)
        self.shift = Shift(text, after, spans)
        return after

    def _learn_column(self, name: str, value: Any) -> None:
        """Note what a personal column holds, at any depth, since the text says it too."""
        if kind := self.step.kind_of(name):
            for text in texts_under(value):
                self._learn(text, kind)
                if kind == "NOM":
                    self.values |= {word: kind for word in text.split()[:10] if len(word) > 3 and not is_ordinary(word)}
        else:
            changed_values(value, lambda text: text, self._noting)

    def _noting(self, name: str, value: Any) -> Any:
        if self.step.kind_of(name):
            self._learn_column(name, value)
        return ...

    def _learn(self, value: str, kind: str) -> None:
        if len(self.values) >= MOST_VALUES or value.startswith("<"):
            return
        if kind == "NOM":
            self.known |= words_of(value) | {
                fold(word) for word in value.split()[:10] if len(word) > 2 and not is_ordinary(word)
            }
        elif _SHORTEST <= len(value.strip()) <= 200:
            self.values[value.strip()] = kind

    def _columns(self, metadata: dict[str, Any]) -> Any:
        for name, value in metadata.items():
            kind = self.step.kind_of(name)
            if kind and self.step.drop_columns:
                continue
            yield self._masked(name), _mark(kind, value) if kind else self._column(name, value)

    def _column(self, name: str, value: Any) -> Any:
        if isinstance(value, str) and is_brat(value):
            value = moved_lines(value, self.shift, self._masked)
            self._count_dropped()
            return value
        if self.shift.spans:
            value = self._moved(name, value)
        return changed_values(value, self._masked, self._nested)

    def _moved(self, name: str, value: Any) -> Any:
        """Move offsets, in JSON too; what has none stays letter by letter."""
        nested = value
        if isinstance(value, str):
            try:
                nested = json.loads(value) if value[:1] in ("[", "{") else None
            except (ValueError, RecursionError):
                nested = None
        if not isinstance(nested, list | dict):
            return value
        after = moved_nested(nested, self.shift, lists=is_annotation(name))
        self._count_dropped()
        if after == nested:
            return value
        if not isinstance(after, list | dict):
            after = []
        return as_json_text(after) if isinstance(value, str) else after

    def _count_dropped(self) -> None:
        self.step.dropped_annotations += self.shift.dropped
        self.shift.dropped = 0

    def _nested(self, name: str, value: Any) -> Any:
        kind = self.step.kind_of(name)
        if kind == "IDENTIFIANT" and isinstance(value, dict):
            return ...  # "patient": its fields are looked at one by one
        return _mark(kind, value) if kind else ...

    def _masked(self, value: str) -> str:
        spans = find(value, self.known, tuple(self.values.items()), self.step.keep) if value else []
        return masked(value, spans) if spans else value

    def _stand_in(self, value: str) -> str:
        if not value or is_pseudonym(value):
            return value
        lowered = value.casefold()
        personal = (
            self.step.all_identifiers
            or any(known.casefold() in lowered for known, kind in self.values.items() if kind != "NOM")
            or points_at_someone(value, self.known)
            or self._masked(value) != value
        )
        return self.step.pseudonym(value) if personal else value


def _mark(kind: str, value: Any) -> Any:
    """Put a mark in the place of a value; what is empty stays so."""
    return value if value in (None, "", [], {}) or isinstance(value, bool) else f"<{kind}>"
