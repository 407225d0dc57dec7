"""Answer the texts of one task.

By a model from each of its seeds, by one that is shown a few examples, by a baseline without a model, or as was
brought.
"""

import json
import logging
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from alambic.data.example_scores import ExampleScores
from alambic.data.inputs import Inputs
from alambic.data.predictions import PredictedExamples, write_predictions
from alambic.settings import FewShot, Predict
from alambic.stages.predict.given_predictions import GivenPredictions
from alambic.tasks.attributes import all_attributes
from alambic.tasks.examples import Answer, Example, TaskData
from alambic.tasks.head import Head, Prediction, load_head
from alambic.tasks.loading import load_task
from alambic.tasks.predictors import Finetuned, Predictor, WithoutModel
from alambic.tasks.token_counts import token_counts

log = logging.getLogger("alambic.stages.predict")

SPLIT = "test"  # the one that is scored
ALL = "all"  # stands for every seed together
Answers = dict[str, dict[tuple[str, str], list[Answer]]]  # by seed, then split and dataset
PROMPT = "prompt.json"  # what a prompted model read before each text
Texts = dict[str, dict[tuple[str, str], list[str]]]  # what was written before them, likewise


@dataclass(frozen=True)
class Gathered:
    """What predictions have beside their answers."""

    scores: ExampleScores = field(default_factory=ExampleScores)
    written: Texts = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)  # of outputs that are not as they should be


def run(settings: Predict, inputs: Inputs, output: Path) -> dict[str, Any]:
    """Write predictions.parquet and, of a model, example_scores.parquet; return sizes and counts.

    What is not trained on is answered: test examples, those for development, and those for calibration if asked for. Of
    a prompted model also prompt.json is written: the prompt, the ids of its examples, and of those that had no room.
    """
    data = load_task(settings.task, inputs)
    if not settings.calibration:
        data = replace(data, calibration={})
    head = load_head(data.head, data.labels, data.label_texts)
    gathered, tokenizer = Gathered(), None
    if settings.few_shot is not None:
        prompted = _prompted(settings.few_shot, inputs, data, output)
        head, tokenizer = prompted.head, prompted.tokenizer
        answers, facts = {ALL: _answers(prompted, data, head, gathered, seed=ALL)}, prompted.facts()
    elif settings.predictions is not None:
        data, answers, facts = _given(inputs.one("predictions"), data, head)
    else:
        answers, facts, tokenizer = _predict(settings, inputs, data, head, gathered)
    rules = "|".join(part for part in (data.conversion, head.decoding) if part)
    parts = _predicted(data, answers, gathered.written, tokenizer)
    write_predictions(output, parts, labels=head.labels, rules=rules)
    gathered.scores.write(output, head.labels)
    return {
        **facts,
        **data.facts,
        **gathered.counts,
        "head": head.name,
        "decoding": head.decoding,
        "train_texts": len(data.train),
        "test_texts": {dataset: len(examples) for dataset, examples in data.test.items()},
    }


def _given(folder: Path, data: TaskData, head: Head) -> tuple[TaskData, Answers, dict[str, Any]]:
    """Take the answers that were brought, for the test sets that they are of."""
    given = GivenPredictions(folder)
    scored = given.scored(data)
    answers: Answers = {}
    for seed in given.by_seed:
        parts = {name: zip(given.answers(seed, name, part), part, strict=True) for name, part in scored.test.items()}
        answers[seed or ALL] = {
            (SPLIT, name): [head.counted(answer, example) for answer, example in pairs] for name, pairs in parts.items()
        }
    return scored, answers, {"predictions_without_a_text": given.unused(scored)}


