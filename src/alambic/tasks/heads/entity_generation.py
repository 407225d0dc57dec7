"""The entities of a text as a list that a model writes: a token for the type, and the entity's own tokens.

"une toux et de la fièvre" -> <entity:DISO> toux <entity:DISO> fièvre. Entities stand in the order of the text, and
are copied: no list is written that is not one, or that names what the text does not have. Of words that come several
times the first is meant, behind the entity before. A long text is read in overlapping windows, each with a list.
"""

import logging
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from alambic.data.example_scores import SEQUENCE
from alambic.models.copied_lists import CopiedLists, read_items
from alambic.models.decoding import Written, write
from alambic.tasks.examples import Answer, Example, TaskData
from alambic.tasks.head import Head, Prediction
from alambic.tasks.heads._copied_entities import ListedEntities, Part, PlacedEntity, ReadLists, merged, parts_of
from alambic.tasks.heads._generation import OPENS, WritingHead, end_of, tell_unended, vocabulary_of
from alambic.tasks.heads._passages import Passage
from alambic.tasks.heads.text_generation import EMPTY_TEXT
from alambic.tasks.heads.token_classification import TokenClassification
from alambic.tasks.iob2 import Span, entities_of, from_tags, to_tags
from alambic.tasks.perturb.edits import Perturbed

MODELS = ("causal", "encoder_decoder")
SOFT_TARGETS = False  # no task distillation: a teacher of lists is learnt from by what it writes

IN_WINDOWS = "texts_read_in_windows"
EMPTY_LIST = "empty_lists"
TOO_LONG = "lists_longer_than_written"
NOT_PLACED = "entities_not_placed"
# Right entities that the head cannot give, whatever it writes.
NESTED = "nested_entities_left_out"
ACROSS = "entities_across_windows"
ELSEWHERE = "entities_placed_elsewhere"

log = logging.getLogger("alambic.tasks")


