"""The one error that a user can mend."""

from collections.abc import Iterable
from difflib import get_close_matches


class UserError(Exception):
    """A mistake in the settings, the data or the machine; shown without a traceback.

    The message names the value, what was expected, and the remedy.
    """


def nearest(name: str, choices: Iterable[str]) -> str:
    """Say which known name `name` may have meant, and all the known ones.

    "clena", ["clean", "teach"] -> "did you mean 'clean'? known: clean, teach"
    """
    names = sorted(choices)
    close = get_close_matches(name, names, n=1)
    guess = f"did you mean '{close[0]}'? " if close else ""
    return f"{guess}known: {', '.join(names) or 'none'}"
