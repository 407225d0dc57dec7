"""A causal model that nobody trained on a task, which is shown a few of its examples before each text."""

from abc import ABC, abstractmethod
from collections.abc import Hashable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar, Protocol

import torch
from transformers import AutoModelForCausalLM

from alambic.errors import UserError
from alambic.models.decoding import Search, Table
from alambic.models.description import family
from alambic.models.device import device_of
from alambic.models.opening import open_config, open_model, open_tokenizer
from alambic.models.positions import window_length
from alambic.models.shared_prefix import SharedPrefix
from alambic.models.text_tokens import with_padding
from alambic.tasks.examples import Answer, Example, TaskData
from alambic.tasks.few_shot._prompt import draw_shots, ids_of, in_one_line, line_end, make_prompt
from alambic.tasks.head import Prediction
from alambic.tasks.heads._generation import WritingHead


class PromptedHead(Protocol):
    """A head whose model reads a prompt before each text, and is not trained."""

    name: ClassVar[str]
    decoding: ClassVar[str]
    labels: tuple[str, ...]
    prefix: SharedPrefix | None

    def instruction(self) -> str:
        """Say in French what is asked."""
        ...

    def kind(self, example: Example) -> Hashable:
        """Give what the examples of a prompt are balanced over."""
        ...

    def shot(self, tokenizer: Any, example: Example) -> list[int]:
        """Give the tokens of an example and its right answer."""
        ...

    def around(self, tokenizer: Any) -> int:
        """Count the tokens that stand around a text."""
        ...

    def settle(self, model: Any, preprocessor: Any, data: TaskData, *, max_length: int) -> None:
        """Note how long answers are."""
        ...

    def predict(
        self, model: Any, preprocessor: Any, examples: Sequence[Example], *, max_length: int
    ) -> list[Prediction]:
        """Answer each example."""
        ...

    def counted(self, answer: Answer, example: Example) -> Answer:
        """Take out of an answer what counts neither as right nor as wrong."""
        ...


class Prompted:
    """A model with the prompt of a task, as a predictor."""

    def __init__(self, head: PromptedHead, folder: Path, data: TaskData, *, shots: int, seed: int) -> None:
        config = open_config(folder)
        if family(config) != "causal":
            raise UserError(
                f"few_shot: {folder} is a model of family '{family(config)}': name a causal one, which continues texts"
            )
        self.head = head
        self.tokenizer = with_padding(open_tokenizer(folder))
        self.model = open_model(AutoModelForCausalLM, folder, dtype=torch.float32).eval().to(device_of())
        context = window_length(config, self.tokenizer)
        self.shots = shots
        train = [_flat(example) for example in data.train]
        head.settle(self.model, self.tokenizer, replace(data, train=train), max_length=context)
        drawn = draw_shots(train, head.kind, shots=shots, seed=seed)
        pairs = [(example, head.shot(self.tokenizer, example)) for example in drawn]
        self.prompt = make_prompt(self.tokenizer, head.instruction(), pairs, room=context // 2)
        head.prefix = SharedPrefix(self.model, self.prompt.ids)
        self.max_length = context - len(head.prefix) - head.around(self.tokenizer)

    def predict(self, examples: Sequence[Example]) -> list[Prediction]:
        """Answer each example."""
        flat = [_flat(example) for example in examples]
        return self.head.predict(self.model, self.tokenizer, flat, max_length=self.max_length)

    def facts(self) -> dict[str, Any]:
        """Count parameters, and what the prompt has of what was drawn."""
        return {
            "parameters": self.model.num_parameters(),
            "embedding_parameters": self.model.get_input_embeddings().weight.numel(),
            "prompt_tokens": len(self.prompt.ids),
            "shots": len(self.prompt.examples),
            "shots_left_out": len(self.prompt.left_out),
        }

    def record(self) -> dict[str, Any]:
        """Give the prompt, and the ids of its examples, as JSON takes them."""
        left_out = {"examples_left_out": self.prompt.left_out}
        return {"prompt": self.prompt.text, "examples": self.prompt.examples, **left_out}


class PromptedWriting(WritingHead, ABC):
    """What heads share that read a text between two lines of a prompt, and write the answer to the end of its line."""

    before: ClassVar[str] = "Texte :"
    behind: ClassVar[str]

    def __init__(self, labels: tuple[str, ...]) -> None:
        super().__init__(labels)
        self.causal = True
        self.prefix: SharedPrefix | None = None

    @abstractmethod
    def instruction(self) -> str:
        """Say in French what is asked."""

    @abstractmethod
    def answer_ids(self, tokenizer: Any, example: Example) -> list[int]:
        """Give the tokens of the right answer."""

    def kind(self, example: Example) -> Hashable:
        """Give what the examples of a prompt are balanced over: nothing."""
        return None

    def shot(self, tokenizer: Any, example: Example) -> list[int]:
        """Give the tokens of an example and its right answer."""
        return [*self.opened(tokenizer, ids_of(tokenizer, example.text)), *self.answer_ids(tokenizer, example)]

    def opened(self, tokenizer: Any, ids: Sequence[int]) -> list[int]:
        """Put the tokens of a text between the line before it and the beginning of the line behind it."""
        end = line_end(tokenizer)
        return [*ids_of(tokenizer, self.before), end, *ids, end, *ids_of(tokenizer, self.behind)]

    def around(self, tokenizer: Any) -> int:
        """Count the tokens that stand around a text."""
        return len(self.opened(tokenizer, []))

    def end(self, tokenizer: Any) -> int:
        """Give the token that ends a line."""
        return line_end(tokenizer)

    def search(self, tokenizer: Any, longest: int, table: Table | None) -> Search:
        """Say how a model writes what `table` allows, behind the prompt."""
        return replace(super().search(tokenizer, longest, table), prefix=self.prefix)


def _flat(example: Example) -> Example:
    """Write an example's text, answer and choices in one line each; characters stay where they are."""
    gold = in_one_line(example.gold) if isinstance(example.gold, str) else example.gold
    choices = tuple((name, in_one_line(text)) for name, text in example.choices)
    return replace(example, text=in_one_line(example.text), gold=gold, choices=choices)
