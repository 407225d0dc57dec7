"""What a head does: one kind of answer, from the examples of a task to the scores of each of them.

A head is a module of `tasks/heads`, found by its name alone: none is listed, so that a new one is part of no other
task's code. It has two things: `MODELS`, the families of models that it accepts, and `head(labels) -> Head`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, Generic, Literal, Protocol, TypeVar

import numpy as np
from torch import Tensor
from transformers import PretrainedConfig

from alambic.data.ragged_array import Field
from alambic.errors import UserError
from alambic.models.description import family
from alambic.models.opening import open_config
from alambic.tasks.examples import Answer, Example, TaskData
from alambic.tasks.perturb.edits import Perturbed

Family = Literal["encoder", "causal", "encoder_decoder", "vision"]

SAVED_NAME = "alambic_head"  # under which the configuration of a fine-tuned model names its head
READS = "alambic_reads"  # under which it says how texts are read, and what to call without Alambic
LABELS = "alambic_labels"  # and its labels, where it has no output for each

# Of models that were fine-tuned before their configuration named their head: how the name of their architecture ends,
# their type of problem where it counts, and the head.
UNNAMED = (
    ("ForSequenceClassification", "multi_label_classification", "multilabel_classification"),
    ("ForSequenceClassification", "", "sequence_classification"),
    ("ForTokenClassification", "", "token_classification"),
)


class Encoded(Protocol):
    """What a model reads at once of one example: a window of a text, a prompt, a line of an image."""

    @property
    def example(self) -> int:
        """The example's place among those that were encoded."""
        ...

    def __len__(self) -> int:
        """Give its length, by which batches are made: of a text, in tokens."""
        ...


NOT_ASKED = -1.0  # the target of a label that a text was not read for: neither right nor wrong

LabelTexts = Mapping[str, tuple[str, ...]]  # what labels say, in one or several wordings

Input = TypeVar("Input", bound=Encoded)


@dataclass(frozen=True)
class LabelledWindow(Generic[Input]):
    """What a model reads, and what it should say of it.

    Of n choices, targets are probabilities (1, n), or (tokens, n), of which a row of zeros is no target, nor, for heads
    that know it, `NOT_ASKED`; or a number (1, 1); or (answers, 1), 1 for each right one of those to choose from; or the
    numbers of right labels (1, labels).
    Of what is written they are none, (1, 0).
    """

    window: Input
    targets: np.ndarray


@dataclass(frozen=True)
class Prediction:
    """A model's answer to an example, and how sure it is of each that it could have given.

    Scores are probabilities in single precision, (labels,), or (words, labels) of which a word that was not read has
    zeros, or (answers,) to choose from; of a head that gives a number they are that number, (1,); or (n,) of what
    `scored` names. None where there are none, as of a baseline.
    """

    answer: Answer
    scores: np.ndarray | None = None
    scored: tuple[str, ...] = ()  # what each score is of, where they are not those of all labels
    written: str = ""  # a text that was written before the answer
    ended: bool = True  # or cut off at the longest output
    remarks: tuple[str, ...] = ()  # what is odd in the example or the answer, by names that are counted


