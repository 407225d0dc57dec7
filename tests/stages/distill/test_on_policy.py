"""The student writes and the teacher corrects it: the same texts whatever the ranks, and nothing else is learnt."""

import numpy as np
import pytest
import torch
from test_causal import DOCUMENTS, STUDENT, distil, made  # noqa: F401
from test_encoder_decoder import T5
from torch.utils._python_dispatch import TorchDispatchMode
from transformers import AutoModelForCausalLM, AutoTokenizer

from alambic.models.generation import generate
from alambic.settings import Distill
from alambic.stages.distill.examples.continuations import PassageCollator, continuations
from alambic.stages.distill.examples.split import collate, split
from alambic.stages.distill.families.causal import Causal
from alambic.stages.distill.families.encoder_decoder import EncoderDecoder
from alambic.stages.distill.losses import Objectives
from alambic.stages.distill.on_policy import OnPolicyGenerator, PromptedCollator, begin
from alambic.stages.distill.online_teacher import open_causal_teacher
from alambic.stages.distill.student.build_causal import build_causal
from alambic.stages.distill.student.build_encoder_decoder import build_encoder_decoder
from alambic.stages.distill.student_setup import seed_of
from alambic.training.loop import _Training

ONLINE = {"signal": None, "online": True, "objectives": {"reverse_kl": {}, "cross_entropy": {"weight": 0.1}}}
POLICY = {"on_policy": {"share": 0.5, "new_tokens": 6}}
WRITER = OnPolicyGenerator(6, 1.0, None, 1, never=(400,))


@pytest.fixture(scope="module")
def passages(made):  # noqa: F811
    opened = AutoTokenizer.from_pretrained(made["same"])
    return list(continuations(DOCUMENTS, opened, first=0, length=16, expectations=None))


@pytest.fixture(scope="module")
def student(made):  # noqa: F811
    size = len(AutoTokenizer.from_pretrained(made["same"]))
    return build_causal(made["teacher"], made["same"], layers=[0], initial="random", vocabulary=size)


def batch_of(passages, share=0.5, epoch=0):
    begun = [begin(share, 5, passage, index, epoch) for index, passage in enumerate(passages)]
    return PromptedCollator(PassageCollator(pad=1, drawn=0))(begun), begun


def test_who_writes_is_a_function_of_seed_epoch_and_sequence():
    found = [seed_of(0.3, 1, index, 0) for index in range(4000)]
    assert np.mean(np.array(found) > 0) == pytest.approx(0.3, abs=0.03)
    assert found == [seed_of(0.3, 1, index, 0) for index in range(4000)]
    others = [[seed_of(0.3, *numbers) for numbers in more] for more in
              ([(2, i, 0) for i in range(99)], [(1, i, 1) for i in range(99)])]  # fmt: skip
    assert all(other != found[:99] for other in others)
    assert not any(seed_of(0.0, 1, index, 0) for index in range(99)) and all(seed_of(1.0, 1, i, 0) for i in range(99))


def test_the_student_s_own_text_takes_the_place_of_the_corpus_s(passages, student):
    batch, begun = batch_of(passages[:12])
    found = WRITER(student, batch)
    assert 0 < found["generated"].sum() < 12
    for row, (one, passage) in enumerate(zip(begun, passages, strict=False)):
        ids = found["ids"][row][found["mask"][row] > 0].tolist()
        labels = found["target_ids"][row].tolist()
        assert found["generated"][row] == bool(one.seed)
        if not one.seed:
            assert ids == passage.ids.tolist() and labels[: len(ids) - 1] == ids[1:]
            continue
        cut = len(one.passage.ids)
        assert ids[:cut] == passage.ids[:cut].tolist() and 1 <= cut < len(passage.ids)
        # Alone, or in another batch as on another number of ranks, it writes the same.
        assert ids[cut:] == generate(student, [ids[:cut]], tokens=6, end=None, pad=1, seeds=[one.seed], never=[400])[0]
        assert labels[cut - 1 : cut + 5] == ids[cut:]
        assert all(label == -100 for label in labels[: cut - 1] + labels[cut + 5 :])


def test_the_loss_is_the_dense_one_on_what_was_written(passages, student, made):  # noqa: F811
    """The teacher corrects every predicted token; cross-entropy is on the corpus's alone."""
    batch, _ = batch_of(passages[:12])
    student_model = Causal(
        student, teacher=open_causal_teacher(made["teacher"], None), first=None, size=0, generator=WRITER
    )
    terms = {"reverse_kl": {"weight": 1.0}, "cross_entropy": {"weight": 1.0}}
    found = Objectives(student_model, terms)(batch)
    written = WRITER(student, batch)
    teacher = AutoModelForCausalLM.from_pretrained(made["teacher"]).eval()
    inputs = {"input_ids": written["ids"], "attention_mask": written["mask"]}
    with torch.no_grad():
        theirs, ours = teacher(**inputs).logits.double(), student(**inputs).logits.double()
    common = min(theirs.shape[-1], ours.shape[-1])
    p, q = theirs.log_softmax(-1)[..., :common], ours.log_softmax(-1)[..., :common]
    divergences, surprises = [], []
    for row in range(12):
        places = written["target_ids"][row] >= 0
        divergences.append(float((q.exp() * (q - p)).sum(-1)[row][places].mean()))
        surprise = -ours.log_softmax(-1)[row][places].gather(1, written["target_ids"][row][places][:, None]).mean()
        surprises.append(0.0 if written["generated"][row] else float(surprise))
    assert found["reverse_kl"].item() == pytest.approx(np.mean(divergences), rel=1e-4)
    assert found["cross_entropy"].item() == pytest.approx(np.mean(surprises), rel=1e-4)


