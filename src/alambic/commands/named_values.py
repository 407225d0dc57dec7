"""Options such as `--column text=CAUSE`, which may be given several times."""

from collections.abc import Sequence

from alambic.errors import UserError


def read_named_values(option: str, given: Sequence[str], *, expected: str) -> dict[str, str]:
    """Read values by name; UserError for one without a name or a value, and for a name that comes twice."""
    values: dict[str, str] = {}
    for each in given:
        name, _, value = each.partition("=")
        if not name or not value:
            raise UserError(f"{option} {each}: expected {expected}")
        if name in values:
            raise UserError(f"{option} {each}: '{name}' is given twice, as {values[name]} before: leave one")
        values[name] = value
    return values
