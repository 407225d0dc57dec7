"""What an origin gave is looked through before any other job reads it: a damaged model is one error at fetch."""

import json
import pickle
import shutil
import struct
from pathlib import Path

import pytest
import torch
from damage import change
from fuzzing import examples, fuzz
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from safetensors.torch import load_file, save_file
from tiny_models import tiny_bert, tiny_llama, tiny_masked

from alambic.data.inputs import Inputs
from alambic.data.model_files import model_digest
from alambic.errors import UserError
from alambic.settings import Fetch
from alambic.stages.fetch.run import run


@pytest.fixture(scope="module")
def tiny(tmp_path_factory) -> Path:
    return tiny_bert(tmp_path_factory.mktemp("tiny") / "model")


@pytest.fixture
def model(tiny, tmp_path) -> Path:
    return Path(shutil.copytree(tiny, tmp_path / "model"))


def fetch(folder: Path) -> dict:
    output = folder.with_name("fetched")
    shutil.rmtree(output, ignore_errors=True)
    output.mkdir()
    options = {"path": str(folder), "digest": model_digest(folder), "licence": "MIT"}
    return run(Fetch(origin="folder", options=options), Inputs(), output)


@pytest.mark.parametrize("make", [tiny_bert, tiny_masked, tiny_llama])
def test_a_whole_model_is_taken(make, tmp_path):
    assert fetch(make(tmp_path / "model"))["parameters"] > 0


def test_nothing_else_of_its_folder_is_taken(model):
    others = ("manifest.json", "log.txt", "attempts.jsonl", "benchmark.tsv", "metrics.jsonl", ".manifest", "code.py")
    for name in others:
        (model / name).write_text("{}")
    shutil.copytree(model, model / "classifier")
    fetch(model)
    taken = {path.name for path in model.with_name("fetched").iterdir()}
    assert taken == {"README.md", "config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json"}


@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("config.json", {"auto_map": {"AutoConfig": "code.C"}}),
        ("config.json", {"custom_pipelines": {"x": {"impl": "code.P"}}}),
        ("config.json", {"attn_implementation": "someone/kernel"}),
        ("tokenizer_config.json", {"auto_map": {"AutoTokenizer": ["code.T", None]}}),
        ("tokenizer_config.json", {"tokenizer_class": "MyTokenizer"}),
        ("processor_config.json", {"auto_map": {"AutoProcessor": "code.P"}}),
        ("preprocessor_config.json", {"auto_map": {"AutoImageProcessor": "code.P"}}),
    ],
)  # fmt: skip
def test_a_model_that_wants_code_of_its_own_is_refused(model, monkeypatch, file, content):
    monkeypatch.setattr("builtins.input", lambda *_: pytest.fail("a question was asked"))
    (model / "code.py").write_text("raise SystemExit('this ran')\n")
    if (model / file).exists():
        change(model / file, **content)
    else:
        (model / file).write_text(json.dumps(content))
    with pytest.raises(UserError, match=rf"{file}.*code of its own.*"):
        fetch(model)


def weights(model: Path, change) -> None:
    """Change the tensors on disk."""
    tensors = load_file(model / "model.safetensors")
    change(tensors)
    save_file(tensors, model / "model.safetensors", metadata={"format": "pt"})


WORDS = "embeddings.word_embeddings.weight"
LAST = "encoder.layer.1.output.dense.weight"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda t: t[LAST].view(-1)[3:4].fill_(float("nan")), rf"model.safetensors: {LAST} holds values that are not"),
        (lambda t: t[WORDS].view(-1)[3:4].fill_(float("inf")), rf"{WORDS} holds values that are not finite"),
        (lambda t: t.pop(LAST), rf"have no {LAST}"),
        (lambda t: t.update({WORDS: t[WORDS][:-1].clone()}), rf"have {WORDS} of \[80, 16\], .* makes it \[81, 16\]"),
        (lambda t: t.update({LAST.replace("1", "2"): t[LAST].clone()}), "config.json only 2 layers"),
        (lambda t: t.clear(), "does not fit the weights"),
    ],
)
def test_weights_that_are_not_the_models_are_refused(model, change, message):
    weights(model, change)
    with pytest.raises(UserError, match=message):
        fetch(model)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"vocab_size": 80}, r"piece .* has the number 80, and config.json says vocab_size 80"),
        ({"num_hidden_layers": 10**9}, "num_hidden_layers 1,000,000,000 does not fit"),
        ({"hidden_size": 10**8}, "hidden_size 100,000,000 does not fit"),
        ({"num_hidden_layers": 1}, "config.json only 1 layers"),
        ({"num_attention_heads": 0}, "num_attention_heads: 0"),
        ({"quantization_config": {"quant_method": "bitsandbytes", "load_in_4bit": True}}, "does not open its model"),
    ],
)
def test_a_configuration_that_is_not_the_weights_is_refused(model, changed, message):
    change(model / "config.json", **changed)
    with pytest.raises(UserError, match=message):
        fetch(model)


