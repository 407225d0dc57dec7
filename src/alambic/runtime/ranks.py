"""Which of the cooperating processes this one is."""

import os
from collections.abc import Mapping
from dataclasses import dataclass

from alambic.errors import UserError

# What `scripts/launch.sh`, torchrun and torch.distributed agree on.
_VARIABLES = ("RANK", "WORLD_SIZE", "LOCAL_RANK", "MASTER_ADDR", "MASTER_PORT")


@dataclass(frozen=True)
class Ranks:
    """The place of this process among those that train together.

    `rank` counts over all nodes, `local_rank` on this node only: it chooses the GPU.
    """

    rank: int = 0
    world_size: int = 1
    local_rank: int = 0

    @property
    def is_first(self) -> bool:
        """Whether this process writes what only one may write."""
        return self.rank == 0

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> "Ranks":
        """Read what the launcher set; a process started by hand is rank 0 of 1.

        Raises UserError when the launcher set a part only, or numbers that contradict each other.
        """
        variables = os.environ if environment is None else environment
        missing = [name for name in _VARIABLES if not variables.get(name)]
        # Sites and containers set MASTER_ADDR or MASTER_PORT for every shell: alone they start nothing.
        if {"RANK", "WORLD_SIZE", "LOCAL_RANK"} <= set(missing):
            return cls()
        if missing:
            raise UserError(
                f"the launcher set only a part of {', '.join(_VARIABLES)}: {', '.join(missing)} is missing; "
                "start several ranks with scripts/launch.sh, or unset the others to run a single process"
            )
        return cls(*(_number(variables, name) for name in _VARIABLES[:3])).checked()

    def checked(self) -> "Ranks":
        """Return itself, or raise UserError when its numbers contradict each other."""
        if not 0 <= self.local_rank <= self.rank < self.world_size:
            raise UserError(
                f"RANK={self.rank}, LOCAL_RANK={self.local_rank}, WORLD_SIZE={self.world_size}: "
                "expected 0 <= LOCAL_RANK <= RANK < WORLD_SIZE; start several ranks with scripts/launch.sh"
            )
        return self


def _number(variables: Mapping[str, str], name: str) -> int:
    try:
        return int(variables[name])
    except ValueError as error:
        raise UserError(
            f"{name}={variables[name]!r}: expected a whole number; unset it to run a single process"
        ) from error
