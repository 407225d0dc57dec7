"""Rows of a model that nobody trained on a task: it is shown a few examples of the training part before each text."""

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field, NonNegativeInt

from alambic import plugins
from alambic.errors import nearest
from alambic.settings.base import Names, Once, Refers, Settings
from alambic.settings.task import Task

FOLDER = "tasks.few_shot"


class FewShotRow(Settings):
    """A causal model, and which examples it is shown."""

    model: Annotated[str, Refers("fetch")] = Field(description="a fetched causal model")
    shots: NonNegativeInt = Field(5, description="examples of the training part, balanced over labels where it has any")
    tasks: Annotated[list[str], Once] = Field([], description="those that it answers; empty: every one that it can")
    seed: NonNegativeInt = Field(0, description="by which the examples are drawn")

    def answered(self, row: str, tasks: Mapping[str, Task]) -> list[str]:
        """List the tasks that the row answers."""
        return [name for name, task in tasks.items() if form_of(row, task) and name in (self.tasks or tasks)]


class FewShot(Settings):
    """What the stage `predict` is given of a row."""

    computed = True
    model: Annotated[str, Refers("fetch")]
    shots: NonNegativeInt
    seed: NonNegativeInt
    form: Annotated[str, Names(FOLDER)] = Field(description="a module of tasks/few_shot, which reads answers")


def form_of(row: str, task: Task) -> str | None:
    """Name the head, of those that may answer a task, by which a prompted model does; None where there is none.

    It is the one that the task names for the row under `heads`, or the first that prompts a model.
    """
    others = plugins.constant("tasks.datasets", task.task, "HEADS", ())
    allowed = [task.heads[row]] if row in task.heads else [task.head, *others]
    return next((name for name in allowed if name in plugins.names(FOLDER)), None)


def resolved_rows(rows: Mapping[str, FewShotRow], name: str, task: Task) -> dict[str, FewShot]:
    """Give the rows that answer the task `name`, each with the form in which it does."""
    return {
        row: FewShot(model=section.model, shots=section.shots, seed=section.seed, form=form)
        for row, section in rows.items()
        if (form := form_of(row, task)) is not None and name in (section.tasks or [name])
    }


def check_few_shot(rows: Mapping[str, FewShotRow], tasks: Mapping[str, Task], fetched: list[str]) -> None:
    """ValueError where a row names a model or a task that there is not, or one that no prompted model answers."""
    for row, section in rows.items():
        path = f"predict.few_shot.{row}"
        if section.model not in fetched:
            raise ValueError(f"{path}.model: no fetched model '{section.model}'; {nearest(section.model, fetched)}")
        for name in section.tasks:
            if name not in tasks:
                raise ValueError(f"{path}.tasks: no task '{name}'; {nearest(name, list(tasks))}")
        for name, task in tasks.items():
            if form_of(row, task) is None and (name in section.tasks or row in task.heads):
                raise ValueError(
                    f"{path}: task '{name}' is answered by {task.head_of(row)}, and a model can be prompted for "
                    f"{', '.join(plugins.names(FOLDER))}: leave the task out"
                )
        if not section.answered(row, tasks):
            raise ValueError(
                f"{path}: it answers no task: a model can be prompted for {', '.join(plugins.names(FOLDER))}"
            )
