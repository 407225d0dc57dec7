"""Every head and family of models: the score of an answer is the model's own, and every method explains it."""

from importlib import import_module

import numpy as np
import pytest
from captum.attr import FeatureAblation
from explained_models import LONG, SYSTEMS, examples_of, explained_model

from alambic.plugins import constant, names
from alambic.stages.explain.methods import gradient_x_input, integrated_gradients, leave_one_out, shapley_sampling
from alambic.stages.explain.word_masks import all_words, score_of_masks

METHODS = names("stages.explain.methods")
OPTIONS = {"shapley_sampling": {"orders": 1}, "lime": {"samples": 12}, "integrated_gradients": {"steps": 4}}


@pytest.fixture(scope="module", params=SYSTEMS, ids=lambda each: "-".join(each))
def explained(request, tmp_path_factory):
    return explained_model(tmp_path_factory.mktemp("explained"), *request.param)


@pytest.fixture(scope="module")
def cases(explained):
    made = explained.cases(examples_of(explained.head.name), most=2)
    assert made, "the model answers something"
    return [*made[:2], *made[3:][-1:]]  # the last text has several windows


def test_a_score_is_what_the_model_says_of_its_answer(explained, cases):
    predictions = {
        example.id: prediction
        for example, prediction in zip(
            examples_of(explained.head.name), explained.predict(examples_of(explained.head.name)), strict=True
        )
    }
    for case, probability in zip(cases, explained.probabilities(cases), strict=True):
        prediction = predictions[case.example.id]
        name = explained.head.name
        if name in ("code_generation", "text_generation", "entity_generation"):
            assert 0 <= probability <= 1  # of all tokens, where the model's own score is of the valid ones
            continue
        if name == "label_retrieval":
            expected = prediction.scores[prediction.scored.index(case.target)]
        elif name == "multiple_choice":
            expected = prediction.scores[[own for own, _ in case.example.choices].index(case.target)]
        elif name == "token_classification":
            label, places = case.target.split(" ")
            start, end = map(int, places.split("-"))
            touched = [n for n, (a, b) in enumerate(case.words) if a >= start and b <= end]
            columns = [explained.head.numbers[f"{prefix}-{label}"] for prefix in "BI"]
            expected = np.exp(np.log(prediction.scores[touched][:, columns].sum(axis=1)).mean())
        elif name == "label_generation":
            expected = None  # of the labels alone, where ours is of all tokens: of all answers it is the likeliest
            assert case.target == explained.head.labels[int(prediction.scores.argmax())]
        else:
            expected = prediction.scores[explained.head.numbers[case.target]]
        if expected is not None:
            assert probability == pytest.approx(float(expected), rel=2e-3, abs=1e-6)


@pytest.mark.parametrize("method", METHODS)
def test_every_method_gives_every_word_a_number(explained, cases, method):
    module = import_module(f"alambic.stages.explain.methods.{method}")
    found = module.explain(explained, cases, 1, **OPTIONS.get(method, {}))
    assert len(found) == len(cases)
    if constant("stages.explain.methods", method, "GIVES", "words") == "examples":
        assert all(len(each) == min(5, len(explained.data.train)) for each in found)
        assert found[0][0].example.text == cases[0].text.split("\n")[0] and found[0][0].similarity == pytest.approx(1)
        return
    for case, values in zip(cases, found, strict=True):
        assert values.shape == (len(case.words),) and np.isfinite(values).all()
    if method != "dictionary":
        assert any(np.abs(values).sum() > 0 for values in found)
    again = module.explain(explained, cases, 1, **OPTIONS.get(method, {}))
    assert all(np.allclose(one, other, atol=1e-5) for one, other in zip(found, again, strict=True)), "same seed"


def test_integrated_gradients_add_up_to_what_hiding_all_words_costs(explained, cases):
    found = integrated_gradients.explain(explained, cases, 0, steps=64)
    hidden = [case.hide(np.ones(len(case.words), bool), explained.fill) for case in cases]
    change = explained.scores(cases) - explained.scores(hidden)
    for values, expected in zip(found, change.tolist(), strict=True):
        assert values.sum() == pytest.approx(expected, abs=0.05 + 0.05 * abs(expected))


def test_words_that_captum_takes_out_are_those_that_leave_one_out_does(explained, cases):
    for case, values in zip(cases[:2], leave_one_out.explain(explained, cases[:2], 0), strict=True):
        theirs = FeatureAblation(score_of_masks(explained, case)).attribute(all_words(case))
        np.testing.assert_allclose(values, theirs[0].numpy(), atol=1e-4)


def test_shapley_values_add_up_too(explained, cases):
    found = shapley_sampling.explain(explained, cases[:2], 3, orders=1)
    for case, values in zip(cases[:2], found, strict=True):
        hidden = case.hide(np.ones(len(case.words), bool), explained.fill)
        change = np.subtract(*explained.scores([case, hidden]))
        assert values.sum() == pytest.approx(float(change), abs=1e-3)


def test_words_of_all_windows_are_explained(tmp_path):
    explained = explained_model(tmp_path, "sequence_classification", "encoder")
    (case,) = [case for case in explained.cases(examples_of(explained.head.name), most=1) if case.text == LONG]
    assert len(case.rows) > 1 and not case.unread()
    (values,) = gradient_x_input.explain(explained, [case], 0)
    assert (np.abs(values) > 0).all()
    assert [case.text[a:b] for a, b in case.words][:4] == ["fièvre", "du", "myocarde", "dans"]
