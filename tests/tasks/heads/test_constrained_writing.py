"""The rules by which answers are made and scored, and their names in signatures: a changed rule needs another name.

Where a test here fails because a rule was changed on purpose, change the name that the signature has of it too.
"""

import numpy as np
import pytest
import torch
from scoring import predict_and_score

from alambic import plugins
from alambic.data.documents import Document, write_documents
from alambic.data.inputs import Inputs
from alambic.models.text_tokens import TextTokens
from alambic.settings import Task
from alambic.tasks.datasets import quaero_entities
from alambic.tasks.examples import Example
from alambic.tasks.head import load_head
from alambic.tasks.heads import token_classification
from alambic.tasks.windows import Window
from alambic.tasks.words import WORDS, word_offsets

LABELS = ("O", "B-D", "I-D", "B-M", "I-M")
TAGGER = load_head("token_classification", LABELS)


@pytest.mark.parametrize("name", plugins.names("tasks.heads"))
def test_every_head_names_the_rules_of_its_answers(name):
    decoding = load_head(name, ["O", "x"]).decoding
    assert decoding and all("=" in part for part in decoding.split("|"))


@pytest.mark.parametrize(
    ("text", "tokens", "tags", "expected"),
    [
        # The likeliest tag of each token; an entity covers every word that its tokens touch.
        ("fibrille aa", [(0, 4), (4, 8), (9, 11)], ["O", "B-D", "O"], ["B-D", "O"]),
        ("fibrille aa", [(0, 4), (4, 8), (9, 11)], ["B-D", "I-D", "I-D"], ["B-D", "I-D"]),
        # Neighbours of one label are joined, an I that continues nothing begins an entity.
        ("aa bb cc", [(0, 2), (3, 5), (6, 8)], ["I-D", "I-D", "I-M"], ["B-D", "I-D", "B-M"]),
        # Of two entities that meet in one word, the first keeps it.
        ("fibrille", [(0, 4), (4, 8)], ["B-D", "B-M"], ["B-D"]),
        ("l'os", [(0, 4)], ["B-D"], ["B-D", "I-D", "I-D"]),
    ],
)
def test_entities_are_those_of_the_rule_that_signatures_name(text, tokens, tags, expected):
    assert TAGGER.decoding == (
        "tokens=likeliest_tag|windows=most_context|entities=simple_of_tokens|spans=whole_touched_words"
    )
    logits = torch.zeros(len(tags), len(LABELS))
    for row, tag in enumerate(tags):
        logits[row, LABELS.index(tag)] = 1
    example = Example("1", text, (), word_offsets(text))
    assert list(TAGGER._answer(logits, np.asarray(tokens), example)) == expected


def test_a_token_is_read_where_it_has_more_context():
    def window(first, size):
        special = np.array([True, *[False] * size, True])
        tokens = TextTokens(np.arange(size + 2), np.zeros((size + 2, 2), int), special, 0, first)
        return Window(0, list(range(size + 2)), tokens=tokens)

    parts = [(window(0, 4), torch.full((6, 1), 1.0)), (window(2, 4), torch.full((6, 1), 2.0))]
    assert token_classification._of_tokens(parts, 6, 1)[:, 0].tolist() == [1, 1, 1, 2, 2, 2]


def test_words_are_those_of_the_rule_that_signatures_name():
    assert WORDS == r"words=\w+|marks=joined"
    text = "l'e\u0301tat (38,5\u00a0°C) a_b"
    found = [text[start:end] for start, end in word_offsets(text)]
    assert found == ["l", "'", "e\u0301tat", "(", "38", ",", "5", "°", "C", ")", "a_b"]


def test_a_score_carries_what_it_was_computed_by(tmp_path, monkeypatch):
    folder = tmp_path / "quaero"
    folder.mkdir()
    annotations = {"annotations": "T1\tCHEM 9 17\tfibrille"}
    write_documents([Document("1", "Ce matin fibrille", "q", "", "CC0-1.0", metadata=annotations)], folder)
    task = Task(task="quaero_entities", data=dict.fromkeys(("train", "dev", "test"), "q"))
    inputs = Inputs(train=[folder], dev=[folder], test=[folder])

    def signature(name):
        rows, _ = predict_and_score(tmp_path / name, task, inputs)
        (found,) = {score["signature"] for score in rows}
        return found

    now, named = signature("now"), TAGGER.decoding
    assert WORDS in now and named in now and now.startswith("entity_f1|seqeval:")
    monkeypatch.setattr(token_classification.TokenClassification, "decoding", "tokens=first_of_word")
    before = signature("before")
    assert before != now == before.replace("tokens=first_of_word", named)
    monkeypatch.setattr(quaero_entities, "WORDS", "words=other")
    assert signature("other") != before
