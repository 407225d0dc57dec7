"""Who writes for a causal teacher: transformers, or vLLM where a site chooses it."""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from transformers import AutoModelForCausalLM

from alambic.errors import UserError
from alambic.models.device import device_of, reading_dtype
from alambic.models.generation import write
from alambic.stages.teach.windows import TOKENS_PER_FORWARD

CHOICES = ("transformers", "vllm")  # of ALAMBIC_WRITER, which the rules fill from the site's profile


@dataclass(frozen=True)
class Asked:
    """What is to be written."""

    read: int  # tokens of a text at most, without the first
    tokens: int  # that are written at most
    start: int
    end: int | None
    temperature: float  # 0: the likeliest


@dataclass(frozen=True)
class Writer:
    """Goes on with texts of ids, each with its seed if any; `most` padded tokens at once."""

    go_on: Callable[[list[list[int]], Sequence[int] | None], list[list[int]]]
    most: int


def open_writer(teacher: Path, asked: Asked) -> Writer:
    """Open the teacher in whatever writes here; UserError where the site names nothing known."""
    chosen = os.environ.get("ALAMBIC_WRITER", CHOICES[0])
    if chosen not in CHOICES:
        raise UserError(f"ALAMBIC_WRITER={chosen!r}: expected one of {', '.join(CHOICES)}")
    if chosen == "vllm":  # by name: what a site chooses is not part of a fingerprint
        writer: Writer = import_module("alambic.stages.teach.with_vllm").open_writer(teacher, asked)
        return writer
    return _transformers(teacher, asked)


def _transformers(teacher: Path, asked: Asked) -> Writer:
    device = device_of()
    model: Any = AutoModelForCausalLM.from_pretrained(teacher, dtype=reading_dtype()).eval().to(device)

    def go_on(texts: list[list[int]], seeds: Sequence[int] | None) -> list[list[int]]:
        own: dict[str, Any] = {
            "end": asked.end,
            "pad": asked.start,
            "seeds": seeds,
            "temperature": asked.temperature or 1.0,
        }
        return write(model, texts, tokens=asked.tokens, **own)

    # Each sequence of a batch becomes longer by what is written.
    return Writer(go_on, max(1, TOKENS_PER_FORWARD[device.type] * asked.read // (asked.read + asked.tokens)))
