"""Models are opened from their files alone: no code of theirs, no pickle, no network, no question."""

import json

import pytest
import torch
from damage import change
from tiny_models import tiny_bert
from transformers import AutoModel, AutoModelForTokenClassification

from alambic.errors import UserError
from alambic.models.opening import open_config, open_model, open_tokenizer
from alambic.models.positions import window_length

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


OPENS = [open_config, open_tokenizer, lambda folder: open_model(AutoModel, folder)]


@pytest.mark.parametrize("opens", OPENS)
def test_code_of_a_model_is_never_run(folder, tmp_path, no_question, opens):
    trace = tmp_path / "trace"
    (folder / "code.py").write_text(CODE.format(trace=str(trace)))
    parts = {"AutoConfig": "code.C", "AutoModel": "code.M", "AutoTokenizer": ["code.T", "code.T"]}
    for name in ("config.json", "tokenizer_config.json"):
        change(folder / name, auto_map=parts, model_type="mine")
    with pytest.raises(UserError, match=r"config.json: the model wants code of its own \(auto_map: .*code.C"):
        opens(folder)
    assert not trace.exists()


POINTER = f"version https://git-lfs.github.com/spec/v1\noid sha256:{'a' * 64}\nsize 442554572\n"
PAGE = "<!DOCTYPE html><html><body>Sign in</body></html>"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", r"config.json is damaged \(Expecting"),
        ("[1]", "config.json is damaged: expected a JSON object"),
        ("[" * 10**5, "config.json is damaged"),
        ("", "config.json is empty"),
        (POINTER, "config.json is a pointer of Git LFS"),
        ('{"model_type": "none such"}', "does not open its configuration"),
        ("{}", "does not open its configuration"),
    ],
)
def test_a_damaged_configuration_is_one_error(folder, text, message):
    (folder / "config.json").write_text(text)
    with pytest.raises(UserError, match=message):
        open_model(AutoModel, folder) if "its" not in message else open_config(folder)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"hidden_size": 32}, "other sizes than the weights"),
        ({"hidden_size": "wide"}, 'hidden_size: "wide"'),
        ({"hidden_size": 10**30}, "hidden_size: 1000"),
        ({"num_hidden_layers": -1}, "num_hidden_layers: -1"),
        ({"num_hidden_layers": True}, "num_hidden_layers: true"),
        ({"num_hidden_layers": 3}, r"no encoder.layer.2.*\.\.\."),
        ({"layer_norm_eps": float("nan")}, "expected a finite number"),
        ({"num_attention_heads": 3}, "does not open its"),
        ({"hidden_act": "none such"}, "does not open its model"),
        ({"dtype": "evil"}, "does not open its"),
        ({"model_type": ["bert"]}, "does not open its"),
        ({"attn_implementation": "someone/kernel"}, "wants code of its own"),
        ({"custom_pipelines": {"x": {"impl": "code.P"}}}, "wants code of its own"),
    ],
)
def test_a_configuration_of_another_model_is_one_error(folder, changed, message):
    change(folder / "config.json", **changed)
    with pytest.raises(UserError, match=message):
        open_model(AutoModel, folder, add_pooling_layer=False)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "model.safetensors is empty"),
        (POINTER.encode(), "model.safetensors is a pointer of Git LFS.*git lfs pull"),
        (PAGE.encode(), "model.safetensors is a page of a web site"),
        (b"12345", "no whole safetensors file"),
        (5000, "no whole safetensors file .*the download stopped"),
        (None, "has no weights: expected model.safetensors"),
    ],
)
def test_weights_that_are_none_are_one_error(folder, content, message):
    path = folder / "model.safetensors"
    whole = path.read_bytes()
    path.unlink()
    if content is not None:
        path.write_bytes(whole[:content] if isinstance(content, int) else content)
    with pytest.raises(UserError, match=message):
        open_model(AutoModel, folder, add_pooling_layer=False)


def test_a_folder_that_is_not_there_is_one_error(tmp_path):
    for opens in OPENS:
        with pytest.raises(UserError, match="is missing"):
            opens(tmp_path / "nothing")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "tokenizer.json is empty"),
        (POINTER, "tokenizer.json is a pointer of Git LFS"),
        (PAGE, "tokenizer.json is a page"),
        ("{", "does not open its tokenizer"),
        ('{"version": "1.0", "model": {"type": "None such"}}', "does not open its tokenizer"),
    ],
)
def test_a_damaged_tokenizer_is_one_error(folder, text, message):
    (folder / "tokenizer.json").write_text(text)
    with pytest.raises(UserError, match=message):
        open_tokenizer(folder)