@pytest.mark.parametrize(
    ("part", "says", "message"),
    [
        ("model", {"type": "Unigram", "vocab": [["a", 0.0]], "unk_id": None}, "the tokenizer cannot read a text"),
        ("post_processor", 99999, "gives a text the piece of number 99,999, and config.json says vocab_size 81"),
    ],
)
def test_a_tokenizer_that_cannot_read_is_refused_before_anything_reads(model, part, says, message):
    if part == "post_processor":
        single = [{"SpecialToken": {"id": "[X]", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}]
        pair = [{"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 0}}]
        tokens = {"[X]": {"id": "[X]", "ids": [says], "tokens": ["[X]"]}}
        says = {"type": "TemplateProcessing", "single": single, "pair": pair, "special_tokens": tokens}
    change(model / "tokenizer.json", **{part: says})
    with pytest.raises(UserError, match=rf"tokenizer.json.*{message}"):
        fetch(model)


def test_a_model_without_a_tokenizer_is_refused(model):
    (model / "tokenizer.json").unlink()
    with pytest.raises(UserError, match="tokenizer"):
        fetch(model)


class Asks:
    """Runs a command when it is unpickled."""

    def __reduce__(self):
        return exec, ("raise SystemExit('this ran')",)


NO_TENSORS = (
    *(b"", b"version https://git-lfs.github.com/spec/v1\n", b"<!doctype html>", b"\x80\x04", b"PK\x03\x04 and no more"),
    *(pickle.dumps({"a": Asks()}), pickle.dumps([1, 2])),
)


@pytest.mark.parametrize("content", NO_TENSORS)
def test_a_pickle_that_is_none_or_asks_for_more_than_tensors_is_refused(model, content):
    (model / "model.safetensors").unlink()
    (model / "pytorch_model.bin").write_bytes(content)
    with pytest.raises(UserError, match=r"pytorch_model.bin"):
        fetch(model)


def test_a_pickle_of_other_things_than_tensors_is_refused(model):
    (model / "model.safetensors").unlink()
    torch.save({"state_dict": {"a": torch.zeros(1)}}, model / "pytorch_model.bin")
    with pytest.raises(UserError, match=r"pytorch_model.bin: expected tensors by name"):
        fetch(model)


FILES = ("config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json")
VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**20), 10**20),
    st.sampled_from([0, 1, 2, 16, 32, 81, 10**6]),
    st.floats(),
    st.text(max_size=5),
    st.lists(st.integers(), max_size=2),
    st.dictionaries(st.text(max_size=2), st.integers(), max_size=2),
)


def hostile_json(data: st.DataObject, path: Path) -> None:
    """Change one value of a JSON object, or of one in it, or add one."""
    content = json.loads(path.read_text())
    inner = content
    while any(isinstance(value, dict) for value in inner.values()) and data.draw(st.booleans()):
        inner = inner[data.draw(st.sampled_from(sorted(key for key in inner if isinstance(inner[key], dict))))]
    if inner and data.draw(st.booleans()):
        key = data.draw(st.sampled_from(sorted(inner)))
        if data.draw(st.booleans()):
            del inner[key]
        else:
            inner[key] = data.draw(VALUES)
    else:
        inner[data.draw(st.text(max_size=8))] = data.draw(VALUES)
    path.write_text(json.dumps(content))


def hostile_bytes(data: st.DataObject, path: Path) -> None:
    """Cut a file, put bytes into it, or replace it."""
    content = bytearray(path.read_bytes())
    begin = data.draw(st.integers(0, len(content)) | st.integers(0, min(len(content), 64)))
    way = data.draw(st.sampled_from(["cut", "put", "replace", "flip"]))
    if way == "cut":
        del content[begin:]
    elif way == "put":
        content[begin:begin] = data.draw(st.binary(min_size=1, max_size=16))
    elif way == "replace":
        content = bytearray(data.draw(st.binary(max_size=64)))
    elif content:
        content[min(begin, len(content) - 1)] ^= 1 << data.draw(st.integers(0, 7))
    path.write_bytes(bytes(content))


def hostile_header(data: st.DataObject, path: Path) -> None:
    """Change one value of the header of a safetensors file."""
    content = path.read_bytes()
    (size,) = struct.unpack("<Q", content[:8])
    header = json.loads(content[8 : 8 + size])
    name = data.draw(st.sampled_from(sorted(set(header) - {"__metadata__"})))
    key = data.draw(st.sampled_from(["dtype", "shape", "data_offsets"]))
    kinds = st.sampled_from(["F32", "F16", "I64", "BF16"])
    header[name][key] = data.draw(kinds | st.lists(st.integers(), max_size=3) | VALUES)
    text = json.dumps(header).encode()
    length = data.draw(st.just(len(text)) | st.integers(0, 2**64 - 1))
    path.write_bytes(struct.pack("<Q", length) + text + content[8 + size :])


@fuzz
@settings(max_examples=examples(60), suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_a_hostile_model_is_taken_or_is_one_error(tiny, tmp_path_factory, data):
    """No traceback and no hang, whatever a file of the folder holds."""
    folder = Path(shutil.copytree(tiny, tmp_path_factory.mktemp("hostile") / "model"))
    file = folder / data.draw(st.sampled_from(FILES))
    ways = [hostile_bytes, hostile_header if file.suffix == ".safetensors" else hostile_json]
    data.draw(st.sampled_from(ways))(data, file)
    try:
        fetch(folder)
    except UserError as error:
        assert str(folder.with_name("fetched")) in str(error) or str(folder) in str(error)
    finally:
        shutil.rmtree(folder.parent)
