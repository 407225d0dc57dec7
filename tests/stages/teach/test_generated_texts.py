"""What a teacher writes after the beginning of a document is stored as it is, whatever the shards."""

import pytest
import torch
from tiny_models import FRENCH, tiny_bert, tiny_llama
from transformers import AutoModelForCausalLM, AutoTokenizer

from alambic.data.documents import Document, write_documents
from alambic.data.inputs import Inputs
from alambic.errors import UserError
from alambic.settings import Teach
from alambic.stages.teach.run import run
from alambic.stages.teach.signals.generated_texts import capture

pytestmark = pytest.mark.usefixtures("single_precision")

TEXTS = [*FRENCH, "a", "œdème 😀 aigu", " ".join(FRENCH) * 2, " ", "sans"]
DOCUMENTS = [Document(str(number), text, "test", "", "CC0-1.0") for number, text in enumerate(TEXTS)]


@pytest.fixture(scope="module")
def teacher(tmp_path_factory):
    return tiny_llama(tmp_path_factory.mktemp("teacher"))


def test_it_is_the_likeliest_text_after_whole_words(teacher):
    rows = capture(teacher, read_tokens=9, new_tokens=12)(DOCUMENTS).to_pylist()
    tokenizer, model = AutoTokenizer.from_pretrained(teacher), AutoModelForCausalLM.from_pretrained(teacher)
    for text, row in zip(TEXTS, rows, strict=True):
        assert row["read"] == len(text) or text[row["read"]] == " " or " " not in text[: row["read"] + 1]
        ids = tokenizer(text[: row["read"]])["input_ids"]
        assert len(ids) <= 9 + 3  # a character that was begun is read whole
        with torch.no_grad():
            whole = model.generate(torch.tensor([[0, *ids]]), max_new_tokens=12, do_sample=False, pad_token_id=1)
        assert row["tokens"] == whole.shape[1] - len(ids) - 1
        expected = tokenizer.decode(whole[0, 1:], skip_special_tokens=True, clean_up_tokenization_spaces=False)
        assert expected.rstrip("\ufffd") == text[: row["read"]] + row["written"]


def test_what_is_drawn_depends_on_neither_shards_nor_neighbours(teacher):
    drawn = capture(teacher, read_tokens=9, new_tokens=8, temperature=1.0, seed=3)
    together, alone = drawn(DOCUMENTS).to_pylist()[2], drawn(DOCUMENTS[2:3]).to_pylist()[0]
    assert together == alone
    others = [capture(teacher, read_tokens=9, new_tokens=8, **options) for options in ({}, {"temperature": 1.0})]
    assert all(other(DOCUMENTS[2:3]).to_pylist()[0]["written"] != alone["written"] for other in others)


def test_a_killed_attempt_keeps_its_whole_shards(teacher, tmp_path):
    corpus, output = tmp_path / "corpus", tmp_path / "signal"
    for folder in (corpus, output):
        folder.mkdir()
    write_documents(DOCUMENTS, corpus, part="train")
    settings = Teach(teacher="t", corpus="c", signal="generated_texts", new_tokens=8, documents_per_shard=3)
    facts = run(settings, Inputs(teacher=[teacher], corpus=[corpus]), output)
    assert facts["shards"] == 3 and facts["documents"] == len(TEXTS)
    whole = {path.name: path.read_bytes() for path in output.glob("signal-*.parquet")}
    (output / "signal-00001.parquet").unlink()
    assert run(settings, Inputs(teacher=[teacher], corpus=[corpus]), output) == facts
    assert {path.name: path.read_bytes() for path in output.glob("signal-*.parquet")} == whole


def test_more_than_the_teacher_reads_is_refused_and_an_encoder_too(teacher, tmp_path):
    with pytest.raises(UserError, match="the 64 tokens that the teacher reads"):
        capture(teacher, read_tokens=32, new_tokens=64)
    with pytest.raises((UserError, ValueError)):
        capture(tiny_bert(tmp_path))
