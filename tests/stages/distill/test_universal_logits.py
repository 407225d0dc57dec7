"""A teacher whose tokens have nothing in common with its student's: compared by rank, after the same characters."""

import numpy as np
import pytest
import torch
from test_causal import DOCUMENTS, STUDENT, distil, made  # noqa: F401
from test_objectives import online_teacher
from tiny_models import tiny_llama
from transformers import AutoTokenizer

from alambic.data.inputs import Inputs
from alambic.errors import UserError
from alambic.settings import Distill, Tokenizer
from alambic.stages.distill.common_pieces import common_pieces, meanings
from alambic.stages.distill.examples.paired import paired
from alambic.stages.distill.families.causal import Causal
from alambic.stages.distill.objectives import universal_logits
from alambic.stages.distill.student.build_causal import build_causal
from alambic.stages.distill.teacher_targets import TeacherTargets
from alambic.stages.tokenizer.run import run as fit

OBJECTIVES = {"universal_logits": {}}


@pytest.fixture(scope="module")
def other(made, tmp_path_factory):  # noqa: F811
    """The same teacher, and a tokenizer of other pieces."""
    base, folder = tmp_path_factory.mktemp("base"), tmp_path_factory.mktemp("other")
    tiny_llama(base, pieces=360)
    settings = Tokenizer(base="t", corpus="c", added_pieces=60, minimum_count=2, general_pieces=1)
    fit(settings, Inputs(base=[base], corpus=[made["corpus"]]), folder)
    return {**made, "other": folder}


def naive(student, teacher, common=()):
    """One row: pairs of ids that mean the same, then what is left by rank."""
    total = sum(abs(student[a] - teacher[b]) for a, b in common)
    ours = sorted((p for n, p in enumerate(student) if n not in [a for a, _ in common]), reverse=True)
    theirs = sorted((p for n, p in enumerate(teacher) if n not in [b for _, b in common]), reverse=True)
    longer = max(len(student), len(teacher))
    ours, theirs = ours + [0] * (longer - len(ours)), theirs + [0] * (longer - len(theirs))
    return total + sum(abs(a - b) for a, b in zip(ours, theirs, strict=True))


@pytest.mark.parametrize("pieces", [20, 30, 41])
@pytest.mark.parametrize("common", [(), ((3, 7), (4, 0), (19, 12))])
def test_the_distance_is_that_of_the_naive_formula(pieces, common):
    torch.manual_seed(0)
    known, teacher = online_teacher(5, 30)
    pairs = torch.tensor(common, dtype=torch.long).reshape(-1, 2).T
    known = TeacherTargets(known.target_ids, teacher_logits=known.teacher_logits, common=pairs)
    logits = torch.randn(5, pieces)
    found = universal_logits.objective(logits, known, common=bool(common))
    student = torch.softmax(logits, 1)
    expected = [naive(s, t, common) for s, t in zip(student.tolist(), teacher.tolist(), strict=True)]
    assert found.tolist() == pytest.approx(expected, abs=1e-5)


def test_the_same_distribution_under_other_numbers_is_at_no_distance():
    known, teacher = online_teacher(5, 30)
    order = torch.randperm(30)
    assert universal_logits.objective(teacher.log()[:, order], known).tolist() == pytest.approx([0] * 5, abs=1e-5)


def test_a_temperature_softens_both():
    known, _ = online_teacher(5, 30)
    logits = torch.randn(5, 30)
    softened = TeacherTargets(known.target_ids, teacher_logits=known.teacher_logits / 2)
    found = universal_logits.objective(logits, known, temperature=2.0)
    assert found.tolist() == pytest.approx(universal_logits.objective(logits / 2, softened).tolist(), abs=1e-5)


def test_common_pieces_mean_the_same_text(other):
    ours, theirs = (AutoTokenizer.from_pretrained(other[name]) for name in ("other", "teacher"))
    found = common_pieces(ours, theirs)
    assert found.shape[1] > 256
    for mine, other_ in found.T.tolist():
        assert ours.convert_ids_to_tokens(mine) == theirs.convert_ids_to_tokens(other_)
    ends = [ours.eos_token_id, theirs.eos_token_id]
    assert ends in found.T.tolist() and set(found[0].tolist()) & set(ours.all_special_ids) == {ours.eos_token_id}
    assert len(meanings(theirs)) == len(theirs) - len(set(theirs.all_special_ids)) + 1


