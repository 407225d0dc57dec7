"""Encoder-decoder students of a causal teacher: what they write is what the teacher expected there."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from test_causal import DOCUMENTS, distil, made  # noqa: F401
from transformers import AutoModelForSeq2SeqLM, AutoTokenizer, T5Config, T5ForConditionalGeneration

from alambic.stages.distill.examples.continuations import Passages, continuations
from alambic.stages.distill.examples.expectations import Expectations
from alambic.stages.distill.examples.split import parts_drawn, parts_where_generated, split, split_where_generated
from alambic.stages.distill.student.build_encoder_decoder import build_encoder_decoder

T5 = {"d_model": 32, "d_kv": 16, "d_ff": 64, "num_layers": 2, "num_decoder_layers": 2, "num_heads": 2}
BART = {
    "d_model": 32,
    **{f"{side}_{name}": value for side in ("encoder", "decoder") for name, value in
       (("layers", 2), ("attention_heads", 2), ("ffn_dim", 64))},
}  # fmt: skip
SHAPES = {"t5": T5, "bart": BART, "marian": BART, "mbart": BART}


def test_a_passage_is_cut_anew_in_each_epoch_and_nothing_is_lost(made):  # noqa: F811
    tokenizer, stored = AutoTokenizer.from_pretrained(made["same"]), Expectations(made["signal"])
    passage = next(continuations(DOCUMENTS, tokenizer, first=0, length=10**6, expectations=stored))
    halves = [split(1, 0, 0.0, passage, 5, epoch) for epoch in range(20)]
    assert len({len(one.source) for one in halves}) > 5
    for one in halves:
        assert len(one.source) >= 1 and len(one.target.ids) >= 2
        assert [*one.source, *one.target.ids[1:]] == passage.ids.tolist()
        assert one.target.has_teacher_target.tolist() == [False] + [True] * (len(one.target.ids) - 1)
        assert np.array_equal(one.target.entropies, passage.entropies[len(one.source) - 1 :])
        assert np.array_equal(one.target.top, passage.top[len(one.source) - 1 :])


@pytest.mark.parametrize("length", [12, 40])
def test_the_order_knows_both_lengths_of_every_passage(made, tmp_path, length):  # noqa: F811
    tokenizer = AutoTokenizer.from_pretrained(made["same"])
    found = list(continuations(DOCUMENTS, tokenizer, first=0, length=length, expectations=None))
    passages = Passages(tmp_path, found, expectations=None, write=True)
    for epoch in range(3):
        parts = parts_drawn(7, passages.lengths, epoch).tolist()
        halves = [split(7, 0, 0.0, passages[index], index, epoch) for index in range(len(passages))]
        assert parts == [[len(one.source), len(one.target.ids)] for one in halves]
    written = [
        replace(one, has_teacher_target=np.arange(len(one.ids)) > n % (len(one.ids) - 1)) for n, one in enumerate(found)
    ]
    passages = Passages(tmp_path / "written", written, expectations=None, write=True)
    halves = [split_where_generated(0, passages[index], index, 0) for index in range(len(passages))]
    assert parts_where_generated(passages, 1).tolist() == [[len(one.source), len(one.target.ids)] for one in halves]


@pytest.mark.parametrize("architecture", SHAPES)
def test_a_student_learns_what_the_teacher_expects(made, tmp_path, architecture):  # noqa: F811
    output = tmp_path / "student"
    facts, journal = distil(
        made, output, "extended", family="encoder_decoder", architecture=architecture, shape=SHAPES[architecture],
        layers=[], initial="random", epochs=12, learning_rate=5e-3, objectives={"forward_kl": {}},
    )  # fmt: skip
    first, last = (np.mean([line["forward_kl"] for line in part]) for part in (journal[:6], journal[-6:]))
    assert last < 0.85 * first
    assert facts["coverage"] > 0.9 and facts["hidden_size"] == 32
    student, tokenizer = AutoModelForSeq2SeqLM.from_pretrained(output), AutoTokenizer.from_pretrained(output)
    written = student.generate(**tokenizer("la toux et", return_tensors="pt"), max_new_tokens=5, do_sample=False)
    assert 1 < written.shape[1] <= 6


def test_the_loss_is_that_of_the_model_s_own_forward(made, tmp_path):  # noqa: F811
    """The student's states and output layer, taken apart here, are what transformers computes."""
    from alambic.stages.distill.families.encoder_decoder import EncoderDecoder

    for architecture, shape in SHAPES.items():
        torch.manual_seed(0)
        student = build_encoder_decoder(
            made["teacher"], made["same"], layers=[], initial="random", vocabulary=401, architecture=architecture,
            shape=shape, start=0, pad=1, end=1,
        ).eval()  # fmt: skip
        batch = {
            "source_ids": torch.randint(2, 400, (2, 5)), "source_mask": torch.tensor([[1] * 5, [1, 1, 1, 0, 0]]),
            "ids": torch.randint(2, 400, (2, 4)), "mask": torch.ones(2, 4, dtype=torch.long),
            "target_ids": torch.randint(2, 400, (2, 4)),
        }  # fmt: skip
        with torch.no_grad():
            predicted = EncoderDecoder(student, first=None, size=400).predict(batch, None)
            expected = student(
                input_ids=batch["source_ids"], attention_mask=batch["source_mask"], decoder_input_ids=batch["ids"]
            ).logits
        found = (predicted.states @ predicted.table.T).view(2, 4, -1)
        assert torch.allclose(found, expected, atol=1e-5), architecture


def test_layers_of_a_t5_are_kept_with_its_relative_positions(made, tmp_path):  # noqa: F811
    torch.manual_seed(0)
    size = {**T5, "num_layers": 4, "num_decoder_layers": 4}
    teacher = T5ForConditionalGeneration(T5Config(vocab_size=400, **size))
    teacher.save_pretrained(tmp_path)
    student = build_encoder_decoder(
        tmp_path, made["same"], layers=[1, 3], initial="teacher", vocabulary=401, start=0, pad=1, end=1
    )
    for side in ("encoder", "decoder"):
        ours, theirs = getattr(student, side).block, getattr(teacher, side).block
        assert len(ours) == 2
        assert torch.equal(ours[1].layer[0].SelfAttention.q.weight, theirs[3].layer[0].SelfAttention.q.weight)
        bias = "layer.0.SelfAttention.relative_attention_bias.weight"
        assert torch.equal(ours[0].state_dict()[bias], theirs[0].state_dict()[bias])
