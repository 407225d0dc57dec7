"""What the models answered to the test examples, beside the right answers."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from alambic.data.predictions import Answer
from alambic.stages.report.finished_artifacts import FinishedArtifact, of_stage
from alambic.tasks.iob2 import from_tags, repair

Mention = tuple[int, int, str]  # first word, word after the last, label


@dataclass(frozen=True)
class Answers:
    """The answers of one model to one test set, in the order of its examples."""

    model: str
    task: str
    dataset: str
    ids: list[str]
    gold: list[Answer]
    by_seed: dict[str, list[Answer]]
    tagged: bool  # an answer is an IOB2 tag per word
    units: list[str] = field(default_factory=list)  # of each example: the document that it is from; empty: itself

    def pieces(self, answer: Answer) -> set[Mention]:
        """Reduce an answer to what can be right or wrong in it: entities, or labels with no place."""
        return pieces(answer, tagged=self.tagged)


def pieces(answer: Answer, *, tagged: bool) -> set[Mention]:
    """Reduce an answer: ("B-DRUG", "I-DRUG", "O") -> {(0, 2, "DRUG")}; "C" -> {(0, 0, "C")}."""
    if tagged:
        return set(from_tags(repair(answer)))
    return {(0, 0, label) for label in ([answer] if isinstance(answer, str) else answer)}


def read_answers(artifacts: list[FinishedArtifact]) -> list[Answers]:
    """Read the answers to every test set; those that are not there, or whose form is another, are left out."""
    return [answers for artifact in of_stage(artifacts, "predict") for answers in _read(artifact)]


def _read(artifact: FinishedArtifact) -> Iterator[Answers]:
    model, _, task = artifact.item.partition("/")
    tagged = artifact.manifest.settings.get("task", {}).get("head") in ("token_classification", "typed_spans")
    for part in artifact.tested or []:
        number = len(set(part.ids))
        if all(map(_is_known, part.gold)) and all(len(each) == number for each in part.predicted.values()):
            yield Answers(model, task, part.dataset, part.ids, part.gold, part.predicted, tagged, part.units)


def _is_known(answer: Answer) -> bool:
    return isinstance(answer, str) or all(isinstance(part, str) for part in answer)