@pytest.mark.parametrize(
    ("normalizer", "expected"),
    [
        ({"type": "Precompiled", "precompiled_charsmap": "AAAA"}, "PanicException: Precompiled"),
        ({"type": "Replace", "pattern": {"Regex": "("}, "content": ""}, "Exception: Oniguruma"),
    ],
)
def test_what_the_library_of_tokenizers_cannot_make_is_one_error(folder, normalizer, expected):
    change(folder / "tokenizer.json", normalizer=normalizer)
    with pytest.raises(
        UserError, match=rf"model: transformers does not open its tokenizer \({expected}.*tokenizer.json"
    ):
        open_tokenizer(folder)


def test_an_interruption_is_not_the_models_fault(folder, monkeypatch):
    def interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(AutoModel, "from_pretrained", interrupted)
    with pytest.raises(KeyboardInterrupt):
        open_model(AutoModel, folder)


@pytest.mark.parametrize("longest", ["512", 0, -1, True, [5], 12.5, float("nan"), float("inf"), {}])
def test_a_length_of_texts_that_is_none_is_one_error(folder, longest):
    change(folder / "tokenizer_config.json", model_max_length=longest)
    with pytest.raises(
        UserError, match=r"tokenizer_config.json: model_max_length: .*expected a whole number of tokens"
    ):
        open_tokenizer(folder)


@pytest.mark.parametrize(("longest", "reads"), [(None, 64), (1e30, 64), (int(1e30), 64), (16, 16), (16.0, 16)])
def test_a_length_of_texts_that_can_be_used_is(folder, longest, reads):
    change(folder / "tokenizer_config.json", model_max_length=longest)
    found = window_length(open_config(folder), open_tokenizer(folder))
    assert found == reads and isinstance(found, int)


@pytest.mark.parametrize("rows", ["64", 0, -1, 1e30, 64.0, True, None, [64]])
def test_positions_that_are_none_are_one_error_that_names_them(folder, rows):
    change(folder / "config.json", max_position_embeddings=rows)
    with pytest.raises(UserError, match="max_position_embeddings"):
        open_config(folder)


@pytest.fixture
def in_parts(folder):
    model = open_model(AutoModel, folder, add_pooling_layer=False)
    (folder / "model.safetensors").unlink()
    model.save_pretrained(folder, max_shard_size="10KB")
    assert len(list(folder.glob("*.safetensors"))) > 1
    return folder


def test_weights_in_parts_are_opened(in_parts):
    assert open_model(AutoModel, in_parts, add_pooling_layer=False)


def test_a_missing_part_is_named(in_parts):
    part = sorted(in_parts.glob("*.safetensors"))[-1]
    part.unlink()
    with pytest.raises(UserError, match=f"names '{part.name}', which is not in the folder"):
        open_model(AutoModel, in_parts)


@pytest.mark.parametrize(
    ("index", "message"),
    [
        ("{", "damaged"),
        ("{}", "expected a weight_map"),
        ('{"weight_map": {"a": 1}}', "expected a weight_map"),
        ('{"weight_map": {"a": "../../etc/passwd"}}', "not in the folder"),
        (None, "without their index"),
    ],
)
def test_an_index_that_does_not_fit_is_named(in_parts, index, message):
    path = in_parts / "model.safetensors.index.json"
    path.unlink()
    if index is not None:
        path.write_text(index)
    with pytest.raises(UserError, match=message):
        open_model(AutoModel, in_parts)


def test_a_tensor_that_its_part_has_not_is_named(in_parts):
    path = in_parts / "model.safetensors.index.json"
    index = json.loads(path.read_text())
    name, *_ = placed = index["weight_map"]
    placed[name] = next(part for part in placed.values() if part != placed[name])
    path.write_text(json.dumps(index))
    with pytest.raises(UserError, match=f"places {name} in"):
        open_model(AutoModel, in_parts)


def test_the_faults_of_a_machine_are_not_its_models(folder, monkeypatch):
    def no_memory(*_, **__):
        raise MemoryError

    monkeypatch.setattr(AutoModel, "from_pretrained", no_memory)
    with pytest.raises(MemoryError):
        open_model(AutoModel, folder)


def test_a_layer_that_is_to_be_trained_may_be_missing(folder):
    kind = AutoModelForTokenClassification
    _, info = open_model(kind, folder, output_loading_info=True)
    assert info["missing_keys"] == {"classifier.weight", "classifier.bias"}
    with pytest.raises(UserError, match="have no classifier"):
        open_model(kind, folder)


def test_a_pickle_is_not_opened(folder):
    weights = open_model(AutoModel, folder, add_pooling_layer=False).state_dict()
    torch.save(weights, folder / "pytorch_model.bin")
    (folder / "model.safetensors").unlink()
    with pytest.raises(UserError, match="safetensors"):
        open_model(AutoModel, folder)
