"""Encoder students of any teacher: another architecture, another width, another kind of model."""

import numpy as np
import pytest
import torch
from tiny_models import FRENCH, tiny_llama
from transformers import AutoModel, AutoTokenizer, ModernBertConfig, ModernBertModel

from alambic.data.documents import Document, write_documents
from alambic.data.inputs import Inputs
from alambic.data.manifest import Manifest
from alambic.data.metrics_journal import read_journal
from alambic.errors import UserError
from alambic.settings import Distill, Teach, Tokenizer
from alambic.stages.distill.run import run
from alambic.stages.distill.student.build_encoder import build_encoder
from alambic.stages.teach.run import run as teach
from alambic.stages.tokenizer.run import run as fit

DOCUMENTS = [Document(str(number), text, "test", "", "CC0-1.0") for number, text in enumerate(FRENCH * 4)]
SETTINGS = {"teacher": "t", "tokenizer": "v", "corpus": "c", "signal": "s", "sequence_length": 64, "batch_size": 4}
BERT = {"hidden_size": 24, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 48}


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A causal teacher's hidden states, and a tokenizer for the student."""
    root = tmp_path_factory.mktemp("encoder")
    folders = {name: root / name for name in ("teacher", "corpus", "signal", "tokenizer")}
    for folder in folders.values():
        folder.mkdir()
    tiny_llama(folders["teacher"], reads=256)
    for part in ("train", "held_out"):
        write_documents(DOCUMENTS, folders["corpus"], part=part)
    inputs = Inputs(teacher=[folders["teacher"]], corpus=[folders["corpus"]])
    teach(Teach(teacher="t", corpus="c", signal="hidden_states"), inputs, folders["signal"])
    settings = Tokenizer(base="t", corpus="c", added_pieces=10, minimum_count=2)
    fit(settings, Inputs(base=[folders["teacher"]], corpus=[folders["corpus"]]), folders["tokenizer"])
    for name in ("teacher", "corpus"):
        manifest = Manifest("stage", "item", "0" * 64, {}, {}, {}, {}, {})
        (folders[name] / "manifest.json").write_text(manifest.dump())
    return Inputs({role: [folder] for role, folder in folders.items()})


@pytest.mark.parametrize("objectives", [{"hidden_regression": {}}, {"hidden_cosine": {}, "cross_entropy": {}}])
def test_an_encoder_learns_a_causal_teacher_s_states_in_its_own_width(made, tmp_path, objectives):
    settings = Distill.model_validate(
        SETTINGS
        | {"architecture": "bert", "initial": "random", "shape": BERT, "objectives": objectives}
        | {"epochs": 15, "learning_rate": 3e-3}
    )
    facts = run(settings, made, tmp_path)
    losses = [line["loss"] for line in read_journal(tmp_path).values()]
    assert np.mean(losses[-4:]) < 0.8 * np.mean(losses[:4])
    assert facts["hidden_size"] == 24 and facts["layers"] == 2
    student, tokenizer = AutoModel.from_pretrained(tmp_path), AutoTokenizer.from_pretrained(tmp_path)
    assert student.config.model_type == "bert"
    assert student(**tokenizer("la toux", return_tensors="pt")).last_hidden_state.shape[-1] == 24
    assert not any("projection" in name or "head" in name for name in student.state_dict())


def test_modern_bert_s_layers_are_kept_with_their_kinds(made, tmp_path):
    """Every third layer of it attends to everything, the others to their neighbours."""
    torch.manual_seed(0)
    rows = 400
    config = ModernBertConfig(
        vocab_size=rows,
        hidden_size=16,
        num_hidden_layers=6,
        num_attention_heads=2,
        intermediate_size=32,
        pad_token_id=0,
    )
    teacher = ModernBertModel(config)
    teacher.save_pretrained(tmp_path)
    tokenizer = made.one("tokenizer")
    size = len(AutoTokenizer.from_pretrained(tokenizer))
    student = build_encoder(tmp_path, tokenizer, layers=[0, 2, 3], initial="teacher", vocabulary=size)
    assert student.config.layer_types == [config.layer_types[layer] for layer in (0, 2, 3)]
    for place, layer in enumerate([0, 2, 3]):
        theirs, ours = teacher.layers[layer].state_dict(), student.layers[place].state_dict()
        assert all(torch.equal(theirs[name], ours[name]) for name in theirs)
    assert student.get_input_embeddings().weight.shape == (size, 16)


def test_a_teacher_that_is_no_encoder_makes_no_encoder_of_its_own_kind(made, tmp_path):
    settings = Distill.model_validate(SETTINGS | {"objectives": {"hidden_regression": {}}})
    with pytest.raises(UserError, match=r"'llama'.*expected one of: bert"):
        run(settings, made, tmp_path)
