"""Where a model runs: on a GPU where there is one."""

import torch


def device_of(local_rank: int = 0) -> torch.device:
    """Choose the device of a process, by its number on its machine."""
    return torch.device("cuda", local_rank) if torch.cuda.is_available() else torch.device("cpu")
