"""Examples read into batches, by this process or ahead of it by others, and what that costs: padding, and time."""

import atexit
import multiprocessing
import signal
import time
from collections.abc import Callable, Iterable
from typing import Any, Protocol

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader

from alambic.errors import UserError
from alambic.runtime.exit_reason import EarlyExit, ExitReason
from alambic.runtime.parent_death import follow_parent
from alambic.training.compat import shut_down_workers, tells_of_error_in_worker, tells_of_killed_worker
from alambic.training.flat_batch import Layout, pack, unpack

Batch = dict[str, Tensor]
Share = tuple[np.ndarray, int]  # the examples of one forward pass, and the epoch


class Examples(Protocol):
    """Examples by number; a list, or what is read from a disk one by one."""

    def __len__(self) -> int: ...

    def __getitem__(self, index: int, /) -> Any: ...


class BatchLoader:
    """Gives the batches of a schedule in turn, on a device, and counts.

    `workers` processes read and collate ahead of the training, the same whatever their number; with none it is done
    here, when a batch is asked for. Neither `collate` nor `augment_epoch` may draw from torch's or numpy's global
    random states.
    """

    def __init__(
        self,
        examples: Examples,
        collate: Callable[[list[Any]], Batch],
        augment_epoch: Callable[[Any, int, int], Any] | None,
        schedule: Iterable[Share],
        *,
        device: torch.device,
        workers: int = 0,
    ) -> None:
        self.device, self.workers = device, workers
        self.seconds, self.tokens, self.places = 0.0, 0, 0
        loader: DataLoader[Any] = DataLoader(
            _Packed(examples, collate, augment_epoch, shared=workers > 0),  # type: ignore[arg-type]
            sampler=schedule,
            batch_size=None,
            collate_fn=_identity,
            num_workers=workers,
            # Forked, since examples are mapped files and closures, which need not be sent so.
            multiprocessing_context="fork" if workers else None,
            worker_init_fn=_begin_worker,
            pin_memory=device.type == "cuda",
            generator=torch.Generator(),  # its own, which nothing reads: the global one is the training's
        )
        others = multiprocessing.active_children()
        self._batches: Any = iter(loader)
        self._processes = [process for process in multiprocessing.active_children() if process not in others]
        if workers:
            atexit.register(self.close)  # before Python's own end, which would wait for them

    def next(self) -> Batch:
        """Give the next batch of the schedule; LostWorker where a worker was killed while it sent one."""
        started = time.perf_counter()
        try:
            packed = next(self._batches)
        except (ConnectionError, EOFError, FileNotFoundError) as error:
            if not self.workers or tells_of_error_in_worker(str(error)):  # it comes from a worker that lives
                raise
            raise LostWorker(str(error)) from error
        memory, layout, tokens, places = packed
        self.tokens, self.places = self.tokens + tokens, self.places + places
        placed = unpack(memory.to(self.device, non_blocking=True), layout)
        self.seconds += time.perf_counter() - started
        return placed

    def close(self) -> None:
        """End the workers, which hear no signal."""
        if not self.workers:
            return
        atexit.unregister(self.close)
        shut_down_workers(self._batches)

    def explain(self, error: RuntimeError) -> None:
        """Raise what it means that a worker was killed, where `error` is about that; after `close`."""
        if not isinstance(error, LostWorker) and not tells_of_killed_worker(str(error)):
            return
        if -signal.SIGBUS in {process.exitcode for process in self._processes}:
            raise UserError(
                "a process that reads ahead ended by a bus error: /dev/shm has no room for batches, or a disk fails; "
                f"set `data_workers: 0` in the site's profile, with which nothing needs /dev/shm ({error})"
            ) from error
        raise EarlyExit(ExitReason.LOST_RANK, f"a process that reads ahead was killed ({error})") from error

    def facts(self, seconds: float) -> dict[str, float]:
        """Give the shares of this process: `padding` of the tokens that it read, `loading` of `seconds` it waited."""
        padding = {"padding": round(1 - self.tokens / self.places, 4)} if self.places else {}
        return {**padding, "loading": round(self.seconds / max(seconds, 1e-9), 4)}


class LostWorker(RuntimeError):
    """A worker was killed."""


class _Packed:
    """The batch of a share of the schedule, in one piece, and how much of it is text."""

    def __init__(
        self,
        examples: Examples,
        collate: Callable[[list[Any]], Batch],
        augment_epoch: Callable[[Any, int, int], Any] | None,
        *,
        shared: bool,
    ) -> None:
        self.examples, self.collate, self.augment_epoch, self.shared = examples, collate, augment_epoch, shared

    def __getitem__(self, share: Share) -> tuple[Tensor, Layout, int, int]:
        indices, epoch = share
        examples = [self.examples[index] for index in indices]
        if self.augment_epoch is not None:
            examples = [
                self.augment_epoch(example, int(index), epoch) for example, index in zip(examples, indices, strict=True)
            ]
        batch = self.collate(examples)
        tokens, places = count_tokens(batch)
        return *pack(batch, shared=self.shared), tokens, places


def count_tokens(batch: Batch) -> tuple[int, int]:
    """Count the tokens that a model reads of a batch, and the places that they take, padding included."""
    masks = [name for name in batch if name.endswith("mask")]
    read = [batch.get(name.removesuffix("mask") + "packed", batch[name]) for name in masks]  # where rows are shared
    return sum(int(batch[name].sum()) for name in masks), sum(tokens.numel() for tokens in read)


def _identity(batch: Any) -> Any:
    return batch


def _begin_worker(_: int) -> None:
    follow_parent()
