"""One task by every family: other heads, answers of one form, scored and compared in one way."""

import numpy as np
import pytest
from scoring import predict_and_score
from toy_tasks import CASES, encoder_in
from toy_tasks import RECIPE as OF_ENCODERS
from transformers import AutoTokenizer
from writers import tiny_shape

from alambic.commands.apply.answers import Answerer
from alambic.data.example_scores import SEQUENCE, read_example_scores, read_top_scores
from alambic.data.inputs import Inputs
from alambic.data.predictions import read_predictions
from alambic.settings import Finetune, Recipe, Task
from alambic.stages.finetune import run as finetuning
from alambic.stages.report.scores import NOT_IN_FILES, Score

RECIPE = Recipe(batch_size=16, epochs=12, learning_rate=5e-3, max_length=64)


@pytest.fixture(scope="module")
def bases(tmp_path_factory):
    """An encoder, a causal and an encoder-decoder model of the same pieces."""
    folder = tmp_path_factory.mktemp("bases")
    encoder = encoder_in(folder / "encoder")
    bases = {"encoder": encoder}
    for family in ("causal", "encoder_decoder"):
        bases[family] = folder / family
        AutoTokenizer.from_pretrained(encoder).save_pretrained(bases[family])
        tiny_shape(bases[family], family, pad=0, end=2)
    return bases


def scored(folder, base, task, inputs, recipe):
    """Fine-tune, answer and score; give the scores over all seeds, and the facts."""
    tuned = folder / "tuned"
    tuned.mkdir(parents=True)
    finetuning.run(Finetune(model="m", task=task, recipe=recipe, seed=1), Inputs({**inputs, "model": [base]}), tuned)
    given = Inputs({**inputs, "finetuned": [tuned]})
    rows, facts = predict_and_score(folder, task, given, finetuned=["a"], seeds=[1])
    by = {name: facts[name] for name in NOT_IN_FILES}
    return [Score(folder.name, "t", **{**row, "seed": "all"}, **by) for row in rows if row["seed"] == "all"], facts


@pytest.mark.parametrize("kind", ["token_classification", "multilabel_classification"])
def test_all_families_are_scored_on_the_same_texts_in_the_same_way(tmp_path, bases, kind):
    task, prepare, _ = CASES[kind]
    (tmp_path / "data").mkdir()
    inputs = prepare(tmp_path / "data")
    metrics = [*task.metrics, *(["brier"] if kind != "token_classification" else [])]
    writes = "entity_generation" if kind == "token_classification" else "label_generation"
    by_family = {}
    for family, base in bases.items():
        head, recipe = (kind, OF_ENCODERS) if family == "encoder" else (writes, RECIPE)
        chosen = Task(**{**task.model_dump(), "metrics": metrics, "head": head})
        by_family[family], facts = scored(tmp_path / family, base, chosen, inputs, recipe)
        assert facts["head"] == head
        assert family == "encoder" or facts.get("outputs_without_end", 0) == 0
    for of_each in zip(*by_family.values(), strict=True):
        assert len({score.measure for score in of_each}) == 1 and len({score.signature for score in of_each}) == 2
        assert all(first.comparable(second) for first in of_each for second in of_each)
        if of_each[0].metric == metrics[0]:
            assert all(score.value > 0.9 for score in of_each), [(score.model, score.value) for score in of_each]
    predicted = {family: read_predictions(tmp_path / family / "predicted").of_split("test") for family in bases}
    for parts in zip(*predicted.values(), strict=True):
        assert all(part.ids == parts[0].ids and part.gold == parts[0].gold for part in parts)
    _check_scores_and_use(tmp_path / "causal", kind, predicted["causal"][0])


def _check_scores_and_use(folder, kind, part):
    """Look at what lies beside the answers of one model, and ask it about a text."""
    (record,) = Answerer(folder / "tuned").answer(["risque de bradycardie avec la digoxine"])
    if kind != "token_classification":
        assert record["labels"] and all(0 <= label["score"] <= 1 for label in record["labels"])
        (scores,) = read_example_scores(folder / "predicted", split="test").values()
        assert all(np.isfinite(rows).all() and rows.shape[0] == 1 for rows in scores)
        return
    assert [(each["text"], each["label"]) for each in record["entities"]] == [
        ("bradycardie", "DISEASE"),
        ("digoxine", "DRUG"),
    ]
    scores = read_top_scores(folder / "predicted", split="test")[part.dataset, "1"]
    for tags, of_text in zip(part.predicted["1"], scores, strict=True):
        assert SEQUENCE in of_text and sum(tag.startswith("B-") for tag in tags) == len(of_text) - 1
