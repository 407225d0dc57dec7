"""Sequences that share a row: each is read as if it were alone, by every architecture that does so."""

import logging
from functools import partial

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from test_causal import distil, made  # noqa: F401
from test_encoder_decoder import SHAPES
from tiny_models import MASKED, tiny_masked, tiny_model
from transformers import AutoConfig, AutoModelForSeq2SeqLM

from alambic.models import bin_packing, packing
from alambic.models.bin_packing import SPARED, PackingCollator, _spread, places, plan
from alambic.models.packing import Rows, pack_batches, packable
from alambic.plugins import constant
from alambic.stages.distill.examples.continuations import Continuation, PassageCollator
from alambic.stages.distill.examples.sequences import Sequence, SequenceCollator
from alambic.stages.distill.examples.sketch_batch import targets_at
from alambic.stages.distill.examples.split import collate, parts_drawn, split
from alambic.stages.distill.examples.token_masking import MaskDrawCollator
from alambic.stages.distill.families.causal import Causal
from alambic.stages.distill.families.encoder import Encoder
from alambic.stages.distill.families.encoder_decoder import EncoderDecoder
from alambic.stages.distill.losses import Objectives
from alambic.stages.distill.online_teacher import MaskedTeacher
from alambic.stages.distill.run import switch_dropout_off
from alambic.stages.distill.student.warm_start import double, pair
from alambic.training.batch_order import batches

MODELS = {
    family: constant("stages.distill.families", family, "MODELS") for family in ("causal", "encoder", "encoder_decoder")
}
# Windows narrower than a sequence, and than the way to its neighbour.
NEAR = [
    ("causal", "mistral", {"sliding_window": 3}),
    ("causal", "gemma3_text", {"sliding_window": 3, "layer_types": ["sliding_attention", "full_attention"] * 2}),
    ("causal", "qwen2", {"sliding_window": 3, "use_sliding_window": True, "max_window_layers": 1}),
    ("causal", "qwen3", {"sliding_window": 3, "use_sliding_window": True, "max_window_layers": 1}),
    ("encoder", "modernbert", {"local_attention": 4}),
]
PAIRS = [("encoder_decoder", f"{kind} twice", {}) for kind in ("bert", "roberta", "xlm-roberta", "camembert")]
CASES = [(family, kind, {}) for family, kinds in MODELS.items() for kind in kinds] + NEAR + PAIRS
LENGTHS = (12, 7, 6, 5, 4, 3, 9, 2, 3)
PAD, HIDE = 1, 2


def model_of(family, kind, changes):
    if kind.endswith(" twice"):
        return shaken(pair(tiny_model(kind.removesuffix(" twice")), copy=True, start=0, pad=PAD, end=2))
    if family == "encoder_decoder":
        torch.manual_seed(0)
        config = AutoConfig.for_model(kind, vocab_size=40, pad_token_id=PAD, decoder_start_token_id=0, **SHAPES[kind])
        return shaken(AutoModelForSeq2SeqLM.from_config(config))
    return tiny_model(kind, **({"num_hidden_layers": 4} if "layer_types" in changes else {}), **changes)


def shaken(model):
    """Weights that are not at rest, of positions above all, so that a test sees them."""
    torch.manual_seed(1)
    with torch.no_grad():
        for weight in model.parameters():
            weight.add_(torch.randn(weight.shape) * 0.1)
    return model.eval()


def texts(seed=0):
    """Tokens of every length, one of them the piece for padding, as some tokenizers have it within a text."""
    generator = np.random.default_rng(seed)
    found = [generator.integers(3, 40, size) for size in LENGTHS]
    found[0][3] = PAD
    return found


def continued(ids):
    return Continuation(ids, np.append(False, np.ones(len(ids) - 1, bool)), **targets_at(None, np.zeros(0, int)))


