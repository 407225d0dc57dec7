"""What metrics that read sources are given beside the answers."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from alambic.tasks.examples import Example


@dataclass(frozen=True)
class Sources:
    """The examples that were answered, those that were learnt from, and a fine-tuned model that reads, if any."""

    examples: Sequence[Example]  # in the order of the answers
    learnt: Sequence[Example]
    reader: Path | None = None
