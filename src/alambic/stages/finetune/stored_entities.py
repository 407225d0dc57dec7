"""What a student learns of the entities that a generative teacher listed: tags of words, of which some say nothing."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np

from alambic.data.signal_store import facts_of
from alambic.errors import UserError
from alambic.plugins import constant
from alambic.tasks.examples import Example
from alambic.tasks.head import NOT_ASKED, Head, LabelledWindow
from alambic.tasks.iob2 import Span, to_tags

LEARNT, UNSURE = "entities_learnt", "entities_below_a_threshold"  # as they are counted


class StoredEntities:
    """Entities that are sure enough, as right answers; the words of the others count neither as right nor as wrong."""

    def __init__(self, head: Head[Any], signal: Path, *, min_probability: float, min_agreement: float) -> None:
        facts = facts_of(signal)
        self.head, self.min_probability, self.min_agreement = head, min_probability, min_agreement
        self.counts: Counter[str] = Counter()
        types = {tag[2:] for tag in head.labels if tag != "O"}
        given = {*json.loads(facts["types"])}
        if given - types:
            raise UserError(
                f"{signal} has entities of {sorted(given - types)}, which the task has not: {sorted(types)}"
            )
        self.not_asked = [n for n, tag in enumerate(head.labels) if tag != "O" and tag[2:] not in given]
        if self.not_asked and not constant("tasks.heads", head.name, "READS_TYPES", False):
            raise UserError(
                f"{signal} has no entities of {sorted(types - given)}: {head.name} would learn that there are none; "
                "leave `types` out, or choose typed_spans"
            )
        if min_agreement and not int(facts["draws"]):
            raise UserError(f"min_agreement {min_agreement}: {signal} was made without draws: give it `draws`")

    def targets(self, example: Example, row: dict[str, Any]) -> np.ndarray:
        """Give the targets of a text's words, (words, labels); zeros of words of an entity that is not sure enough."""
        sure = [entity for entity in row["entities"] if self._is_sure(entity)]
        unsure = [entity for entity in row["entities"] if not self._is_sure(entity)]
        self.counts.update({LEARNT: len(sure), UNSURE: len(unsure)})
        spans = [Span(entity["start"], entity["end"], entity["label"]) for entity in sure]
        answered = Example(example.id, example.text, to_tags(example.words, spans), example.words)
        targets = self.head.gold_targets(answered)
        for entity in unsure:
            for word, (start, end) in enumerate(example.words):
                if start < entity["end"] and end > entity["start"]:
                    targets[word] = 0
        return targets

    def _is_sure(self, entity: dict[str, Any]) -> bool:
        agrees = not self.min_agreement or entity["agreement"] >= self.min_agreement
        return entity["probability"] >= self.min_probability and agrees

    def mark(self, labelled: LabelledWindow[Any]) -> LabelledWindow[Any]:
        """Mark the tags of types that the teacher was not asked for."""
        labelled.targets[:, self.not_asked] = NOT_ASKED
        return labelled