def example(family, number, ids, width=16):
    """What a family's collator takes."""
    if family == "causal":
        return continued(ids)
    if family == "encoder_decoder":
        return split(3, 0, 0.0, continued(ids), number, 0)
    teacher_segments = np.arange(len(ids) - 1) // 2  # the first token says nothing, the others by twos
    states = np.random.default_rng(number).integers(-9, 9, (len(teacher_segments), width)).astype(np.int8)
    special = np.arange(len(ids)) == 0
    scales = np.ones(len(teacher_segments), np.float16)
    return Sequence(ids, special, np.append(-1, teacher_segments), teacher_segments, states, scales, draw=number)


def collator(family):
    pads = PassageCollator(pad=PAD, drawn=0)
    if family == "encoder_decoder":
        return partial(collate, PAD, pads)
    return pads if family == "causal" else MaskDrawCollator(SequenceCollator(pad=PAD))


def batch_of(family, ids=None, *, shared=True, width=16):
    examples = [example(family, number, one, width) for number, one in enumerate(texts() if ids is None else ids)]
    padded = collator(family)
    batch = (PackingCollator(padded, 20, 100) if shared else padded)(examples)
    assert ("packed" in batch) == shared and ("source_packed" in batch) == (shared and family == "encoder_decoder")
    return batch


def student_of(family, model, *, attends=False):
    """A student as it is trained, with objectives on tokens, and on states where it has some."""
    torch.manual_seed(0)
    if family != "encoder":
        student_model = (Causal(model, teacher=None, first=None, size=40) if family == "causal" else
                  EncoderDecoder(model, first=None, size=40))  # fmt: skip
        return Objectives(student_model, {"cross_entropy": {"weight": 1.0}})
    student_model = Encoder(model, mask_id=HIDE, predicts=True, teacher_width=16, attends=attends)
    on_states = (
        {"attention_relations": {"weight": 1.0, "heads": 2}} if attends else {"hidden_regression": {"weight": 0.1}}
    )
    return Objectives(student_model, {"cross_entropy": {"weight": 1.0}, **on_states})


def learnt(student, batch):
    """Losses and gradients."""
    student.zero_grad()
    found = student(batch)
    found["loss"].backward()
    gradients = {name: weight.grad.clone() for name, weight in student.named_parameters() if weight.grad is not None}
    return {name: value.detach() for name, value in found.items()}, gradients