class Head(Protocol[Input]):
    """One kind of answer, for a task with these labels."""

    @property
    def name(self) -> str:
        """The module's."""
        ...

    @property
    def labels(self) -> tuple[str, ...]:
        """What a model chooses among, in the order of its outputs; empty where it writes freely."""
        ...

    @property
    def decoding(self) -> str:
        """Say by which rules outputs become answers; part of every score's signature: other rules, another wording."""
        ...

    # ---- the model

    def new_model(self, folder: Path, *, seed: int) -> Any:
        """Open the model in `folder`, in single precision, under a new layer of outputs that is drawn from `seed`."""
        ...

    def open_model(self, folder: Path) -> Any:
        """Open a model that was fine-tuned with this head, in single precision, for prediction."""
        ...

    def open_preprocessor(self, folder: Path) -> Any:
        """Open what turns inputs into numbers: a tokenizer, or a processor of images."""
        ...

    def longest_input(self, model: Any, max_length: int) -> int:
        """Give the length at which inputs are cut: `max_length`, or less where the model reads no more."""
        ...

    def reads_kinds(self, model: Any, preprocessor: Any) -> bool:
        """Tell whether `model` is given, with each token, of which of two texts it is."""
        ...

    def save(self, model: Any, preprocessor: Any, folder: Path, *, max_length: int) -> None:
        """Write a transformers folder whose configuration names this head, and which keeps `max_length`."""
        ...

    def usage(self, folder: Path) -> list[str]:
        """Say, as lines of Markdown, how a model that was saved in `folder` is called without Alambic."""
        ...

    def freeze_embeddings(self, model: Any) -> None:
        """Learn nothing of the table of pieces, or of that part of it that the model came with."""
        ...

    def settle(self, model: Any, preprocessor: Any, data: TaskData, *, max_length: int) -> None:
        """Choose, of a model that was trained, what goes with it, such as a threshold; before it is saved."""
        ...

    # ---- learning

    def encode(self, preprocessor: Any, examples: Sequence[Example], *, max_length: int) -> list[Input]:
        """Turn examples into what a model reads, in their order: one or more windows, prompts or lines of each."""
        ...

    def gold_targets(self, example: Example) -> np.ndarray:
        """Give the targets of the right answer of a whole example: probabilities (1, labels), or (words, labels)."""
        ...

    def label(self, window: Input, targets: np.ndarray) -> LabelledWindow[Input]:
        """Give one of an example's windows its targets, from those of the whole example."""
        ...

    def collator(self, preprocessor: Any) -> Callable[[Sequence[LabelledWindow[Input]]], dict[str, Tensor]]:
        """Give what makes a batch, in any process: `input_ids` and `attention_mask` (sequences, tokens), `targets`.

        Targets are (sequences, labels), or (sequences, tokens, labels).
        """
        ...

    def loss(self, model: Any, batch: dict[str, Tensor]) -> dict[str, Tensor]:
        """Give scalars for a batch, means over its sequences: `loss`, which is minimised, and what else is to be seen.

        Against the probabilities of a teacher the loss is its KL divergence and a constant, against right answers the
        usual one.
        """
        ...

    # ---- the soft targets of a teacher

    def stored_targets(self, prediction: Prediction) -> bytes:
        """Write down what a student learns of a prediction: its scores in half precision, row by row."""
        ...

    def soft_targets(self, stored: bytes) -> np.ndarray:
        """Read it back: the targets of a whole example, as `gold_targets` gives them."""
        ...

    def targets_on_disk(self) -> Field:
        """Say how the targets of many windows lie on disk."""
        ...

    # ---- answers

    def predict(
        self, model: Any, preprocessor: Any, examples: Sequence[Example], *, max_length: int
    ) -> list[Prediction]:
        """Answer each example, and score what could have been answered."""
        ...

    def counted(self, answer: Answer, example: Example) -> Answer:
        """Take out of an answer what counts neither as right nor as wrong."""
        ...

    # ---- use

    def question(self, name: str, text: str, second: str = "") -> Example:
        """Make the example of a text, or of a pair, whose answer is not known.

        Of a question with answers to choose from, these are `second`: JSON, as `tasks/choices.py` reads it.
        """
        ...

    def as_record(self, example: Example, prediction: Prediction) -> dict[str, Any]:
        """Write an answer for a person or a program, as JSON takes it.

        {"labels": [{"label": "IX", "score": 0.93}]}, of which a score is a probability, or the number that was asked
        for; or {"entities": [{"start": 4, "end": 10, "label": "DISO", "score": 0.88, "text": "fièvre"}]}: characters
        are counted from 0, ends are not included.
        """
        ...

    # ---- data

    def perturb(self, example: Example, perturbed: Perturbed) -> Example:
        """Give the example of a changed text; its answer follows the words that it is about."""
        ...


def load_head(name: str, labels: Sequence[str], label_texts: LabelTexts | None = None) -> Head[Any]:
    """Make the head in module `name` of `tasks/heads`, for these labels; one that reads what they say is given it."""
    module = import_module(f"alambic.tasks.heads.{name}")
    further = {"label_texts": label_texts or {}} if getattr(module, "READS_LABEL_TEXTS", False) else {}
    head: Head[Any] = module.head(tuple(labels), **further)
    return head


def saved_head(folder: Path) -> Head[Any]:
    """Make the head of a fine-tuned model, with the labels that it learnt; UserError where the model has none."""
    config: Any = open_config(folder)
    name = saved_name(config)
    if name is None:
        raise UserError(f"{folder}: expected a model that was fine-tuned on a task, found {config.architectures}")
    labels = config.to_dict().get(LABELS)
    return load_head(name, [config.id2label[n] for n in range(config.num_labels)] if labels is None else labels)


def saved_name(config: PretrainedConfig) -> str | None:
    """Tell which head a model was fine-tuned with from its configuration; None where it was not."""
    name: str | None = config.to_dict().get(SAVED_NAME)
    if name is not None:
        return name
    architecture = (config.architectures or [""])[0]
    return next(
        (name for ending, of, name in UNNAMED if architecture.endswith(ending) and of in ("", config.problem_type)),
        None,
    )


def check_accepts(name: str, folder: Path) -> None:
    """Refuse a model of a family that head `name` does not accept."""
    models: tuple[Family, ...] = import_module(f"alambic.tasks.heads.{name}").MODELS
    model = family(open_config(folder)).replace("-", "_")
    if model not in models:
        raise UserError(f"{folder} is a model of family '{model}', and {name} takes one of {', '.join(models)}")
