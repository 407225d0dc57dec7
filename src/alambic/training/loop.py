"""The training loop that distillation and fine-tuning share."""

import logging
import math
import signal
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
import torch
from torch import Tensor, distributed, nn

from alambic.data.metrics_journal import Journal
from alambic.errors import UserError
from alambic.runtime import recovery_state
from alambic.runtime.deadline import Deadline
from alambic.runtime.exit_reason import EarlyExit, ExitReason
from alambic.runtime.progress import Progress
from alambic.runtime.ranks import Ranks
from alambic.runtime.watchdog import Watchdog
from alambic.training.batch_loader import Batch, BatchLoader, Examples
from alambic.training.batch_order import Lengths
from alambic.training.checkpoints import Checkpoint, Checkpoints
from alambic.training.engine import Recipe, clip, join, start_engine
from alambic.training.optimizer_state import capture, load_weights, restore
from alambic.training.runtime_options import RuntimeOptions
from alambic.training.schedule import Schedule, halved

log = logging.getLogger("alambic.training")

MOST_SKIPPED = 3  # batches left out for an infinite loss


def train(
    module: nn.Module,
    examples: Examples,
    collate: Callable[[list[Any]], Batch],
    recipe: Recipe,
    *,
    seed: int,
    output: Path,
    lengths: Lengths | None = None,
    augment_epoch: Callable[[Any, int, int], Any] | None = None,
) -> dict[str, Any]:
    """Train `module` on `examples` in place; go on at the last checkpoint if there is one.

    `module(batch)` returns named scalars of which `loss` is optimised: each is a mean over the sequences of its batch,
    so that the gradient is that of the global batch on any number of ranks. `augment_epoch(example, index, epoch)`
    changes an example from one epoch to the next (masks, noise). Returns facts: steps, examples, seconds, padding and
    loading (shares of the tokens and of the time), final_loss.
    """
    training = _Training(
        module, examples, collate, recipe, seed=seed, output=output, lengths=lengths, augment_epoch=augment_epoch
    )
    return training.run()


