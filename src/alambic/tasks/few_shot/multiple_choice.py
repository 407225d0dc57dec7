"""Multiple-choice questions, of which a prompted model names answers by letters: the probabilities of these decide.

Question : Quel médicament est un antalgique ?
A. Digoxine
B. Paracétamol
Réponse : B
"""

from collections.abc import Hashable, Sequence
from dataclasses import replace
from pathlib import Path
from string import ascii_uppercase
from typing import Any

import torch
from torch import Tensor

from alambic.errors import UserError
from alambic.models.cached_steps import CachedSteps
from alambic.models.decoding import SEQUENCES_AT_ONCE
from alambic.models.shared_prefix import SharedPrefix
from alambic.tasks.examples import Example, TaskData
from alambic.tasks.few_shot._prompt import ids_of, line_end
from alambic.tasks.few_shot._prompted import Prompted
from alambic.tasks.head import Prediction
from alambic.tasks.heads.multiple_choice import MultipleChoice
from alambic.tasks.heads.text_generation import EMPTY_TEXT, NOT_READ_WHOLE


class PromptedChoice(MultipleChoice):
    """Answers whose letter has more than half of an even share of the letters' probabilities; or the best."""

    name = "few_shot_multiple_choice"

    def __init__(self, labels: tuple[str, ...]) -> None:
        super().__init__(labels)
        self.family = "causal"
        self.decoding = "answers=letter_share>1/2n" if self.several else "answers=best_letter"  # type: ignore[misc]
        self.prefix: SharedPrefix | None = None

    def instruction(self) -> str:
        """Say in French what is asked."""
        return "Voici des questions à choix multiple, chacune suivie de la lettre de la bonne réponse" + (
            ", ou des lettres s'il y en a plusieurs." if self.several else "."
        )

    def kind(self, example: Example) -> Hashable:
        """Give the letters of the right answers."""
        return _right(example)

    def around(self, tokenizer: Any) -> int:
        """Count the tokens that stand around a question."""
        return len(_asked(tokenizer, [], []))

    def shot(self, tokenizer: Any, example: Example) -> list[int]:
        """Give the tokens of a question, its answers and the letters of the right ones."""
        asked = _asked(tokenizer, ids_of(tokenizer, example.text), _answers(tokenizer, example))
        return [*asked, *ids_of(tokenizer, f" {', '.join(_right(example))}")]

    def predict(
        self, model: Any, preprocessor: Any, examples: Sequence[Example], *, max_length: int
    ) -> list[Prediction]:
        """Answer each question; scores are (answers,), the shares of their letters."""
        rows, cut = [], set()
        for number, example in enumerate(examples):
            _check(example)
            answers, ids = _answers(preprocessor, example), ids_of(preprocessor, example.text)
            room = max(0, max_length - len(answers) - 1)
            cut |= {number} if len(ids) > room else set()
            rows.append(_asked(preprocessor, ids[:room], answers))
        letters = [ids_of(preprocessor, f" {letter}")[-1] for letter in ascii_uppercase]
        scores = self._letters(model, rows, letters, pad_id=preprocessor.pad_token_id)
        predictions = []
        for number, (example, row) in enumerate(zip(examples, scores, strict=True)):
            odd = {EMPTY_TEXT: not example.text.strip(), NOT_READ_WHOLE: number in cut}
            remarks = tuple(name for name, holds in odd.items() if holds)
            predictions.append(replace(self._prediction(example, row[: len(example.choices)]), remarks=remarks))
        return predictions

    @torch.inference_mode()
    def _letters(self, model: Any, rows: Sequence[list[int]], letters: list[int], *, pad_id: int) -> list[Tensor]:
        """Give the logits of the letters behind each row, (letters,), on the CPU; the shortest are read first."""
        found: dict[int, Tensor] = {}
        ordered = sorted(range(len(rows)), key=lambda number: len(rows[number]))
        size = SEQUENCES_AT_ONCE[model.device.type]
        for first in range(0, len(ordered), size):
            some = ordered[first : first + size]
            logits = CachedSteps(model, [rows[n] for n in some], pad=pad_id, prefix=self.prefix).begin()
            found |= zip(some, logits[:, letters].cpu(), strict=True)
        return [found[number] for number in range(len(rows))]


def _check(example: Example) -> None:
    if not 2 <= len(example.choices) <= len(ascii_uppercase):
        raise UserError(
            f"few_shot: {example.id} has {len(example.choices)} answers to choose from; expected 2 to "
            f"{len(ascii_uppercase)}, each of which has a letter"
        )


def _right(example: Example) -> tuple[str, ...]:
    gold = {example.gold} if isinstance(example.gold, str) else {*example.gold}
    return tuple(letter for letter, (name, _) in zip(ascii_uppercase, example.choices, strict=False) if name in gold)


def _answers(tokenizer: Any, example: Example) -> list[int]:
    _check(example)
    lines = [f"{letter}. {text}" for letter, (_, text) in zip(ascii_uppercase, example.choices, strict=False)]
    return [token for line in lines for token in (*ids_of(tokenizer, line), line_end(tokenizer))]


def _asked(tokenizer: Any, question: Sequence[int], answers: Sequence[int]) -> list[int]:
    begins = [*ids_of(tokenizer, "Question :"), line_end(tokenizer)]
    return [*begins, *question, line_end(tokenizer), *answers, *ids_of(tokenizer, "Réponse :")]


def prompted(folder: Path, data: TaskData, shots: int, seed: int) -> Prompted:
    """Prompt the model in `folder` to choose answers by their letters."""
    return Prompted(PromptedChoice(data.labels), folder, data, shots=shots, seed=seed)
