"""A saved model answers in the plain pipeline of transformers as it does when it is scored: each family, each head."""

import json
import unicodedata

import pytest
import tiny_bases
import torch
from tiny_models import FRENCH, tiny_model
from transformers import AutoTokenizer, pipeline

from alambic.tasks.examples import Example
from alambic.tasks.head import READS, load_head, saved_head
from alambic.tasks.iob2 import Span, to_tags
from alambic.tasks.words import word_offsets

MODELS = {
    "bert": tiny_bases.wordpiece,
    "camembert": tiny_bases.unigram,
    "xlm-roberta": tiny_bases.unigram,
    "modernbert": tiny_bases.byte_bpe,
    "llama": tiny_bases.byte_bpe,
    "mistral": tiny_bases.sentencepiece_bpe,
}
LABELS = {
    "sequence_classification": ("a", "b", "c"),
    "multilabel_classification": ("a", "b", "c"),
    "token_classification": ("O", "B-DISO", "I-DISO", "B-DRUG", "I-DRUG"),
    "typed_spans": ("O", "B-DISO", "I-DISO", "B-DRUG", "I-DRUG"),
}
TEXTS = [
    *FRENCH,
    "Myocardite aiguë (38,5 °C), traitée par l'ibuprofène.",
    unicodedata.normalize("NFD", "la fièvre élevée du cérébral: l'opéré"),
    "  deux  blancs ",
    "un œdème 😀 aigu",
    "du",
]
LENGTH = 256


CAUSAL = ("llama", "mistral")
PAIRS = [(kind, head) for kind in MODELS for head in LABELS if kind not in CAUSAL or head != "typed_spans"]


@pytest.fixture(params=PAIRS, ids="-".join)
def saved(request, tmp_path):
    """A fine-tuned model: its answers are of drawn weights, and so say as much of each token as they can."""
    kind, name = request.param
    MODELS[kind](tmp_path / "base")
    pieces = len(AutoTokenizer.from_pretrained(tmp_path / "base"))
    tiny_model(kind, pieces=pieces, max_position_embeddings=LENGTH + 2).save_pretrained(tmp_path / "base")
    head = load_head(name, LABELS[name])
    model, tokenizer = head.new_model(tmp_path / "base", seed=1), head.open_preprocessor(tmp_path / "base")
    with torch.no_grad():  # the layer of outputs is drawn small
        for parameter in [*model.parameters()][-2:]:
            parameter.mul_(20)
    head.save(model, tokenizer, tmp_path / "saved", max_length=head.longest_input(model, LENGTH))
    return tmp_path / "saved"


def test_a_plain_pipeline_answers_short_texts_as_evaluation_does(saved):
    head = saved_head(saved)
    tokenizer = head.open_preprocessor(saved)
    examples = [Example(str(n), text, (), word_offsets(text)) for n, text in enumerate(TEXTS)]
    found = head.predict(head.open_model(saved), tokenizer, examples, max_length=tokenizer.model_max_length)
    use = head.plain_use
    ask = pipeline(use.task, str(saved))
    answers = [answer_of(head.name, ask(example.text, **use.options), example) for example in examples]
    assert answers == [prediction.answer for prediction in found]
    assert len({str(answer) for answer in answers}) > 3 or head.name != "token_classification"


def answer_of(head, given, example):
    """Make an answer of what a pipeline gives, as the card says."""
    if head in ("token_classification", "typed_spans"):
        return to_tags(example.words, [Span(one["start"], one["end"], one["entity_group"]) for one in given])
    if head == "multilabel_classification":
        chosen = [one["label"] for one in given if one["score"] > 0.5] or [given[0]["label"]]
        return tuple(sorted(chosen))
    return given[0]["label"]


def test_a_saved_model_says_how_it_reads(saved):
    config = json.loads((saved / "config.json").read_text())
    head = saved_head(saved)
    reads = config[READS]
    assert reads["max_length"] == AutoTokenizer.from_pretrained(saved).model_max_length == LENGTH
    assert reads["overlap"] == LENGTH // 4 and reads["text"] == "running"
    assert reads["pipeline"] == head.plain_use.task
    assert {name: reads[name] for name in head.plain_use.options} == head.plain_use.options
    card = "\n".join(head.usage(saved))
    assert f"at most {LENGTH} tokens" in card and f"windows of {LENGTH} tokens, of which {LENGTH // 4}" in card
    assert f'pipeline("{head.plain_use.task}"' in card
