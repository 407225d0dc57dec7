"""One label or several for a text, written by a prompted model as the task names them, and no other.

Catégorie : IX
Étiquettes : # cardiologie # chirurgie
"""

from collections.abc import Hashable, Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from alambic.data.example_scores import SEQUENCE
from alambic.errors import UserError
from alambic.models.decoding import Written
from alambic.models.token_table import TokenTable, table_of_lists, table_of_outputs
from alambic.tasks.examples import Example, TaskData
from alambic.tasks.few_shot._prompt import ids_of
from alambic.tasks.few_shot._prompted import Prompted, PromptedWriting
from alambic.tasks.head import Prediction
from alambic.tasks.heads._generation import GenerationHead
from alambic.tasks.heads.text_generation import EMPTY_TEXT, NOT_READ_WHOLE

NAMED = 40  # labels at most that the instruction names
MARK = " #"  # before each of several labels
CUT_OFF = "labels_cut_off"


class PromptedLabels(PromptedWriting, GenerationHead):
    """The likeliest token each time, of those that continue a label, or a list of labels."""

    name = "few_shot_label_generation"
    decoding = "label=greedy:of_the_task|labels=greedy_list:of_the_task"

    def __init__(self, labels: tuple[str, ...], *, several: bool) -> None:
        super().__init__(labels)
        self.several = several

    @property
    def behind(self) -> str:  # type: ignore[override]
        """Begin the line of the answer."""
        return "Étiquettes :" if self.several else "Catégorie :"

    def instruction(self) -> str:
        """Say in French what is asked, and name the labels where they are not too many."""
        asked = (
            "Voici des textes, chacun suivi de ses étiquettes." if self.several else
            "Voici des textes, chacun suivi de sa catégorie."
        )  # fmt: skip
        named = f" Choix possibles : {', '.join(self.labels)}." if len(self.labels) <= NAMED else ""
        return asked + named

    def kind(self, example: Example) -> Hashable:
        """Give the right answer."""
        return example.gold

    def target(self, tokenizer: Any, example: Example) -> list[int]:
        """Give the tokens of the right labels, in the order of the task's."""
        if isinstance(example.gold, str):
            return ids_of(tokenizer, f" {example.gold}") if example.gold else []
        marked = [self._item(tokenizer, label) for label in sorted(example.gold, key=self.numbers.__getitem__)]
        return [token for ids in marked for token in ids]

    def answer_ids(self, tokenizer: Any, example: Example) -> list[int]:
        """Give the tokens of the right labels."""
        return self.target(tokenizer, example)

    def table(self, tokenizer: Any, vocabulary: int, longest: int) -> TokenTable:
        """Allow one of the labels, or a list of them."""
        items = [self._item(tokenizer, label) for label in self.labels]
        end = self.end(tokenizer)
        if not self.several:
            return table_of_outputs(items, vocabulary=vocabulary, end=end)
        for label, ids in zip(self.labels, items, strict=True):
            if ids[0] in ids[1:]:
                raise UserError(f"few_shot: label '{label}' has '{MARK.strip()}', which stands before each of several")
        lists = table_of_lists(items, vocabulary=vocabulary, end=end, opens=end, most=0, text=())
        return replace(lists, start=0)  # the list alone

    def answered(self, tokenizer: Any, written: Written) -> Prediction:
        """Give the label or the labels, each once; one that was cut off is left out, and remarked."""
        by_ids = {tuple(self._item(tokenizer, label)): label for label in self.labels}
        found = [by_ids.get(tuple(ids)) for ids in self._items(tokenizer, written.ids)]
        labels = {label for label in found if label is not None}
        answer = tuple(sorted(labels)) if self.several else next(iter(labels), "")
        score = np.array([np.exp(written.score)], np.float32)
        remarks = (CUT_OFF,) * found.count(None)
        return Prediction(answer, score, scored=(SEQUENCE,), ended=written.ended, remarks=remarks)

    def _item(self, tokenizer: Any, label: str) -> list[int]:
        own = ids_of(tokenizer, f" {label}")
        return [_mark(tokenizer), *own] if self.several else own

    def _items(self, tokenizer: Any, ids: list[int]) -> list[list[int]]:
        if not self.several:
            return [ids] if ids else []
        mark = _mark(tokenizer)
        places = [*(place for place, token in enumerate(ids) if token == mark), len(ids)]
        return [ids[first:end] for first, end in pairwise(places)]

    def predict(
        self, model: Any, preprocessor: Any, examples: Sequence[Example], *, max_length: int
    ) -> list[Prediction]:
        """Answer each text, and remark what is odd."""
        predictions = super().predict(model, preprocessor, examples, max_length=max_length)
        longest = min(self.longest, self._most(max_length))
        cut = self.not_read_whole(preprocessor, [e.text for e in examples], longest, max_length=max_length)
        made = []
        for number, (prediction, example) in enumerate(zip(predictions, examples, strict=True)):
            odd = {EMPTY_TEXT: not example.text.strip(), NOT_READ_WHOLE: number in cut}
            remarks = (*prediction.remarks, *(name for name, holds in odd.items() if holds))
            made.append(replace(prediction, remarks=remarks))
        return made


def _mark(tokenizer: Any) -> int:
    return ids_of(tokenizer, MARK)[-1]


def prompted(folder: Path, data: TaskData, shots: int, seed: int) -> Prompted:
    """Prompt the model in `folder` to write one or several of the task's labels."""
    several = any(not isinstance(example.gold, str) for example in data.train)
    return Prompted(PromptedLabels(data.labels, several=several), folder, data, shots=shots, seed=seed)
