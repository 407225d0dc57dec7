"""A prompted model answers in the form of the task; what is right can be written, and is read back."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from tiny_models import tiny_bert, tiny_llama

from alambic.errors import UserError
from alambic.models.decoding import Written
from alambic.tasks.examples import Example, TaskData
from alambic.tasks.few_shot import entity_generation, label_generation, multiple_choice, text_generation
from alambic.tasks.few_shot._prompt import in_one_line
from alambic.tasks.few_shot._prompted import PromptedWriting
from alambic.tasks.iob2 import from_tags, tag_names
from alambic.tasks.words import word_offsets

TAGS = tag_names(["CHEM", "DISO"])
FORMS = {
    "one label": label_generation,
    "several labels": label_generation,
    "entities": entity_generation,
    "choices": multiple_choice,
    "one choice": multiple_choice,
    "text": text_generation,
}


def tagged(name, text, **entities):
    """Make an example of a text and of the first word of its entities by their types."""
    words = word_offsets(text)
    tags = ["O"] * len(words)
    for label, word in entities.items():
        tags[[text[a:b] for a, b in words].index(word)] = f"B-{label}"
    return Example(name, text, tuple(tags), words)


def choice(name, text, right):
    return Example(name, text, right, choices=(("x", "la digoxine"), ("y", "le paracétamol"), ("z", "la\nwarfarine")))


EXAMPLES = {
    "one label": [
        Example("1", "la toux", "X"),
        Example("2", "le diabète\nde type deux", "IX"),
        Example("3", "", "XIV"),
    ],
    "several labels": [Example("1", "la toux", ("X",)), Example("2", "douleur", ("IX", "XIV")), Example("3", "", ())],
    "entities": [
        tagged("1", "la toux et la fièvre sous ibuprofène", DISO="fièvre", CHEM="ibuprofène"),
        tagged("2", "une toux\nsans @ fièvre", DISO="toux"),
        tagged("3", "rien"),
    ],
    "choices": [choice("1", "Un antalgique ?", ("y",)), choice("2", "Lesquels ?", ("x", "z")), choice("3", "", ("x",))],
    "one choice": [choice("1", "Un antalgique ?", "y"), choice("2", "Lequel ?", "x"), choice("3", "", "z")],
    "text": [Example("1", "INSUF. RENALE", "Insuffisance rénale"), Example("2", "HTA", "hypertension\nartérielle")],
}
LABELS = {
    "one label": ("IX", "X", "XIV"),
    "several labels": ("IX", "X", "XIV"),
    "entities": TAGS,
    "choices": ("right",),
    "one choice": ("best",),
    "text": (),
}


@pytest.fixture(scope="module")
def llama(tmp_path_factory):
    return tiny_llama(tmp_path_factory.mktemp("llama"), reads=1024)


def prompted(folder, form, *, shots=2, train=None, seed=0):
    data = TaskData(head="", labels=LABELS[form], train=EXAMPLES[form] if train is None else train)
    return FORMS[form].prompted(folder, data, shots, seed)


@pytest.mark.parametrize("form", FORMS)
def test_every_answer_has_the_form_of_the_task(llama, form):
    model = prompted(llama, form)
    predictions = model.predict(EXAMPLES[form] * 2)
    assert len(predictions) == 2 * len(EXAMPLES[form])
    for example, prediction in zip(EXAMPLES[form] * 2, predictions, strict=True):
        answer = prediction.answer
        assert isinstance(answer, str) == isinstance(example.gold, str)
        assert prediction.scores is not None and (prediction.scores >= 0).all() and (prediction.scores <= 1).all()
        if form.endswith("label") or form == "several labels":
            given = {answer} if isinstance(answer, str) else {*answer}
            assert given <= {*LABELS[form]} and (form == "several labels" or given)
        if form == "entities":
            assert len(answer) == len(example.words) and all(
                label in ("CHEM", "DISO") for *_, label in from_tags(answer)
            )
        if "choice" in form:
            assert ({answer} if isinstance(answer, str) else {*answer}) <= {"x", "y", "z"} and answer
        if form == "text":
            assert "\n" not in answer
        assert ("empty_texts" in prediction.remarks) == (not example.text)


@pytest.mark.parametrize("form", FORMS)
def test_an_answer_is_the_same_alone_and_behind_the_whole_prompt(llama, form):
    model = prompted(llama, form)
    together = model.predict(EXAMPLES[form])
    alone = [model.predict([example])[0] for example in EXAMPLES[form]]
    whole = alone
    if isinstance(model.head, PromptedWriting):
        of_text, before = model.head.opened, model.prompt.ids
        model.head.opened = lambda tokenizer, ids: [*before, *of_text(tokenizer, ids)]
        model.head.prefix = None
        whole = model.predict(EXAMPLES[form])
    for one, other, third in zip(together, alone, whole, strict=True):
        assert one.answer == other.answer == third.answer
        np.testing.assert_allclose(one.scores, other.scores, rtol=1e-3, atol=1e-4)
        np.testing.assert_allclose(one.scores, third.scores, rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("form", FORMS)
def test_the_prompt_is_kept_with_the_ids_of_its_examples(llama, form):
    model = prompted(llama, form)
    record = model.record()
    assert len(record["examples"]) == 2 and record["examples_left_out"] == [] and model.facts()["shots"] == 2
    shown = [example for example in EXAMPLES[form] if example.id in record["examples"]]
    assert all(in_one_line(example.text) in record["prompt"] for example in shown)
    bare = prompted(llama, form, shots=0)
    assert record["prompt"].startswith(bare.prompt.text) and bare.record()["examples"] == []


@pytest.mark.parametrize("form", ["one label", "several labels"])
def test_right_labels_can_be_written_and_are_read_back(llama, form):
    head, tokenizer = (model := prompted(llama, form)).head, model.tokenizer
    table = head.table(tokenizer, len(tokenizer), 20)
    for example in EXAMPLES[form]:
        ids = head.answer_ids(tokenizer, example)
        state = table.begin([0])
        for token in [*ids, head.end(tokenizer)]:
            assert table.mask(state)[0, token]
            state = table.step(state, state.new_tensor([token]))
        assert head.answered(tokenizer, Written(ids, [], True, 0.0)).answer == example.gold


def test_a_label_that_was_cut_off_is_left_out_and_counted(llama):
    head, tokenizer = (model := prompted(llama, "several labels")).head, model.tokenizer
    ids = [
        *head.answer_ids(tokenizer, Example("", "", ("X",))),
        *head.answer_ids(tokenizer, Example("", "", ("XIV",)))[:1],
    ]
    read = head.answered(tokenizer, Written(ids, [], False, 0.0))
    assert read.answer == ("X",) and read.remarks == ("labels_cut_off",) and not read.ended


def test_right_entities_can_be_written_and_are_placed(llama):
    head, tokenizer = (model := prompted(llama, "entities")).head, model.tokenizer
    for example in EXAMPLES["entities"]:
        flat = replace(example, text=in_one_line(example.text))
        (part,) = head._parts(tokenizer, [flat], max_length=400)
        read = head._read(
            tokenizer, part, Written(ids := head._list(tokenizer, part, flat), [0.0] * len(ids), True, 0.0)
        )
        assert [placed.entity for placed in read.entities] == from_tags(example.gold) and not read.not_placed
    sign = head.type_tokens(tokenizer)["CHEM"]
    assert "@" in EXAMPLES["entities"][1].text and sign not in part.source.ids, "what has a sign is not copied"
    assert "@ CHEM, # DISO" in model.prompt.text and "Entités : @ ibuprofène\n" not in model.prompt.text


def test_what_the_model_has_no_room_for_is_counted(tmp_path):
    small = tiny_llama(tmp_path / "small", reads=400)
    long = [Example(f"{n}", "QZ" * 90, "X") for n in range(3)]
    model = prompted(small, "one label", train=[*long, Example("short", "la toux", "IX")], shots=4)
    assert model.facts()["shots_left_out"] == 3 and model.record()["examples"] == ["short"]
    (prediction,) = model.predict([replace(long[0], text=long[0].text * 3)])
    assert prediction.remarks == ("texts_longer_than_read",) and prediction.answer in LABELS["one label"]


def test_a_model_that_does_not_continue_texts_is_refused(tmp_path):
    with pytest.raises(UserError, match=r"few_shot: .* of family 'encoder': name a causal one"):
        prompted(tiny_bert(tmp_path / "bert"), "text")


class Scripted:
    """Logits over letters 0 to 3 and the end, 4, for each step of each row; as `CachedSteps` is asked."""

    def __init__(self, *rows):
        self.rows, self.read = [iter(row) for row in rows], []

    def begin(self):
        return torch.tensor([next(row) for row in self.rows])

    def next(self, tokens):
        self.read.append(tokens.tolist())
        return self.begin()

    def select(self, rows):
        self.rows = [self.rows[row] for row in rows.tolist()]


@pytest.mark.parametrize(
    ("several", "expected", "read"), [(True, [[1], [0, 2], [2]], [[1, 0, 2], [2]]), (False, [[1], [0], [2]], [])]
)
def test_letters_are_written_in_order_until_the_line_ends(several, expected, read):
    first = [0.0, 2.0, 1.0, 9.0, 9.0]  # it has three answers: the fourth letter is none
    steps = Scripted(
        [first, [9.0, 9.0, 1.0, 9.0, 2.0]],  # nothing before what is written, nor the end
        [[3.0, 2.0, 1.0, 0.0, 0.0], [9.0, 0.0, 5.0, 1.0, 2.0], [9.0, 9.0, 9.0, 1.0, 2.0]],
        [[0.0, 0.0, 5.0, 9.0, 9.0], [9.0, 9.0, 9.0, 9.0, 0.0]],
    )
    sizes = torch.tensor([3, 4, 3])
    shares, chosen = multiple_choice._written(steps, torch.arange(4), sizes, end=4, several=several)
    assert chosen == expected and steps.read == read
    np.testing.assert_allclose(shares[0], [*torch.tensor(first[:3]).softmax(0), 0])
