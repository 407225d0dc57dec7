"""What Slurm says of a head's jobs, poll by poll."""

import re
from collections.abc import Callable, Mapping

from alambic.jobs import slurm

# With which every job waits its turn.
USUAL = re.compile(r"\(?(?:|None|Priority|Resources|Dependency|BeginTime|N/A|Prolog|Cleaning)\)?")
MOST_MISSES = 3  # polls in a row that do not show a job


class JobStates:
    """The jobs that Slurm has forgotten, and those that wait for a reason that somebody must see to."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._misses: dict[str, int] = {}
        self._known: Mapping[str, tuple[str, str]] | None = None
        self._reasons: dict[str, str] = {}
        self._silent = False

    def note(self, states: Mapping[str, tuple[str, str]] | None, *, whole: bool = True) -> None:
        """Take the state and the reason of each job; None where Slurm does not answer.

        An answer that is not `whole` may lack jobs: the database hears of them late.
        """
        self._known = states if whole else None
        if states is None:
            if not self._silent:
                self._say("Slurm does not say how the jobs are: it is asked again")
            self._silent = True
            return
        self._silent = False
        for number, (state, reason) in states.items():
            if state == "PENDING" and not USUAL.fullmatch(reason) and self._reasons.get(number) != reason:
                self._reasons[number] = reason
                self._say(f"Slurm job {number} waits: {reason.replace('_', ' ')}{_of_nodes(reason)}")

    def is_forgotten(self, number: str) -> bool:
        """Tell whether Slurm knows no more of a job, poll after poll."""
        if self._known is None:
            return False
        self._misses[number] = 0 if number in self._known else self._misses.get(number, 0) + 1
        return self._misses[number] >= MOST_MISSES


def _of_nodes(reason: str) -> str:
    if not re.search("down|drain|node", reason, re.IGNORECASE):
        return ""
    try:
        nodes = slurm.unavailable_nodes()
    except slurm.NoAnswer:
        return ""
    return f" (nodes that take no jobs: {', '.join(f'{node} {why}' for node, why in nodes.items())})" if nodes else ""
