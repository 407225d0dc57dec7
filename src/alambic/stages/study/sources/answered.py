"""Items from what a system answered to the test texts of a task; without explanations."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from alambic.data.example_scores import SEQUENCE, read_example_scores, read_top_scores
from alambic.data.inputs import Inputs
from alambic.data.predictions import Answer, PredictedExamples, Predictions, read_predictions
from alambic.errors import UserError
from alambic.settings import Study
from alambic.settings.robustness import PERTURBED
from alambic.stages.study.pool import NO_CONFIDENCE, WRITTEN, Pool, new_item
from alambic.stages.study.sources.explained import ACCEPT, DECISIONS, REJECT
from alambic.studies.items import Item
from alambic.tasks.examples import Example
from alambic.tasks.iob2 import from_tags
from alambic.tasks.loading import load_task

TEST = "test"


def gather(settings: Study, inputs: Inputs) -> Pool:
    """Take the answers of the first seed to the test sets that were not perturbed."""
    assert settings.task is not None  # the plan sees to it
    folder, data = inputs.one("predictions"), load_task(settings.task, inputs)
    predictions = read_predictions(folder)
    is_tagged = predictions.labels[:1] == ("O",)
    if is_tagged != (settings.kind == "accept_entity"):
        found = "entities" if is_tagged else "whole texts"
        raise UserError(f"study: {settings.kind}: task {settings.task.task} is about {found}: expected another kind")
    left_out: Counter[str] = Counter()
    items: list[Item] = []
    images: dict[str, Path | str] = {}
    for part in predictions.of_split(TEST):
        if PERTURBED in part.dataset:
            left_out["perturbed"] += len(part.ids)
            continue
        examples = {example.id: example for example in data.test.get(part.dataset, [])}
        items += _entities(part, examples) if is_tagged else _whole(folder, predictions, part, examples, images)
    if is_tagged:
        return Pool(items, list(DECISIONS), DECISIONS, left_out=left_out)
    labels = [] if settings.kind in WRITTEN else sorted({each for item in items for each in (item.right, item.advice)})
    words = {name: f"{name} — {texts[0]}" for name, texts in data.label_texts.items() if texts}
    return Pool(items, labels, {name: {"fr": text, "en": text} for name, text in words.items()}, images, left_out)


def _whole(
    folder: Path,
    predictions: Predictions,
    part: PredictedExamples,
    examples: dict[str, Example],
    images: dict[str, Path | str],
) -> Iterator[Item]:
    answers = next(iter(part.predicted.values()))
    sure = _confidence(folder, predictions, part, answers)
    for number, (name, gold, answer) in enumerate(zip(part.ids, part.gold, answers, strict=True)):
        example, image = examples[name], ""
        if example.image is not None:
            image = f"{part.dataset}-{number}{example.image.suffix}"
            images[image] = example.image
        text = example.text if not image else ""
        yield new_item(
            f"{part.dataset}/{name}",
            text=f"{text}\n\n{example.second}" if example.second else text,
            image=image,
            right=_shown(gold),
            advice=_shown(answer),
            confidence=sure[number],
        )


def _entities(part: PredictedExamples, examples: dict[str, Example]) -> Iterator[Item]:
    """Yield the entities that the model wrote, which it accepts, and those that it missed, which it rejects."""
    answers = next(iter(part.predicted.values()))
    for name, gold, answer in zip(part.ids, part.gold, answers, strict=True):
        example = examples[name]
        right, found = (set(from_tags(tags)) for tags in (gold, answer) if not isinstance(tags, str))
        for first, end, label in sorted(right | found):
            words = example.words
            yield new_item(
                f"{part.dataset}/{name} {label} {words[first][0]}-{words[end - 1][1]}",
                text=example.text,
                question=f"{example.text[words[first][0] : words[end - 1][1]]} → {label}",
                options=(ACCEPT, REJECT),
                right=ACCEPT if (first, end, label) in right else REJECT,
                advice=ACCEPT if (first, end, label) in found else REJECT,
            )


def _shown(answer: Answer) -> str:
    return answer if isinstance(answer, str) else " ".join(answer)


def _confidence(folder: Path, predictions: Predictions, part: PredictedExamples, answers: list[Answer]) -> list[float]:
    """Give the probability of each answer, where the system left one."""
    key = (part.dataset, next(iter(part.predicted)))
    dense = read_example_scores(folder, split=TEST).get(key)
    if dense is not None:
        return [float(np.max(scores)) if len(scores) == 1 else NO_CONFIDENCE for scores in dense]
    sparse = read_top_scores(folder, split=TEST).get(key) if predictions.labels[:1] != ("O",) else None
    if sparse is None:
        return [NO_CONFIDENCE] * len(answers)
    return [
        top.get(SEQUENCE, top.get(answer, NO_CONFIDENCE) if isinstance(answer, str) else NO_CONFIDENCE)
        for top, answer in zip(sparse, answers, strict=True)
    ]
