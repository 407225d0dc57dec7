"""The two stages that score a system on a task, one after the other."""

import json
from pathlib import Path
from typing import Any

from alambic.data.inputs import Inputs
from alambic.settings import Dataset, Evaluate, Predict, Task
from alambic.stages.evaluate import run as evaluating
from alambic.stages.predict import run as predicting


def predict_and_score(
    folder: Path, task: Task, inputs: Inputs, *, resamples: int = 20, **predict: Any
) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Write folder/predicted and folder/scored; give the rows of scores.json, and the facts of the prediction."""
    predicted, scored = folder / "predicted", folder / "scored"
    for path in (predicted, scored):
        path.mkdir(parents=True)
    facts = predicting.run(Predict(task=task, **predict), inputs, predicted)
    of = {"dataset": Dataset.of(task), "metrics": task.metrics}
    settings = Evaluate(predictions="x", resamples=resamples, **of)
    evaluating.run(settings, Inputs({**inputs, "predictions": [predicted]}), scored)
    return json.loads((scored / "scores.json").read_text()), facts
