"""Models are opened from their files alone: no code of theirs, no pickle, no network, no question."""

import contextlib
import json

import pytest
import torch
from transformers import AutoModel

from alambic.models.opening import open_config, open_model, open_tokenizer
from support.tiny_models import tiny_bert

CODE = "import pathlib\npathlib.Path({trace!r}).touch()\n"


@pytest.fixture
def folder(tmp_path):
    return tiny_bert(tmp_path / "model")


@pytest.fixture
def no_question(monkeypatch):
    monkeypatch.setattr("builtins.input", lambda *_: pytest.fail("a question was asked"))


def test_what_the_folder_holds_is_opened(folder):
    assert open_config(folder).model_type == "bert"
    assert len(open_tokenizer(folder)) == open_config(folder).vocab_size
    assert open_model(AutoModel, folder, dtype=torch.float32, add_pooling_layer=False).config.model_type == "bert"


@pytest.mark.parametrize("opens", [open_config, open_tokenizer, lambda folder: open_model(AutoModel, folder)])
def test_code_of_a_model_is_never_run(folder, tmp_path, no_question, opens):
    trace = tmp_path / "trace"
    (folder / "code.py").write_text(CODE.format(trace=str(trace)))
    parts = {"AutoConfig": "code.C", "AutoModel": "code.M", "AutoTokenizer": ["code.T", "code.T"]}
    for name in ("config.json", "tokenizer_config.json"):
        content = json.loads((folder / name).read_text())
        (folder / name).write_text(json.dumps({**content, "auto_map": parts, "model_type": "mine"}))
    with contextlib.suppress(ValueError):  # of a tokenizer, what needs no code is opened
        opens(folder)
    assert not trace.exists()


def test_a_pickle_is_not_opened(folder):
    weights = open_model(AutoModel, folder, add_pooling_layer=False).state_dict()
    torch.save(weights, folder / "pytorch_model.bin")
    (folder / "model.safetensors").unlink()
    with pytest.raises(Exception, match="safetensors"):
        open_model(AutoModel, folder)
