"""Where a model runs: on a GPU where there is one."""

import torch

from alambic.runtime.ranks import Ranks


def device_of() -> torch.device:
    """Choose the device of this process: a GPU by its number on its machine, in turn where it sees fewer of them."""
    if not torch.cuda.is_available():
        return torch.device("cpu")
    return torch.device("cuda", Ranks.from_environment().local_rank % torch.cuda.device_count())


def reading_dtype() -> torch.dtype:
    """Choose the type of numbers in which a causal teacher reads and writes: bf16 on a GPU that has it."""
    wide = torch.cuda.is_available() and torch.cuda.is_bf16_supported(False)
    return torch.bfloat16 if wide else torch.float32