@pytest.mark.parametrize("length", [5, 16, 10**6])
def test_both_have_read_the_same_characters_where_they_are_compared(other, length):
    ours, theirs = (AutoTokenizer.from_pretrained(other[name]) for name in ("other", "teacher"))
    has_teacher_target = predicted = 0
    found = iter(paired(DOCUMENTS, ours, theirs, first=0, teacher_first=0, length=length))
    for document in DOCUMENTS:
        tokens = ours(document.text, return_offsets_mapping=True, add_special_tokens=False)
        offsets = [*tokens["offset_mapping"], (len(document.text), len(document.text) + 1)]
        for start in range(0, len(offsets), length - 1):
            one = next(found)
            predicted, has_teacher_target = (
                predicted + len(one.ids) - 1,
                has_teacher_target + len(one.teacher_positions),
            )
            assert len(one.teacher_text_ids) > one.teacher_positions.max(initial=0)
            for place, row in zip(np.flatnonzero(one.has_teacher_target), one.teacher_positions, strict=True):
                begin = offsets[start + place - 2][1] if start + place > 1 else 0
                # What the teacher has read, without what it may have read before the student's window.
                read = theirs.decode(one.teacher_text_ids[1 : row + 1])
                assert document.text[:begin].endswith(read)
                assert len(read) >= begin - (offsets[start - 2][1] if start > 1 else 0)
    assert next(found, None) is None
    assert has_teacher_target > 0.6 * predicted


def test_with_one_tokenizer_every_position_is_the_teacher_s_own(other):
    opened = AutoTokenizer.from_pretrained(other["same"])
    for one in paired(DOCUMENTS, opened, opened, first=0, teacher_first=0, length=10**6):
        assert one.has_teacher_target[1:].all() and one.teacher_positions.tolist() == list(range(len(one.ids) - 1))
        assert one.teacher_text_ids.tolist() == one.ids[:-1].tolist()


def test_the_teacher_itself_is_at_no_distance(made, tmp_path):  # noqa: F811
    whole = {"batch_size": 200, "learning_rate": 1e-9, "sequence_length": 256}
    settings = {"signal": None, "online": True, "objectives": OBJECTIVES}
    facts, journal = distil(made, tmp_path / "student", **settings, **whole)
    # Its tokenizer has one more piece, the mask, which takes its share.
    assert facts["coverage"] == 1.0 and journal[0]["universal_logits"] < 0.01


def test_a_student_of_other_tokens_learns(other, tmp_path):
    facts, journal = distil(
        other, tmp_path / "student", "other", signal=None, online=True, objectives=OBJECTIVES, layers=[],
        initial="random", shape={"hidden_size": 32, "intermediate_size": 64}, epochs=9, learning_rate=5e-3,
    )  # fmt: skip
    losses = [line["universal_logits"] for line in journal]
    assert np.mean(losses[-5:]) < 0.8 * np.mean(losses[:5])
    assert facts["coverage"] > 0.6


def test_a_low_coverage_stops_the_run(other, tmp_path):
    """A student that reads bytes seldom begins where its teacher does."""
    base, folder = tmp_path / "base", tmp_path / "bytes"
    base.mkdir(), folder.mkdir()
    tiny_llama(base, pieces=258)
    settings = Tokenizer(base="t", corpus="c", added_pieces=0, trim=False)
    fit(settings, Inputs(base=[base], corpus=[other["corpus"]]), folder)
    with pytest.raises(UserError, match=r"only \d\d% of the student's tokens share a boundary"):
        distil(
            {**other, "bytes": folder}, tmp_path / "student", "bytes", signal=None, online=True,
            objectives=OBJECTIVES, initial="random",
        )  # fmt: skip


def test_objectives_that_read_the_student_s_tokens_cannot_stand_beside():
    with pytest.raises(ValueError, match="in tokens of its own"):
        Distill.model_validate({**STUDENT, "online": True, "objectives": {**OBJECTIVES, "reverse_kl": {}}})


def test_the_batch_gives_the_teacher_s_states_after_the_same_characters(other):
    """Against the teacher reading each text alone."""
    from alambic.stages.distill.examples.continuations import PassageCollator
    from alambic.stages.distill.examples.paired import PairedCollator
    from alambic.stages.distill.online_teacher import open_causal_teacher

    ours, theirs = (AutoTokenizer.from_pretrained(other[name]) for name in ("other", "teacher"))
    passages = list(paired(DOCUMENTS[:4], ours, theirs, first=0, teacher_first=0, length=10**6))
    batch = PairedCollator(PassageCollator(pad=1, drawn=0))(passages)
    teacher = open_causal_teacher(other["teacher"], None)
    student = build_causal(other["teacher"], other["other"], layers=[0], initial="random", vocabulary=len(ours))
    with torch.no_grad():
        found = Causal(student, teacher=teacher, first=None, size=0).predict(batch, None)
    states, places = iter(found.targets.online_teacher[0]), iter(found.teacher_weights)
    for one in passages:
        with torch.no_grad():
            alone = teacher.base_model(torch.from_numpy(one.teacher_text_ids)[None].long()).last_hidden_state[0]
        rows = iter(one.teacher_positions)
        for has_teacher_target in one.has_teacher_target[1:]:
            state, share = next(states), next(places)
            assert (share > 0) == has_teacher_target
            if has_teacher_target:
                torch.testing.assert_close(state, alone[int(next(rows))], atol=1e-4, rtol=1e-4)
