"""The terms behind what a source or a model says of its licence."""

import re
from collections.abc import Mapping
from difflib import get_close_matches

from alambic.errors import UserError
from alambic.planning.licences.table import ALIASES, TABLE
from alambic.settings.terms import Terms

_NAMES = {name.lower(): name for name in TABLE} | ALIASES


def parts(expression: str) -> list[str]:
    """Split 'A AND B' into the names that the table knows them by; one that it does not know stays as it is.

    UserError for an alternative: the user chooses, not a program.
    """
    if re.search(r"\s(OR|WITH)\s", expression):
        raise UserError(f"licence '{expression}': an alternative or an exception: state the one licence that you chose")
    return [canonical(part) for part in re.split(r"\s+AND\s+", expression.strip("() ")) if part.strip("() ")]


def canonical(name: str) -> str:
    """Give the table's name of a licence, whatever its case, its spaces or its hub."""
    plain = re.sub(r"[\s_]+", "-", name.strip("() "))
    return _NAMES.get(plain.lower(), plain)


def terms_of(name: str, declared: Mapping[str, Terms]) -> Terms | None:
    """Look a licence up among the table's and those that an experiment declares; None where nobody knows it."""
    return TABLE.get(canonical(name)) or declared.get(name) or declared.get(canonical(name))


def unknown(name: str) -> str:
    """Say what to do about a licence that nobody knows."""
    close = "" if name.startswith("LicenseRef-") else get_close_matches(name, list(TABLE), n=1)
    guess = f"did you mean '{close[0]}'? Else " if close else ""
    return (
        f"no terms are known for the licence '{name}': {guess}declare it under `licences:`, such as "
        f"`licences: {{{name}: {{commercial: true}}}}`, with what it allows and asks (docs/how-to/release.md)"
    )


def check_declared(declared: Mapping[str, Terms]) -> None:
    """Refuse other terms under a name that has its own; UserError."""
    for name in declared:
        if canonical(name) in TABLE:
            raise UserError(
                f"licences.{name}: its terms are known already; where you hold other terms, give them a name of "
                "their own, such as LicenseRef-agreement, and say so as the `licence` of the source or model"
            )
