"""Tiny fine-tuned models of drawn weights, one for each head and family, opened to be explained."""

from dataclasses import replace
from pathlib import Path

import torch
from made_models import LABELS as OF_HEADS
from made_models import made_model
from toy_tasks import encoder_in
from writers import LABEL_TEXTS, LABELS, lines, overfit, tiny_encoder, tiny_writer

from alambic.stages.explain.explained import Explained
from alambic.tasks.examples import Example, TaskData
from alambic.tasks.head import load_head
from alambic.tasks.words import word_offsets

LENGTH = 64
LONG = " ".join(["fièvre du myocarde", "dans", "le, coeur;", "non infarctus 12"] * 6)  # three windows of 64 tokens
TARGETS = {
    "sequence_classification": "whole_texts",
    "multilabel_classification": "whole_texts",
    "pair_classification": "whole_texts",
    "sentence_similarity": "whole_texts",
    "token_classification": "tags",
    "label_retrieval": "retrieval",
    "multiple_choice": "choices",
    "code_generation": "written",
    "label_generation": "written",
    "text_generation": "written",
    "entity_generation": "listed",
}
# Heads with the family of the model that answers.
SYSTEMS = [
    *((name, "encoder") for name in (*OF_HEADS, "sentence_similarity", "label_retrieval", "multiple_choice")),
    *(
        (name, family)
        for name in ("code_generation", "label_generation", "text_generation", "entity_generation")
        for family in ("encoder_decoder", "causal")
    ),
]


def examples_of(head: str) -> list[Example]:
    """Give texts that head can read, one of several windows."""
    if head in ("label_retrieval", "code_generation"):
        return lines(6)
    if head == "label_generation":
        return [replace(example, gold=example.gold[0]) for example in lines(6)]
    if head == "text_generation":
        return [replace(example, gold=example.standard, standard="") for example in lines(6)]
    texts = ["infarctus du myocarde", "tumeur; fièvre", "in du", LONG]
    if head == "multiple_choice":
        choices = (("a", "le coeur"), ("b", "aspirine avec risque"), ("c", "rein"))
        return [Example(str(n), "le risque de digoxine", ("a",), choices=choices[: 2 + n % 2]) for n in range(3)]
    if head in ("pair_classification", "sentence_similarity"):
        gold = "1.0" if head == "sentence_similarity" else "a"
        return [Example(str(n), text, gold, second="my coeur, aigu") for n, text in enumerate(texts[:3])]
    if head == "token_classification":
        words = [word_offsets(text) for text in texts]
        return [
            Example(str(n), text, ("B-DISO", *["O"] * (len(own) - 1)), own)
            for n, (text, own) in enumerate(zip(texts, words, strict=True))
        ]
    if head == "entity_generation":
        words = [word_offsets(example.text) for example in lines(6)]
        return [
            Example(e.id, e.text, ("B-DISO", *["O"] * (len(own) - 1)), own)
            for e, own in zip(lines(6), words, strict=True)
        ]
    gold = ("a",) if head == "multilabel_classification" else "a"
    return [Example(str(n), text, gold) for n, text in enumerate(texts)]


def explained_model(folder: Path, head: str, family: str) -> Explained:
    """Open one of SYSTEMS."""
    examples = examples_of(head)
    saved = made_model(folder, head) if head in OF_HEADS else _made(folder, head, family, examples)
    labels = OF_HEADS.get(head, ())
    texts = LABEL_TEXTS if head in ("label_retrieval", "code_generation") else {}
    data = TaskData(head, labels, train=examples, test={"test": examples}, label_texts=texts)
    return Explained.open(saved, TARGETS[head], data)


def _made(folder: Path, head_name: str, family: str, examples: list[Example]) -> Path:
    base, saved = folder / "base", folder / "saved"
    labels = {
        "label_retrieval": LABELS,
        "code_generation": LABELS,
        "label_generation": LABELS,
        "multiple_choice": ("best",),
        "sentence_similarity": ("similarity",),
        "entity_generation": OF_HEADS["token_classification"],
    }.get(head_name, ())
    head = load_head(head_name, labels, LABEL_TEXTS)
    if family == "encoder":
        base = tiny_encoder(base) if head_name == "label_retrieval" else encoder_in(base)
    else:
        base = tiny_writer(base, family)
    model, tokenizer = head.new_model(base, seed=1), head.open_preprocessor(base)
    overfit(head, model, tokenizer, examples, steps=25, length=LENGTH)
    head.settle(model, tokenizer, TaskData(head.name, labels, train=examples), max_length=LENGTH)
    with torch.no_grad():
        head.save(model.eval(), tokenizer, saved, max_length=LENGTH)
    return saved
