"""BERT2BERT: an encoder-decoder student that begins as its teacher, an encoder, on both sides."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch
from test_families import FRENCH, made
from tiny_models import tiny_model
from transformers import AutoConfig, AutoModelForSeq2SeqLM, AutoTokenizer

from alambic.data.inputs import Inputs
from alambic.data.metrics_journal import read_journal
from alambic.errors import UserError
from alambic.plugins import constant
from alambic.settings import Distill
from alambic.settings.student_checks import check_model
from alambic.stages.distill.families.encoder_decoder import EncoderDecoder
from alambic.stages.distill.run import run
from alambic.stages.distill.student.build_encoder_decoder import build_encoder_decoder
from alambic.stages.distill.student.warm_start import DOUBLED

MODELS = [name for name in constant("stages.distill.families", "encoder_decoder", "TEACHERS") if name not in DOUBLED]
NUMBERS = {"start": 2, "pad": 0, "end": 3}


@pytest.fixture(params=MODELS)
def pair(request, tmp_path):
    """A teacher and a student of all its layers and pieces."""
    teacher = tiny_model(request.param, pad_token_id=0)
    teacher.save_pretrained(tmp_path)
    rows = [{"id": n, "piece": "", "origin": "kept", "old_ids": [n]} for n in range(40)]
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "mapping.parquet")
    student = build_encoder_decoder(tmp_path, tmp_path, layers=[], initial="teacher", vocabulary=40, **NUMBERS)
    return teacher, student.eval()


def test_both_halves_begin_as_the_teacher_and_only_what_joins_them_is_new(pair):
    teacher, student = pair
    theirs, decoder = teacher.state_dict(), student.decoder.base_model.state_dict()
    assert all(torch.equal(student.encoder.state_dict()[name], weight) for name, weight in theirs.items())
    assert all(torch.equal(decoder[name], weight) for name, weight in theirs.items())
    new = [name for name in decoder if name not in theirs]
    assert new and all("crossattention" in name for name in new)
    table = student.decoder.get_output_embeddings().weight
    assert table is student.decoder.get_input_embeddings().weight


def batch():
    return {
        "source_ids": torch.randint(5, 40, (2, 5)), "source_mask": torch.tensor([[1] * 5, [1, 1, 1, 0, 0]]),
        "ids": torch.randint(5, 40, (2, 4)), "mask": torch.ones(2, 4, dtype=torch.long),
        "target_ids": torch.randint(5, 40, (2, 4)),
    }  # fmt: skip


def test_the_loss_is_that_of_the_model_s_own_forward(pair):
    _, student = pair
    given = batch()
    with torch.no_grad():
        predicted = EncoderDecoder(student, first=None, size=40).predict(given, None)
        expected = student(
            input_ids=given["source_ids"], attention_mask=given["source_mask"], decoder_input_ids=given["ids"]
        ).logits
    assert torch.allclose((predicted.states @ predicted.table.T).view(2, 4, -1), expected, atol=1e-5)


def test_what_is_written_depends_on_what_is_read_and_on_nothing_that_comes_after(pair):
    _, student = pair
    student_model, given = EncoderDecoder(student, first=None, size=40), batch()
    later, other = {**given, "ids": given["ids"].clone()}, {**given, "source_ids": given["source_ids"].flip(1)}
    later["ids"][:, 3] = 7
    with torch.no_grad():
        states = student_model.states(given)
        assert torch.allclose(student_model.states(later)[:, :3], states[:, :3], atol=1e-6)
        assert not torch.allclose(student_model.states(other)[:, :3], states[:, :3], atol=1e-3)


def learnt(settings: dict, inputs: Inputs, output: Path) -> tuple[dict, Path]:
    """Distil a student whose loss falls; give its facts and its folder."""
    output.mkdir()
    facts = run(Distill.model_validate(settings), inputs, output)
    losses = [line["cross_entropy"] for line in read_journal(output).values()]
    assert np.mean(losses[-4:]) < 0.9 * np.mean(losses[:4])
    return facts, output


def check_writes(student, tokenizer) -> None:
    written = student.generate(**tokenizer(FRENCH[0], return_tensors="pt"), max_new_tokens=5, do_sample=False)
    assert 1 < written.shape[1] <= 6


def test_a_narrower_pair_learns_to_write_and_opens_without_this_project(tmp_path):
    inputs = made(tmp_path, "encoder", "camembert", "hidden_states")
    settings = {
        "family": "encoder_decoder", "teacher": "t", "tokenizer": "v", "corpus": "c", "layers": [0, 2], "epochs": 8,
        "width": {"hidden_size": 8, "documents": 5}, "objectives": {"cross_entropy": {}}, "batch_size": 4,
        "learning_rate": 5e-3, "sequence_length": 64,
    }  # fmt: skip
    facts, output = learnt(settings, inputs, tmp_path / "student")
    assert facts["hidden_size"] == 8 and facts["layers"] == 2
    student, tokenizer = AutoModelForSeq2SeqLM.from_pretrained(output), AutoTokenizer.from_pretrained(output)
    assert student.encoder.config.hidden_size == student.decoder.config.hidden_size == 8
    assert not student.decoder.get_output_embeddings().bias.any()
    assert tokenizer.bos_token == "[CLS]" and student.config.decoder_start_token_id == tokenizer.bos_token_id
    check_writes(student, tokenizer)


@pytest.fixture
def doubled(tmp_path):
    """A Gemma 2, and a T5Gemma of two of its layers and all of its pieces."""
    teacher = tiny_model("gemma2", pad_token_id=0, spread=0.1)
    teacher.save_pretrained(tmp_path)
    rows = [{"id": n, "piece": "", "origin": "kept", "old_ids": [n]} for n in range(40)]
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "mapping.parquet")
    student = build_encoder_decoder(tmp_path, tmp_path, layers=[0, 1, 2], initial="teacher", vocabulary=40, **NUMBERS)
    return teacher.base_model, student.eval()


def test_a_causal_model_twice_writes_as_it_did_before_it_reads(doubled):
    """Without what crosses, the decoder is the teacher; and so is the encoder, of a single token."""
    teacher, student = doubled
    ids = torch.randint(5, 40, (2, 7))
    ours, theirs = student.get_decoder(), teacher.layers[1].self_attn.state_dict()
    assert all(torch.equal(weight, theirs[name]) for name, weight in ours.layers[1].cross_attn.state_dict().items())
    with torch.no_grad():
        alone = student.get_encoder()(input_ids=ids[:, :1]).last_hidden_state
        assert torch.allclose(alone, teacher(ids[:, :1]).last_hidden_state, atol=1e-5)
        assert not torch.allclose(student.get_encoder()(input_ids=ids).last_hidden_state, teacher(ids)[0], atol=1e-2)
        for layer in ours.layers:
            layer.post_cross_attn_layernorm.weight.fill_(-1)  # multiplies by 1 + weight
        written = ours(input_ids=ids, encoder_hidden_states=alone).last_hidden_state
    assert torch.allclose(written, teacher(ids).last_hidden_state, atol=1e-5)


def test_the_loss_of_a_doubled_model_is_that_of_its_own_forward(doubled):
    test_the_loss_is_that_of_the_model_s_own_forward(doubled)
    test_what_is_written_depends_on_what_is_read_and_on_nothing_that_comes_after(doubled)


def test_a_gemma_twice_learns_to_write_and_opens_without_this_project(tmp_path):
    inputs = made(tmp_path, "causal", "gemma2", None)
    settings = {
        "family": "encoder_decoder", "teacher": "t", "tokenizer": "v", "corpus": "c", "layers": [0, 2], "epochs": 8,
        "objectives": {"cross_entropy": {}}, "batch_size": 4, "learning_rate": 5e-3, "sequence_length": 64,
    }  # fmt: skip
    facts, output = learnt(settings, inputs, tmp_path / "student")
    assert facts["hidden_size"] == 16 and facts["layers"] == 2
    student, tokenizer = AutoModelForSeq2SeqLM.from_pretrained(output), AutoTokenizer.from_pretrained(output)
    assert student.config.model_type == "t5gemma" and student.config.decoder.final_logit_softcapping is None
    assert AutoConfig.from_pretrained(output).decoder_start_token_id == tokenizer.bos_token_id
    check_writes(student, tokenizer)


def test_other_causal_models_have_no_such_pair(tmp_path):
    for model_type in ("llama", "qwen3", "mistral", "gemma3_text"):
        with pytest.raises(UserError, match=f"'{model_type}' makes no student of family 'encoder_decoder'.*gemma2"):
            check_model("encoder_decoder", model_type)
