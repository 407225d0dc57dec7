"""How an attempt at an artifact ended, and what follows from it."""

import json
import os
import uuid
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from alambic.runtime.whole_file import write_atomically

FILE = ".ending"

# Exit statuses of a process whose state is saved, or was saved before.
CONTINUE_LATER = 74  # the wall time is over: start again in the next job, as often as needed
STOPPED = 75  # asked to stop: start again when you like
RETRY_NOW = 76  # start again at once, on the same nodes: it goes on in another way (smaller micro-batch, batch skipped)


class ExitReason(StrEnum):
    """The kinds of exits that call for different answers; the values stand in journals of attempts."""

    DONE = "done"
    WALL_LIMIT = "wall limit"  # a normal event: goes on in the next job
    ASKED_TO_STOP = "asked to stop"
    OUT_OF_MEMORY = "out of memory"  # again at once, with half the micro-batch
    NOT_FINITE = "loss not finite"  # again at once from the last checkpoint, without that batch
    HANG = "hang"  # again at once
    LOST_RANK = "lost rank"  # a process was killed, or lost its peers: again at once, a few times
    NODE_FAILURE = "node failure"  # the workflow tries again, elsewhere
    ERROR = "error"  # of the code, the settings or the data: a repetition would end in the same way

    @property
    def is_retried_at_once(self) -> bool:
        """Whether the same job starts it again at once."""
        return self in (ExitReason.OUT_OF_MEMORY, ExitReason.NOT_FINITE, ExitReason.HANG, ExitReason.LOST_RANK)

    @property
    def status(self) -> int:
        """Exit status of a process that ends for this reason."""
        if self.is_retried_at_once:
            return RETRY_NOW
        statuses = {
            ExitReason.DONE: 0,
            ExitReason.WALL_LIMIT: CONTINUE_LATER,
            ExitReason.ASKED_TO_STOP: STOPPED,
        }
        return statuses.get(self, 1)


class EarlyExit(Exception):
    """Ends this process in an orderly way: the `reason`, and a line for the user."""

    def __init__(self, reason: ExitReason, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason


@dataclass(frozen=True)
class ExitReport:
    """What a process reports of its own exit."""

    reason: ExitReason
    detail: str

    def write(self, folder: Path) -> None:
        """Leave the report for the process that started this one; of several ranks, the first one's stays."""
        unfinished = folder / f"{FILE}.{uuid.uuid4().hex}"
        write_atomically(unfinished, json.dumps({"why": self.reason, "detail": self.detail}))
        try:
            os.link(unfinished, folder / FILE)
        except FileExistsError:
            pass
        finally:
            unfinished.unlink()


def take_report(folder: Path) -> ExitReport | None:
    """Read and remove the report that a process left; None if it left none."""
    path = folder / FILE
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        return ExitReport(ExitReason(content["why"]), content["detail"])
    except (FileNotFoundError, KeyError, ValueError, TypeError, RecursionError):  # ValueError: no JSON as well
        return None
    finally:
        path.unlink(missing_ok=True)
