"""What metrics that read sources are given beside the answers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from alambic.tasks.examples import Example


@dataclass(frozen=True)
class Sources:
    """The examples that were answered, those that were learnt from, models that read them, and what labels say."""

    examples: Sequence[Example]  # in the order of the answers
    learnt: Sequence[Example]
    reader: Path | None = None
    label_texts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    scorer: Path | None = None
