"""A study that was made: its settings, its digest, and who sees which item under which condition."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from alambic.data.documents import damage_named, write_table
from alambic.errors import UserError
from alambic.studies.items import Item, read_items

FILE = "protocol.json"
PLAN = "plan.parquet"
FORMS = "forms"
ALONE = "alone"  # the condition without the model
PLAN_SCHEMA = pa.schema(
    [
        ("participant", pa.string()),
        ("block", pa.int32()),
        ("rank", pa.int32()),
        ("item", pa.string()),
        ("condition", pa.string()),
        ("advice_first", pa.bool_()),
    ]
)


@dataclass(frozen=True)
class Shown:
    """One item as one person meets it; block 0 is practice, and ranks count through all blocks, from 1."""

    participant: str
    block: int
    rank: int
    item: str
    condition: str
    advice_first: bool  # else it is first answered alone


@dataclass(frozen=True)
class Protocol:
    """What answers are checked against."""

    folder: Path
    digest: str
    settings: Mapping[str, Any]
    codes: Mapping[str, str]  # condition -> what pages call it, which tells nobody which explanation is false
    plan: tuple[Shown, ...]
    items: Mapping[str, Item]

    @cached_property
    def participants(self) -> list[str]:
        """Name all for whom a page was made."""
        return list(dict.fromkeys(shown.participant for shown in self.plan))

    @cached_property
    def shown(self) -> Mapping[tuple[str, str], Shown]:
        """Find what a participant sees by the item's name."""
        return {(shown.participant, shown.item): shown for shown in self.plan}

    def expected_keys(self, participant: str) -> list[str]:
        """Name all that a page keeps of somebody who has finished: about, answer/RANK, questionnaire/BLOCK."""
        rows = [shown for shown in self.plan if shown.participant == participant]
        blocks = dict.fromkeys(shown.block for shown in rows if shown.block)
        asked = self.settings["questionnaire"]
        replies = [
            f"questionnaire/{block}"
            for block in blocks
            if questions_after(asked, with_model=self.condition(participant, block) != ALONE)
        ]
        return ["about", *(f"answer/{shown.rank}" for shown in rows), *replies]

    def condition(self, participant: str, block: int) -> str:
        """Name the condition of a block; empty where there is no such block."""
        return self._blocks.get((participant, block), "")

    @cached_property
    def _blocks(self) -> Mapping[tuple[str, int], str]:
        return {(shown.participant, shown.block): shown.condition for shown in self.plan}


def questions_after(questionnaire: Mapping[str, Mapping[str, Any]], *, with_model: bool) -> list[str]:
    """Name the questions that are asked after a block; those about the model only where it answered."""
    return [name for name, question in questionnaire.items() if with_model or question["always"]]


def write_plan(plan: Iterable[Shown], folder: Path) -> None:
    """Write the table into `folder`."""
    write_table(pa.Table.from_pylist([asdict(shown) for shown in plan], schema=PLAN_SCHEMA), folder / PLAN)


def read_protocol(folder: Path) -> Protocol:
    """Read what the stage `study` wrote; UserError where it is damaged."""
    path = folder / FILE
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        digest, settings, codes = content["digest"], content["settings"], content["codes"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UserError(f"{path} is no protocol of a study ({error}): make the item of `study` again") from error
    with damage_named(folder / PLAN):
        plan = tuple(Shown(**row) for row in pq.read_table(folder / PLAN).to_pylist())
    return Protocol(folder, digest, settings, codes, plan, {item.item: item for item in read_items(folder)})
