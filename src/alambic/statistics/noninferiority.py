"""Whether a difference is above a bound: not worse than by a margin (non-inferiority), or better at all (superiority).

It is shown where the lower bound of the one-sided interval is above -margin, as in trials that ask whether a new
treatment may replace another (Piaggio et al. 2012, CONSORT). A claim that must hold on each of several tests needs no
correction for their number (intersection-union test, Berger 1982).
"""

from dataclasses import dataclass
from typing import Literal

from alambic.statistics.difference import Difference
from alambic.statistics.sample_size import Needed, needed

Outcome = Literal["shown", "not shown", "refuted"]


@dataclass(frozen=True)
class Claim:
    """`difference` > -margin, where positive is better; margin 0 is superiority."""

    difference: float
    lower: float
    upper: float
    margin: float
    confidence: float
    standard_error: float
    needed: Needed
    differing: int | None = None  # units on which the two differ

    @property
    def outcome(self) -> Outcome:
        """Tell whether it is shown, its contrary is, or neither."""
        if self.lower > -self.margin:
            return "shown"
        return "refuted" if self.upper < -self.margin else "not shown"

    @property
    def shown(self) -> bool:
        """Tell whether it is shown."""
        return self.outcome == "shown"

    @property
    def shortfall(self) -> float:
        """By how much the lower bound falls short; 0 where it does not."""
        return max(0.0, -self.margin - self.lower)


def judge(found: Difference, *, margin: float, confidence: float) -> Claim:
    """Judge whether `found`, of which positive is better, is above -margin."""
    assert margin >= 0
    claim = Claim(
        difference=found.value,
        lower=found.lower(confidence),
        upper=found.upper(confidence),
        margin=margin,
        confidence=confidence,
        standard_error=found.standard_error,
        needed=Needed(),
        differing=found.differing,
    )
    if claim.shown:
        return claim
    more = needed(found, margin=margin, confidence=confidence)
    return Claim(**{**vars(claim), "needed": more})
