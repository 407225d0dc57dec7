"""Axes of a drawing: from values to places, with ticks at round numbers."""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from alambic.stages.report.number_format import decimal
from alambic.stages.report.phrases import Phrase

STEPS = (1, 2, 2.5, 5, 10)


@dataclass(frozen=True)
class Axis:
    """A scale with its label; `log` is for values above 0, `ticks` are (value, text)."""

    label: Phrase | str
    low: float
    high: float
    ticks: Sequence[tuple[float, Phrase | str]]
    log: bool = False

    def share(self, value: float) -> float:
        """Tell where a value is between the two ends: 0 to 1 within them."""
        low, high, at = (self._scaled(number) for number in (self.low, self.high, value))
        return (at - low) / (high - low)

    def _scaled(self, value: float) -> float:
        return math.log10(max(value, 1e-300)) if self.log else value


def linear(
    values: Iterable[float],
    label: Phrase | str = "",
    *,
    write: Callable[[float], Phrase | str] | None = None,
    low: float | None = None,
    high: float | None = None,
    margin: float = 0.06,
    number: int = 5,
) -> Axis:
    """Span some values with a margin, or from `low` to `high` where given, with about `number` ticks."""
    finite = [value for value in values if math.isfinite(value)] or [0.0, 1.0]
    first, last = min(finite), max(finite)
    around = (last - first or abs(last) or 1.0) * margin
    start = first - around if low is None else low
    end = last + around if high is None else high
    if end <= start:
        end = start + 1.0
    ticks = round_ticks(start, end, number=number, write=write)
    return Axis(label, start, end, [(at, _in_each_language(text)) for at, text in ticks])


def logarithmic(values: Iterable[float], label: Phrase | str = "", *, write: Callable[[float], Phrase | str]) -> Axis:
    """Span some values above 0, with a tick at each that is not too near to another."""
    positive = sorted({value for value in values if value > 0}) or [1.0]
    low, high = positive[0] / 1.8, positive[-1] * 1.8
    apart = math.log10(high / low) / 7
    ticks: list[tuple[float, Phrase | str]] = []
    for value in positive:
        if not ticks or math.log10(value / ticks[-1][0]) >= apart:
            ticks.append((value, _in_each_language(write(value))))
    return Axis(label, low, high, ticks, log=True)


def categories(names: Sequence[Any], label: Phrase | str = "") -> Axis:
    """Place some names one beside the other: the first is at 0, the next at 1."""
    return Axis(label, -0.5, len(names) - 0.5, [(float(place), str(name)) for place, name in enumerate(names)])


def round_ticks(
    low: float, high: float, *, number: int = 5, write: Callable[[float], Phrase | str] | None = None
) -> list[tuple[float, Phrase | str]]:
    """Give about `number` round values from `low` to `high` with their texts."""
    rough = (high - low) / max(1, number)
    power = 10 ** math.floor(math.log10(rough))
    step = next(factor * power for factor in STEPS if factor * power >= rough * 0.999)
    decimals = max(0, -math.floor(math.log10(step)) + (1 if step / 10 ** math.floor(math.log10(step)) == 2.5 else 0))
    texts = write or (lambda value: f"{value:,.{decimals}f}".replace(",", "\u202f").replace("-", "\u2212"))
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [(place * step, texts(place * step)) for place in range(first, last + 1)]


def _in_each_language(text: Phrase | str) -> Phrase:
    return text if isinstance(text, Phrase) else decimal(text)
