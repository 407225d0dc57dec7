"""Who meets which item in which block and under which condition.

Over as many people as there are conditions, each condition is once in each block, and each set of items once under each
condition; over further people also each set in each block.
"""

from collections.abc import Sequence
from random import Random

from alambic.forms.order import balanced_orders, shuffled
from alambic.settings import Study
from alambic.settings.study import ADVICE, ALONE, EXPLANATION
from alambic.studies.items import Item
from alambic.studies.protocol import Shown


def schedule(
    settings: Study, practice: Sequence[Item], sets: Sequence[Sequence[Item]], attention: Sequence[Item]
) -> list[Shown]:
    """Write the plan of all participants: practice first, then a block for each condition."""
    conditions = settings.conditions
    orders = balanced_orders(conditions, settings.people, settings.seed, "conditions")
    plan: list[Shown] = []
    for number, order in enumerate(orders):
        participant = f"p{number + 1:03d}"
        shift = number // len(conditions)
        blocks = [list(practice)]
        for block in range(len(conditions)):
            items = sets[(block + shift) % len(conditions)]
            blocks.append(shuffled(items, settings.seed, participant, block))
        chance = Random(f"{settings.seed}/{participant}/attention")
        for place, item in enumerate(attention):
            block = 1 + (place + number) % len(conditions)
            blocks[block].insert(chance.randint(1, len(blocks[block])), item)
        plan += _rows(settings, participant, blocks, [_richest(conditions), *order])
    return plan


def _rows(settings: Study, participant: str, blocks: Sequence[Sequence[Item]], order: Sequence[str]) -> list[Shown]:
    placed = [(block, item) for block, items in enumerate(blocks) for item in items]
    return [
        Shown(
            participant=participant,
            block=block,
            rank=rank,
            item=item.item,
            condition=order[block],
            advice_first=order[block] != ALONE and not settings.alone_first,
        )
        for rank, (block, item) in enumerate(placed, 1)
    ]


def _richest(conditions: Sequence[str]) -> str:
    """Name the condition that shows most, for practice; never a false explanation."""
    explained = [each for each in conditions if each.startswith(EXPLANATION)]
    return next(iter([*explained, *(each for each in conditions if each == ADVICE), ALONE]))
