"""Explain the answers of fine-tuned models by several methods, and measure what the explanations are worth."""

import logging
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import fmean
from typing import Any

import numpy as np

from alambic.data.inputs import Inputs
from alambic.errors import UserError
from alambic.settings import Explain
from alambic.settings.robustness import PERTURBED
from alambic.stages.explain.eight_bits import has_eight_bits, in_eight_bits
from alambic.stages.explain.explained import Explained
from alambic.stages.explain.explanations import Explainer, Explanation, Measured
from alambic.stages.explain.faithfulness import rows_of
from alambic.stages.explain.files import (
    neighbour_rows,
    write_attributions,
    write_json,
    write_measures,
    write_neighbours,
    write_texts,
)
from alambic.stages.explain.perturbed import VARIES, compare_perturbed
from alambic.stages.explain.recommendation import recommend
from alambic.stages.explain.variation import Alike, Key, agreement, averaged, between, compared
from alambic.tasks.examples import Example, TaskData
from alambic.tasks.loading import load_task
from alambic.tasks.perturb.lexicon import learn
from alambic.tasks.perturb.perturber import Perturber
from alambic.tasks.sampling import sample

log = logging.getLogger("alambic.stages.explain")

EIGHT_BITS = "int8"


@dataclass
class Gathered:
    """Everything that was found of all models."""

    explanations: list[Explanation] = field(default_factory=list)
    measured: list[Measured] = field(default_factory=list)
    neighbours: list[dict[str, Any]] = field(default_factory=list)
    alike: list[Alike] = field(default_factory=list)
    unmatched: dict[Key, int] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)
    left_out: dict[str, str] = field(default_factory=dict)  # models that are not explained, and why


def run(settings: Explain, inputs: Inputs, output: Path) -> dict[str, Any]:
    """Write attributions, texts, measures and explanations.json; return counts and what is recommended.

    UserError where no model's answers can be explained, or a test set is not there.
    """
    data = load_task(settings.task, inputs)
    parts = _parts(settings, data)
    explainer = Explainer(settings.methods, settings.measures, settings.method_seeds)
    gathered = Gathered()
    models = zip(settings.systems, settings.seeds, settings.targets, inputs["finetuned"], strict=True)
    for system, seed, target, folder in models:
        explained = Explained.open(folder, target, data)
        if reason := explained.target.why_not(explained.model):
            gathered.left_out[system] = reason
            continue
        for dataset, examples in parts.items():
            _explain(settings, explainer, explained, examples, gathered, (system, seed, dataset))
        if settings.int8:
            _compare_eight_bits(settings, explainer, explained, folder, gathered, output, (system, seed))
    if not gathered.explanations:
        reasons = "; ".join(f"{name}: {why}" for name, why in gathered.left_out.items()) or "no model answers anything"
        raise UserError(f"explain: there is no answer to explain ({reasons}): name other systems or more examples")
    return _write(settings, gathered, output)


def _parts(settings: Explain, data: TaskData) -> dict[str, list[Example]]:
    names = settings.datasets or [name for name in data.test if PERTURBED not in name]
    if missing := [name for name in names if name not in data.test]:
        raise UserError(f"explain: no test set '{missing[0]}': expected one of {', '.join(data.test)}")
    return {name: sample(data.test[name], limit=settings.examples, seed=settings.seed) for name in names}


def _explain(
    settings: Explain,
    explainer: Explainer,
    explained: Explained,
    examples: Sequence[Example],
    gathered: Gathered,
    subject: tuple[str, int, str],
) -> None:
    """Explain the answers of one model to one test set, measure that, and compare with changed texts."""
    system, seed, dataset = subject
    cases = explained.cases(examples, most=settings.answers)
    gathered.counts["texts"] += len(examples)
    gathered.counts["texts_without_an_answer_to_explain"] += len(examples) - len({c.example.id for c in cases})
    gathered.counts["words_not_read"] += sum(case.unread() for case in cases)
    shown = [case for case in cases if case.words]
    gathered.counts["answers_to_texts_without_words"] += len(cases) - len(shown)
    if not shown:
        return
    made = explainer.explain(explained, shown, system=system, seed=seed, dataset=dataset)
    gathered.explanations += made
    gathered.measured += explainer.measure(explained, made)
    first = {each.answer: each for each in reversed(made)}
    for method, of_cases in explainer.neighbours(explained, shown).items():
        for case, near in zip(shown, of_cases, strict=True):
            gathered.neighbours += neighbour_rows(first[dataset, case.example.id, case.target], method, near)
    if settings.perturbation:
        perturber = Perturber(settings.perturbation, side="test", lexicon=learn(()))
        changed = compare_perturbed(explained, explainer, made, examples, perturber, top=settings.top)
        gathered.alike += changed.alike
        gathered.counts["answers_to_changed_texts"] += changed.answers
        gathered.counts["answers_that_changed_texts_keep"] += changed.stayed
        for method in {each.method for each in made}:
            key = (VARIES, method, system, VARIES)
            gathered.unmatched[key] = gathered.unmatched.get(key, 0) + changed.answers - changed.stayed
    log.info("%s, seed %d, %s: %d answers explained by %d methods", *subject, len(shown), len(settings.methods))