def _prompted(few_shot: FewShot, inputs: Inputs, data: TaskData, output: Path) -> Any:
    """Prompt a model with examples of the training part; write the prompt."""
    module = import_module(f"alambic.tasks.few_shot.{few_shot.form}")
    prompted = module.prompted(inputs.one("model"), data, few_shot.shots, few_shot.seed)
    (output / PROMPT).write_text(json.dumps(prompted.record(), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return prompted


def _predict(
    settings: Predict, inputs: Inputs, data: TaskData, head: Head, gathered: Gathered
) -> tuple[Answers, dict[str, Any], Any]:
    """Give the answers, the sizes of a model, and its tokenizer."""
    folders = inputs.get("finetuned", [])
    if not folders:
        assert settings.baseline is not None  # the settings see to it
        baseline = WithoutModel(settings.baseline, data)
        return {ALL: _answers(baseline, data, head, gathered, seed=ALL)}, {}, None
    answers: Answers = {}
    for seed, folder in zip(settings.seeds, folders, strict=True):
        model = Finetuned(folder)
        assert model.head.labels == head.labels, f"{folder} was fine-tuned on other labels than those of the task"
        answers[str(seed)] = _answers(model, data, head, gathered, seed=str(seed))
    return answers, model.facts(), model.preprocessor


def _answers(
    predictor: Predictor, data: TaskData, head: Head, gathered: Gathered, *, seed: str
) -> dict[tuple[str, str], list[Answer]]:
    answers = {}
    for (split, dataset), examples in _held_out(data).items():
        predictions = predictor.predict(examples)
        ids = [example.id for example in examples]
        scored = [prediction.scored for prediction in predictions]
        labels = scored if any(scored) else []
        scores = _counted_scores(examples, predictions)
        gathered.scores.add(ids, scores, seed=seed, dataset=dataset, split=split, labels=labels)
        if any(scored):
            gathered.counts["outputs_without_end"] += sum(not prediction.ended for prediction in predictions)
            gathered.counts["outputs_without_answer"] += sum(not prediction.answer for prediction in predictions)
        gathered.counts.update(remark for prediction in predictions for remark in prediction.remarks)
        if any(prediction.written for prediction in predictions):
            of_seed = gathered.written.setdefault(seed, {})
            of_seed[split, dataset] = [prediction.written for prediction in predictions]
        pairs = zip(predictions, examples, strict=True)
        answers[split, dataset] = [head.counted(prediction.answer, example) for prediction, example in pairs]
        log.info("seed %s, %s: %d texts answered", seed, dataset, len(examples))
    return answers


def _counted_scores(examples: Sequence[Example], predictions: Sequence[Prediction]) -> list[np.ndarray]:
    """Give the scores of predictions that have any; a word on which no prediction counts has zeros."""
    scored = []
    for example, prediction in zip(examples, predictions, strict=True):
        if prediction.scores is not None:
            values = prediction.scores
            if example.ignored and not prediction.scored:
                values = values.copy()
                values[sorted(example.ignored)] = 0
            scored.append(values)
    return scored


def _held_out(data: TaskData) -> dict[tuple[str, str], list[Example]]:
    """List what is not trained on, by split and dataset."""
    parts = {SPLIT: data.test, "calibration": data.calibration, "dev": data.dev}
    return {(split, dataset): examples for split, part in parts.items() for dataset, examples in part.items()}


def _predicted(data: TaskData, answers: Answers, written: Texts, tokenizer: Any) -> list[PredictedExamples]:
    """Put examples beside what each seed answered, by split and dataset; all seeds have one tokenizer."""
    return [
        PredictedExamples(
            dataset=dataset,
            split=split,
            ids=[example.id for example in examples],
            gold=[example.gold for example in examples],
            units=[example.unit for example in examples],
            attributes=all_attributes(examples),
            tokens=token_counts(tokenizer, examples) if tokenizer is not None else [[] for _ in examples],
            spans=[example.spans for example in examples],
            predicted={seed: given[split, dataset] for seed, given in answers.items() if (split, dataset) in given},
            standard=_standard(examples),
            written={seed: texts[split, dataset] for seed, texts in written.items() if (split, dataset) in texts},
        )
        for (split, dataset), examples in _held_out(data).items()
    ]


def _standard(examples: Sequence[Example]) -> list[str]:
    """Give the standard wordings of examples; nothing where none has one."""
    wordings = [example.standard for example in examples]
    return wordings if any(wordings) else []
