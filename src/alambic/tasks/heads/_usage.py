"""How a fine-tuned model is called without Alambic, for its card."""

from dataclasses import dataclass, field
from typing import Any

NOT_IN_FINGERPRINT = "the wording of a model card"

PAIR = '{"text": first_text, "text_pair": second_text}'  # what the pipeline is given by heads that read two texts
OF_PAIRS = {"text": "pair"}  # how such a head reads


@dataclass(frozen=True)
class PlainUse:
    """What gives the same answers as evaluation from the plain pipeline of transformers, for texts of one window."""

    task: str  # of the pipeline
    options: dict[str, Any]
    answer: str  # which part of what it gives is the answer
    over_windows: str  # how evaluation puts together what several windows give; empty where it reads one alone
    further: dict[str, Any] = field(default_factory=dict)  # what else the configuration says
    then: tuple[str, ...] = ()  # lines of Python that make the scored answer of what it gives
    asked: str = "text"  # what the pipeline is given

    def as_settings(self) -> dict[str, Any]:
        """Give all of it that a program can read, for the configuration of a model."""
        return {"pipeline": self.task, **self.options, **self.further}


def usage(use: PlainUse | None, reads: dict[str, Any]) -> list[str]:
    """Say how a model is called that reads as its configuration says; nothing where no plain pipeline answers alike."""
    if use is None or not reads:
        return []
    options = "".join(f", {name}={value!r}" for name, value in use.options.items())
    longest, overlap = reads["max_length"], reads["overlap"]
    return [
        "## Use",
        "",
        f"For a text of at most {longest} tokens, special ones included:",
        "",
        "```python",
        *(["import re", ""] if use.then else []),
        "from transformers import pipeline",
        "",
        f'answer = pipeline("{use.task}", "<this folder>")({use.asked}{options})',
        *use.then,
        "```",
        "",
        f"The answer that was scored is {use.answer}. Give running text: the model was trained on it, not on words.",
        "",
        *_beyond(use, longest, overlap),
    ]


def _beyond(use: PlainUse, longest: int, overlap: int) -> list[str]:
    """Say how what is longer was scored."""
    if not use.over_windows:
        return [f"What is longer was cut to {longest} tokens, its longer text first, as the pipeline does.", ""]
    return [
        f"A longer text was scored in windows of {longest} tokens, of which {overlap} are also in the next one: "
        f"{use.over_windows}. The plain pipeline has no such windows; cut the text into parts of that length, or "
        "score it with Alambic.",
        "",
    ]