def _compare_eight_bits(
    settings: Explain,
    explainer: Explainer,
    explained: Explained,
    folder: Path,
    gathered: Gathered,
    output: Path,
    subject: tuple[str, int],
) -> None:
    """Explain the same answers by the form of eight bits, and compare."""
    system, seed = subject
    if not has_eight_bits(folder):
        gathered.counts["models_without_eight_bits"] += 1
        return
    own = [e for e in gathered.explanations if (e.system, e.seed) == subject]
    first = [e for e in own if e.method_seed == settings.method_seeds[0]]
    with in_eight_bits(explained, folder, output / "onnx") as small:
        for dataset in {e.dataset for e in first}:
            cases = [*{e.answer: e.case for e in first if e.dataset == dataset}.values()]
            again = explainer.explain(small, cases, system=system, seed=seed, dataset=dataset, repeated=False)
            by_answer = {(e.method, e.answer): e for e in again}
            for each in first:
                if (other := by_answer.get((each.method, each.answer))) is not None:
                    names = (each.method, system, EIGHT_BITS)
                    gathered.alike.append(compared(each, other, EIGHT_BITS, names, top=settings.top))
    skipped = {e.method for e in first} - {e.method for e in again} if first else set()
    gathered.counts["methods_without_eight_bits"] = max(gathered.counts["methods_without_eight_bits"], len(skipped))


def _write(settings: Explain, gathered: Gathered, output: Path) -> dict[str, Any]:
    """Write all files; return the facts."""
    options: dict[str, Any] = {"resamples": settings.resamples, "confidence": settings.confidence}
    rows = rows_of(gathered.measured, **options)
    alike, unmatched = between(gathered.explanations, top=settings.top)
    agreements = agreement(alike)
    variations = [*averaged([*alike, *gathered.alike], {**unmatched, **gathered.unmatched}, **options)]
    seconds = _seconds(gathered.explanations)
    recommended = recommend(rows, seconds)
    write_attributions(gathered.explanations, output)
    write_measures(gathered.measured, output)
    write_texts(gathered.explanations, agreements, output)
    if gathered.neighbours:
        write_neighbours(gathered.neighbours, output)
    counts = {**gathered.counts, "explanations": len(gathered.explanations)}
    content = {
        "task": settings.task.task,
        "systems": [*dict.fromkeys(settings.systems)],
        "methods": [*settings.methods],
        "confidence": settings.confidence,
        "top": settings.top,
        "counts": counts,
        "left_out": gathered.left_out,
        "measures": [row.as_record() for row in rows],
        "variation": [each.as_record() for each in variations],
        "seconds": [{"system": s, "method": m, "seconds": value} for (s, m), value in seconds.items()],
        "recommended": [asdict(each) for each in recommended],
    }
    write_json(content, output)
    for each in recommended:
        log.info("%s: %s", each.system, f"show {each.method}" if each.method else "no method beats chance")
    facts = {**counts, "recommended": {each.system: each.method for each in recommended}}
    means: dict[str, dict[str, dict[str, float]]] = {}
    for row in rows:
        means.setdefault(row.system, {}).setdefault(row.method, {})[row.measure] = row.value
    return {**facts, "agreement": float(np.mean([*agreements.values()])) if agreements else None, "measures": means}


def _seconds(explanations: Sequence[Explanation]) -> Mapping[tuple[str, str], float]:
    """Give the mean seconds of an explanation, by model and method."""
    found: dict[tuple[str, str], list[float]] = {}
    for each in explanations:
        found.setdefault((each.system, each.method), []).append(each.seconds)
    return {key: fmean(values) for key, values in found.items()}
