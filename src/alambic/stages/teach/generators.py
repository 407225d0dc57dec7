"""The libraries that generate for a causal teacher: transformers, or vLLM where a site chooses it."""

import os
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from transformers import AutoModelForCausalLM

from alambic.errors import UserError
from alambic.models.device import device_of, reading_dtype
from alambic.models.generation import generate
from alambic.models.opening import open_model
from alambic.stages.teach.generator import GenerationRequest, Generator
from alambic.stages.teach.windows import TOKENS_PER_FORWARD

CHOICES = ("transformers", "vllm")  # of ALAMBIC_GENERATOR, which the rules fill from the site's profile


def open_generator(teacher: Path, request: GenerationRequest) -> Generator:
    """Open the teacher in the library that the site chooses; UserError where it names none that is known."""
    chosen = os.environ.get("ALAMBIC_GENERATOR", CHOICES[0])
    if chosen not in CHOICES:
        raise UserError(f"ALAMBIC_GENERATOR={chosen!r}: expected one of {', '.join(CHOICES)}")
    if chosen == "vllm":  # by name: what a site chooses is not part of a fingerprint
        generator: Generator = import_module("alambic.stages.teach.with_vllm").open_generator(teacher, request)
        return generator
    return TransformersGenerator(teacher, request)


class TransformersGenerator:
    """A teacher in transformers."""

    def __init__(self, teacher: Path, request: GenerationRequest) -> None:
        device = device_of()
        self.request = request
        self.model: Any = open_model(AutoModelForCausalLM, teacher, dtype=reading_dtype()).eval().to(device)
        # Each sequence of a batch becomes longer by what is generated.
        longest = request.prompt_tokens + request.new_tokens
        self.most = max(1, TOKENS_PER_FORWARD[device.type] * request.prompt_tokens // longest)

    def generate(self, prompts: list[list[int]], seeds: Sequence[int] | None) -> list[list[int]]:
        """Continue prompts of token ids, each with draws of its own seed if any."""
        return generate(
            self.model,
            prompts,
            tokens=self.request.new_tokens,
            end=self.request.end,
            pad=self.request.start,
            seeds=seeds,
            temperature=self.request.temperature or 1.0,
        )
