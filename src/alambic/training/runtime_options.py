"""Options of a site: how fast training goes, never what it computes."""

import os
from dataclasses import dataclass
from typing import Self

import torch

from alambic.errors import UserError
from alambic.training.kernels import CHOICES

NOT_IN_FINGERPRINT = "how fast a site trains, never what"

AUTO = "auto"
MOST_WORKERS = 4  # that a rank takes by itself


@dataclass(frozen=True)
class RuntimeOptions:
    """Speed settings, from the environment that the rules fill from the site's profile."""

    micro_batch: int = 0  # sequences per forward on one rank; 0: the rank's whole share of the batch
    zero_stage: int = 0  # what DeepSpeed shares out among ranks: 0 nothing ... 3 parameters too
    offload: str = "none"  # where ZeRO keeps the optimizer's state: "none" on the GPU, "cpu" in the host's memory
    recompute: int = 0  # 1: activations are computed again in the backward pass rather than stored
    kernels: str = "plain"  # "auto": fused kernels of layers, where they are installed and know the model
    data_workers: int | None = None  # processes of each rank that read ahead; None: by its cores and its device
    checkpoint_seconds: int = 600  # a sudden kill costs at most this much work
    hang_seconds: int = 120  # the least silence that may count as a hang

    @classmethod
    def from_environment(cls) -> Self:
        """Read ALAMBIC_MICRO_BATCH, ALAMBIC_ZERO_STAGE and so on, one for each field."""
        return cls(
            micro_batch=_number("ALAMBIC_MICRO_BATCH", cls.micro_batch, range(10**6)),
            zero_stage=_number("ALAMBIC_ZERO_STAGE", cls.zero_stage, range(4)),
            offload=_choice("ALAMBIC_OFFLOAD", ("none", "cpu")),
            recompute=_number("ALAMBIC_RECOMPUTE", cls.recompute, range(2)),
            kernels=_choice("ALAMBIC_KERNELS", CHOICES),
            data_workers=_number_or_auto("ALAMBIC_DATA_WORKERS", range(65)),
            checkpoint_seconds=_number("ALAMBIC_CHECKPOINT_SECONDS", cls.checkpoint_seconds, range(10**6)),
            hang_seconds=_number("ALAMBIC_HANG_SECONDS", cls.hang_seconds, range(1, 10**6)),
        )

    def workers_for(self, device: torch.device) -> int:
        """Say how many processes read ahead of one rank: on a CPU none, since its cores train."""
        if self.data_workers is not None:
            return self.data_workers
        return min(MOST_WORKERS, torch.get_num_threads() - 1) if device.type == "cuda" else 0


def _number(name: str, default: int, allowed: range) -> int:
    text = os.environ.get(name, str(default))
    if not text.isdigit() or int(text) not in allowed:
        raise UserError(f"{name}={text!r}: expected a whole number from {allowed.start} to {allowed.stop - 1}")
    return int(text)


def _number_or_auto(name: str, allowed: range) -> int | None:
    if os.environ.get(name, AUTO) == AUTO:
        return None
    try:
        return _number(name, 0, allowed)
    except UserError as error:
        raise UserError(f"{error}, or {AUTO}") from error


def _choice(name: str, allowed: tuple[str, ...]) -> str:
    text = os.environ.get(name, allowed[0])
    if text not in allowed:
        raise UserError(f"{name}={text!r}: expected one of {', '.join(allowed)}")
    return text
