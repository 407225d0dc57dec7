"""The entities of a text as a list that a prompted model writes: the sign of a type, and the entity's own tokens.

Entités : @ toux @ fièvre # paracétamol

It is the list of the head `entity_generation`, whose types have tokens that a model must first learn; a model that
nobody trains has signs in their place, which the instruction explains.
"""

from collections.abc import Hashable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from alambic.errors import UserError
from alambic.tasks.examples import Example, TaskData
from alambic.tasks.few_shot._prompt import ids_of
from alambic.tasks.few_shot._prompted import Prompted, PromptedWriting
from alambic.tasks.heads._copied_entities import Part
from alambic.tasks.heads.entity_generation import EntityGeneration
from alambic.tasks.iob2 import from_tags

SIGNS = "@#$&*~^=|%!?+<>_ABCDEFGHIJKLMNOPQRSTUVWXYZ"  # for types, those first that are rare in prose


class PromptedEntities(PromptedWriting, EntityGeneration):
    """The likeliest token each time, of those that continue a list."""

    name = "few_shot_entity_generation"
    behind = "Entités :"

    def __init__(self, labels: tuple[str, ...]) -> None:
        super().__init__(labels)
        if len(self.types) > len(SIGNS):
            raise UserError(f"few_shot: {len(self.types)} types of entities; expected at most {len(SIGNS)}")
        self.signs = dict(zip(self.types, SIGNS, strict=False))

    def instruction(self) -> str:
        """Say in French what is asked, and which sign is of which type."""
        signs = ", ".join(f"{sign} {label}" for label, sign in self.signs.items())
        asked = "Voici des textes, chacun suivi de ses entités dans l'ordre du texte, avec le signe de leur type"
        return f"{asked} : {signs}."

    def kind(self, example: Example) -> Hashable:
        """Give the types of the example's entities."""
        return frozenset(label for _, _, label in from_tags(example.gold))

    def type_tokens(self, tokenizer: Any) -> dict[str, int]:
        """Give the token of each type's sign; UserError where the tokenizer has no sign of one token."""
        tokens = {label: ids_of(tokenizer, f" {sign}")[-1] for label, sign in self.signs.items()}
        if len({*tokens.values()}) < len(tokens):
            raise UserError("few_shot: the tokenizer does not tell the signs of types apart: take another model")
        return tokens

    def answer_ids(self, tokenizer: Any, example: Example) -> list[int]:
        """Give the list of the right entities of a text that is read whole."""
        parts = self._parts(tokenizer, [example], max_length=10**6)  # of one window
        return [token for part in parts for token in self._list(tokenizer, part, example)]

    def _parts(self, tokenizer: Any, examples: Sequence[Example], *, max_length: int) -> list[Part]:
        """Cut texts; what has a sign or the end of a line in the text itself is not copied: nobody could read it."""
        taken = [*self.type_tokens(tokenizer).values(), self.end(tokenizer)]
        parts = super()._parts(tokenizer, examples, max_length=max_length)
        return [_without(part, taken, tokenizer.pad_token_id) for part in parts]

    def _source(self, tokenizer: Any, part: Part) -> list[int]:
        return self.opened(tokenizer, part.ids[part.before : part.before + len(part.source.ids)])


def _without(part: Part, taken: Sequence[int], other: int) -> Part:
    ids = np.asarray(part.source.ids, np.int64)
    return replace(part, source=replace(part.source, ids=np.where(np.isin(ids, taken), other, ids).tolist()))


def prompted(folder: Path, data: TaskData, shots: int, seed: int) -> Prompted:
    """Prompt the model in `folder` to list the entities of a text."""
    return Prompted(PromptedEntities(data.labels), folder, data, shots=shots, seed=seed)
