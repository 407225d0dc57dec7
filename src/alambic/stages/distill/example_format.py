"""Which format of examples the objectives of a student need: each declares one for each signal that it learns from."""

from collections.abc import Iterator

from alambic.errors import UserError
from alambic.plugins import constant
from alambic.settings import Distill

TEXT = "text"  # the corpus alone, as a family reads it


def example_format(settings: Distill) -> str:
    """Name the format that all objectives share which learn from the student's signal; `TEXT` where none does.

    {"masked_lm_kl": ...} of a stored signal -> "masked_text"; the same of an online teacher -> "text".
    """
    if not (settings.online or settings.signal):
        return TEXT
    formats = {
        name: example
        for name in settings.objectives
        for signal, example in constant("stages.distill.objectives", name, "SIGNALS").items()
        if (signal == "online") == settings.online
    }
    if len(set(formats.values())) > 1:
        raise UserError(f"objectives: each of {formats} needs other examples; leave all but one of them out")
    return next(iter(formats.values()), TEXT)


def reads(settings: Distill) -> set[str]:
    """Name what the objectives are computed on: some of "states", "attention", "tokens" and "labels"."""
    return {constant("stages.distill.objectives", name, "READS") for name in settings.objectives}


def stored_signals(settings: Distill) -> Iterator[str]:
    """Name the kinds of stored signal from which the objectives can learn."""
    for name in settings.objectives:
        yield from (signal for signal in constant("stages.distill.objectives", name, "SIGNALS") if signal != "online")