class Largest(TorchDispatchMode):
    elements = 0

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        found = func(*args, **(kwargs or {}))
        if isinstance(found, torch.Tensor):
            self.elements = max(self.elements, found.numel())
        return found


@pytest.mark.parametrize("objective", ["reverse_kl", "universal_logits"])
def test_no_tensor_has_the_logits_of_a_batch(passages, student, made, monkeypatch, objective):  # noqa: F811
    monkeypatch.setattr("alambic.stages.distill.losses.rows_per_chunk", lambda vocabulary, device: 8)
    batch, _ = batch_of(passages[:24])
    student_model = Causal(
        student, teacher=open_causal_teacher(made["teacher"], None), first=None, size=0, generator=WRITER
    )
    module = Objectives(student_model, {objective: {"weight": 1.0}})
    with Largest() as largest:
        module(batch)["loss"].backward()
    assert largest.elements < 0.25 * int((batch["target_ids"] >= 0).sum()) * 400


def test_the_teacher_of_an_encoder_decoder_reads_both_parts_in_a_row(passages, made):  # noqa: F811
    size = len(AutoTokenizer.from_pretrained(made["same"]))
    student = build_encoder_decoder(
        made["teacher"], made["same"], layers=[], initial="random", vocabulary=size, architecture="t5", shape=T5,
        start=0, pad=1, end=1,
    )  # fmt: skip
    teacher = open_causal_teacher(made["teacher"], None)
    generator = OnPolicyGenerator(6, 1.0, None, 1, never=(400,), start=0)
    student_model = EncoderDecoder(student, first=None, size=0, teacher=teacher, generator=generator)
    halves = [split(1, 0, 0.5, passage, index, 0) for index, passage in enumerate(passages[:8])]
    batch = collate(1, PassageCollator(pad=1, drawn=0), halves)
    assert 0 < (batch["seeds"] > 0).sum() < 8
    with torch.no_grad():
        states, written = iter(student_model.predict(batch, None).targets.online_teacher[0]), generator(student, batch)
    for row, half in enumerate(halves):
        ids = written["ids"][row][written["mask"][row] > 0].tolist()
        assert half.seed or ids == half.target.ids.tolist()
        whole = torch.tensor([[*half.source.tolist(), *ids[1:]]])
        with torch.no_grad():
            alone = teacher.base_model(whole).last_hidden_state[0]
        for place in range(len(ids) - 1):
            torch.testing.assert_close(next(states), alone[len(half.source) - 1 + place], atol=1e-4, rtol=1e-4)
    assert next(states, None) is None


@pytest.mark.parametrize(
    "student",
    [
        {"layers": [0, 1], "epochs": 2},
        {"family": "encoder_decoder", "architecture": "t5", "shape": T5, "layers": [], "epochs": 6},
    ],
)
def test_a_corrected_student_learns_and_the_same_again(made, tmp_path, student):  # noqa: F811
    settings = {**ONLINE, **POLICY, "initial": "random", "learning_rate": 1e-2, **student}
    _, journal = distil(made, tmp_path / "student", **settings)
    losses = [line["reverse_kl"] for line in journal]
    assert np.mean(losses[-5:]) < 0.85 * np.mean(losses[:5])
    if "family" not in student:
        _, again = distil(made, tmp_path / "again", **settings)
        assert [line["reverse_kl"] for line in again] == losses


def test_a_killed_training_goes_on_bit_for_bit(made, tmp_path, monkeypatch):  # noqa: F811
    settings = {**ONLINE, **POLICY, "initial": "random", "layers": [0], "learning_rate": 1e-2}
    monkeypatch.setenv("ALAMBIC_CHECKPOINT_SECONDS", "0")
    _, whole = distil(made, tmp_path / "whole", **settings)
    step = _Training._step

    def dies(self, number):
        if number == 4:
            raise KeyboardInterrupt
        return step(self, number)

    monkeypatch.setattr(_Training, "_step", dies)
    with pytest.raises(KeyboardInterrupt):
        distil(made, tmp_path / "killed", **settings)
    monkeypatch.setattr(_Training, "_step", step)
    facts, again = distil(made, tmp_path / "killed", **settings)
    assert [line["loss"] for line in again] == [line["loss"] for line in whole] and facts["training"]["steps"] > 4


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"online": False, "signal": "s", "objectives": {"forward_kl": {}}}, "no stored signal covers what"),
        ({"family": "encoder"}, "a student of family 'encoder' writes nothing"),
        ({"objectives": {"universal_logits": {}}}, "in tokens of its own"),
        ({"on_policy": {"share": 0}}, "greater than 0"),
    ],
)
def test_settings_refuse_it_where_it_cannot_work(changed, said):
    with pytest.raises(ValueError, match=said):
        Distill.model_validate({**STUDENT, **ONLINE, **POLICY, **changed})
