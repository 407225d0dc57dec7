"""How much memory sorting may take: what a site sets, and changes no result."""

import os

from alambic.errors import UserError

VARIABLE, DEFAULT = "ALAMBIC_SORTING_MB", 256


def bytes_for_sorting() -> int:
    """Read ALAMBIC_SORTING_MB; UserError where it is no whole number of at least 1."""
    text = os.environ.get(VARIABLE, str(DEFAULT))
    if not text.isdigit() or int(text) < 1:
        raise UserError(f"{VARIABLE}={text!r}: expected a whole number of megabytes, of at least 1")
    return int(text) * 1_000_000
