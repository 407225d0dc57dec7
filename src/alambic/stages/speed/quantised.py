"""The same models with weights of eight bits, by ONNX Runtime: exported, scored again, and timed like the others.

Eight bits answer otherwise on processors with other instructions: the scores are those of the machine that timed them.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from alambic.models.description import family
from alambic.models.onnx_export import export
from alambic.models.onnx_model import INT8, SINGLE, OnnxModel
from alambic.models.opening import open_config
from alambic.tasks.answer_scores import score_of
from alambic.tasks.examples import Example, TaskData
from alambic.tasks.head import READS, Prediction, saved_head
from alambic.tasks.predictors import Finetuned
from alambic.tasks.sampling import sample

SCORED = 1000  # texts of each test set at most, the same ones in both forms


class Quantised:
    """A fine-tuned model whose weights are in `onnx`, a folder that `export` filled."""

    def __init__(self, folder: Path, onnx: Path) -> None:
        self.head = saved_head(folder)
        self.preprocessor = self.head.open_preprocessor(folder)
        self.model = OnnxModel(onnx / INT8)

    def predict(self, examples: Sequence[Example]) -> list[Prediction]:
        """Answer each example."""
        length = self.preprocessor.model_max_length
        return self.head.predict(self.model, self.preprocessor, examples, max_length=length)


class Rescored(NamedTuple):
    """One score in both forms, of one seed, on the same texts."""

    dataset: str
    metric: str
    texts: int
    value: float  # in single precision
    int8: float
    same_answers: float  # share of the texts


def why_not(folder: Path) -> str:
    """Say why a model has no such form; empty where it has one."""
    config = open_config(folder)
    if (kind := family(config)) != "encoder":
        return f"only encoders are exported, and this is a model of family '{kind}'"
    reads: dict[str, Any] = config.to_dict().get(READS, {})
    return "" if "pipeline" in reads else "its answers are no labels"


def make(folder: Path, onnx: Path) -> int:
    """Write the form of eight bits under `onnx`; give its bytes."""
    onnx.mkdir(parents=True, exist_ok=True)
    head = saved_head(folder)
    model = head.open_model(folder)
    export(model, onnx, kinds=head.reads_kinds(model, head.open_preprocessor(folder)))
    (onnx / SINGLE).unlink()
    return (onnx / INT8).stat().st_size


def rescore(folder: Path, onnx: Path, data: TaskData, metrics: Sequence[str]) -> list[Rescored]:
    """Score both forms on the test texts."""
    single, small = Finetuned(folder, device="cpu"), Quantised(folder, onnx)
    scores = []
    for dataset, test in data.test.items():
        examples = sample(test, limit=SCORED, seed=0)
        predictions = [single.predict(examples), small.predict(examples)]
        answers = [
            [single.head.counted(each.answer, example) for each, example in zip(given, examples, strict=True)]
            for given in predictions
        ]
        same = float(np.mean([str(one) == str(other) for one, other in zip(*answers, strict=True)]))
        for metric in metrics:
            value, int8 = (
                score_of(metric, examples, *given, single.head) for given in zip(answers, predictions, strict=True)
            )
            scores.append(Rescored(dataset, metric, len(examples), value, int8, same))
    return scores