def assert_the_same(student, one, other):
    (losses, gradients), (theirs, expected) = learnt(student, one), learnt(student, other)
    assert losses.keys() == theirs.keys() and gradients.keys() == expected.keys()
    for name, value in expected.items():
        scale = max(1.0, float(value.abs().max()))
        torch.testing.assert_close(gradients[name] / scale, value / scale, atol=1e-5, rtol=1e-5, msg=name)
    for name, value in theirs.items():
        torch.testing.assert_close(losses[name], value, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize(("family", "kind", "changes"), CASES)
def test_losses_and_gradients_are_those_of_rows_of_their_own(family, kind, changes):
    model = model_of(family, kind, changes)
    assert packable(model)
    one, other = batch_of(family), batch_of(family, shared=False)
    assert one["packed"].shape[0] < len(LENGTHS)
    assert_the_same(student_of(family, model), one, other)


@pytest.mark.parametrize("kind", ["bert", "modernbert"])
def test_what_attention_compares_is_taken_apart_too(kind):
    one, other = (batch_of("encoder", shared=shared, width=3 * 16) for shared in (True, False))
    assert_the_same(student_of("encoder", tiny_model(kind), attends=True), one, other)


@pytest.mark.parametrize("kind", ["bart", "t5", "bert twice"])
def test_activations_may_be_computed_again(kind):
    model = model_of("encoder_decoder", kind, {})
    model.gradient_checkpointing_enable(gradient_checkpointing_kwargs={"use_reentrant": False})
    student = student_of("encoder_decoder", model.train())
    switch_dropout_off(student)
    assert_the_same(student, batch_of("encoder_decoder"), batch_of("encoder_decoder", shared=False))


@pytest.mark.parametrize("masked", [True, False], ids=["masked", "without a mask"])
@pytest.mark.parametrize(("family", "kind", "changes"), CASES)
def test_a_text_hears_nothing_of_its_neighbours_but_where_masks_are_missing(family, kind, changes, masked, monkeypatch):
    given = packing.arguments
    if not masked:
        monkeypatch.setattr(Rows, "attention_mask", lambda rows, other: SEES(rows, other) | True)
        ones = {"attention_mask": torch.ones(batch_of(family)["packed"].shape)}  # in which transformers finds no texts
        of_causal = lambda *of, **further: {**given(*of, **further), **ones}  # noqa: E731
        monkeypatch.setattr(packing, "arguments", of_causal if family == "causal" else given)
    changed = first_of_a_shared_row(batch_of(family))
    ids = texts()
    ids[changed] = texts(seed=1)[changed]
    student_model = student_of(family, model_of(family, kind, changes)).student_model
    with torch.no_grad():
        one, other = (student_model.states(batch) for batch in (batch_of(family), batch_of(family, ids)))
    apart = (one - other).abs().amax(dim=(1, 2))
    assert apart[changed] > 1e-2
    neighbours = torch.arange(len(ids)) != changed
    assert apart[neighbours].max() < 1e-6 if masked else apart[neighbours].max() > 1e-3


SEES = Rows.attention_mask


def first_of_a_shared_row(batch):
    """Whose tokens lie before another's, which hear them even where none hears what comes later."""
    tokens = batch["ids"].shape[1]
    found = [sorted({place // tokens for place in row if place >= 0}) for row in batch["packed"].tolist()]
    return next(row[0] for row in found if len(row) > 1)


@pytest.mark.parametrize("kind", MASKED)
def test_a_masked_teacher_beside_the_student_reads_its_rows(kind, tmp_path):
    teacher, batch = MaskedTeacher(tiny_masked(tmp_path, kind)), batch_of("encoder")
    assert packable(teacher.model)
    found = teacher.states(batch)
    expected = teacher.states({name: value for name, value in batch.items() if name != "packed"})
    torch.testing.assert_close(*(states[batch["mask"] > 0] for states in (found, expected)), atol=1e-5, rtol=1e-5)


def test_without_shared_rows_a_batch_is_what_it_was():
    """Whatever is drawn or learnt of a sequence finds it where it was."""
    for family in MODELS:
        one, other = batch_of(family), batch_of(family, shared=False)
        assert one.keys() - other.keys() == ({"packed", "source_packed"} if "source_ids" in one else {"packed"})
        assert all(torch.equal(one[name], other[name]) for name in other)


@pytest.mark.parametrize("family", MODELS)
def test_one_text_and_texts_of_a_length_keep_rows_of_their_own(family):
    for ids in ([texts()[1]], [texts()[1]] * 4):
        examples = [example(family, 0, one) for one in ids]
        assert "packed" not in PackingCollator(collator(family), 40, 100)(examples)


sizes = st.integers(1, 40)
batches_of_parts = st.integers(1, 2).flatmap(
    lambda parts: st.lists(st.lists(sizes, min_size=parts, max_size=parts), min_size=1, max_size=40)
).map(np.array)  # fmt: skip


@given(batches_of_parts, st.integers(1, 100))
def test_a_row_is_never_longer_than_it_may_be_and_holds_each_token_once(lengths, longest):
    row = plan(lengths, longest=longest, size=64)
    padded = len(lengths) * lengths.max(axis=0).sum()
    if row is None:
        return
    assert sorted(set(row.tolist())) == list(range(row.max() + 1))
    read = 0
    for part in lengths.T:
        tokens = int(part.max())
        found = places(row, part, tokens=tokens).numpy()
        read += found.size
        assert found.shape[1] <= max(longest, tokens)
        expected = [[number * tokens + place for place in range(size)] for number, size in enumerate(part)]
        assert sorted(found[found >= 0].tolist()) == [place for mine in expected for place in mine]
        for number, mine in enumerate(expected):
            begin = np.flatnonzero(found[row[number]] == mine[0])[0]
            assert found[row[number], begin : begin + len(mine)].tolist() == mine
    assert read < padded


def test_of_nothing_there_is_no_plan():
    assert plan(np.zeros((0, 1), int), longest=10, size=64) is None


@pytest.mark.parametrize("cut", [False, True], ids=["read", "read and written"])
@pytest.mark.parametrize("size", [16, 32])
def test_short_texts_of_all_lengths_leave_less_than_two_per_cent(cut, size):
    tokens = np.exp(np.random.default_rng(0).normal(2.5, 0.7, 2000)).astype(int).clip(3, 128)
    lengths = parts_drawn(0, tokens, 0) if cut else tokens[:, None]
    padded = read = 0
    for batch in batches(len(lengths), batch_size=size, epoch=0, seed=0, lengths=lengths):
        row, chosen = plan(lengths[batch], longest=4 * 128, size=768), lengths[batch]
        alone = chosen.max(axis=0).sum() * len(chosen)
        shared = alone if row is None else sum(places(row, part, tokens=part.max()).numel() for part in chosen.T)
        padded, read = padded + alone, read + shared
    assert 1 - lengths.sum() / read < 0.02 < 1 - lengths.sum() / padded


def test_a_batch_that_wastes_little_is_left_alone():
    lengths = np.array([[100]] * 9 + [[96]])
    assert 1 - lengths.mean() / 100 < SPARED and plan(lengths, longest=200, size=64) is None


def test_what_cannot_share_rows_is_said(caplog):
    """Gemma 2 bends its scores, which PyTorch's fused attention does not."""
    model = double(tiny_model("gemma2"), start=0, pad=PAD, end=2)
    padded = PassageCollator(pad=PAD, drawn=0)
    with caplog.at_level(logging.INFO):
        assert pack_batches(padded, model, longest=10) is padded
    assert "t5gemma reads each sequence in a row of its own" in caplog.text
    assert isinstance(pack_batches(padded, tiny_model("llama"), longest=10), PackingCollator)


def test_rows_are_not_longer_than_there_are_vectors_for():
    """BART's has a vector for each place in a row, the first of a text too."""
    model = model_of("encoder_decoder", "bart", {})
    model.config.max_position_embeddings = 15
    assert pack_batches(len, model, longest=10).longest == 15
    assert pack_batches(len, tiny_model("bert"), longest=50).longest == 200


@pytest.mark.parametrize("family", ["causal", "encoder_decoder"])
def test_a_training_is_the_same(made, tmp_path, family, monkeypatch):  # noqa: F811
    """Of a teacher beside the student too, which reads the same rows."""
    further = {"architecture": "t5", "shape": SHAPES["t5"], "layers": [], "initial": "random"}
    chosen = {"family": family, "batch_size": 6, "epochs": 2, "objectives": {"forward_kl": {}, "cross_entropy": {}}}
    chosen |= {"sequence_length": 24, **(further if family == "encoder_decoder" else {"online": True, "signal": None})}
    monkeypatch.setattr(
        bin_packing, "_cost", lambda number, widths, size: number * widths.sum()
    )  # whatever attention costs
    facts, journal = distil(made, tmp_path / "shared", **chosen)
    monkeypatch.setattr(packing, "packable", lambda model: False)
    padded, expected = distil(made, tmp_path / "padded", **chosen)
    assert facts["training"]["padding"] < padded["training"]["padding"]
    for line, other in zip(journal, expected, strict=True):
        assert line == pytest.approx(other, rel=1e-4, abs=1e-6)


@given(st.lists(st.integers(1, 50), min_size=1, max_size=40), st.integers(1, 12))
def test_each_sequence_goes_into_the_row_with_most_room(lengths, number):
    found, widths = _spread(np.array(lengths)[:, None], number)
    loads = [0] * number
    for place in sorted(range(len(lengths)), key=lambda place: -lengths[place]):
        assert loads[found[place]] == min(loads)
        loads[found[place]] += lengths[place]
    assert widths.tolist() == [max(loads)]
