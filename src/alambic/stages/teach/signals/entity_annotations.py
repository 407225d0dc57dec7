"""The entities that a generative model, fine-tuned on a task, lists of each document: labels for an encoder to learn.

Named-entity recognisers that read the descriptions of types learn from what a larger generative model annotates (Zhou
et al. 2024, arXiv 2308.03279). A list can be nothing but a list of the text's own words (`entity_generation`), so that
each entity has its place. How sure the teacher is of an entity is stored twice: the probability of its tokens, and in
how many of several drawn lists it stands too.
"""

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import pyarrow as pa
from pydantic import Field, NonNegativeInt, PositiveFloat

from alambic.data.documents import Document
from alambic.errors import UserError, nearest
from alambic.models.device import device_of
from alambic.stages.teach.token_distributions import seeded
from alambic.tasks.examples import Example
from alambic.tasks.head import saved_head
from alambic.tasks.heads._copied_entities import ListedEntities, PlacedEntity
from alambic.tasks.words import word_offsets

FINETUNED = True  # the teacher is a fine-tuned model, which no item of `teach` can name
TEACHER_HEADS = ("entity_generation",)  # by which it answers
STUDENT_HEADS = ("token_classification", "typed_spans")  # which learn from it

ENTITY = pa.struct(
    [
        ("start", pa.int32()),
        ("end", pa.int32()),
        ("label", pa.string()),
        ("probability", pa.float32()),
        ("agreement", pa.float32()),
    ]
)
SCHEMA = pa.schema(
    [("id", pa.string()), ("entities", pa.list_(ENTITY)), ("not_placed", pa.int32()), ("ended", pa.bool_())]
)


def capture(
    teacher: Path,
    *,
    types: dict[str, str] = {},  # noqa: B006
    draws: Annotated[int, Field(ge=0, le=64)] = 0,
    temperature: PositiveFloat = 1.0,
    seed: NonNegativeInt = 0,
) -> Callable[[list[Document]], pa.Table]:
    """Load a fine-tuned model; return what turns documents into a table of the entities that it lists.

    types: name -> description, some of those that the teacher learnt; all of them without it. Those of other types are
    listed and left out: a list without them is not what the teacher learnt to write. A row holds a document:
    id, entities (start and end in characters, the end not included; label; probability, of its tokens among the valid
    ones; agreement, the share of `draws` lists drawn at `temperature` that have the same span and type, null without
    draws), not_placed (how many were listed that the text does not have so) and ended (no list was cut off). The
    metadata have `types` (JSON, name -> description) and `draws`.
    """
    head: Any = saved_head(teacher)
    if head.name not in TEACHER_HEADS:
        raise UserError(f"{teacher} answers by {head.name}: entity_annotations needs a model of {TEACHER_HEADS[0]}")
    for name in types:
        if name not in head.types:
            raise UserError(
                f"entity_annotations: types.{name}: {teacher} does not list it; {nearest(name, head.types)}"
            )
    described = types or {name: name for name in head.types}
    tokenizer = head.open_preprocessor(teacher)
    model = head.open_model(teacher).to(device_of())

    def listed(examples: list[Example], seeds: list[int] | None = None) -> list[ListedEntities]:
        length = tokenizer.model_max_length
        lists: list[ListedEntities] = head.list_entities(
            model, tokenizer, examples, max_length=length, seeds=seeds, temperature=temperature
        )
        return lists

    def capture_documents(documents: list[Document]) -> pa.Table:
        examples = [Example(document.id, document.text, (), word_offsets(document.text)) for document in documents]
        votes: list[Counter[Any]] = [Counter() for _ in examples]
        for draw in range(draws):
            seeds = [seeded(seed, example.id, draw).initial_seed() for example in examples]
            for of_text, drawn in zip(votes, listed(examples, seeds), strict=True):
                of_text.update({placed.entity for placed in drawn.entities})
        rows = [
            {
                "id": example.id,
                "entities": [
                    _entity(example, placed, of_text[placed.entity], draws)
                    for placed in greedy.entities
                    if placed.entity[2] in described
                ],
                "not_placed": greedy.not_placed,
                "ended": greedy.ended,
            }
            for example, greedy, of_text in zip(examples, listed(examples), votes, strict=True)
        ]
        facts = {"types": json.dumps(described, ensure_ascii=False), "draws": str(draws)}
        words = sum(len(example.words) for example in examples)
        return pa.Table.from_pylist(rows, schema=SCHEMA).replace_schema_metadata({"tokens": str(words), **facts})

    return capture_documents


def _entity(example: Example, placed: PlacedEntity, votes: int, draws: int) -> dict[str, Any]:
    first, end, label = placed.entity
    place = {"start": example.words[first][0], "end": example.words[end - 1][1], "label": label}
    return {**place, "probability": placed.probability, "agreement": votes / draws if draws else None}
