"""A teacher that goes on learning, with real models and a real training."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from safetensors.torch import load_file
from tiny_models import FRENCH, tiny_bert, tiny_llama
from transformers import AutoModelForCausalLM, AutoTokenizer

from alambic.data.documents import Document, write_documents
from alambic.data.inputs import Inputs
from alambic.data.manifest import Manifest
from alambic.errors import UserError
from alambic.models.description import describe
from alambic.settings import Adapt
from alambic.stages.adapt.next_token import NextToken, bits_per_byte
from alambic.stages.adapt.run import run
from alambic.stages.adapt.weight_deltas import WeightDeltas, with_adapters
from alambic.stages.adapt.windows import WindowCollator, windows

DOCUMENTS = [
    Document(str(number), text, "test", "", "CC0-1.0") for number, text in enumerate([*FRENCH, " ".join(FRENCH)])
]


def manifest(folder, facts):
    (folder / "manifest.json").write_text(Manifest("stage", "item", "0" * 64, {}, {}, {}, {}, facts).dump())


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    root = tmp_path_factory.mktemp("adapt")
    base, corpus = root / "base", root / "corpus"
    for folder in (base, corpus):
        folder.mkdir()
    tiny_llama(base)
    manifest(base, describe(base, licence="MIT"))
    write_documents(DOCUMENTS * 8, corpus, part="train")
    write_documents(DOCUMENTS[:3], corpus, part="held_out")
    return {"base": [base], "corpus": [corpus]}


def adapted(made, output, **settings):
    output.mkdir()
    chosen = {"sequence_length": 16, "batch_size": 8, "epochs": 2, "learning_rate": 1e-2, **settings}
    return run(Adapt(base="b", corpus="c", **chosen), Inputs(made), output)


def opened(folder):
    return AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)


@pytest.mark.parametrize("method", ["lora", "full"])
def test_an_adapted_teacher_predicts_unseen_text_better_and_opens_without_us(made, tmp_path, method):
    facts = adapted(made, tmp_path / "out", method=method)
    tokenizer = AutoTokenizer.from_pretrained(tmp_path / "out")
    measured = bits_per_byte(opened(tmp_path / "out"), tokenizer, DOCUMENTS[:3], longest=16)
    assert facts["bits_per_byte"]["after"] == pytest.approx(measured, abs=1e-4)
    assert measured < 0.9 * facts["bits_per_byte"]["before"]
    assert (facts["family"], facts["licence"]) == ("causal", "MIT")
    before, after = (load_file(folder / "model.safetensors") for folder in (made["base"][0], tmp_path / "out"))
    assert before.keys() == after.keys()
    assert not (tmp_path / "out" / ".examples").exists()


def test_a_teacher_that_knows_its_texts_by_heart_knows_where_they_end(made, tmp_path):
    adapted(made, tmp_path / "out", method="full", epochs=25, sequence_length=64)
    model, tokenizer = opened(tmp_path / "out"), AutoTokenizer.from_pretrained(tmp_path / "out")
    for text in FRENCH:
        ids = torch.tensor([[tokenizer.bos_token_id, *tokenizer(text, add_special_tokens=False)["input_ids"]]])
        with torch.no_grad():
            probabilities = model(ids).logits[0].softmax(-1)[:, tokenizer.eos_token_id]
        # Of a text that is also the beginning of a longer one, either may follow.
        assert probabilities[-1] > (0.3 if text == FRENCH[0] else 0.9) and probabilities[:-1].max() < 0.1


def test_low_rank_changes_are_of_low_rank(made, tmp_path):
    adapted(made, tmp_path / "out", rank=2)
    before, after = (load_file(folder / "model.safetensors") for folder in (made["base"][0], tmp_path / "out"))
    changed = {name for name in before if not torch.equal(before[name], after[name])}
    assert changed and all("proj" in name for name in changed)
    for name in changed:
        assert torch.linalg.matrix_rank(after[name] - before[name], rtol=1e-4) <= 2


def test_a_share_of_the_change_is_kept(made, tmp_path):
    adapted(made, tmp_path / "whole")
    adapted(made, tmp_path / "half", merge=0.5)
    before, whole, half = (
        load_file(folder / "model.safetensors") for folder in (made["base"][0], tmp_path / "whole", tmp_path / "half")
    )
    for name, values in before.items():
        torch.testing.assert_close(half[name] - values, (whole[name] - values) / 2, atol=1e-6, rtol=1e-4)


def test_a_teacher_that_got_worse_is_refused(made, tmp_path):
    with pytest.raises(UserError, match="the model got worse"):
        adapted(made, tmp_path / "out", method="full", learning_rate=5.0)
    assert not (tmp_path / "out" / "model.safetensors").exists()


def test_an_encoder_is_refused(made, tmp_path):
    (tmp_path / "bert").mkdir()
    tiny_bert(tmp_path / "bert")
    manifest(tmp_path / "bert", describe(tmp_path / "bert", licence="MIT"))
    with pytest.raises(UserError, match="only causal models adapt"):
        adapted({**made, "base": [tmp_path / "bert"]}, tmp_path / "out")


def test_a_corpus_with_nothing_held_out_is_refused(made, tmp_path):
    (tmp_path / "corpus").mkdir()
    write_documents(DOCUMENTS, tmp_path / "corpus", part="train")
    with pytest.raises(UserError, match="held_out"):
        adapted({**made, "corpus": [tmp_path / "corpus"]}, tmp_path / "out")


def test_the_loss_is_that_of_transformers(made):
    model, tokenizer = opened(made["base"][0]), AutoTokenizer.from_pretrained(made["base"][0])
    found = list(windows(DOCUMENTS, tokenizer, start=0, longest=20))
    expected = []
    for window in found:
        ids = torch.from_numpy(window)[None].long()
        expected.append(model(input_ids=ids, labels=ids).loss)
    torch.testing.assert_close(NextToken(model)(WindowCollator(0)(found))["loss"], torch.stack(expected).mean())


def test_only_the_adapters_learn(made):
    model = opened(made["base"][0])
    deltas = WeightDeltas(model)
    learning = with_adapters(model, rank=4, alpha=8)
    assert all("lora" in name for name, values in learning.named_parameters() if values.requires_grad)
    deltas.interpolate(learning.merge_and_unload(), share=0.5)  # nothing has been learnt: nothing changes
    for name, values in opened(made["base"][0]).state_dict().items():
        assert torch.equal(values, deltas.before[name])


@given(st.integers(2, 30))
def test_every_token_is_predicted_once(made, longest):
    tokenizer = AutoTokenizer.from_pretrained(made["base"][0])
    found = list(windows(DOCUMENTS, tokenizer, start=0, longest=longest))
    assert all(2 <= len(window) <= longest for window in found)
    texts = tokenizer([document.text for document in DOCUMENTS], add_special_tokens=False)["input_ids"]
    expected = [token for text in texts for token in [*text, tokenizer.eos_token_id]]
    assert [token for window in found for token in window[1:]] == expected
