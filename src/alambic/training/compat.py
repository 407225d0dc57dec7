"""Private interfaces of PyTorch, DeepSpeed and Liger, each with the version it was checked with; tests hold them."""

import importlib
import signal
import sys
from typing import Any

from alambic.runtime.unused_libraries import allow, leave_out

_LOADER_WORKER = "DataLoader worker (pid"


def shut_down_workers(batches: Any) -> None:
    """End the worker processes of a DataLoader's iterator, as torch itself does after the last batch.

    Torch raises in its handler of SIGCHLD that a worker was killed; here too, so that handler is out of the way.
    Checked with torch 2.13.0.
    """
    handler = signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    try:
        batches._shutdown_workers()
    finally:
        signal.signal(signal.SIGCHLD, handler)


def tells_of_killed_worker(message: str) -> bool:
    """Tell whether a RuntimeError's message is torch's for a killed worker, which has no class of its own.

    `DataLoader worker (pid 17) is killed by signal: Killed.` -> True. Checked with torch 2.13.0.
    """
    killed = "exited unexpectedly" in message or "killed by signal" in message
    return message.startswith(_LOADER_WORKER) and killed


def tells_of_error_in_worker(message: str) -> bool:
    """Tell whether a message is torch's for an error raised by a worker that lives. Checked with torch 2.13.0."""
    return "in DataLoader worker process" in message


def import_deepspeed() -> Any:
    """Import DeepSpeed without MLflow, which its autotuner loads where it is installed: most of the time it takes.

    The autotuner does without. Checked with deepspeed 0.19.8.
    """
    allow("deepspeed")
    hidden = "mlflow" not in sys.modules
    leave_out(("mlflow",))
    try:
        return importlib.import_module("deepspeed")
    finally:
        if hidden:
            allow("mlflow")


def skip_shared_memory_operator() -> None:
    """Keep DeepSpeed from compiling its shared-memory operator, which only its inference uses.

    The build takes half a minute and fails where there is no compiler. Checked with deepspeed 0.19.8.
    """
    import deepspeed.ops

    deepspeed.ops.__compatible_ops__["deepspeed_shm_comm"] = False


def fuse_with_liger(model: Any, kernels: dict[str, bool]) -> bool:
    """Give a model of transformers Liger's `kernels`; False where Liger has none for its type.

    Checked with liger-kernel 0.8.5.
    """
    liger = importlib.import_module("liger_kernel.transformers.monkey_patch")
    if model.config.model_type not in liger.MODEL_TYPE_TO_APPLY_LIGER_FN:
        return False
    liger._apply_liger_kernel_to_instance(model=model, **kernels)
    return True
