"""What a site sets: how fast training goes, never what it computes."""

import os
from dataclasses import dataclass
from typing import Self

from alambic.errors import UserError


@dataclass(frozen=True)
class Site:
    """Speed settings, from the environment that the rules fill from the site's profile."""

    micro_batch: int = 0  # sequences per forward on one rank; 0: the rank's whole share of the batch
    zero_stage: int = 0  # what DeepSpeed shares out among ranks: 0 nothing ... 3 parameters too
    checkpoint_seconds: int = 600  # a sudden kill costs at most this much work

    @classmethod
    def from_environment(cls) -> Self:
        """Read ALAMBIC_MICRO_BATCH, ALAMBIC_ZERO_STAGE, ALAMBIC_CHECKPOINT_SECONDS."""
        return cls(
            micro_batch=_number("ALAMBIC_MICRO_BATCH", cls.micro_batch, range(10**6)),
            zero_stage=_number("ALAMBIC_ZERO_STAGE", cls.zero_stage, range(4)),
            checkpoint_seconds=_number("ALAMBIC_CHECKPOINT_SECONDS", cls.checkpoint_seconds, range(10**6)),
        )


def _number(name: str, default: int, allowed: range) -> int:
    text = os.environ.get(name, str(default))
    if not text.isdigit() or int(text) not in allowed:
        raise UserError(f"{name}={text!r}: expected a whole number from {allowed.start} to {allowed.stop - 1}")
    return int(text)
