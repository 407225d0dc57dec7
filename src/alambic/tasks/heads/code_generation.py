"""A text in standard wording, and then its codes, such as those of ICD-10; or the codes alone.

"IDM ANT" -> "infarctus du myocarde antérieur", <target>, <I21>, <.0>: a token for the category, one for each character
that follows it. Codes are written along the trie of valid ones, so that each is one. A model writes the standard
wording where its training examples have one (`Example.standard`), and the codes alone where none has.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from alambic.data.example_scores import MARGIN, SEQUENCE
from alambic.models.decoding import Written
from alambic.models.token_table import TokenTable, table_of_lists
from alambic.tasks.examples import Example, TaskData
from alambic.tasks.head import Head, Prediction
from alambic.tasks.heads._generation import OPENS, GenerationHead, end_of, text_ids, written_text
from alambic.tasks.heads._passages import Passage

MODELS = ("causal", "encoder_decoder")
SOFT_TARGETS = False  # no task distillation: a teacher of texts is learnt from by what it writes

CATEGORY = 3  # characters


class CodeGeneration(GenerationHead):
    """The likeliest sequence of four beams; codes in the order in which they were written, each once.

    The score of a code is the product of the probabilities of its tokens among the valid ones.
    """

    name = "code_generation"
    decoding = "codes=beams:4:trie|repeated=once"
    beams = 4

    def __init__(self, labels: tuple[str, ...]) -> None:
        super().__init__(labels)
        self._table: tuple[int, int, TokenTable] | None = None  # with the vocabulary and the length that it is for

    def added_tokens(self) -> list[str]:
        """Name a token for each category, and for each further character of a code."""
        return [OPENS, *dict.fromkeys(token for code in sorted(self.labels) for token in tokens_of(code))]

    def target(self, tokenizer: Any, example: Example) -> list[int]:
        """Give the tokens of the standard wording, where there is one, and those of the codes."""
        codes = [example.gold] if isinstance(example.gold, str) else example.gold
        names = [OPENS, *(token for code in codes for token in tokens_of(code))]
        before = text_ids(tokenizer, example.standard) if example.standard else []
        return [*before, *tokenizer.convert_tokens_to_ids(names)]

    def table(self, tokenizer: Any, vocabulary: int, longest: int) -> TokenTable:
        """Allow a text, the token that opens the codes, and valid codes; a text ends in time for one code."""
        most = max(1, longest // 2)
        if self._table is None or self._table[:2] != (vocabulary, most):
            items = [tokenizer.convert_tokens_to_ids(tokens_of(code)) for code in self.labels]
            special = {*tokenizer.all_special_ids, *tokenizer.convert_tokens_to_ids(self.added_tokens())}
            end = end_of(tokenizer)
            table = table_of_lists(
                items,
                vocabulary=vocabulary,
                end=end,
                opens=tokenizer.convert_tokens_to_ids(OPENS),
                most=most,
                text=[token for token in range(min(vocabulary, len(tokenizer))) if token not in special],
            )
            self._table = (vocabulary, most, table)
        return self._table[2]

    def answered(self, tokenizer: Any, written: Written) -> Prediction:
        """Read text and codes; of an output without an end the last code is left out: it may go on."""
        opens = tokenizer.convert_tokens_to_ids(OPENS)
        place = written.ids.index(opens) if opens in written.ids else len(written.ids)
        names = tokenizer.convert_ids_to_tokens(written.ids[place + 1 :])
        codes = _codes(names, written.log_probs[place + 1 :], valid=self.numbers)
        if codes and not written.ended:
            codes.popitem()
        scores = [*codes.values(), np.exp(written.score), written.margin or 0.0]
        return Prediction(
            tuple(codes),
            np.array(scores, np.float32),
            scored=(*codes, SEQUENCE, MARGIN),
            written=written_text(tokenizer, written.ids[:place]),
            ended=written.ended,
        )

    def settle(self, model: Any, preprocessor: Any, data: TaskData, *, max_length: int) -> None:
        """Note how long the targets of training are, of which at most half the tokens are a text."""
        super().settle(model, preprocessor, data, max_length=max_length)
        opens = preprocessor.convert_tokens_to_ids(OPENS)
        texts = [self.target(preprocessor, example).index(opens) for example in data.train]
        self.longest = max(self.longest, 2 * max(texts, default=0))

    def question(self, name: str, text: str, second: str = "") -> Example:
        """Ask for the codes of a text."""
        return Example(name, text, ())

    def as_record(self, example: Example, prediction: Prediction) -> dict[str, Any]:
        """Write {"labels": [{"label": "I210", "score": 0.93}], "written": the text, "score": ..., "margin": ...}.

        Codes stand in the order in which they were written.
        """
        assert prediction.scores is not None
        scores = {name: round(float(s), 4) for name, s in zip(prediction.scored, prediction.scores, strict=True)}
        labels = [{"label": code, "score": scores[code]} for code in prediction.answer]
        return {
            "labels": labels,
            "written": prediction.written,
            "score": scores[SEQUENCE],
            "margin": scores[MARGIN],
        }


def tokens_of(code: str) -> list[str]:
    """Name the tokens of a code: "I210" -> ["<I21>", "<.0>"]."""
    return [f"<{code[:CATEGORY]}>", *(f"<.{character}>" for character in code[CATEGORY:])]


def _codes(names: Sequence[str], logs: Sequence[float], *, valid: Any) -> dict[str, float]:
    """Read codes from the names of their tokens, each once, with its probability."""
    read: list[tuple[str, float]] = []
    for name, value in zip(names, logs, strict=False):
        if name.startswith("<."):
            code, total = read.pop() if read else ("", 0.0)
            read.append((code + name[2:-1], total + value))
        else:
            read.append((name[1:-1], value))
    found: dict[str, float] = {}
    for code, total in read:
        if code in valid:
            found.setdefault(code, float(np.exp(min(total, 0.0))))
    return found


def head(labels: tuple[str, ...]) -> Head[Passage]:
    """Write some of the codes `labels`."""
    return CodeGeneration(labels)
