"""What fine-tuning learns from the task's own texts: what a model reads of them, with their right answers."""

from typing import Any

from alambic.errors import UserError
from alambic.tasks.examples import TaskData
from alambic.tasks.head import Head, LabelledWindow


class GoldExamples:
    """The task's training examples, whose right answers people gave."""

    def __init__(self, head: Head[Any], preprocessor: Any, data: TaskData, *, max_length: int) -> None:
        self.head, self.examples = head, data.train
        self.windows = head.encode(preprocessor, data.train, max_length=max_length)
        if data.train and not self.windows:
            raise UserError(
                f"none of {len(data.train)} training examples can be read, {max_length} tokens at once: raise "
                "max_length"
            )
        self.lengths = [len(window) for window in self.windows]

    @property
    def not_read(self) -> int:
        """How many examples have nothing that the model can read."""
        return len(self.examples) - len({window.example for window in self.windows})

    def __len__(self) -> int:
        return len(self.windows)

    def __getitem__(self, index: int) -> LabelledWindow[Any]:
        window = self.windows[index]
        return self.head.label(window, self.head.gold_targets(self.examples[window.example]))
