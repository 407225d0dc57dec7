"""What a process does that codes: texts in, answers of every system out, and why they are as they are."""

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple, Protocol

from alambic.data.predictions import Answer
from alambic.stages.calibrate.answered import Scores
from alambic.stages.calibrate.nearest_wordings import NearestWordings
from alambic.stages.calibrate.probabilities import Row
from alambic.tasks.head import Prediction
from alambic.tasks.words import word_offsets

MOST_CANDIDATES = 50  # codes of a text that a person may be shown
MOST_WORDS = 30  # of a text, that are left out in turn
SHOWN = 3  # words, and training examples, of an explanation


class System(Protocol):
    """What codes texts: a model, or the dictionary."""

    labels: tuple[str, ...]  # what a model chooses among; none of a dictionary

    def predict(self, texts: Sequence[str]) -> list[Prediction]:
        """Code each text."""
        ...


class CodedText(NamedTuple):
    """A text as all systems coded it."""

    answers: tuple[Answer, ...]  # of each seed of the system that answers, then of each other system
    read: tuple[Row | None, ...]  # what each of those seeds thought of the first answer
    nearest: float | None  # how near the text is to the training texts
    candidates: tuple[tuple[str, float], ...]  # codes of the first seed with their probabilities, the likeliest first


class Explained(NamedTuple):
    """What speaks for an answer: its words, and coded texts that are most like it."""

    words: tuple[tuple[str, float, float], ...]  # a word, and the probability of the answer with it and without it
    nearest: tuple[tuple[str, str, float], ...]  # a training text, its codes, and the similarity


class Coder:
    """Opened systems. The first of `seeds` answers; `others` say how far they agree.

    `lowest` is the probability from which on a code may be shown to a person.
    """

    def __init__(
        self,
        seeds: Sequence[System],
        others: Sequence[System] = (),
        *,
        wordings: NearestWordings | None = None,
        codes_of: Callable[[str], str] | None = None,
        lowest: float = 2.0,
    ) -> None:
        self.seeds, self.others, self.wordings, self.codes_of = seeds, others, wordings, codes_of
        self.lowest = lowest

    def code(self, texts: Sequence[str]) -> list[CodedText]:
        """Code texts by all systems."""
        of_seeds = [system.predict(texts) for system in self.seeds]
        of_others = [system.predict(texts) for system in self.others]
        first = [prediction.answer for prediction in of_seeds[0]]
        scores = self._scores(of_seeds)
        reads = [scores.of("", str(seed), first) for seed in range(len(of_seeds))]
        rows = [
            [None] * len(texts)
            if read is None
            else list(zip(*(column.tolist() for column in read.columns), strict=True))
            for read in reads
        ]
        nearest = [None] * len(texts) if self.wordings is None else self.wordings.similarity(texts).tolist()
        candidates = scores.candidates("", "0") or [{}] * len(texts)
        return [
            CodedText(
                tuple(predictions[place].answer for predictions in (*of_seeds, *of_others)),
                tuple(of_seed[place] for of_seed in rows),
                nearest[place],
                self._likeliest(candidates[place].items()),
            )
            for place in range(len(texts))
        ]

    def explain(self, coded: Sequence[tuple[str, Answer]]) -> list[Explained]:
        """Explain answers to texts: leave out one word at a time, and look for the most similar training texts.

        A word matters as much as the probability of the answer falls without it, whatever the model is (leave one out,
        Li, Monroe and Jurafsky 2016, arXiv 1612.08220). Of a text of one word nothing is left to compare.
        """
        shortened = [without_each_word(text) for text, _ in coded]
        asked = [
            (variant, answer)
            for (text, answer), variants in zip(coded, shortened, strict=True)
            for variant in ([text, *(rest for _, rest in variants)] if variants else [])
        ]
        chances = iter(self._probabilities(asked))
        nearest = self._most_alike([text for text, _ in coded])
        explained = []
        for variants, alike in zip(shortened, nearest, strict=True):
            whole = next(chances) if variants else 0.0
            words = [(word, whole, next(chances)) for word, _ in variants]
            drops = sorted((word for word in words if word[2] < whole), key=lambda word: word[2])
            explained.append(Explained(tuple(drops[:SHOWN]), alike))
        return explained

    def _scores(self, of_seeds: Sequence[Sequence[Prediction]]) -> Scores:
        by_seed = {str(seed): predictions for seed, predictions in enumerate(of_seeds)}
        return Scores.of_predictions(by_seed, self.seeds[0].labels)

    def _probabilities(self, asked: Sequence[tuple[str, Answer]]) -> list[float]:
        """Say how probable each answer is to its text; 0 where a system does not tell."""
        if not asked:
            return []
        predictions = self.seeds[0].predict([text for text, _ in asked])
        read = self._scores([predictions]).of("", "0", [answer for _, answer in asked])
        return [0.0] * len(asked) if read is None else read.probability.tolist()

    def _most_alike(self, texts: Sequence[str]) -> list[tuple[tuple[str, str, float], ...]]:
        if self.wordings is None or self.codes_of is None:
            return [()] * len(texts)
        codes_of = self.codes_of
        return [
            tuple((wording, codes_of(wording), similarity) for wording, similarity in alike)
            for alike in self.wordings.most_alike(texts, number=SHOWN)
        ]

    def _likeliest(self, candidates: Iterable[tuple[str, float]]) -> tuple[tuple[str, float], ...]:
        chosen = [(code, value) for code, value in candidates if value >= self.lowest]
        most = MOST_CANDIDATES + 1  # by which it is seen that there are more
        return tuple(sorted(chosen, key=lambda pair: (-pair[1], pair[0]))[:most])


def without_each_word(text: str) -> list[tuple[str, str]]:
    """Give each word of a text with the text without it; none where a text has one word.

    "IDM ant." -> [("IDM", "ant."), ("ant", "IDM .")]
    """
    words = [(start, end) for start, end in word_offsets(text) if text[start:end].isalnum()][:MOST_WORDS]
    if len(words) < 2:
        return []
    return [(text[start:end], " ".join(f"{text[:start]} {text[end:]}".split())) for start, end in words]
