"""Where a model runs: on a GPU where there is one."""

import torch


def device_of(local_rank: int = 0) -> torch.device:
    """Choose the device of a process, by its number on its machine."""
    return torch.device("cuda", local_rank) if torch.cuda.is_available() else torch.device("cpu")


def reading_dtype() -> torch.dtype:
    """Choose the type of numbers in which a causal teacher reads and writes: bf16 on a GPU that has it."""
    wide = torch.cuda.is_available() and torch.cuda.is_bf16_supported(False)
    return torch.bfloat16 if wide else torch.float32
