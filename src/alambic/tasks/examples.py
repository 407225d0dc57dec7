"""What a dataset offers: examples with their right answers, in parts, and the name of the head that answers them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

# A label, a number as text, or a text; or several labels, sorted or in an order of their own; or one IOB2 tag per word.
Answer = str | tuple[str, ...]
WordSpan = tuple[int, int, str]  # of an entity: its first word, the word after its last, its label


@dataclass(frozen=True)
class Example:
    """A text or an image, and its right answer."""

    id: str
    text: str
    gold: Answer
    words: tuple[tuple[int, int], ...] = ()  # character offsets, where each word has an answer
    ignored: frozenset[int] = frozenset()  # words on which no prediction counts
    image: Path | None = None  # the file, where the input is an image
    second: str = ""  # the other text, where the answer is about two
    unit: str = ""  # what a resample draws whole, such as a patient or a document; empty: the example itself
    # What the data say of it, such as its sex, chapter or year.
    attributes: Mapping[str, str] = field(default_factory=dict, hash=False)
    spans: tuple[WordSpan, ...] | None = None  # all entities, nested ones too, where the tags do not hold them all
    choices: tuple[tuple[str, str], ...] = ()  # the name and the text of each answer to choose from
    standard: str = ""  # the text in standard wording, where a head learns to write it


@dataclass(frozen=True)
class TaskData:
    """Everything that fine-tuning and evaluation need to know of a task; it has the parts that its dataset gives."""

    head: str  # a module of `heads`
    labels: tuple[str, ...]  # the names of what a model chooses among; of IOB2, every tag, "O" first
    train: list[Example] = field(default_factory=list)
    test: dict[str, list[Example]] = field(default_factory=dict)  # by the name of the dataset, as the two below
    calibration: dict[str, list[Example]] = field(default_factory=dict)  # neither learnt from nor scored
    dev: dict[str, list[Example]] = field(default_factory=dict)  # neither learnt from nor scored
    conversion: str = ""  # how the data was made comparable; part of every score's signature
    facts: dict[str, int] = field(default_factory=dict)
    # What a label says, in one or several wordings, for heads and baselines that read it.
    label_texts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
