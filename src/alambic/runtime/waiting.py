"""Waiting for what other ranks do."""

import time
from collections.abc import Callable

POLL = 0.5  # seconds between two looks


def wait_until(is_done: Callable[[], bool]) -> None:
    """Return when `is_done` tells so; the launcher ends those who wait for a rank that failed."""
    while not is_done():
        time.sleep(POLL)
