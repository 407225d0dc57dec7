"""Steps cut into phases: a survey must have seen every document before the first one may go on."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, fields, replace
from pathlib import Path

import numpy as np

from alambic.data.documents import Document, read_rows
from alambic.stages.clean.two_pass_step import Survey

Step = Callable[[Document], Document | str]
_FIELDS = [field.name for field in fields(Document)]


@dataclass(frozen=True)
class Phase:
    """A survey's judgement, steps that need nothing but the document, and what the next survey notes."""

    judging: tuple[str, Survey] | None
    steps: list[tuple[str, Step]]
    noting: Survey | None


@dataclass(frozen=True)
class Passing:
    """A document on its way: which steps changed it, and its text as it was collected if they did."""

    document: Document
    collected: str | None = None
    changed_by: tuple[str, ...] = ()

    @property
    def as_collected(self) -> Document:
        """The document as it was collected."""
        return self.document if self.collected is None else replace(self.document, text=self.collected)

    def changed(self, document: Document, name: str) -> "Passing":
        """Give what passes on after step `name`."""
        if document.text == self.document.text:
            return replace(self, document=document)
        collected = self.document.text if self.collected is None else self.collected
        return Passing(document, collected, (*self.changed_by, name))


def cut_into_phases(steps: list[tuple[str, Step | Survey]]) -> list[Phase]:
    """Cut before each survey."""
    phases: list[Phase] = []
    judging: tuple[str, Survey] | None = None
    since: list[tuple[str, Step]] = []
    for name, step in steps:
        if isinstance(step, Survey):
            phases.append(Phase(judging, since, step))
            judging, since = (name, step), []
        else:
            since.append((name, step))
    return [*phases, Phase(judging, since, None)]


def judged(survey: tuple[str, Survey], flags: np.ndarray) -> tuple[str, Step]:
    """Make a step out of a survey's flags of one document."""
    name, judging = survey
    return name, lambda document: judging.judge(document, flags)


def through(steps: Iterable[tuple[str, Step]], passing: Passing) -> tuple[Passing, str]:
    """Take a document through the steps; give it as it came out, and the reason to drop it, or an empty one."""
    for name, step in steps:
        result = step(passing.document)
        if isinstance(result, str):
            return passing, f"{name}: {result}"
        passing = passing.changed(result, name)
    return passing, ""


def read_collected(path: Path) -> Iterator[Passing]:
    """Read documents as they were collected."""
    for row in read_rows(path):
        yield Passing(Document(**row))


def read_passing(paths: list[Path]) -> Iterator[Passing]:
    """Read documents as the last phase left them."""
    for row in (row for path in paths for row in read_rows(path)):
        changed_by = tuple(row["changed_by"].split("; ")) if row["changed_by"] else ()
        yield Passing(Document(**{name: row[name] for name in _FIELDS}), row["collected"], changed_by)
