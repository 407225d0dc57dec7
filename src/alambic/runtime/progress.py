"""How often a long loop writes a line to the log."""

import time

SECONDS_PER_LINE = 10


class Progress:
    """A clock that says when the next line is due."""

    def __init__(self) -> None:
        self._last = time.monotonic()

    def is_due(self) -> bool:
        """Tell whether the last line was long ago; the next one is then due as long after this call."""
        now = time.monotonic()
        if now - self._last <= SECONDS_PER_LINE:
            return False
        self._last = now
        return True
