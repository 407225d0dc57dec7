"""Which tokens stand for which words, for every kind of tokenizer."""

import unicodedata

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer, models, pre_tokenizers, trainers
from transformers import PreTrainedTokenizerFast

from alambic.models.text_tokens import tokenize
from alambic.models.word_tokens import WordTokens
from alambic.tasks.words import word_offsets

PATIENT = "Le patient a une fièvre depuis trois jours, traitée par paracétamol."


def byte_level(text):
    """A byte-level tokenizer that knows the words of a text, each with the blank before it."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(vocab_size=600, special_tokens=["[PAD]"], initial_alphabet=alphabet)
    tokenizer.train_from_iterator([text] * 200, trainer)
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, pad_token="[PAD]")


def test_words_are_read_with_the_blank_before_them():
    tokenizer = byte_level(PATIENT)
    (tokens,) = tokenize(tokenizer, [PATIENT])
    words = word_offsets(PATIENT)
    found = WordTokens.of(PATIENT, tokens.offsets, words)
    assert len(tokens.ids) == len(words) == 13
    assert found.tokens.tolist() == list(range(13)) == found.begun().tolist()
    assert not found.continues.any()


def test_a_token_of_several_words_is_the_token_of_each_and_one_of_none_is_before_the_next():
    text = "d'os et"
    found = WordTokens.of(text, np.array([[0, 3], [3, 4], [4, 5], [5, 6], [6, 7]]), word_offsets(text))
    assert found.first.tolist() == [0, 2, -1, 3, 3] and found.last.tolist() == [2, 2, -1, 3, 3]
    assert found.continues.tolist() == [False, True, False, False, True]
    assert found.following.tolist() == [0, 2, 3, 3, 3]
    assert found.tokens.tolist() == [0, 0, 0, 3]


def test_the_bytes_of_one_letter_are_tokens_of_one_word():
    found = WordTokens.of("é", np.array([[0, 1], [0, 1]]), [(0, 1)])
    assert found.tokens.tolist() == [0] and found.continues.tolist() == [False, True]


@settings(max_examples=200)
@given(st.text(st.sampled_from("aeé 'l,.\u0301\n-😀z9"), max_size=40))
def test_words_and_tokens_agree_between_composed_and_decomposed_texts(text):
    tokenizer = byte_level.cached = getattr(byte_level, "cached", None) or byte_level(PATIENT)
    composed, decomposed = (unicodedata.normalize(form, text) for form in ("NFC", "NFD"))
    one, other = (word_offsets(some) for some in (composed, decomposed))
    assert len(one) == len(other)
    for (begin, end), (start, stop) in zip(one, other, strict=True):
        assert unicodedata.normalize("NFC", decomposed[start:stop]) == composed[begin:end]
    first, second = tokenize(tokenizer, [composed, decomposed])
    found, again = (
        WordTokens.of(some, tokens.offsets, words)
        for some, tokens, words in ((composed, first, one), (decomposed, second, other))
    )
    assert found.tokens.tolist() == again.tokens.tolist() and found.last.tolist() == again.last.tolist()
    assert (found.tokens >= 0).all()
