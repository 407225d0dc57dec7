"""Share of certificates whose underlying cause is right, selected from the right codes and from those given.

Both are selected by the simplified rules of `alambic.tasks.certificates.underlying_cause`, not by Iris: right means
that the errors in the codes do not change what these rules select.
"""

from collections.abc import Collection, Sequence

import numpy as np

from alambic.errors import UserError
from alambic.stages.evaluate.metrics._codes import Answers, codes_of, members
from alambic.stages.evaluate.metrics._score import Score, ratio
from alambic.tasks.certificates.underlying_cause import underlying_cause

READS = "units"  # all lines of a certificate, in their order


def score(
    gold: Sequence[str | Collection[str]],
    predicted: Sequence[str | Collection[str]],
    units: Sequence[str],
    ids: Sequence[str],
) -> Score:
    """Compare the underlying causes; counts are (right, 1) beside the first line of a certificate that has a code.

    UserError where an id does not end with the number of its line, as `<certificate>/<line>` does.
    """
    counts = np.zeros((len(gold), 2))
    numbers = [_line(name) for name in ids]
    for places in members(units, ids).values():
        if expected := _selected(gold, places, numbers):
            counts[places[0]] = expected == _selected(predicted, places, numbers), 1
    return Score(float(combine(counts.sum(axis=0))), "underlying_cause|rules=simplified:1", counts)


def combine(totals: np.ndarray) -> np.ndarray:
    """Compute the share from sums of counts (..., 2)."""
    return ratio(totals[..., 0], totals[..., 1])


def _selected(answers: Answers, places: Sequence[int], numbers: Sequence[int]) -> str:
    lines = {numbers[place]: _in_order(answers[place]) for place in places}
    return underlying_cause(lines)


def _in_order(answer: str | Collection[str]) -> list[str]:
    """Give the codes in the order of their rank, which an answer keeps."""
    return list(answer) if not isinstance(answer, str) else sorted(codes_of(answer))


def _line(name: str) -> int:
    number = name.rpartition("/")[2].partition("#")[0]
    if not number.isdecimal():
        raise UserError(f"underlying_cause: the id {name!r} names no line: expected <certificate>/<line>, such as 17/2")
    return int(number)
