"""How weights are trained, whatever is trained."""

from typing import Literal

from pydantic import (
    Field,
    NonNegativeFloat,
    PositiveFloat,
    PositiveInt,
)

from alambic.settings.base import Settings, Share


class Optimization(Settings):
    """How weights are trained; the batch is global, whatever the number of ranks."""

    batch_size: PositiveInt = Field(32, description="sequences per optimizer step, over all ranks")
    epochs: PositiveInt = 1
    learning_rate: PositiveFloat = 5e-4
    weight_decay: NonNegativeFloat = 0.01
    warmup: Share = Field(0.06, description="share of the steps over which the learning rate grows")
    max_gradient_norm: PositiveFloat = 1.0
    precision: Literal["fp32", "bf16", "fp16"] = "fp32"