class EntityGeneration(WritingHead):
    """The likeliest token each time, of those that continue a list; tags as `token_classification` gives them.

    The score of an entity is the product of the probabilities of its tokens among the valid ones.
    """

    name = "entity_generation"
    decoding = "entities=greedy:copied_in_order|repeated=first_behind_previous|windows=most_context"

    def __init__(self, labels: tuple[str, ...]) -> None:
        super().__init__(labels)
        self.types = tuple(tag[2:] for tag in labels if tag.startswith("B-"))
        self.tagger = TokenClassification(labels)

    def added_tokens(self) -> list[str]:
        """Name a token for each type."""
        return [OPENS, *map(token_of, self.types)]

    def type_tokens(self, tokenizer: Any) -> dict[str, int]:
        """Give the token of each type."""
        return {label: int(tokenizer.convert_tokens_to_ids(token_of(label))) for label in self.types}

    # ---- learning

    def settle(self, model: Any, preprocessor: Any, data: TaskData, *, max_length: int) -> None:
        """Let a list be as long as the model writes: it has an end, as each entity is behind the one before."""
        self.longest = self._most(max_length)

    def encode(self, preprocessor: Any, examples: Sequence[Example], *, max_length: int) -> list[Passage]:
        """Cut texts into windows, each with the list of the entities that it has as a whole."""
        most, end = self._most(max_length), self.end(preprocessor)
        by_example: list[list[Part]] = [[] for _ in examples]
        passages, cut_off = [], 0
        for part in self._parts(preprocessor, examples, max_length=max_length):
            by_example[part.example].append(part)
            target = self._list(preprocessor, part, examples[part.example])
            cut_off += len(target) >= most
            source = self._source(preprocessor, part)
            passages.append(Passage(part.example, source, [*target[: most - 1], end]))
        if cut_off:
            log.warning("%d of %d lists are too long: their ends are not learnt", cut_off, len(passages))
        pairs = zip(examples, by_example, strict=True)
        lost = Counter(name for example, parts in pairs for name in self._lost(preprocessor, example, parts))
        for name, number in lost.items():
            log.warning("%s: %d of %d", name, number, sum(len(_entities(example)) for example in examples))
        return passages

    def _parts(self, tokenizer: Any, examples: Sequence[Example], *, max_length: int) -> list[Part]:
        """Cut texts; a causal model writes in the half of what it reads that this leaves."""
        length = max_length - self._most(max_length) - 1 if self.causal else max_length
        return parts_of(tokenizer, examples, length=length)

    def _source(self, tokenizer: Any, part: Part) -> list[int]:
        if self.causal:
            return self.opened(tokenizer, part.source.ids)
        return part.ids or [end_of(tokenizer)]

    def _list(self, tokenizer: Any, part: Part, example: Example) -> list[int]:
        tokens: list[int] = []
        types = self.type_tokens(tokenizer)
        for entity in from_tags(example.gold):
            place = part.tokens_of(entity)
            if place is not None:
                tokens.append(types[entity[2]])
                tokens += part.source.ids[place[0] : place[1] + 1]
        return tokens

    def _lost(self, tokenizer: Any, example: Example, parts: Sequence[Part]) -> tuple[str, ...]:
        """Name, once for each, the right entities that the right lists do not give."""
        gold = from_tags(example.gold)
        lists = [self._list(tokenizer, part, example) for part in parts]
        right = [Written(ids, [0.0] * len(ids), True, 0.0) for ids in lists]
        read = [self._read(tokenizer, *pair) for pair in zip(parts, right, strict=True)]
        given = {placed.entity for placed in merged(parts, read)}
        across = sum(all(part.tokens_of(entity) is None for part in parts) for entity in gold) * (len(parts) > 1)
        elsewhere = sum(entity not in given for entity in gold) - across
        nested = len({*_entities(example)} - {*gold})
        return (*[NESTED] * nested, *[ACROSS] * across, *[ELSEWHERE] * elsewhere)

    # ---- answers

    def predict(
        self, model: Any, preprocessor: Any, examples: Sequence[Example], *, max_length: int
    ) -> list[Prediction]:
        """Write the lists of the windows of each text, and place them; what is odd is remarked."""
        longest = min(self.longest, self._most(max_length))
        return [
            self._prediction(preprocessor, example, parts, written, longest)
            for example, (parts, written) in zip(
                examples, self._lists(model, preprocessor, examples, max_length=max_length), strict=True
            )
        ]

    def list_entities(
        self,
        model: Any,
        tokenizer: Any,
        examples: Sequence[Example],
        *,
        max_length: int,
        seeds: Sequence[int] | None = None,
        temperature: float = 1.0,
    ) -> list[ListedEntities]:
        """List the entities of each text; with a seed for each text, a list that is drawn."""
        lists = self._lists(model, tokenizer, examples, max_length=max_length, seeds=seeds, temperature=temperature)
        listed = []
        for parts, written in lists:
            read = [self._read(tokenizer, *pair) for pair in zip(parts, written, strict=True)]
            not_placed = sum(each.not_placed for each in read)
            listed.append(ListedEntities(merged(parts, read), not_placed, all(each.ended for each in written)))
        return listed

    def _lists(
        self,
        model: Any,
        tokenizer: Any,
        examples: Sequence[Example],
        *,
        max_length: int,
        seeds: Sequence[int] | None = None,
        temperature: float = 1.0,
    ) -> list[tuple[list[Part], list[Written]]]:
        """Write the lists of the windows of each text; give the windows with what was written of each."""
        if not examples:
            return []
        longest = min(self.longest, self._most(max_length))
        parts = self._parts(tokenizer, examples, max_length=max_length)
        by_example: list[list[int]] = [[] for _ in examples]
        for number, part in enumerate(parts):
            by_example[part.example].append(number)
        types = [*self.type_tokens(tokenizer).values()]
        table = CopiedLists(
            [part.source for part in parts], types, vocabulary=vocabulary_of(model), end=self.end(tokenizer)
        )
        search = replace(self.search(tokenizer, longest, table), temperature=temperature)
        drawn = None if seeds is None else [seeds[part.example] + part.first for part in parts]
        written = write(model, [self._source(tokenizer, part) for part in parts], search, seeds=drawn)
        tell_unended(written, longest)
        return [([parts[number] for number in own], [written[number] for number in own]) for own in by_example]

    def _prediction(
        self, tokenizer: Any, example: Example, parts: list[Part], written: list[Written], longest: int
    ) -> Prediction:
        read = [self._read(tokenizer, *pair) for pair in zip(parts, written, strict=True)]
        entities = merged(parts, read)
        places = [(example.words[a][0], example.words[b - 1][1], label) for a, b, label in (e.entity for e in entities)]
        logs = [value for each in written for value in each.log_probs]
        scores = [*(placed.probability for placed in entities), float(np.exp(np.mean(logs)))]
        odd = {
            EMPTY_TEXT: not example.text.strip(),
            IN_WINDOWS: len(parts) > 1,
            EMPTY_LIST: not any(each.entities or each.not_placed for each in read),
            TOO_LONG: any(len(self._list(tokenizer, part, example)) >= longest for part in parts),
        }
        remarks = [name for name, holds in odd.items() if holds]
        remarks += [NOT_PLACED] * sum(each.not_placed for each in read)
        return Prediction(
            to_tags(example.words, [Span(*place) for place in places]),
            np.array(scores, np.float32),
            scored=(*(f"{label} {start}-{end}" for start, end, label in places), SEQUENCE),
            ended=all(each.ended for each in written),
            remarks=(*remarks, *self._lost(tokenizer, example, parts)),
        )

    def _read(self, tokenizer: Any, part: Part, written: Written) -> ReadLists:
        """Place the entities of a window's list."""
        types = {token: label for label, token in self.type_tokens(tokenizer).items()}
        read = ReadLists()
        for item in read_items(written.ids, types.keys(), part.source, ended=written.ended):
            words = part.words_of(item.place) if item.place else None
            if item.place is None or words is None:
                read.not_placed += 1
                continue
            probability = float(np.exp(min(0.0, sum(written.log_probs[item.first : item.end]))))
            tokens = (item.place[0] + part.first, item.place[1] + part.first)
            read.entities.append(PlacedEntity((*words, types[item.label]), tokens, probability))
        return read

    # ---- as of tags

    def counted(self, answer: Answer, example: Example) -> Answer:
        """Leave out entities that have an ignored word."""
        return self.tagger.counted(answer, example)

    def question(self, name: str, text: str, second: str = "") -> Example:
        """Ask for the entities of a text."""
        return self.tagger.question(name, text)

    def as_record(self, example: Example, prediction: Prediction) -> dict[str, Any]:
        """Write the entities; the score of one is the probability of its tokens."""
        assert prediction.scores is not None
        entities = []
        for (first, end, label), score in zip(from_tags(prediction.answer), prediction.scores.tolist(), strict=False):
            start, stop = example.words[first][0], example.words[end - 1][1]
            span = {"start": start, "end": stop, "label": label, "score": round(score, 4)}
            entities.append({**span, "text": example.text[start:stop]})
        return {"entities": entities}

    def perturb(self, example: Example, perturbed: Perturbed) -> Example:
        """Change the text; its entities follow the words that they stand on."""
        return self.tagger.perturb(example, perturbed)


def token_of(label: str) -> str:
    """Name the token of a type: "DISO" -> "<entity:DISO>"."""
    return f"<entity:{label}>"


def _entities(example: Example) -> list[tuple[int, int, str]]:
    return entities_of(example.gold, example.spans)


def head(labels: tuple[str, ...]) -> Head[Passage]:
    """List the entities of the types that the tags `labels` have, "O" first."""
    return EntityGeneration(labels)
