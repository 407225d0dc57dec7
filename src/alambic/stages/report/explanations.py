"""What each item of `explain` found: tables, and texts with what each method says of their words."""

import json
from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pyarrow.parquet as pq

from alambic.stages.report.finished_artifacts import FinishedArtifact, of_stage


@dataclass(frozen=True)
class ExplainedAnswer:
    """One answer of one model to one text: of each method the value of each word."""

    system: str
    target: str
    probability: float
    words: list[tuple[int, int]]  # characters
    values: dict[str, list[float]]  # by method


@dataclass(frozen=True)
class ExplainedText:
    """A text with the answers that were explained; `agreement` is the mean rank correlation of the methods."""

    dataset: str
    id: str
    text: str
    gold: str
    agreement: float | None
    answers: list[ExplainedAnswer]


@dataclass(frozen=True)
class Explanations:
    """One artifact of `explain`, as it describes itself."""

    artifact: FinishedArtifact
    task: str  # by the name that the experiment gives it
    content: dict[str, Any]

    @property
    def name(self) -> str:
        """The item."""
        return self.artifact.item

    @cached_property
    def texts(self) -> list[ExplainedText]:
        """The texts, those on which methods agree least first; of each model the first seed, and of each method."""
        rows = pq.read_table(self.artifact.folder / "attributions.parquet").to_pylist()
        answers: dict[tuple[str, str], dict[tuple[str, str], list[dict[str, Any]]]] = defaultdict(dict)
        first = {row["system"]: row["seed"] for row in reversed(rows)}
        for row in rows:
            if row["seed"] == first[row["system"]]:
                text = answers[row["dataset"], row["example"]]
                text.setdefault((row["system"], row["target"]), []).append(row)
        texts = [
            ExplainedText(
                row["dataset"],
                row["example"],
                row["text"],
                row["gold"],
                row["agreement"],
                [_answer(each) for each in answers[row["dataset"], row["example"]].values()],
            )
            for row in pq.read_table(self.artifact.folder / "explained_texts.parquet").to_pylist()
        ]
        return sorted(texts, key=lambda text: (text.agreement is None, text.agreement or 0.0, text.dataset, text.id))


def _answer(rows: list[dict[str, Any]]) -> ExplainedAnswer:
    """Put the rows of one answer together: of a method that draws, the first seed."""
    values = {row["method"]: row["values"] for row in reversed(rows)}
    head = rows[0]
    words = list(zip(head["starts"], head["ends"], strict=True))
    ordered = {row["method"]: values[row["method"]] for row in rows}
    return ExplainedAnswer(head["system"], head["target"], head["probability"], words, ordered)


def read_explanations(artifacts: list[FinishedArtifact]) -> list[Explanations]:
    """Read every item, in the order of the experiment."""
    tuned = {artifact.manifest.fingerprint: artifact for artifact in of_stage(artifacts, "finetune")}
    found = []
    for artifact in of_stage(artifacts, "explain"):
        first = artifact.manifest.inputs["finetuned"][0]
        task = tuned[first].item.split("/")[1] if first in tuned else ""
        content = json.loads((artifact.folder / "explanations.json").read_text(encoding="utf-8"))
        found.append(Explanations(artifact, task, content))
    return found
