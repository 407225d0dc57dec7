"""What a masked-language model expects of hidden words is stored as it is, with the masks."""

import numpy as np
import pyarrow.parquet as pq
import pytest
import torch
from tiny_models import FRENCH, MASKED, tiny_bert, tiny_masked
from transformers import AutoModelForMaskedLM, AutoTokenizer

from alambic.data.documents import Document, write_documents
from alambic.data.inputs import Inputs
from alambic.data.sketch_columns import from_columns
from alambic.errors import UserError
from alambic.models.masked import append_bias_column, open_masked
from alambic.settings import Teach
from alambic.stages.teach.run import run
from alambic.stages.teach.signals.masked_tokens import capture

TEXTS = [*FRENCH, "a", "œdème 😀 aigu  ", " ".join(FRENCH) * 2, " "]
DOCUMENTS = [Document(str(number), text, "test", "", "CC0-1.0") for number, text in enumerate(TEXTS)]


@pytest.fixture(scope="module")
def teacher(tmp_path_factory):
    return tiny_masked(tmp_path_factory.mktemp("teacher"))


def rows(table):
    return {row["id"]: row for row in table.to_pylist()}


@pytest.mark.parametrize("kind", MASKED)
def test_the_layer_apart_gives_the_model_s_own_logits(tmp_path, kind):
    tiny_masked(tmp_path, kind)
    batch = {
        "input_ids": torch.tensor([[2, 7, 4, 3], [2, 8, 3, 0]]),
        "attention_mask": torch.tensor([[1] * 4, [1] * 4]),
    }
    model, table = open_masked(tmp_path)
    with torch.inference_mode():
        found = append_bias_column(model(**batch).logits) @ table.T
        expected = AutoModelForMaskedLM.from_pretrained(tmp_path).eval()(**batch).logits
    torch.testing.assert_close(found, expected, atol=1e-5, rtol=1e-5)


def test_a_model_that_predicts_no_hidden_token_is_refused(tmp_path):
    with pytest.raises(UserError, match="without the layers that predict hidden tokens"):
        capture(tiny_bert(tmp_path))


def test_what_is_stored_is_what_the_model_expects_there(teacher):
    found = rows(capture(teacher, top=5, sampled=4)(DOCUMENTS))
    tokenizer, model = AutoTokenizer.from_pretrained(teacher), AutoModelForMaskedLM.from_pretrained(teacher).eval()
    for number in (0, 1, 2, 3, 4, 5):
        row = found[str(number)]
        columns = from_columns(row, top=5, sampled=4)
        encoded = tokenizer(TEXTS[number], return_offsets_mapping=True)
        ids = torch.tensor(encoded["input_ids"])
        # By hand: hidden is every token of the text that lies in a stored span.
        spans = list(zip(row["begins"], row["ends"], strict=True))
        places = [n for n, offsets in enumerate(encoded["offset_mapping"]) if tuple(offsets) in spans]
        assert columns["tokens"].tolist() == ids[places].tolist()
        seen = ids.clone()
        seen[places] = tokenizer.mask_token_id
        with torch.inference_mode():
            expected = torch.log_softmax(model(seen[None]).logits[0, places], 1)
        labels = expected.gather(1, ids[places, None])[:, 0].numpy()
        assert np.abs(columns["target_log_probs"] - labels).max() < 0.02
        assert columns["top"].tolist() == expected.topk(5).indices.tolist()
        entropies = -(expected.exp() * expected).sum(1).numpy()
        assert np.abs(columns["entropies"] - entropies).max() < 0.02
        tails = columns["tails"] / 65535
        assert np.abs(tails - (1 - expected.exp().topk(5).values.sum(1).numpy())).max() < 1e-4


def test_whole_words_are_hidden_and_about_the_share(teacher):
    hidden = words = 0
    for row in rows(capture(teacher, share=0.4, rounds=30)(DOCUMENTS[:4])).values():
        text = TEXTS[int(row["id"])]
        for number in range(30):
            places = {
                place
                for r, begin, end in zip(row["rounds"], row["begins"], row["ends"], strict=True)
                for place in range(begin, end)
                if r == number
            }
            assert places
            start = 0
            for word in text.split(" "):
                inside = [place in places for place in range(start, start + len(word))]
                assert all(inside) or not any(inside), word
                hidden, words, start = hidden + any(inside), words + 1, start + len(word) + 1
    assert hidden / words == pytest.approx(0.4, abs=0.05)


def test_rounds_hide_other_words_and_neighbours_change_nothing(teacher):
    capture_documents = capture(teacher, rounds=3, seed=3)
    together, alone = rows(capture_documents(DOCUMENTS))["6"], rows(capture_documents(DOCUMENTS[6:7]))["6"]
    assert together == alone
    by_round = [{b for b, r in zip(alone["begins"], alone["rounds"], strict=True) if r == n} for n in range(3)]
    assert by_round[0] != by_round[1] != by_round[2]
    assert rows(capture(teacher, rounds=3, seed=4)(DOCUMENTS))["6"]["begins"] != alone["begins"]


def test_a_long_document_has_hidden_words_to_its_end(teacher):
    row = rows(capture(teacher, share=0.3)(DOCUMENTS))["6"]
    assert max(row["ends"]) > 0.9 * len(TEXTS[6]) and row["begins"] == sorted(row["begins"])


def test_a_corpus_is_stored_shard_by_shard(teacher, tmp_path):
    corpus, output = tmp_path / "corpus", tmp_path / "signal"
    for folder in (corpus, output):
        folder.mkdir()
    write_documents(DOCUMENTS, corpus, part="train")
    settings = Teach(teacher="t", corpus="c", signal="masked_tokens", rounds=2, documents_per_shard=3)
    facts = run(settings, Inputs(teacher=[teacher], corpus=[corpus]), output)
    assert facts["shards"] == 3
    assert pq.read_metadata(output / "signal-00000.parquet").metadata[b"rounds"] == b"2"
    tokenizer = AutoTokenizer.from_pretrained(teacher)
    assert facts["tokens"] == sum(len(tokenizer(text, add_special_tokens=False)["input_ids"]) for text in TEXTS)
