"""Every architecture that the method names teaches a student of its own kind, small but real."""

import numpy as np
import pytest
import torch
from tiny_models import FRENCH, tiny_bert, tiny_llama, tiny_model
from transformers import AutoModel, AutoModelForCausalLM, AutoTokenizer

from alambic.data.documents import Document, write_documents
from alambic.data.inputs import Inputs
from alambic.data.manifest import Manifest
from alambic.data.metrics_journal import read_journal
from alambic.plugins import constant
from alambic.settings import Distill, Teach, Tokenizer
from alambic.stages.distill.run import run
from alambic.stages.teach.run import run as teach
from alambic.stages.tokenizer.run import run as fit

DOCUMENTS = [Document(str(number), text, "test", "", "CC0-1.0") for number, text in enumerate(FRENCH * 3)]
SAYS = {"encoder": ("hidden_states", "hidden_regression"), "causal": ("next_tokens", "forward_kl")}
SETTINGS = {
    "teacher": "t", "tokenizer": "v", "corpus": "c", "signal": "s", "layers": [0, 2], "batch_size": 4, "epochs": 8,
    "learning_rate": 5e-3, "sequence_length": 64,
}  # fmt: skip
CASES = [(family, model) for family in SAYS for model in constant("stages.distill.families", family, "MODELS")]


@pytest.mark.parametrize(("family", "model_type"), CASES)
def test_a_student_of_the_teacher_s_kind_learns_from_it(family, model_type, tmp_path):
    """Two of its three layers, and half of its width where that can be cut."""
    signal, objective = SAYS[family]
    inputs = made(tmp_path, family, model_type, signal)
    narrowed = model_type in constant("stages.distill.families", family, "NARROWED")
    width = {"hidden_size": 8, "intermediate_size": 20, "documents": 5} if narrowed else None
    settings = {"family": family, "objectives": {objective: {}}, "width": width, **SETTINGS}
    output = tmp_path / "student"
    output.mkdir()
    facts = run(Distill.model_validate(settings), inputs, output)
    losses = [line[objective] for line in read_journal(output).values()]
    assert np.mean(losses[-4:]) < 0.9 * np.mean(losses[:4])
    assert family == "causal" or losses[0] < 1  # what the student keeps is heard from the first step
    opener = AutoModel if family == "encoder" else AutoModelForCausalLM
    student, tokenizer = opener.from_pretrained(output), AutoTokenizer.from_pretrained(output)
    assert student.config.model_type == model_type
    assert student.config.hidden_size == facts["hidden_size"] == (8 if narrowed else 16)
    assert student.config.num_hidden_layers == 2
    assert torch.isfinite(student(**tokenizer("la toux", return_tensors="pt"))[0]).all()


def made(root, family, model_type, signal):
    """A teacher, a corpus, what the one says of the other, and a tokenizer."""
    folders = {name: root / name for name in ("teacher", "corpus", "signal", "tokenizer")}
    for folder in folders.values():
        folder.mkdir()
    (tiny_bert if family == "encoder" else tiny_llama)(folders["teacher"])  # for its tokenizer
    tokenizer = AutoTokenizer.from_pretrained(folders["teacher"])
    rows = len(tokenizer) + 4  # more than there are pieces: so has Qwen, whose own tokenizer brings one more
    teacher = tiny_model(model_type, pieces=rows, spread=0.1, pad_token_id=tokenizer.pad_token_id)
    teacher.save_pretrained(folders["teacher"])
    for part in ("train", "held_out"):
        write_documents(DOCUMENTS, folders["corpus"], part=part)
    read = Inputs(teacher=[folders["teacher"]], corpus=[folders["corpus"]])
    if signal:
        teach(Teach(teacher="t", corpus="c", signal=signal), read, folders["signal"])
    chosen = Tokenizer(base="t", corpus="c", added_pieces=5, minimum_count=2, trim=False)
    fit(chosen, Inputs(base=read["teacher"], corpus=read["corpus"]), folders["tokenizer"])
    for name in ("teacher", "corpus"):
        (folders[name] / "manifest.json").write_text(Manifest("stage", "item", "0" * 64, {}, {}, {}, {}, {}).dump())
    return Inputs({role: [folder] for role, folder in folders.items()})
