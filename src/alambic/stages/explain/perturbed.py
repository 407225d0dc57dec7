"""The same answers to texts that were changed a little: whether their explanations stay on the same words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from alambic.stages.explain.case import Case
from alambic.stages.explain.explained import Explained
from alambic.stages.explain.explanations import Explainer, Explanation
from alambic.stages.explain.known_words import place_of
from alambic.stages.explain.variation import Alike, compared
from alambic.tasks.examples import Example
from alambic.tasks.perturb.edits import Perturbed
from alambic.tasks.perturb.perturber import Perturber

VARIES = "perturbation"


@dataclass(frozen=True)
class Changed:
    """What came of the changed texts."""

    alike: list[Alike]
    answers: int  # that were asked for
    stayed: int  # of these, the ones that the changed text has too


def compare_perturbed(
    explained: Explained,
    explainer: Explainer,
    explanations: Sequence[Explanation],
    examples: Sequence[Example],
    perturber: Perturber,
    *,
    top: float,
) -> Changed:
    """Explain changed texts from the first seed of each method, and compare where the answer stays.

    `explanations` are those of one model on one test set.
    """
    by_id = {example.id: perturber(example.text, example.id) for example in examples}
    texts = [explained.head.perturb(example, by_id[example.id]) for example in examples]
    cases = explained.cases(texts, most=len(explained.head.labels) + 1)
    answers = {_key(case.example.id, case.target): case for case in cases}
    wanted: dict[tuple[str, str], Case] = {}
    for each in explanations:
        case = each.case
        if found := answers.get(_key(case.example.id, _moved(case, by_id[case.example.id]))):
            wanted[case.example.id, case.target] = found
    first = explanations[0]
    again = explainer.explain(
        explained, [*wanted.values()], system=first.system, seed=first.seed, dataset=first.dataset, repeated=False
    )
    after = {(e.method, _key(e.case.example.id, e.case.target)): e for e in again}
    alike = []
    for each in explanations:
        moved = by_id[each.case.example.id]
        other = after.get((each.method, _key(each.case.example.id, _moved(each.case, moved))))
        if each.method_seed == explainer.method_seeds[0] and other is not None:
            one, same = _same_words(each, other, moved)
            alike.append(compared(one, same, VARIES, (each.method, each.system, VARIES), top=top))
    return Changed(alike, len({each.answer for each in explanations}), len(wanted))


def _key(example: str, target: str) -> tuple[str, str]:
    return example, target


def _moved(case: Case, perturbed: Perturbed) -> str:
    """Name a case's answer as it is named in the changed text: an entity moves with its words."""
    if (place := place_of(case.target)) is None or not case.example.words:
        return case.target
    label, start, end = place
    return f"{label} {perturbed.places[start]}-{perturbed.places[end]}"


def _same_words(one: Explanation, other: Explanation, perturbed: Perturbed) -> tuple[Explanation, Explanation]:
    """Keep the words of two explanations that became one another."""
    more = len(perturbed.text) - (len(perturbed.places) - 1)  # a second text begins so much later
    starts: Mapping[int, int] = {start: n for n, (start, _) in enumerate(other.case.words)}
    pairs = []
    for number, (start, _) in enumerate(one.case.words):
        moved = perturbed.places[start] if start < len(perturbed.places) - 1 else start + more
        if moved in starts:
            pairs.append((number, starts[moved]))
    kept = np.array(pairs, int).reshape(-1, 2)
    return replace(one, values=one.values[kept[:, 0]]), replace(other, values=other.values[kept[:, 1]])
