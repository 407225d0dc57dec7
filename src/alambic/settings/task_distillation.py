"""What a model that a fine-tuned teacher helps to fine-tune may set."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Self

from pydantic import Field, NonNegativeInt, model_validator

from alambic import plugins
from alambic.errors import nearest
from alambic.settings.base import Plugged, Share
from alambic.settings.models import Teach

SIGNALS = "stages.teach.signals"


def _of_any_head() -> str:
    """Name the signal of a fine-tuned model from which a student learns whatever its head."""
    finetuned = (name for name in plugins.names(SIGNALS) if plugins.constant(SIGNALS, name, "FINETUNED", False))
    return next(name for name in finetuned if not plugins.constant(SIGNALS, name, "STUDENT_HEADS", ()))


class TaskDistillation(Plugged):
    """A model that learns in fine-tuning also from what a fine-tuned teacher says of a corpus."""

    plugin_field: ClassVar[str] = "signal"
    plugin_folder: ClassVar[str] = SIGNALS
    model: str = Field(description="which model is fine-tuned so")
    teacher: str = Field(description="a model of `finetune.models`: its fine-tuning of the same task and seed predicts")
    corpus: str = Field(description="a cleaned corpus")
    repeat: NonNegativeInt = Field(
        1,
        description="how often an epoch has each text of the task, and the corpus once; 0: no labelled text is learnt",
    )
    signal: str = Field(
        default_factory=_of_any_head,
        description="a module of teach/signals, of those that a fine-tuned model gives; by default what it predicts",
    )
    teacher_task: str | None = Field(None, description="the task on which the teacher was fine-tuned; the same without")
    min_probability: Share = Field(0.0, description="of an annotated entity that is learnt")
    min_agreement: Share = Field(0.0, description="of an annotated entity that is learnt, among the drawn lists")

    def check_names(self, path: str, choices: Mapping[str, Sequence[str]]) -> None:
        """Refuse a model, a corpus or a task that does not exist, and a teacher that is not fine-tuned without one."""
        for field, names in choices.items():
            value = getattr(self, field)
            if value is not None and value not in names:
                where = " among finetune.models" * (field == "teacher")
                raise ValueError(f"{path}.{field}: no {field} named '{value}'{where}; {nearest(value, names)}")

    @property
    def of_finetuning(self) -> dict[str, Any]:
        """Give what the fine-tuning itself sets of it."""
        return self.model_dump(include={"model", "corpus", "repeat", "min_probability", "min_agreement"})

    def stored_signal(self, teacher: str, *, head: str) -> Teach:
        """Give the settings by which the teacher's signal is stored; `head` is the one by which it answers."""
        return Teach(teacher=teacher, corpus=self.corpus, signal=self.signal, head=head, options=self.options)

    @model_validator(mode="after")
    def check_signal(self) -> Self:
        """Refuse a signal of a model that was not fine-tuned, and thresholds of what it does not store."""
        if not plugins.constant(self.plugin_folder, self.signal, "FINETUNED", False):
            raise ValueError(f"signal: '{self.signal}' is none of a fine-tuned model: name it under `teach`")
        annotates = bool(plugins.constant(self.plugin_folder, self.signal, "STUDENT_HEADS", ()))
        if not annotates and (self.min_probability or self.min_agreement):
            raise ValueError(f"min_probability, min_agreement: '{self.signal}' has no entities: leave them out")
        if self.min_agreement and not self.options.get("draws"):
            raise ValueError(f"min_agreement: {self.min_agreement}: no list is drawn to compare with: give `draws`")
        return self
