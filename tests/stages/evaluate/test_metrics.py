"""Metrics agree with their libraries."""

from importlib import import_module
from pathlib import Path

import numpy as np
import pytest
from toy_tasks import encoder_in
from written import summaries, wordings

from alambic import plugins
from alambic.stages.evaluate.metrics import entity_f1
from alambic.stages.evaluate.metrics._sources import Sources
from alambic.tasks.examples import Example
from alambic.tasks.iob2 import from_tags, repair

RANDOM = np.random.default_rng(0)
LABELS = [str(n) for n in RANDOM.integers(0, 5, 200)]
GUESSES = [one if RANDOM.random() < 0.6 else "9" for one in LABELS]
TAGS = [tuple(RANDOM.choice(["O", "B-A", "B-B"], 9)) for _ in range(50)]
SETS = [tuple(RANDOM.choice(["a", "b", "c", "d"], RANDOM.integers(1, 4), replace=False)) for _ in range(80)]
SET_GUESSES = [tuple({*one[1:], "d"}) if RANDOM.random() < 0.5 else one for one in SETS]
PROBABILITIES = [
    0.5 * np.array([[float(label == str(n)) for n in range(5)]]) + 0.5 * RANDOM.dirichlet(np.ones(5), 1)
    for label in LABELS
]
TAG_GUESSES = [tuple(tag if RANDOM.random() < 0.8 else "O" for tag in tags) for tags in TAGS]
SPANS, SPAN_GUESSES = ([from_tags(repair(tags)) for tags in given] for given in (TAGS, TAG_GUESSES))
ANSWERS = {
    "entity": (TAGS, TAG_GUESSES),
    "partial": (TAGS, TAG_GUESSES),
    "nested": (SPANS, SPAN_GUESSES),
    "multilabel": (SETS, SET_GUESSES),
    "code": (SETS, SET_GUESSES),
    "exact": (SETS, SET_GUESSES),
    "hamming": (SETS, SET_GUESSES),
    "spearman": (LABELS, GUESSES),
    "edrm": (LABELS, [min(guess, "5") for guess in GUESSES]),
    "rouge": (["une toux sèche", "un décès évité", "fièvre"], ["toux sèche", "un décès évité", "toux"]),
    "empty": summaries()[:2],
}
# Of these, one is no exercise, one repeats another, and one has a distractor that its text has.
LINES = [
    "Q: Quel médicament est un anticoagulant ? | + warfarine | - aspirine",
    "Q: Quel médicament est un antalgique ? | + paracétamol | - digoxine",
    "Q: Quel médicament est un antalgique ? | + paracétamol | - warfarine",
    "Q: Que dit le texte ? | + Un autre | - fait 3",
    "Q: De quel chapitre relève l'asthme ? | = X",
    "Quel médicament ?",
]
OPEN = ["Q: Quoi ? | = le fait", "Q: Lequel ? | = le fait 7", "Q: | = 1"]


@pytest.mark.parametrize("name", plugins.names("stages.evaluate.metrics"))
def test_counts_combine_to_the_librarys_value(name, tmp_path):
    module = import_module(f"alambic.stages.evaluate.metrics.{name}")
    given = ANSWERS.get(name.split("_")[0], (LABELS, GUESSES))
    if plugins.constant("stages.evaluate.metrics", name, "READS", "answers") == "scores":
        given = (LABELS, PROBABILITIES, [str(n) for n in range(5)])
    if plugins.constant("stages.evaluate.metrics", name, "READS", "answers") == "units":  # two lines each
        given = (SETS, SET_GUESSES, [str(n // 2) for n in range(80)], [f"{n // 2}/{n % 2 + 1}" for n in range(80)])
    reads_sources = plugins.constant("stages.evaluate.metrics", name, "READS", "answers") == "sources"
    if name.startswith("exercise_"):
        lines = OPEN if name == "exercise_answerable" else LINES  # for open questions, no model is asked
        examples = [Example(str(n), f"Le fait {n}.", LINES[0]) for n in range(len(lines))]
        given = ([""] * len(lines), lines)
        given = (*given, Sources(examples, examples[:1], Path("none"))) if reads_sources else given
    elif name == "embedding_similarity":
        texts = ["aspirine et coeur", "avec digoxine", "le rein"], ["la dose", "le risque de bradycardie", ""]
        given = (*texts, Sources([], [], scorer=encoder_in(tmp_path)))
    elif reads_sources:
        given = (wordings if name == "code_recovered" else summaries)()
    score = module.score(*given)
    assert 0.1 < score.value < 0.95
    if plugins.constant("stages.evaluate.metrics", name, "COMBINES", "sums") == "examples":
        combined = module.combine(score.counts, np.ones((1, len(score.counts))))[0]
    else:
        combined = module.combine(score.counts.sum(axis=0))
    assert combined == pytest.approx(score.value, abs=1e-9)
    assert score.signature.startswith(f"{name}|")
    lower = plugins.constant("stages.evaluate.metrics", name, "BETTER", "higher") == "lower"
    assert ("better=lower" in score.signature) == lower, "tables and comparisons read it there"


@pytest.mark.parametrize(
    ("gold", "predicted", "expected"),
    [
        (["B-A", "I-A", "O"], ["B-A", "I-A", "O"], 1.0),
        (["B-A", "I-A", "O"], ["B-A", "O", "O"], 0.0),
        (["B-A", "I-A", "O"], ["B-B", "I-B", "O"], 0.0),
        (["B-A", "O", "B-A"], ["B-A", "O", "O"], 2 / 3),
        (["O", "O", "O"], ["O", "O", "O"], 0.0),
        (["B-A", "I-A", "O"], ["I-A", "I-A", "O"], 0.0),  # strict: an entity begins with B
    ],
)
def test_entities_are_compared_strictly(gold, predicted, expected):
    assert entity_f1.score([gold], [predicted]).value == pytest.approx(expected)
