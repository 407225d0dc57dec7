"""A causal teacher's labels are the likelihoods of their wordings, as computed one by one without any cache."""

import json
from functools import cache

import pytest
import torch
from tiny_models import FRENCH, tiny_bert, tiny_llama, tiny_model
from transformers import AutoModelForCausalLM, AutoTokenizer

from alambic.data.documents import Document, write_documents
from alambic.data.inputs import Inputs
from alambic.errors import UserError
from alambic.settings import Teach
from alambic.stages.teach.run import run
from alambic.stages.teach.signals.annotations import capture

pytestmark = pytest.mark.usefixtures("single_precision")

TEXTS = [*FRENCH, "a", "œdème 😀 aigu", "", "sans {text}"]
DOCUMENTS = [Document(str(number), text, "test", "", "CC0-1.0") for number, text in enumerate(TEXTS)]
LABELS = {"pneumo": "maladie du poumon", "cardio": "maladie du cœur", "autre": "rien"}
PROMPT = "Texte : {text}\nSujet :"


@pytest.fixture(scope="module", params=["llama", "qwen2", "gemma3_text", "mistral"])
def teacher(request, tmp_path_factory):
    folder = tiny_llama(tmp_path_factory.mktemp("teacher"), reads=256)
    pieces = len(AutoTokenizer.from_pretrained(folder))
    more = {"sliding_window": 16} if request.param in ("gemma3_text", "mistral") else {}
    model = tiny_model(request.param, pieces=pieces, max_position_embeddings=256, **more)
    model.save_pretrained(folder)
    return folder


@cache
def opened(teacher):
    return AutoTokenizer.from_pretrained(teacher), AutoModelForCausalLM.from_pretrained(teacher).eval()


@cache
def alone(teacher, text, wording, *, prompt=PROMPT, space=" "):
    """The log-probability of a wording after a prompt: a forward of its own."""
    tokenizer, model = opened(teacher)
    before = prompt.rstrip().replace("{text}", text) + space
    encoded = tokenizer(before + wording, add_special_tokens=False, return_offsets_mapping=True)
    ids = [tokenizer.bos_token_id, *encoded["input_ids"]]
    with torch.inference_mode():
        logs = model(torch.tensor([ids])).logits[0].double().log_softmax(-1)
    places = [place + 1 for place, (_, end) in enumerate(encoded["offset_mapping"]) if end > len(before)]
    return float(sum(logs[place - 1, ids[place]] for place in places))


@pytest.mark.parametrize("by", ["sum", "characters", "prior"])
def test_scores_are_those_of_each_wording_by_itself(teacher, by):
    table = capture(teacher, labels=LABELS, prompt=PROMPT, by=by)(DOCUMENTS)
    names = json.loads(table.schema.metadata[b"labels"])
    assert names == ["autre", "cardio", "pneumo"]
    for row, text in zip(table.to_pylist(), TEXTS, strict=True):
        scores = torch.tensor([alone(teacher, text, LABELS[name]) for name in names])
        if by == "characters":
            scores /= torch.tensor([len(LABELS[name]) for name in names])
        if by == "prior":
            scores -= torch.tensor([alone(teacher, "", LABELS[name]) for name in names])
        assert row["scores"] == pytest.approx(scores.log_softmax(0).tolist(), abs=2e-4)
        assert row["read"] == len(text) and sum(map(pow, [2.718281828] * 3, row["scores"])) == pytest.approx(1)


@pytest.fixture(scope="module")
def llama(tmp_path_factory):
    return tiny_llama(tmp_path_factory.mktemp("llama"), reads=64)


@pytest.mark.parametrize("prompt", ["{text} :", "{text}\n\nSujet :\n", "Sujet de « {text} »,"])
def test_a_prompt_keeps_its_white_space_and_labels_may_begin_alike(llama, prompt):
    (row,) = capture(llama, labels=LABELS, prompt=prompt, by="sum")(DOCUMENTS[:1]).to_pylist()
    space = prompt[len(prompt.rstrip()) :] or " "
    text = TEXTS[0][: row["read"]]
    expected = [alone(llama, text, LABELS[name], prompt=prompt, space=space) for name in sorted(LABELS)]
    assert row["scores"] == pytest.approx(torch.tensor(expected).log_softmax(0).tolist(), abs=2e-4)


def test_a_long_document_is_read_as_far_as_the_teacher_reads(llama):
    long = Document("long", " ".join(FRENCH * 3), "test", "", "CC0-1.0")
    (row,) = capture(llama, labels=LABELS, prompt="{text} :", by="sum")([long]).to_pylist()
    assert 20 < row["read"] < len(long.text)
    expected = [alone(llama, long.text[: row["read"]], LABELS[one], prompt="{text} :") for one in sorted(LABELS)]
    assert row["scores"] == pytest.approx(torch.tensor(expected).log_softmax(0).tolist(), abs=2e-4)
    with pytest.raises(UserError, match="leave no room"):
        capture(llama, labels=LABELS, prompt=" ".join(FRENCH) + "{text}")


def test_shards_have_their_provenance_and_a_killed_attempt_goes_on(llama, tmp_path):
    corpus, output = tmp_path / "corpus", tmp_path / "signal"
    corpus.mkdir(), output.mkdir()
    write_documents(DOCUMENTS, corpus, part="train")
    options = {"labels": LABELS, "prompt": "{text} :", "documents_per_shard": 3}
    settings = Teach(teacher="t", corpus="c", signal="annotations", **options)
    inputs = Inputs(teacher=[llama], corpus=[corpus])
    facts = run(settings, inputs, output)
    assert facts["documents"] == len(TEXTS) and facts["shards"] == 3
    whole = (output / "signal-00001.parquet").read_bytes()
    (output / "signal-00001.parquet").unlink()
    assert run(settings, inputs, output) == facts and (output / "signal-00001.parquet").read_bytes() == whole


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"prompt": "Sujet :"}, "prompt"),
        ({"prompt": "{text} "}, "prompt"),
        ({"labels": {"one": "un"}}, "labels"),
        ({"by": "length"}, "by"),
    ],
)
def test_a_prompt_without_its_text_and_a_single_label_are_refused_at_parse(options, expected):
    with pytest.raises(ValueError, match=f"annotations.{expected}"):
        Teach(teacher="t", corpus="c", signal="annotations", **{"labels": LABELS, "prompt": PROMPT, **options})


def test_an_encoder_annotates_nothing(tmp_path):
    with pytest.raises((UserError, ValueError)):
        capture(tiny_bert(tmp_path), labels=LABELS, prompt=PROMPT)
