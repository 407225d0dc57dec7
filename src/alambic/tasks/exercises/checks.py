"""What can be told of exercises without a person: whether their distractors can stand, and what they are close to."""

from collections.abc import Sequence

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.feature_extraction.text import TfidfVectorizer

from alambic.tasks.exercises.exercise import MultipleChoice
from alambic.tasks.plain_words import has_run, plain_words
from alambic.tasks.words import fold

LONGER = 3.0  # times as many characters as the right answer, or as few: another class of length
NEAR = 0.9  # cosine of character trigrams, from which two questions are the same
AT_ONCE = 1000  # questions compared in one product


def trivial_distractors(exercise: MultipleChoice, source: str) -> dict[str, str]:
    """Name what tells each distractor that cannot stand from a wrong answer that has to be thought about.

    `same`: it says what another answer says, without capitals, accents and signs; `in_text`: the text says it, so that
    it may be right; `length`: it is three times longer or shorter than every right answer; `form`: it is a number where
    right answers are words, or the other way round.
    """
    words = [plain_words(answer.text) for answer in exercise.answers]
    of_text = plain_words(source)
    right = [words[place] for place, answer in enumerate(exercise.answers) if answer.right]
    found = {}
    for place, answer in enumerate(exercise.answers):
        if answer.right:
            continue
        own, others = words[place], words[:place] + words[place + 1 :]
        if own in others or not own:
            found[answer.text] = "same"
        elif has_run(of_text, own):
            found[answer.text] = "in_text"
        elif all(_another_length(own, other) for other in right):
            found[answer.text] = "length"
        elif all(_is_number(own) != _is_number(other) for other in right):
            found[answer.text] = "form"
    return found


def nearest_similarity(texts: Sequence[str], known: Sequence[str]) -> np.ndarray:
    """Give, of each text, the cosine of its character trigrams with the nearest known text: (texts,), 0 to 1.

    The trigrams are of folded words, counted by tf-idf over the known texts.
    """
    if not texts or not any(map(_is_word, known)):
        return np.zeros(len(texts))
    vectorizer, of_known = _trigrams(known)
    of_texts = vectorizer.transform([fold(text) for text in texts])
    parts = [
        (of_texts[start : start + AT_ONCE] @ of_known.T).max(axis=1).toarray().ravel()
        for start in range(0, len(texts), AT_ONCE)
    ]
    return np.clip(np.concatenate(parts), 0, 1)


def repeated(questions: Sequence[str]) -> np.ndarray:
    """Tell of each question whether an earlier one is nearly the same: (questions,) of 0 and 1."""
    marks = np.zeros(len(questions))
    if not any(map(_is_word, questions)):
        return marks
    _, vectors = _trigrams(questions)
    for start in range(0, len(questions), AT_ONCE):
        near = (vectors[start : start + AT_ONCE] @ vectors.T).tocoo()
        later = (near.col < near.row + start) & (near.data >= NEAR)
        marks[start + near.row[later]] = 1
    return marks


def extracted(answers: Sequence[str], source: str) -> bool:
    """Tell whether a text has one of these answers in it, word by word, without capitals and accents."""
    words = plain_words(source)
    return any(has_run(words, plain_words(answer)) for answer in answers)


def _is_word(text: str) -> bool:
    """Tell whether anything of a text is left when it is folded: marks alone have no trigram."""
    return bool(fold(text).strip())


def _trigrams(texts: Sequence[str]) -> tuple[TfidfVectorizer, csr_matrix]:
    vectorizer = TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 3), lowercase=False)
    return vectorizer, csr_matrix(vectorizer.fit_transform([fold(text) for text in texts]))


def _another_length(own: Sequence[str], other: Sequence[str]) -> bool:
    lengths = sorted((len(" ".join(own)), len(" ".join(other))))
    return lengths[1] > LONGER * lengths[0]


def _is_number(words: Sequence[str]) -> bool:
    return all(word[0].isdigit() for word in words)
