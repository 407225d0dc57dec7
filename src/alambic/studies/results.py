"""What an analysis gives: rows with their remarks, which contrasts there are, and how it is asked for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from alambic.studies.exclusions import FEWEST_PASSED
from alambic.studies.measures import SUBSTITUTION_SECONDS
from alambic.studies.trials import ADVICE, ALONE, FALSE_EXPLANATION

Values = Mapping[str, float | int | str]
LEVEL = 0.05  # below which a corrected p shows an effect


@dataclass(frozen=True)
class Note:
    """A remark by its key, which the words of the page and of the table say in each language."""

    key: str
    values: Values = field(default_factory=dict)


@dataclass(frozen=True)
class Row:
    """One result. `contrast` is "" or what the condition is compared with; a ratio for times, else a difference."""

    measure: str
    condition: str
    contrast: str
    estimate: float | None
    low: float | None = None
    high: float | None = None
    p: float | None = None
    corrected_p: float | None = None
    people: int = 0
    items: int = 0
    notes: Sequence[Note] = ()
    threshold: float | None = None  # of substitution, in seconds

    @property
    def is_shown(self) -> bool:
        """Tell whether an effect is shown after the correction."""
        return self.corrected_p is not None and self.corrected_p < LEVEL


@dataclass(frozen=True)
class Options:
    """How a study is analysed; all of it is to be fixed before the answers are seen."""

    resamples: int = 4000
    confidence: float = 0.95
    substitution_seconds: float = SUBSTITUTION_SECONDS
    fewest_passed: float = FEWEST_PASSED
    only: Sequence[str] = ()  # measures by name, by the bootstrap alone: for simulations; none: all there is


def pairs(conditions: Sequence[str]) -> list[tuple[str, str]]:
    """List what is compared: advice with alone, each explanation with advice and with the false one.

    Where no condition shows advice without an explanation, explanations are compared with alone.
    """
    explained = [each for each in conditions if each not in (ALONE, ADVICE)]
    found = [(ADVICE, ALONE)] if {ADVICE, ALONE} <= set(conditions) else []
    if ADVICE in conditions:
        found += [(each, ADVICE) for each in explained]
    elif ALONE in conditions:
        found += [(each, ALONE) for each in explained]
    if FALSE_EXPLANATION in conditions:
        found += [(each, FALSE_EXPLANATION) for each in explained if each != FALSE_EXPLANATION]
    return found
