"""Ends a training that hangs: no step for longer than the run itself has shown to be plausible."""

import faulthandler
import logging
import os
import statistics
import threading
import time
from collections import deque
from pathlib import Path

from alambic.runtime.exit_reason import ExitReason, ExitReport

log = logging.getLogger("alambic.training")

BEFORE_FIRST_STEP = 1800.0  # seconds: start-up, compilation, the first collective over many nodes
FLOOR = 120.0  # no step is called late before that
FACTOR = 30  # times the median of the last steps


class Watchdog:
    """A thread that is notified of each step, and ends the process where none comes for too long."""

    def __init__(self, folder: Path, *, floor: float = FLOOR) -> None:
        self.folder, self.floor = folder, floor
        self._durations: deque[float] = deque(maxlen=50)
        self._last_sign = time.monotonic()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> "Watchdog":
        """Begin to watch."""
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Watch no more."""
        self._stop.set()
        self._thread.join()

    def step(self) -> None:
        """Tell it that a step was taken."""
        now = time.monotonic()
        self._durations.append(now - self._last_sign)
        self._last_sign = now

    def heartbeat(self) -> None:
        """Tell it that the process lives, though it takes no step: while it gathers its state."""
        self._last_sign = time.monotonic()

    @property
    def limit(self) -> float:
        """Seconds without a step after which the training hangs."""
        if not self._durations:
            return max(self.floor, BEFORE_FIRST_STEP)
        return max(self.floor, FACTOR * statistics.median(self._durations))

    def _watch(self) -> None:
        period, slept = min(5.0, self.floor / 4), time.monotonic()
        while not self._stop.wait(period):
            woke = time.monotonic()
            # Who wakes late was stopped with the whole process (SIGSTOP, `scontrol suspend`): that is no silence.
            if woke - slept > self.floor:
                self._last_sign = woke
            slept = woke
            silence = woke - self._last_sign
            if silence > self.limit:
                self._end(silence)

    def _end(self, silence: float) -> None:
        detail = f"no step for {silence:.0f} s; the stacks of all threads are in the log"
        log.error("%s", detail)
        faulthandler.dump_traceback(file=2, all_threads=True)
        ExitReport(ExitReason.HANG, detail).write(self.folder)
        os._exit(ExitReason.HANG.status)
