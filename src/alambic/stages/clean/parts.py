"""The parts of a corpus, each one shard of a source: what is done of them, in which phase, by which rank.

What is made of a part is in a folder of its own, and a file of facts says that it is whole: what a stopped attempt
finished stays, and ranks know of each other's work by these files alone. Parts do not depend on the number of ranks,
nor does the result.
"""

import json
import logging
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from alambic.data.shards import shards_of
from alambic.runtime.deadline import Deadline
from alambic.runtime.exit_reason import EarlyExit, ExitReason
from alambic.runtime.ranks import Ranks
from alambic.runtime.waiting import wait_until

log = logging.getLogger("alambic.stages.clean")


class Parts:
    """What is done under `folder`, which is hidden: no part of the result."""

    def __init__(self, folder: Path, collected: list[Path], ranks: Ranks) -> None:
        self.folder, self.collected, self.ranks = folder, collected, ranks
        self.deadline, self.longest = Deadline.from_environment(), 0.0

    def __len__(self) -> int:
        return len(self.collected)

    def remaining(self, phase: int) -> Iterator[int]:
        """Give the parts that are this rank's to do in a phase, and not done yet; end where the job leaves no time."""
        self.of_phase(phase).mkdir(parents=True, exist_ok=True)
        for part in range(self.ranks.rank, len(self), self.ranks.world_size):
            if not self._facts_file(phase, part).exists():
                if not self.deadline.leaves_time_for_part(self.longest):
                    raise EarlyExit(ExitReason.WALL_LIMIT, f"phase {phase + 1}: the parts that are done are kept")
                started_at = time.monotonic()
                yield part
                self.longest = max(self.longest, time.monotonic() - started_at)
            log.info("phase %d: part %d of %d", phase + 1, part + 1, len(self))

    def begin(self, phase: int, part: int) -> Path:
        """Make the empty folder of a part."""
        folder = self.of_part(phase, part)
        shutil.rmtree(folder, ignore_errors=True)  # of an attempt that was stopped
        folder.mkdir()
        return folder

    def finish(self, phase: int, part: int, facts: dict[str, Any]) -> None:
        """Write that a part is done, and remove what it was made from."""
        self._write_facts(self._facts_file(phase, part), facts)
        for path in self.shards(phase - 1, part, "passing") if phase else ():
            path.unlink()

    def facts(self, phase: int) -> list[dict[str, Any]]:
        """Read the facts of each part."""
        return [json.loads(self._facts_file(phase, part).read_text(encoding="utf-8")) for part in range(len(self))]

    def wait(self, phase: int) -> None:
        """Wait until all ranks have done a phase."""
        wait_until(lambda: all(self._facts_file(phase, part).exists() for part in range(len(self))))

    def is_settled(self, phase: int) -> bool:
        """Tell whether the first rank has settled what the next phase needs."""
        return (self.of_phase(phase) / "settled").exists()

    def mark_settled(self, phase: int) -> None:
        """Write that it has."""
        self._write_facts(self.of_phase(phase) / "settled", {})

    def wait_until_settled(self, phase: int) -> None:
        """Wait until the first rank has settled what the next phase needs."""
        wait_until(lambda: self.is_settled(phase))

    def shards(self, phase: int, part: int, name: str) -> list[Path]:
        """List a part's shards of a name."""
        return shards_of(self.of_part(phase, part), name)

    def all_shards(self, name: str) -> list[Path]:
        """List the shards of a name of all phases and parts."""
        folders = (path.name.removeprefix("phase-") for path in self.folder.glob("phase-*"))
        numbers = sorted(int(number) for number in folders if number.isdecimal())
        return [path for phase in numbers for part in range(len(self)) for path in self.shards(phase, part, name)]

    def remove(self) -> None:
        """Remove all of it."""
        shutil.rmtree(self.folder)

    def of_phase(self, phase: int) -> Path:
        """Give the folder of a phase."""
        return self.folder / f"phase-{phase}"

    def of_part(self, phase: int, part: int) -> Path:
        """Give the folder of a part."""
        return self.of_phase(phase) / f"{part:05d}"

    def _facts_file(self, phase: int, part: int) -> Path:
        return self.of_phase(phase) / f"{part:05d}.json"

    def _write_facts(self, path: Path, facts: dict[str, Any]) -> None:
        unfinished = path.with_suffix(".tmp")
        unfinished.write_text(json.dumps(facts), encoding="utf-8")
        unfinished.rename(path)
