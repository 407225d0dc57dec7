"""How an attempt at an artifact ended, and what follows from it."""

import json
import os
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path

FILE = ".ending"

# Exit statuses of a process whose state is saved, or was saved before.
NEXT = 74  # the wall time is over: start again in the next job, as often as needed
LATER = 75  # asked to stop: start again when you like
AGAIN = 76  # start again at once, on the same nodes: it goes on in another way (smaller micro-batch, batch skipped)


class Why(StrEnum):
    """The kinds of endings that call for different answers."""

    DONE = "done"
    WALL_LIMIT = "wall limit"  # a normal event: goes on in the next job
    ASKED_TO_STOP = "asked to stop"
    OUT_OF_MEMORY = "out of memory"  # again at once, with half the micro-batch
    NOT_FINITE = "loss not finite"  # again at once from the last checkpoint, without that batch
    HANG = "hang"  # again at once
    LOST_RANK = "lost rank"  # a process was killed, or lost its peers: again at once, a few times
    NODE_FAILURE = "node failure"  # the workflow tries again, elsewhere
    ERROR = "error"  # of the code, the settings or the data: a repetition would end likewise

    @property
    def again(self) -> bool:
        """Whether the same job starts it again at once."""
        return self in (Why.OUT_OF_MEMORY, Why.NOT_FINITE, Why.HANG, Why.LOST_RANK)

    @property
    def status(self) -> int:
        """Exit status of a process that ends so."""
        if self.again:
            return AGAIN
        return {Why.DONE: 0, Why.WALL_LIMIT: NEXT, Why.ASKED_TO_STOP: LATER}.get(self, 1)


class Ended(Exception):
    """Ends this process in an orderly way: `why`, and a line for the user."""

    def __init__(self, why: Why, detail: str) -> None:
        super().__init__(detail)
        self.why = why


@dataclass(frozen=True)
class Ending:
    """What a process says of its end."""

    why: Why
    detail: str

    def record(self, folder: Path) -> None:
        """Leave word for the process that started this one; the first of several ranks to speak is heard."""
        unfinished = folder / f"{FILE}.{os.getpid()}"
        unfinished.write_text(json.dumps(asdict(self)), encoding="utf-8")
        try:
            os.link(unfinished, folder / FILE)
        except FileExistsError:
            pass
        finally:
            unfinished.unlink()


def take(folder: Path) -> Ending | None:
    """Read and remove the word that a process left; None if it left none."""
    path = folder / FILE
    try:
        said = json.loads(path.read_text(encoding="utf-8"))
        return Ending(Why(said["why"]), said["detail"])
    except (FileNotFoundError, json.JSONDecodeError, KeyError, ValueError):
        return None
    finally:
        path.unlink(missing_ok=True)
