"""What a signal of generated texts asks of whatever library generates them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class GenerationRequest:
    """How much is generated, and how."""

    prompt_tokens: int  # of a prompt at most, without the start token
    new_tokens: int  # at most
    start: int
    end: int | None
    temperature: float  # 0: the likeliest


class Generator(Protocol):
    """A causal teacher that continues prompts."""

    @property
    def most(self) -> int:
        """How many padded tokens of prompts one call may have."""
        ...

    def generate(self, prompts: list[list[int]], seeds: Sequence[int] | None) -> list[list[int]]:
        """Give what follows each prompt of token ids, its end included; drawn from its seed, if there are any."""
        ...
