"""What fine-tuning learns from the task's own texts: what a model reads of them, with their right answers."""

from typing import Any

from alambic.tasks.examples import TaskData
from alambic.tasks.head import Head, LabelledWindow


class GoldExamples:
    """The task's training examples, whose right answers people gave."""

    def __init__(self, head: Head[Any], preprocessor: Any, data: TaskData, *, max_length: int) -> None:
        self.head, self.examples = head, data.train
        self.windows = head.encode(preprocessor, data.train, max_length=max_length)
        self.lengths = [len(window) for window in self.windows]

    def __len__(self) -> int:
        return len(self.windows)

    def __getitem__(self, index: int) -> LabelledWindow[Any]:
        window = self.windows[index]
        return self.head.label(window, self.head.gold_targets(self.examples[window.example]))
