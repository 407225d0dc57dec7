"""The student writes, and its teacher corrects it: generalised knowledge distillation.

GKD (Agarwal et al. 2024, arXiv 2306.13649, algorithm 1): a share of the sequences is what the student itself goes on to
write at this moment, on which the teacher's distribution is learnt like on any text; no gradient goes through the
writing. Which sequences, from where, and each draw are a function of seed, epoch and sequence: a training goes on bit
for bit, and another number of ranks draws alike.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import pad as pad_tensor

from alambic.errors import UserError
from alambic.models.generation import generate
from alambic.models.positions import usable_positions
from alambic.settings import Distill
from alambic.stages.distill.examples.continuations import Continuation, PassageCollator
from alambic.stages.distill.examples.sketch_batch import targets_at
from alambic.stages.distill.student_setup import draw, seed_of
from alambic.training.runtime_options import RuntimeOptions

Batch = dict[str, Tensor]


@dataclass(frozen=True)
class Prompted:
    """A passage as it is, or its beginning as a prompt that the student continues."""

    passage: Continuation
    seed: int  # of what the student generates; 0: the passage is as it is


def begin(share: float, seed: int, passage: Continuation, index: int, epoch: int) -> Prompted:
    """Leave a passage of n tokens as it is, or keep 1 to n - 1 of them for the student to go on from."""
    drawn = seed_of(share, seed, index, epoch)
    if not drawn:
        return Prompted(passage, 0)
    cut = 1 + draw(seed, index, epoch) % (len(passage.ids) - 1)
    return Prompted(
        Continuation(passage.ids[:cut], passage.has_teacher_target[:cut], **targets_at(None, np.zeros(0, int))), drawn
    )


@dataclass(frozen=True)
class PromptedCollator:
    """Pad passages and prompts into a batch."""

    pad: PassageCollator

    def __call__(self, examples: list[Prompted]) -> Batch:
        """Add seeds (batch,)."""
        batch = self.pad([example.passage for example in examples])
        return batch | {"seeds": torch.tensor([example.seed for example in examples])}


@dataclass(frozen=True)
class OnPolicyGenerator:
    """How a student generates."""

    tokens: int
    temperature: float
    end: int | None
    pad: int
    never: tuple[int, ...] = ()  # pieces that the teacher has not, and those that stand for no text
    start: int | None = None  # after which an encoder-decoder writes; None: after what it was given

    def __call__(self, student: Any, batch: Batch) -> Batch:
        """Generate where `seeds` is not 0: there the target_ids are the student's, and `generated` (batch,) is true."""
        rows = torch.nonzero(batch["seeds"]).flatten().tolist()
        if not rows:
            return batch
        read, mask = ("ids", "mask") if self.start is None else ("source_ids", "source_mask")
        texts = [batch[read][row][batch[mask][row] > 0].tolist() for row in rows]
        generated = generate(
            student,
            texts,
            tokens=self.tokens,
            end=self.end,
            pad=self.pad,
            start=self.start,
            seeds=batch["seeds"][rows].tolist(),
            temperature=self.temperature,
            never=self.never,
        )
        before = texts if self.start is None else [[self.start]] * len(rows)
        return _with_generated(batch, rows, before, generated, pad=self.pad)


def _with_generated(
    batch: Batch, rows: list[int], before: list[list[int]], generated: list[list[int]], *, pad: int
) -> Batch:
    """Put `before` and `generated` in the place of some rows; only what was generated is predicted there."""
    width = max(
        batch["ids"].shape[1],
        *(len(prompt) + len(continuation) for prompt, continuation in zip(before, generated, strict=True)),
    )
    fills = {"ids": pad, "mask": 0, "target_ids": -100, "has_teacher_target": False}
    more = (0, width - batch["ids"].shape[1])
    changed = {name: pad_tensor(batch[name], more, value=value) for name, value in fills.items()}
    is_generated = torch.zeros(len(batch["ids"]), dtype=torch.bool, device=batch["ids"].device)
    for row, prompt, continuation in zip(rows, before, generated, strict=True):
        ids = torch.tensor([*prompt, *continuation], device=is_generated.device)
        for name, value in fills.items():
            changed[name][row] = value
        changed["ids"][row, : len(ids)], changed["mask"][row, : len(ids)] = ids, 1
        changed["target_ids"][row, len(prompt) - 1 : len(ids) - 1] = ids[len(prompt) :]
        is_generated[row] = True
    return batch | changed | {"generated": is_generated}


def generator_of(
    settings: Distill, tokenizer: Any, student: Any, teacher: Any, *, pad: int, start: int | None = None
) -> OnPolicyGenerator | None:
    """Set up how the student generates, None where it does not; UserError where a model cannot read so much."""
    chosen = settings.on_policy
    if chosen is None:
        return None
    if RuntimeOptions.from_environment().zero_stage == 3:
        raise UserError("on_policy: a student whose parameters are shared out (zero_stage 3) cannot write; set 2")
    longest = settings.sequence_length + chosen.new_tokens
    for model in (student, teacher):
        reads = usable_positions(model.config)
        if reads is not None and longest > reads:
            raise UserError(
                f"on_policy: sequence_length {settings.sequence_length} and new_tokens {chosen.new_tokens} are more "
                f"than the {reads} tokens that a {model.config.model_type} reads here: lower one of them"
            )
    end = tokenizer.eos_token_id
    theirs, ours = (len(model.get_output_embeddings().weight) for model in (teacher, student))
    never = {*tokenizer.all_special_ids, *range(min(theirs, len(tokenizer)), ours)} - {end}
    return OnPolicyGenerator(chosen.new_tokens, chosen.temperature, end, pad, tuple(sorted(never)), start)
