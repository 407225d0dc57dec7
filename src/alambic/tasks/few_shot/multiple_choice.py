"""Multiple-choice questions, of which a prompted model names the right answers by their letters, and by no other.

Question :
Quels médicaments sont des antalgiques ?
A. Ibuprofène
B. Digoxine
C. Paracétamol
Réponse : A C
"""

from collections.abc import Hashable, Sequence
from pathlib import Path
from string import ascii_uppercase
from typing import Any

import numpy as np
import torch
from torch import Tensor

from alambic.errors import UserError
from alambic.models.cached_steps import CachedSteps
from alambic.models.decoding import SEQUENCES_AT_ONCE
from alambic.models.shared_prefix import SharedPrefix
from alambic.tasks.examples import Answer, Example, TaskData
from alambic.tasks.few_shot._prompt import ids_of, line_end
from alambic.tasks.few_shot._prompted import Prompted
from alambic.tasks.head import Prediction
from alambic.tasks.heads.multiple_choice import MultipleChoice
from alambic.tasks.heads.text_generation import EMPTY_TEXT, NOT_READ_WHOLE


class PromptedChoice(MultipleChoice):
    """The likeliest letter, and while another is likelier than the end of the line, the likeliest one behind it."""

    name = "few_shot_multiple_choice"

    def __init__(self, labels: tuple[str, ...]) -> None:
        super().__init__(labels)
        self.family = "causal"
        self.decoding = "answers=greedy_letters" if self.several else "answers=best_letter"  # type: ignore[misc]
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
        return [*asked, *ids_of(tokenizer, f" {' '.join(_right(example))}")]

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
        sizes = [len(example.choices) for example in examples]
        written = self._letters(model, preprocessor, rows, torch.tensor(letters), torch.tensor(sizes))
        predictions = []
        for number, (example, (shares, chosen)) in enumerate(zip(examples, written, strict=True)):
            odd = {EMPTY_TEXT: not example.text.strip(), NOT_READ_WHOLE: number in cut}
            remarks = tuple(name for name, holds in odd.items() if holds)
            names = [example.choices[place][0] for place in chosen]
            answer: Answer = tuple(sorted(names)) if self.several else names[0]
            predictions.append(Prediction(answer, shares, remarks=remarks))
        return predictions

    @torch.inference_mode()
    def _letters(
        self, model: Any, tokenizer: Any, rows: Sequence[list[int]], letters: Tensor, sizes: Tensor
    ) -> list[tuple[np.ndarray, list[int]]]:
        """Give the shares of each row's letters, (answers,), and the places of those that are written.

        `letters` (26,) are their tokens, `sizes` (rows,) how many each row has. The shortest rows are read first.
        """
        found: dict[int, tuple[np.ndarray, list[int]]] = {}
        ordered = torch.tensor(sorted(range(len(rows)), key=lambda number: len(rows[number])), dtype=torch.long)
        for some in ordered.split(SEQUENCES_AT_ONCE[model.device.type]):
            batch = [rows[number] for number in some.tolist()]
            steps = CachedSteps(model, batch, pad=tokenizer.pad_token_id, prefix=self.prefix)
            shares, chosen = _written(steps, letters, sizes[some], end=line_end(tokenizer), several=self.several)
            cut = [row[:size].numpy() for row, size in zip(shares, sizes[some].tolist(), strict=True)]
            found |= zip(some.tolist(), zip(cut, chosen, strict=True), strict=True)
        return [found[number] for number in range(len(rows))]


def _written(
    steps: CachedSteps, letters: Tensor, sizes: Tensor, *, end: int, several: bool
) -> tuple[Tensor, list[list[int]]]:
    """Give the shares of the first letter, (rows, 26), and the letters that are written, each behind the one before."""
    logits = steps.begin()
    letters, sizes = letters.to(logits.device), sizes.to(logits.device)
    places, rows = torch.arange(len(letters), device=logits.device), torch.arange(len(sizes), device=logits.device)
    of_letters = logits[:, letters].masked_fill(places >= sizes[:, None], -torch.inf)
    shares, last = of_letters.softmax(dim=1), of_letters.argmax(dim=1)
    chosen = [[place] for place in last.tolist()]
    while several:
        logits = steps.next(letters[last])
        may_come = (places > last[:, None]) & (places < sizes[rows][:, None])
        best, last = logits[:, letters].masked_fill(~may_come, -torch.inf).max(dim=1)
        going = (best > logits[:, end]).nonzero().flatten()
        if not len(going):
            break
        steps.select(going)
        rows, last = rows[going], last[going]
        for row, place in zip(rows.tolist(), last.tolist(), strict=True):
            chosen[row].append(place)
    return shares.cpu(), chosen


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
