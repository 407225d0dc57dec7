"""Numbers and lists as people read them, in each language: with a decimal comma in French."""

import re

from markupsafe import escape

from alambic.stages.report.phrases import Phrase

DECIMAL_POINT = re.compile(r"(?<=\d)\.(?=\d)")


def decimal(text: str) -> Phrase:
    """Take a number as it is written in English: 0.5 -> 0.5, 0,5."""
    escaped = str(escape(text))
    return Phrase(en=escaped, fr=DECIMAL_POINT.sub(",", escaped))


def interval(low: Phrase | str, high: Phrase | str) -> Phrase:
    """Write the two ends of an interval: [0.4, 0.5], [0,4 ; 0,5]."""
    return Phrase(en="[{low}, {high}]", fr="[{low}\u00a0; {high}]").format(low=low, high=high)


def count(number: float | None) -> str:
    """Write a whole number with thin spaces between thousands."""
    return "" if number is None else f"{number:,.0f}".replace(",", "\u202f")


def size(parameters: float | None) -> Phrase | str:
    """Write a number of parameters: 117.5 M."""
    if parameters is None:
        return ""
    for unit, scale in (("G", 1e9), ("M", 1e6), ("k", 1e3)):
        if parameters >= scale:
            return decimal(f"{parameters / scale:.1f}\u202f{unit}")
    return f"{parameters:.0f}"


def duration(seconds: float | None) -> Phrase | str:
    """Write a time: 42 s, 3 min 05 s, 2 h 07 min."""
    if seconds is None:
        return ""
    if seconds < 60:
        return decimal(f"{seconds:.1f}\u202fs")
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes}\u202fmin {rest:02d}\u202fs"
    return f"{minutes // 60}\u202fh {minutes % 60:02d}\u202fmin"


def value(score: float | None) -> Phrase | str:
    """Write a score between 0 and 1."""
    return "" if score is None else decimal(f"{score:.3f}")


def signed(difference: float | None) -> Phrase | str:
    """Write a difference with its sign."""
    return "" if difference is None else decimal(f"{difference:+.3f}".replace("-", "\u2212"))


def probability(p: float | None) -> Phrase | str:
    """Write a p-value; small ones as a bound."""
    if p is None:
        return ""
    return decimal("<\u202f0.001" if p < 0.001 else f"{p:.3f}")


def times(factor: float | None) -> Phrase | str:
    """Write how many times smaller or faster."""
    return "" if factor is None else decimal(f"{factor:.0f}" if factor >= 10 else f"{factor:.1f}")


def short(number: float | None) -> Phrase | str:
    """Write a number with three significant digits."""
    return "" if number is None else decimal(f"{number:.3g}")


def listed(words: list[str]) -> str:
    """Join words: a, b and c."""
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def readable(name: str) -> str:
    """Write a name of the code as words."""
    return name.replace("_", " ")


def percent(share: float | None) -> str:
    """Write a share as a percentage: 0.942 -> 94 %."""
    return "" if share is None else f"{100 * share:.0f}\u202f%"


def percent_to_a_tenth(share: float | None) -> Phrase | str:
    """Write a share as a percentage: 0.942 -> 94.2 %."""
    return "" if share is None else decimal(f"{100 * share:.1f}\u202f%")


def plain_number(number: float | int | None) -> str:
    """Write a number for a program: at most six significant digits."""
    return "" if number is None else f"{number:.6g}" if isinstance(number, float) else str(number)
