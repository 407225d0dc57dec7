"""Steps cut into phases: a two-pass step must have seen every document before the first one may go on."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, fields, replace
from pathlib import Path

import numpy as np

from alambic.data.documents import Document, read_rows
from alambic.stages.clean.personal.masking import PersonalData
from alambic.stages.clean.two_pass_step import TwoPassStep

Step = Callable[[Document], Document | str]
_FIELDS = [field.name for field in fields(Document)]


@dataclass(frozen=True)
class Phase:
    """A two-pass step's second pass, steps that need the document alone, and the next two-pass step's first pass."""

    second_pass: tuple[str, TwoPassStep] | None
    steps: list[tuple[str, Step]]
    first_pass: TwoPassStep | None


@dataclass(frozen=True)
class TrackedDocument:
    """A document on its way: which steps changed it, and its text as it was collected if they did."""

    document: Document
    collected: str | None = None
    changed_by: tuple[str, ...] = ()

    @property
    def as_collected(self) -> Document:
        """The document as it was collected."""
        return self.document if self.collected is None else replace(self.document, text=self.collected)

    def changed(self, document: Document, name: str) -> "TrackedDocument":
        """Give what passes on after step `name`."""
        if document == self.document:
            return self
        collected = self.document.text if self.collected is None else self.collected
        return TrackedDocument(document, collected, (*self.changed_by, name))

    def masked(self, step: PersonalData, name: str) -> "TrackedDocument":
        """Give what passes on after the step that masks: the text as it was collected is masked too."""
        document = step(self.document)
        if document == self.document:
            return self
        collected = document.text if self.collected is None else step.without_counting(self.as_collected).text
        return TrackedDocument(document, collected, (*self.changed_by, name))


def cut_into_phases(steps: list[tuple[str, Step | TwoPassStep]]) -> list[Phase]:
    """Cut before each two-pass step."""
    phases: list[Phase] = []
    second_pass: tuple[str, TwoPassStep] | None = None
    since: list[tuple[str, Step]] = []
    for name, step in steps:
        if isinstance(step, TwoPassStep):
            phases.append(Phase(second_pass, since, step))
            second_pass, since = (name, step), []
        else:
            since.append((name, step))
    return [*phases, Phase(second_pass, since, None)]


def applying(second_pass: tuple[str, TwoPassStep], flags: np.ndarray) -> tuple[str, Step]:
    """Make a step that applies a two-pass step's flags of one document."""
    name, two_pass_step = second_pass
    return name, lambda document: two_pass_step.apply_flags(document, flags)


def run_steps(steps: Iterable[tuple[str, Step]], tracked: TrackedDocument) -> tuple[TrackedDocument, str]:
    """Take a document through the steps; give it as it came out, and the reason to drop it, or an empty one."""
    for name, step in steps:
        if isinstance(step, PersonalData):
            tracked = tracked.masked(step, name)
            continue
        result = step(tracked.document)
        if isinstance(result, str):
            return tracked, f"{name}: {result}"
        tracked = tracked.changed(result, name)
    return tracked, ""


def read_collected(path: Path) -> Iterator[TrackedDocument]:
    """Read documents as they were collected."""
    for row in read_rows(path):
        yield TrackedDocument(Document(**row))


def read_passed_on(paths: list[Path]) -> Iterator[TrackedDocument]:
    """Read documents as the last phase left them."""
    for row in (row for path in paths for row in read_rows(path)):
        changed_by = tuple(row["changed_by"].split("; ")) if row["changed_by"] else ()
        yield TrackedDocument(Document(**{name: row[name] for name in _FIELDS}), row["collected"], changed_by)
