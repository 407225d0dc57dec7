"""The training loop that distillation and fine-tuning share."""

import logging
import math
import shutil
import signal
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, distributed, nn

from alambic.errors import UserError
from alambic.training.engine import Recipe, start_engine
from alambic.training.journal import Journal
from alambic.training.order import batches, micro_batches
from alambic.training.ranks import Ranks
from alambic.training.site import Site

log = logging.getLogger("alambic.training")

CHECKPOINTS = ".checkpoints"
INTERRUPTED = 75  # exit status of a training that saved its state when asked to stop: start it again
SECONDS_PER_LINE = 10

Batch = dict[str, Tensor]


def train(
    module: nn.Module,
    examples: Sequence[Any],
    collate: Callable[[list[Any]], Batch],
    recipe: Recipe,
    *,
    seed: int,
    output: Path,
    lengths: Sequence[int] | None = None,
    vary: Callable[[Any, int, int], Any] | None = None,
) -> dict[str, Any]:
    """Train `module` on `examples` in place; go on at the last checkpoint if there is one.

    `module(batch)` returns named scalars of which `loss` is optimised: each is a mean over the sequences of its batch,
    so that the gradient is that of the global batch on any number of ranks. `vary(example, index, epoch)` changes an
    example from one epoch to the next (masks, noise). Returns facts: steps, examples, seconds, final_loss.
    """
    training = _Training(module, examples, collate, recipe, seed=seed, output=output, lengths=lengths, vary=vary)
    return training.run()


