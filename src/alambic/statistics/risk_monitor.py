"""Whether a risk that was guaranteed still stands: an alarm that may be looked at after every unit.

The monitor bets against the claim that a unit is wrong with a probability of at most `most`, whatever came before. For
each alternative q > most its wealth is the likelihood ratio of q against `most`; the mean over several q is a test
martingale while the claim holds, or falls on average where the risk is smaller. By Ville's inequality (1939) it ever
reaches 1/level with a probability of at most `level`, however often and whenever one looks. Betting so for bounded
means is that of Waudby-Smith and Ramdas (2024, JRSS B 86:1), tracking a deployed model's risk that of Podkopaev and
Ramdas (2022, ICLR).
"""

from collections.abc import Sequence

import numpy as np

TIMES = (1.25, 1.5, 2.0, 3.0, 5.0, 8.0, 12.0)  # the allowed risk: the alternatives
HIGHEST = 0.95  # of an alternative


def wealth(wrong: Sequence[bool] | np.ndarray, *, most: float) -> np.ndarray:
    """Give the monitor's wealth after each unit, (n,); `wrong` tells of each, in the order of time, whether it was."""
    assert 0 < most < HIGHEST
    errors = np.asarray(wrong, dtype=bool)
    alternatives = np.array(sorted({min(most * times, HIGHEST) for times in TIMES}))[:, None]
    bets = np.where(errors[None], np.log(alternatives / most), np.log((1 - alternatives) / (1 - most)))
    each = np.cumsum(bets, axis=1)
    highest = each.max(axis=0)
    mean: np.ndarray = np.exp(np.minimum(highest + np.log(np.mean(np.exp(each - highest), axis=0)), 700.0))
    return mean


def first_alarm(of_units: np.ndarray, *, level: float) -> int | None:
    """Give the place of the first unit, from 0, at which the wealth has reached 1/level; None: no alarm."""
    reached = np.flatnonzero(of_units >= 1 / level)
    return int(reached[0]) if len(reached) else None
