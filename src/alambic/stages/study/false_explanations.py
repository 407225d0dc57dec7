"""An explanation that looks like one and says something else: a control for whether people read what is explained."""

from dataclasses import replace

from alambic.studies.items import Explanation

SHORTEST = 4  # characters of a word that may plausibly matter


def falsified(explanation: Explanation) -> Explanation:
    """Give the strongest word the value of the weakest, the second that of the second weakest, and so on.

    The values are the same, so that it is as colourful. Words of fewer than 4 characters keep theirs: an article that
    matters most would give it away. Where fewer than two words are longer, all change.
    """
    spans = list(zip(explanation.starts, explanation.ends, strict=True))
    long = [place for place, (start, end) in enumerate(spans) if end - start >= SHORTEST]
    places = long if len(long) > 1 else list(range(len(spans)))
    ordered = sorted(places, key=lambda place: -abs(explanation.values[place]))
    values = list(explanation.values)
    for place, other in zip(ordered, reversed(ordered), strict=True):
        values[place] = explanation.values[other]
    return replace(explanation, values=tuple(values))