class _Training:
    def __init__(
        self,
        module: nn.Module,
        examples: Sequence[Any],
        collate: Callable[[list[Any]], Batch],
        recipe: Recipe,
        *,
        seed: int,
        output: Path,
        lengths: Sequence[int] | None,
        vary: Callable[[Any, int, int], Any] | None,
    ) -> None:
        if not examples:
            raise UserError("no example to train on: the corpus or the task's training split is empty")
        self.examples, self.collate, self.recipe, self.seed = examples, collate, recipe, seed
        self.output, self.lengths, self.vary = output, lengths, vary
        self.ranks, self.site = Ranks.from_environment(), Site.from_environment()
        share = math.ceil(min(recipe.batch_size, len(examples)) / self.ranks.world_size)
        self.micro_batch = min(self.site.micro_batch or share, share)
        self.accumulation = math.ceil(share / self.micro_batch)
        self.steps_per_epoch = math.ceil(len(examples) / recipe.batch_size)
        self.steps = self.steps_per_epoch * recipe.epochs
        torch.manual_seed(seed)
        self.engine = start_engine(
            module,
            recipe,
            ranks=self.ranks,
            micro_batch=self.micro_batch,
            accumulation=self.accumulation,
            zero_stage=self.site.zero_stage,
        )
        self._epoch, self._batches = -1, list[np.ndarray]()
        self.asked_to_stop = False
        for number in (signal.SIGTERM, signal.SIGUSR1):
            signal.signal(number, self._ask_to_stop)

    def run(self) -> dict[str, Any]:
        """Take every step that is left."""
        done = self._resume()
        journal = Journal(self.output, done=done, write=self.ranks.is_first)
        begun = self.saved = self.spoken = time.monotonic()
        scalars: dict[str, float] = {}
        for step in range(done + 1, self.steps + 1):
            scalars = self._step(step)
            journal.append(step, scalars)
            self._speak(step, scalars)
            self._save_if_due(step)
        if self.ranks.is_first:
            shutil.rmtree(self.output / CHECKPOINTS, ignore_errors=True)
        return {
            "steps": self.steps,
            "examples": len(self.examples),
            "seconds": round(time.monotonic() - begun, 2),
            "ranks": self.ranks.world_size,
            "device": self.engine.device.type,
            "final_loss": scalars.get("loss"),
        }

    def _step(self, step: int) -> dict[str, float]:
        epoch, place = divmod(step - 1, self.steps_per_epoch)
        batch = self._order(epoch)[place]
        rate = self._learning_rate(step)
        for group in self.engine.optimizer.param_groups:
            group["lr"] = rate
        totals: dict[str, Tensor] = {}
        world, rank = self.ranks.world_size, self.ranks.rank
        shares = micro_batches(batch, rank=rank, world_size=world, size=self.micro_batch, number=self.accumulation)
        for number, indices in enumerate(shares):
            # Random states are a function of the step, so that a resumed run draws what the undisturbed one drew.
            torch.manual_seed(_draw(self.seed, step, number, rank))
            scalars = self.engine(self._collate(indices if len(indices) else batch[:1], epoch))
            weight = len(indices) / len(batch)  # an empty share takes part with weight 0
            self.engine.backward(scalars["loss"] * weight * world * self.accumulation)
            self.engine.step()
            for name, value in scalars.items():
                totals[name] = totals.get(name, 0.0) + value.detach().float() * weight
        found = self._over_ranks(totals)
        if not math.isfinite(found["loss"]):
            raise UserError(
                f"the loss is {found['loss']} at step {step}: lower the learning rate, or use precision fp32"
            )
        return {**found, "learning_rate": rate}

    def _order(self, epoch: int) -> list[np.ndarray]:
        if self._epoch != epoch:
            self._epoch = epoch
            self._batches = batches(
                len(self.examples),
                batch_size=self.recipe.batch_size,
                epoch=epoch,
                seed=self.seed,
                lengths=self.lengths,
            )
        return self._batches

    def _collate(self, indices: np.ndarray, epoch: int) -> Batch:
        examples = [self.examples[index] for index in indices]
        if self.vary is not None:
            examples = [self.vary(example, int(index), epoch) for example, index in zip(examples, indices, strict=True)]
        return {name: tensor.to(self.engine.device) for name, tensor in self.collate(examples).items()}

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

    def _speak(self, step: int, scalars: dict[str, float]) -> None:
        if time.monotonic() - self.spoken > SECONDS_PER_LINE or step == self.steps:
            self.spoken = time.monotonic()
            log.info("step %d/%d loss %.4f", step, self.steps, scalars["loss"])

    def _save_if_due(self, step: int) -> None:
        due = time.monotonic() - self.saved > self.site.checkpoint_seconds
        stop, save = self._agree(self.asked_to_stop, due)
        if step < self.steps and (stop or save):
            self.saved = time.monotonic()
            folder = self.output / CHECKPOINTS
            self.engine.save_checkpoint(str(folder), tag=f"step{step}", client_state={"step": step})
            if self.ranks.is_first:
                _keep_two(folder)
            log.info("checkpoint at step %d", step)
        if stop and step < self.steps:
            log.warning(
                "asked to stop: state saved at step %d of %d; the same command goes on from there", step, self.steps
            )
            sys.exit(INTERRUPTED)

    def _agree(self, *flags: bool) -> list[bool]:
        """Make all ranks take the decision that any of them takes."""
        votes = torch.tensor(flags, dtype=torch.int32, device=self.engine.device)
        if self.ranks.world_size > 1:
            distributed.all_reduce(votes, op=distributed.ReduceOp.MAX)
        return [bool(vote) for vote in votes]

    def _resume(self) -> int:
        folder = self.output / CHECKPOINTS
        if not (folder / "latest").exists():
            return 0
        path, state = self.engine.load_checkpoint(str(folder))
        if path is None:
            raise UserError(f"{folder} holds no usable checkpoint: remove it to start this training again")
        log.info("go on after step %d of %d", state["step"], self.steps)
        return int(state["step"])

    def _ask_to_stop(self, number: int, frame: Any) -> None:
        self.asked_to_stop = True


def _draw(*numbers: int) -> int:
    """Mix numbers into one seed."""
    return int(np.random.SeedSequence(numbers).generate_state(1, np.uint64)[0] >> np.uint64(1))


def _keep_two(folder: Path) -> None:
    found = sorted(folder.glob("step*"), key=lambda path: int(path.name.removeprefix("step")))
    for old in found[:-2]:
        shutil.rmtree(old)
