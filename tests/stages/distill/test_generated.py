"""Sequence-level distillation: a student learns what its teacher wrote, and nothing of what it was given to read."""

import numpy as np
import pytest
import torch
from test_causal import DOCUMENTS, STUDENT, distil, made  # noqa: F401
from test_encoder_decoder import T5
from transformers import AutoTokenizer

from alambic.data.inputs import Inputs
from alambic.settings import Distill, Teach
from alambic.stages.distill.examples.continuations import PassageCollator
from alambic.stages.distill.examples.generated_texts import GeneratedTexts, generated_passages
from alambic.stages.distill.examples.split import split_where_generated
from alambic.stages.distill.objectives import sequence_level
from alambic.stages.distill.teacher_targets import TeacherTargets
from alambic.stages.teach.run import run as teach

OBJECTIVES = {"sequence_level": {}}


@pytest.fixture(scope="module")
def wrote(made, tmp_path_factory):  # noqa: F811
    folder = tmp_path_factory.mktemp("written")
    settings = Teach(teacher="t", corpus="c", signal="generated_texts", read_tokens=8, new_tokens=20, temperature=0.5)
    teach(settings, Inputs(teacher=[made["teacher"]], corpus=[made["corpus"]]), folder)
    return {**made, "signal": folder}


@pytest.mark.parametrize("tokenizer", ["same", "extended"])
def test_what_is_learnt_is_what_was_written(wrote, tokenizer):
    opened = AutoTokenizer.from_pretrained(wrote[tokenizer])
    texts = GeneratedTexts(wrote["signal"])
    found = list(generated_passages(DOCUMENTS, texts, opened, first=0, length=200))
    assert len(found) == len(DOCUMENTS)
    for document, one, (_, text) in zip(DOCUMENTS, found, texts, strict=True):
        begin = int(one.has_teacher_target.argmax())
        assert one.has_teacher_target[begin:].all() and not one.has_teacher_target[:begin].any() and one.ids[0] == 0
        read, learnt = opened.decode(one.ids[1:begin]), opened.decode(one.ids[begin:], skip_special_tokens=True)
        assert read + learnt == document.text[: text.read] + text.text
        assert len(read) <= text.read and learnt.endswith(text.text)
        assert (one.ids[-1] == opened.eos_token_id) == text.ended


def test_what_is_too_long_loses_of_its_beginning_first(wrote):
    opened = AutoTokenizer.from_pretrained(wrote["same"])
    whole, short, shorter = (
        list(generated_passages(DOCUMENTS, GeneratedTexts(wrote["signal"]), opened, first=0, length=length))
        for length in (200, 18, 5)
    )
    for one, two, three in zip(whole, short, shorter, strict=True):
        assert len(two.ids) <= 18 and len(three.ids) <= 5
        learnt = one.ids[one.has_teacher_target].tolist()
        assert two.ids[two.has_teacher_target].tolist() == learnt[:17]
        assert three.ids[three.has_teacher_target].tolist() == learnt[:4]


def test_only_what_was_written_is_predicted_and_an_encoder_reads_the_rest(wrote):
    opened = AutoTokenizer.from_pretrained(wrote["same"])
    found = list(generated_passages(DOCUMENTS, GeneratedTexts(wrote["signal"]), opened, first=0, length=200))
    batch = PassageCollator(pad=1, drawn=0, only_teacher_targets=True)(found)
    assert int((batch["target_ids"] >= 0).sum()) == sum(int(one.has_teacher_target.sum()) for one in found)
    for one in found:
        half = split_where_generated(0, one, 0, 0)
        assert half.source.tolist() == one.ids[~one.has_teacher_target].tolist()
        assert half.target.ids.tolist() == [0, *one.ids[one.has_teacher_target].tolist()]
        assert half.target.has_teacher_target[1:].all()


def test_the_objective_is_the_mean_surprise():
    logits, target_ids = torch.randn(7, 30), torch.randint(30, (7,))
    expected = [-float(row.double().softmax(0)[label].log()) for row, label in zip(logits, target_ids, strict=True)]
    assert sequence_level.objective(logits, TeacherTargets(target_ids)).tolist() == pytest.approx(expected, abs=1e-5)


@pytest.mark.parametrize(
    "student",
    [
        {"tokenizer": "extended", "layers": [0, 1], "sequence_length": 64},
        {"tokenizer": "same", "family": "encoder_decoder", "architecture": "t5", "shape": T5, "initial": "random",
         "layers": [], "sequence_length": 64},
    ],
)  # fmt: skip
def test_a_student_learns_what_the_teacher_wrote(wrote, tmp_path, student):
    _, journal = distil(wrote, tmp_path / "student", objectives=OBJECTIVES, epochs=10, learning_rate=5e-3, **student)
    losses = [line["sequence_level"] for line in journal]
    assert np.mean(losses[-4:]) < 0.8 * np.mean(losses[:4])


def test_the_text_of_the_corpus_is_not_learnt_beside():
    both = Distill.model_validate({**STUDENT, "signal": "s", "objectives": {**OBJECTIVES, "cross_entropy": {}}})
    with pytest.raises(ValueError, match="cross_entropy is on the text"):
        both.check_signal(Teach(teacher="t", corpus="c", signal="generated_texts"))
