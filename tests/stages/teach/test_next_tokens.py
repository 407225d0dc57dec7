"""What a causal teacher expects is stored as it is, token by token, whatever the shards."""

import numpy as np
import pyarrow.parquet as pq
import pytest
import torch
from tiny_models import FRENCH, tiny_bert, tiny_llama
from transformers import AutoModelForCausalLM, AutoTokenizer

from alambic.data.documents import Document, write_documents
from alambic.data.inputs import Inputs
from alambic.data.sketch_columns import from_columns
from alambic.errors import UserError
from alambic.settings import Teach
from alambic.stages.teach.run import run
from alambic.stages.teach.signals.next_tokens import capture

pytestmark = pytest.mark.usefixtures("single_precision")

TEXTS = [*FRENCH, "a", "œdème 😀 aigu", " ".join(FRENCH) * 2]
DOCUMENTS = [Document(str(number), text, "test", "", "CC0-1.0") for number, text in enumerate(TEXTS)]


@pytest.fixture(scope="module")
def teacher(tmp_path_factory):
    return tiny_llama(tmp_path_factory.mktemp("teacher"))


def row(table, number):
    return table.slice(number, 1).to_pylist()[0]


def arrays(row, *, top=6, sampled=28):
    return from_columns(row, top=top, sampled=sampled)


@pytest.mark.parametrize("number", [0, 4, 5])
def test_labels_and_top_are_those_of_the_model(teacher, number):
    found = arrays(row(capture(teacher, top=5, sampled=4)(DOCUMENTS), number), top=5, sampled=4)
    tokenizer, model = AutoTokenizer.from_pretrained(teacher), AutoModelForCausalLM.from_pretrained(teacher)
    ids = [*tokenizer(TEXTS[number], add_special_tokens=False)["input_ids"], tokenizer.eos_token_id]
    with torch.inference_mode():
        logits = model(torch.tensor([[tokenizer.bos_token_id, *ids]])).logits[0, :-1]
    expected = torch.log_softmax(logits, 1)
    assert found["tokens"].tolist() == ids
    labels = expected.gather(1, torch.tensor(ids)[:, None])[:, 0].numpy()
    assert np.abs(found["target_log_probs"] - labels).max() < 0.01
    entropies = -(expected.exp() * expected).sum(1).numpy()
    assert np.abs(found["entropies"] - entropies).max() < 0.01
    best = expected.topk(5)
    assert found["top"].tolist() == best.indices.tolist()
    codes = found["codes"]
    assert np.abs(-codes.astype(float) / 12 - best.values.numpy()).max() < 1 / 12 + 1e-4
    tails = found["tails"] / 65535
    assert np.abs(tails - (1 - best.values.exp().sum(1).numpy())).max() < 1e-4


def test_ends_are_characters_of_the_text(teacher):
    """Also where a character takes several tokens; the token that ends the text stands one after it."""
    found = row(capture(teacher)(DOCUMENTS), 5)
    assert found["ends"][-2:] == [len(TEXTS[5]), len(TEXTS[5]) + 1]
    assert all(one <= other for one, other in zip(found["ends"], found["ends"][1:], strict=False))


def test_a_long_document_is_covered_to_its_end(teacher):
    found = row(capture(teacher)(DOCUMENTS), 6)
    tokens = len(AutoTokenizer.from_pretrained(teacher)(TEXTS[6])["input_ids"]) + 1
    assert tokens > 2 * 64
    assert len(found["ends"]) == tokens == len(arrays(found)["tokens"])
    assert arrays(found)["sampled"].shape == (tokens, 28)


@pytest.mark.parametrize("longest", [8, 16])
def test_a_window_that_a_document_fills_is_followed_by_its_end(teacher, longest):
    """No more is read than the teacher has positions for, and only the last window has an end."""
    tokenizer = AutoTokenizer.from_pretrained(teacher)
    ids = tokenizer(TEXTS[6], add_special_tokens=False)["input_ids"]
    text = tokenizer.decode(ids[: (longest - 1) * 2])
    assert len(tokenizer(text, add_special_tokens=False)["input_ids"]) == (longest - 1) * 2
    end = tokenizer.eos_token_id
    found = row(capture(teacher, longest=longest)([Document("x", text, "test", "", "CC0-1.0")]), 0)
    assert (arrays(found)["tokens"] == end).nonzero()[0].tolist() == [(longest - 1) * 2]
    model = AutoModelForCausalLM.from_pretrained(teacher)
    with torch.inference_mode():
        logits = model(torch.tensor([[tokenizer.bos_token_id, *ids[longest - 1 : (longest - 1) * 2]]])).logits[0]
    assert arrays(found)["target_log_probs"][-1] == pytest.approx(float(logits[-1].log_softmax(0)[end]), abs=0.01)


def test_what_is_drawn_depends_on_neither_shards_nor_neighbours(teacher):
    capture_documents = capture(teacher, seed=3)
    together, alone = capture_documents(DOCUMENTS), capture_documents(DOCUMENTS[2:3])
    assert row(together, 2) == row(alone, 0)
    assert row(capture(teacher, seed=4)(DOCUMENTS), 2)["sampled_0"] != row(alone, 0)["sampled_0"]


def test_a_corpus_is_stored_shard_by_shard(teacher, tmp_path):
    corpus, output = tmp_path / "corpus", tmp_path / "signal"
    for folder in (corpus, output):
        folder.mkdir()
    write_documents(DOCUMENTS, corpus, part="train")
    settings = Teach(teacher="t", corpus="c", signal="next_tokens", documents_per_shard=3)
    facts = run(settings, Inputs(teacher=[teacher], corpus=[corpus]), output)
    assert facts["shards"] == 3
    assert facts["tokens"] == sum(len(row["ends"]) for row in capture(teacher)(DOCUMENTS).to_pylist())
    assert pq.read_metadata(output / "signal-00000.parquet").metadata[b"top"] == b"6"


def test_an_encoder_is_refused(tmp_path):
    with pytest.raises((UserError, ValueError)):
        capture(tiny_bert(tmp_path))
