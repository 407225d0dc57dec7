"""Values of the right type that no run can use, or that would mislead: each is an error where it is read."""

import copy
import re

import pytest

from alambic.errors import UserError
from alambic.settings import read_experiment
from alambic.settings.experiment_file import EXPERIMENTS
from alambic.settings.lock import locked
from alambic.settings.parsing import parse_yaml

CONTENT = locked(parse_yaml((EXPERIMENTS / "partages.yaml").read_text(encoding="utf-8"), "partages").content, {})


def changed(place, value):
    """Give the experiment with another value at a place."""
    content = copy.deepcopy(CONTENT)
    inner = content
    *steps, last = place.split("/")
    for step in steps:
        inner = inner.setdefault(step, {})
    inner[last] = value
    return content


def refusal(place, value):
    """Give the one error of an experiment with another value at a place; fail where there is none."""
    with pytest.raises(UserError) as error:
        read_experiment(changed(place, value))
    assert "is not valid" in str(error.value)
    return str(error.value)


STUDENT = "distill/student6"


@pytest.mark.parametrize(
    ("place", "values", "expected"),
    [
        ("collect/hal/until", ["2026-99-99", "2026-02-30", "2026-13-01"], "a day that there is"),
        ("collect/hal/pause", [1e300, 10**9, 3601], "from 0 to 3,600"),
        ("collect/hal/query", [" ", "", "x" * 20_000], "it is blank; expected a text"),
        ("collect/parcomed/dataset", ["../x", "", " ", "a b/c", "a/b/c", "x" * 400, "été"], "OWNER/NAME"),
        ("collect/parcomed/text_column", ["", "  ", "x" * 501, "a\nb"], "text_column"),
        ("collect/parcomed/licence", ["<b>", " ", "{x}", "../x", "MIT\nor", "x" * 300], "an SPDX expression"),
        ("collect/parcomed/language", ["French", "f", " ", "-1"], "a code of ISO 639"),
        ("collect/icd10/licence", [""], "it is empty; expected an SPDX expression"),
        ("collect/icd10/seed", [2**32, 2**62], "from 0 to 4,294,967,295"),
        ("collect/icd10/external_causes", [10**12], "from 1e-12 to 1,000,000,000"),
        ("collect/has/kinds", [[""]], "kinds"),
        ("fetch/camembert_bio/revision", ["main", "0" * 39, ""], "the 40 digits of a commit"),
        ("fetch/camembert_bio/model", ["a/b/c", "", "../x", "x" * 300], "OWNER/NAME"),
        ("clean/medical/steps/length/min_words", [10**6], "min_words: 1000000: it is more than max_words: 200000"),
        ("clean/medical/steps/length/min_characters", [10**7], "more than max_characters"),
        ("clean/medical/steps/quality/shortest_word", [12], "shortest_word: 12.0: it is more than longest_word"),
        ("clean/medical/decontaminate", [0, 1, 0.0], "decontaminate: .*expected true or false"),
        ("tokenizer/medical/added_pieces", [10**12], "from 1e-12 to"),
        ("teach/camembert_bio_states/head", ["token_classification", ""], "the plan fills it in"),
        (f"{STUDENT}/layers", [[5, 5], [3, 1], [1, 3, 2]], "expected each once, in their order"),
        (f"{STUDENT}/sequence_length", [0, -1, 1, 2, 10**9], "sequence_length"),
        (f"{STUDENT}/batch_size", [0, -1, 10**7], "batch_size"),
        (f"{STUDENT}/epochs", [0, 10**5], "epochs"),
        (f"{STUDENT}/learning_rate", [0, -1, 15, 1e300, 1e-300, float("inf"), float("nan")], "learning_rate"),
        (f"{STUDENT}/warmup", [1.5, -0.1], "warmup"),
        (f"{STUDENT}/weight_decay", [-1, 5, 1e300], "weight_decay"),
        (f"{STUDENT}/max_gradient_norm", [0, 1e300, 1e-300], "max_gradient_norm"),
        (f"{STUDENT}/seed", [-1, 2**32], "seed"),
        (f"{STUDENT}/objectives", [{"hidden_regression": {"weight": 0}}], "every weight is 0"),
        (f"{STUDENT}/objectives", [{"hidden_regression": {"weight": 1e300}}], "at least 0 and at most 1e6"),
        ("tasks/icd_category/train_limit", [10**12], "train_limit"),
        ("tasks/icd_category/finetune/max_length", [2, 0], "max_length"),
        ("tasks/icd_category/finetune/learning_rate", [0, 30], "learning_rate"),
        ("finetune/seeds", [[1, 1], [], [2**40], [-1]], "seeds"),
        ("finetune/models", [["student6", "student6"], []], "models"),
        ("finetune/max_length", [1, 2, 10**9], "max_length"),
        ("evaluate/resamples", [0, 1, 9, 10**7], "resamples"),
        ("evaluate/confidence", [0, 1, 1.5, -0.5], "confidence"),
        ("speed/rounds", [-1, 10**6], "rounds"),
        ("report/title", ["", "   "], "title"),
        ("cite", [{"hal": ""}, {"hal": "  "}], "cite: hal: .*it is blank"),
    ],
)
def test_a_value_that_no_run_can_use_is_one_error(place, values, expected):
    errors = [refusal(place, value) for value in values]
    assert all(place.split("/")[-1] in error for error in errors)
    assert re.search(expected, errors[0])


@pytest.mark.parametrize(
    ("shape", "expected"),
    [
        ({"hidden_size": 0}, "hidden_size: 0: expected a whole number from 1"),
        ({"hidden_size": -384}, "hidden_size: -384"),
        ({"hidden_size": True}, "hidden_size: True"),
        ({"num_hidden_layers": 2.5}, "num_hidden_layers: 2.5"),
        ({"num_attention_heads": 0}, "num_attention_heads: 0"),
        ({"intermediate_size": 10**12}, "intermediate_size"),
        ({"hidden_dropout_prob": 1.5}, "a share from 0 to less than 1"),
        ({"layer_norm_eps": -1e-5}, "at least 0"),
    ],
)
def test_a_shape_that_no_model_has_is_one_error(shape, expected):
    assert expected in refusal("distill/control6/shape", shape)


@pytest.mark.parametrize("temperature", [0, 1e-9, 1e9, float("nan"), -1])
def test_a_temperature_that_draws_nothing_or_anything_is_one_error(temperature):
    student = {**CONTENT["distill"]["student6"], "signal": None, "online": True, "family": "causal", "layers": []}
    student |= {"objectives": {"reverse_kl": {}}, "on_policy": {"new_tokens": 8, "temperature": temperature}}
    assert "temperature" in refusal("distill/student6", student)


@pytest.mark.parametrize(
    ("place", "value"),
    [
        ("collect/hal/until", "2024-02-29"),
        ("collect/hal/pause", 0),
        ("collect/hal/licence", "(MIT OR Apache-2.0) AND LicenseRef-x"),
        ("collect/parcomed/language", "pt-BR"),
        ("distill/student6/layers", [0, 11]),
        ("distill/student6/weight_decay", 0),
        ("distill/student6/warmup", 0),
        ("evaluate/resamples", 10),
        ("speed/rounds", 0),
        ("report/title", "Élèves"),
        ("clean/medical/decontaminate", False),
    ],
)
def test_a_value_that_can_be_used_is_taken(place, value):
    read_experiment(changed(place, value))
