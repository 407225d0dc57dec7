"""What the tags of words make of the tags of tokens, certain or only likely."""

import numpy as np

from alambic.models.word_tokens import WordTokens
from alambic.tasks.heads._token_tags import TagRules
from alambic.tasks.words import word_offsets

LABELS = ("O", "B-D", "I-D", "B-M", "I-M")


def targets(text, offsets, tags):
    words = word_offsets(text)
    rows = np.zeros((len(words), len(LABELS)), np.float32)
    for row, tag in enumerate(tags):
        rows[row, LABELS.index(tag)] = 1
    found = TagRules.of(LABELS).of_tokens(WordTokens.of(text, np.asarray(offsets).reshape(-1, 2), words), rows)
    assert (found.sum(axis=1) == 1).all()
    return [LABELS[number] for number in found.argmax(axis=1)]


def test_the_first_token_of_an_entity_begins_it_and_all_others_go_on():
    assert targets("fibrille aa", [(0, 4), (4, 8), (8, 9), (9, 11)], ["B-D", "B-M"]) == ["B-D", "I-D", "O", "B-M"]
    assert targets("fibrille aa", [(0, 4), (4, 8), (8, 9), (9, 11)], ["B-D", "I-D"]) == ["B-D", *["I-D"] * 3]
    assert targets("aa bbbb cc", [(0, 2), (2, 5), (5, 7), (7, 8), (8, 10)], ["O", "B-M", "O"]) == [
        "O", "B-M", "I-M", "O", "O"
    ]  # fmt: skip


def test_a_token_of_several_words_takes_the_tag_within_an_entity():
    assert targets("l'os va", [(0, 4), (4, 7)], ["O", "O", "B-D", "O"]) == ["B-D", "O"]
    assert targets("l'os va", [(0, 4), (4, 7)], ["O", "O", "O", "O"]) == ["O", "O"]
    assert targets("ab-cd", [(0, 1), (1, 5)], ["B-M", "O", "O"]) == ["B-M", "I-M"]


def test_likely_tags_stay_probabilities_and_unknown_words_have_none():
    rules = TagRules.of(LABELS)
    words = np.array([[0.1, 0.4, 0.2, 0.2, 0.1], [0, 0, 0, 0, 0]], np.float16)
    covered = WordTokens.of("abcd e", np.array([[0, 2], [2, 4], [4, 5], [5, 6]]), [(0, 4), (5, 6)])
    found = rules.of_tokens(covered, words)
    assert found.dtype == np.float16
    np.testing.assert_allclose(found[0], words[0])
    np.testing.assert_allclose(found[1], [0.1, 0, 0.6, 0, 0.3], atol=1e-3)
    assert not found[2:].any()