class _Training:
    def __init__(
        self,
        module: nn.Module,
        examples: Examples,
        collate: Callable[[list[Any]], Batch],
        recipe: Recipe,
        *,
        seed: int,
        output: Path,
        lengths: Lengths | None,
        augment_epoch: Callable[[Any, int, int], Any] | None,
    ) -> None:
        if not len(examples):
            raise UserError("no example to train on: the corpus or the task's training split is empty")
        self.examples, self.recipe, self.seed, self.output = examples, recipe, seed, output
        self.ranks, self.options, self.deadline = (
            Ranks.from_environment(),
            RuntimeOptions.from_environment(),
            Deadline.from_environment(),
        )
        self.recovery = recovery_state.read_state(output)
        self.schedule = Schedule(
            len(examples),
            batch_size=recipe.batch_size,
            epochs=recipe.epochs,
            seed=seed,
            lengths=lengths,
            ranks=self.ranks,
            micro_batch=self.options.micro_batch,
            halvings=self.recovery.halvings,
        )
        self.steps = self.schedule.steps
        self.longest_step = 0.0
        self.asked_to_stop = self.wall_limit_announced = False
        for number in (signal.SIGTERM, signal.SIGUSR1):
            signal.signal(number, self._on_signal)
        self.checkpoints = Checkpoints(output / recovery_state.FOLDER)
        self.engine, self.done = self._start(module)
        device = self.engine.device
        shares = self.schedule.after(self.done, skipped=self.recovery.skipped)
        workers = self.options.workers_for(device)
        self.loader = BatchLoader(examples, collate, augment_epoch, shares, device=device, workers=workers)

    def _start(self, module: nn.Module) -> tuple[Any, int]:
        """Start DeepSpeed, from the newest checkpoint that rank 0 finds whole."""
        torch.manual_seed(self.seed)
        join(self.ranks)
        checkpoint = self._newest_checkpoint()
        if checkpoint is not None:
            load_weights(module, checkpoint.tensors)
        engine = start_engine(
            module,
            self.recipe,
            ranks=self.ranks,
            options=self.options,
            micro_batch=self.schedule.micro_batch,
            accumulation=self.schedule.accumulation,
        )
        if checkpoint is None:
            return engine, 0
        restore(engine, checkpoint.tensors, checkpoint.numbers)
        if self.ranks.is_first:
            recovery_state.record_resumed_step(self.output, checkpoint.step)
        log.info("go on after step %d of %d", checkpoint.step, self.steps)
        return engine, checkpoint.step

    def _newest_checkpoint(self) -> Checkpoint | None:
        checkpoint = self.checkpoints.newest() if self.ranks.is_first else None
        if self.ranks.world_size == 1:
            return checkpoint
        chosen = [checkpoint.step if checkpoint is not None else None]
        distributed.broadcast_object_list(chosen, src=0)
        return checkpoint if self.ranks.is_first or chosen[0] is None else self.checkpoints.read(chosen[0])

    def run(self) -> dict[str, Any]:
        """Take every step that is left."""
        started = time.monotonic()
        try:
            scalars = self._take_steps()
        except RuntimeError as error:
            self.loader.explain(error)
            raise
        self.checkpoints.wait()
        seconds = time.monotonic() - started
        return {
            "steps": self.steps,
            "examples": len(self.examples),
            "seconds": round(seconds, 2),
            **self.loader.facts(seconds),
            "ranks": self.ranks.world_size,
            "device": self.engine.device.type,
            "final_loss": scalars.get("loss"),
            **({"skipped_steps": list(self.recovery.skipped)} if self.recovery.skipped else {}),
        }

    def _take_steps(self) -> dict[str, float]:
        journal = Journal(self.output, done=self.done, write=self.ranks.is_first)
        self.saved, self.progress = time.monotonic(), Progress()
        scalars: dict[str, float] = {}
        with Watchdog(self.output, floor=self.options.hang_seconds) as self.watchdog, closing(self.loader):
            for step in range(self.done + 1, self.steps + 1):
                scalars = self._timed_step(step)
                journal.append(step, scalars)
                self._log_progress(step, scalars)
                self._save_if_due(step)
        return scalars

    def _timed_step(self, step: int) -> dict[str, float]:
        started = time.monotonic()
        try:
            scalars = {"skipped": 1.0} if step in self.recovery.skipped else self._step(step)
        except (torch.OutOfMemoryError, MemoryError, RuntimeError) as error:
            if not _is_out_of_memory(error):
                raise
            self._out_of_memory(step)
        self.watchdog.step()
        self.longest_step = max(self.longest_step, time.monotonic() - started)
        return scalars

    def _step(self, step: int) -> dict[str, float]:
        batch, shares = self.schedule.of_step(step)
        rate = self._learning_rate(step)
        for group in self.engine.optimizer.param_groups:
            group["lr"] = rate
        totals: dict[str, Tensor] = {}
        world, rank, accumulation = self.ranks.world_size, self.ranks.rank, self.schedule.accumulation
        for number, indices in enumerate(shares):
            # Random states are a function of the step, so that a resumed run draws what the undisturbed one drew.
            torch.manual_seed(_draw(self.seed, step, number, rank))
            scalars = self.engine(self.loader.next())
            weight = len(indices) / len(batch)  # an empty share takes part with weight 0
            self.engine.backward(scalars["loss"] * weight * world * accumulation)
            norm = clip(self.engine, self.recipe.max_gradient_norm) if number == accumulation - 1 else None
            self.engine.step()
            for name, value in scalars.items():
                totals[name] = totals.get(name, 0.0) + value.detach().float() * weight
        means = self._over_ranks(totals)
        norm = self.engine.get_global_grad_norm() if norm is None else norm
        watched = [means["loss"]] if self._may_overflow else [means["loss"], float(norm or 0.0)]
        if not all(map(math.isfinite, watched)):
            self._not_finite(step, means["loss"], float(norm or 0.0))
        return {**means, "learning_rate": rate}

    @property
    def _may_overflow(self) -> bool:
        """Whether an infinite gradient is the loss scaler's affair."""
        return self.recipe.precision == "fp16"

    def _not_finite(self, step: int, loss: float, norm: float) -> NoReturn:
        """Have the next attempt leave this batch out; a few times, since then it is not the batch's fault."""
        if len(self.recovery.skipped) >= MOST_SKIPPED:
            raise UserError(
                f"the loss is {loss} and its gradient's norm {norm} at step {step}, after {MOST_SKIPPED} batches were "
                "left out for it: lower the learning rate, or use precision fp32"
            )
        if self.ranks.is_first:
            self.checkpoints.wait()
            recovery_state.skip_batch(self.output, step)
        raise EarlyExit(
            ExitReason.NOT_FINITE, f"loss {loss}, gradient's norm {norm} at step {step}: its batch is left out"
        )

    def _out_of_memory(self, step: int) -> NoReturn:
        if self.schedule.micro_batch == 1:
            raise UserError(
                f"out of memory at step {step} with one sequence per forward pass: give the job more memory or GPUs, "
                "a higher zero_stage, or the experiment shorter sequences"
            )
        tried = self.schedule.micro_batch
        raise EarlyExit(ExitReason.OUT_OF_MEMORY, f"at step {step}: micro-batch {tried} becomes {halved(tried, 1)}")

    def _learning_rate(self, step: int) -> float:
        """Grow linearly over the warm-up, then fall linearly to zero after the last step."""
        warm = max(1, round(self.recipe.warmup * self.steps))
        if step <= warm:
            return self.recipe.learning_rate * step / warm
        return self.recipe.learning_rate * (self.steps - step + 1) / (self.steps - warm + 1)

    def _over_ranks(self, totals: dict[str, Tensor]) -> dict[str, float]:
        values = torch.stack([totals[name] for name in sorted(totals)])
        if self.ranks.world_size > 1:
            distributed.all_reduce(values)
        return dict(zip(sorted(totals), values.tolist(), strict=True))

    def _log_progress(self, step: int, scalars: dict[str, float]) -> None:
        if self.progress.is_due() or step == self.steps:
            log.info("step %d/%d loss %.4f", step, self.steps, scalars["loss"])

    def _save_if_due(self, step: int) -> None:
        if step == self.steps:
            return
        due = time.monotonic() - self.saved > self.options.checkpoint_seconds
        ends = not self.deadline.leaves_time_for_step(self.longest_step, self.checkpoints.seconds)
        stop, ends, save = self._agree(self.asked_to_stop, ends or self.wall_limit_announced, due)
        if stop or ends or save:
            self._save(step)
        if stop or ends:
            self.checkpoints.wait()
            reason = ExitReason.ASKED_TO_STOP if stop else ExitReason.WALL_LIMIT
            raise EarlyExit(
                reason,
                f"state saved at step {step} of {self.steps}"
                if not self.ranks.is_first or self.checkpoints.has(step)
                else f"the state of step {step} of {self.steps} could not be saved: the checkpoint before it counts",
            )

    def _save(self, step: int) -> None:
        self.saved = time.monotonic()
        tensors, numbers = capture(self.engine, keep=self.ranks.is_first)
        self.watchdog.heartbeat()
        if self.ranks.is_first:
            self.checkpoints.write(step, tensors, numbers)
            log.info("checkpoint at step %d, %.2f s", step, time.monotonic() - self.saved)

    def _agree(self, *flags: bool) -> list[bool]:
        """Make all ranks take the decision that any of them takes."""
        votes = torch.tensor(flags, dtype=torch.int32, device=self.engine.device)
        if self.ranks.world_size > 1:
            distributed.all_reduce(votes, op=distributed.ReduceOp.MAX)
        return [bool(vote) for vote in votes]

    def _on_signal(self, number: int, frame: Any) -> None:
        """Slurm announces the end of the wall time with USR1, where the profile has `--signal`; TERM asks to stop."""
        self.wall_limit_announced |= number == signal.SIGUSR1
        self.asked_to_stop |= number == signal.SIGTERM


def _draw(*numbers: int) -> int:
    """Mix numbers into one seed."""
    return int(np.random.SeedSequence(numbers).generate_state(1, np.uint64)[0] >> np.uint64(1))


def _is_out_of_memory(error: BaseException) -> bool:
    # torch names it for GPUs only; on a CPU its allocator says so in words.
    return isinstance(error, torch.OutOfMemoryError | MemoryError) or "can't allocate memory" in str(error)
