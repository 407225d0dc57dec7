"""When a student may replace its teacher: what must be shown, on which tasks, by which margin."""

from collections.abc import Collection, Mapping
from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from alambic import plugins
from alambic.errors import nearest
from alambic.settings.base import ItemName, Once, Settings
from alambic.settings.robustness import PERTURBED
from alambic.settings.task import DICTIONARY, Task


def check_margin(margin: float) -> float:
    """Refuse a margin of nothing, which no test can show, and one that any student meets."""
    if not 0 < margin < 1:
        raise ValueError(
            f"{margin}: expected more than 0 and less than 1, in points of the score, such as 0.02: what a student may "
            "lose at most; that nothing at all is lost cannot be shown by any test"
        )
    return margin


Margin = Annotated[float, AfterValidator(check_margin)]


class CountingTask(Settings):
    """What a task asks of a student, where it is not what the section says."""

    margin: Margin | None = Field(None, description="what a student may lose on it; without it that of `promote`")
    metric: str = Field("", description="one of the task's; without it the first")
    datasets: Annotated[list[str], Once] = Field(
        [], description="the test sets that count; empty: all but the perturbed ones"
    )


class PromoteSection(Settings):
    """Which students may replace their teacher, if the scores show that they lose at most a margin."""

    students: Annotated[list[str], Once] = Field(min_length=1, description="scored models; each is judged by itself")
    teacher: str = Field(description="the scored model to which a student must not be inferior")
    control: str = Field(description="the scored model to which a student must be superior")
    margin: Margin = Field(description="what a student may lose on each task, in points of the score, such as 0.02")
    tasks: dict[ItemName, CountingTask] = Field({}, description="the tasks that count; empty: all of the experiment")
    confidence: Annotated[float, Field(ge=0.5, lt=1)] = Field(
        0.95, description="of the one-sided intervals; several students share out what is missing to 1 (Bonferroni)"
    )
    generalize_to_seeds: bool = Field(
        True,
        description="the claim is of the recipe, from any seed; false: of the weights that were scored, as they are",
    )

    @model_validator(mode="after")
    def check_roles(self) -> Self:
        """Refuse a model in two roles."""
        names = [*self.students, self.teacher, self.control]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise ValueError(f"'{twice[0]}' is given two roles; students, teacher and control must differ")
        return self

    @property
    def level(self) -> float:
        """The confidence of each student's intervals, so that all promotions together have that of the section."""
        return 1 - (1 - self.confidence) / len(self.students)

    def resolved(self, tasks: Mapping[str, Task]) -> Self:
        """Fill in the tasks, the metric and the margin of each."""
        counting = self.tasks or {name: CountingTask() for name in tasks}
        return self.model_copy(
            update={
                "tasks": {
                    name: each.model_copy(
                        update={"margin": each.margin or self.margin, "metric": each.metric or tasks[name].metrics[0]}
                    )
                    for name, each in counting.items()
                }
            }
        )

    def check(
        self,
        scored: Mapping[str, Collection[str]],
        tasks: Mapping[str, Task],
        test_sets: Mapping[str, Collection[str] | None],
        seeds: Collection[int],
    ) -> None:
        """ValueError where a name is no scored model, a task has no scores, or a metric or test set is not the task's.

        `scored` gives, of each model and system, the tasks on which it is scored, `test_sets` of each task the names
        of its test sets, where they are known before its data are; `seeds` are those of fine-tuning.
        """
        for item, task in self.tasks.items():
            _check_task(item, task, tasks, test_sets.get(item))
        if not tasks:
            raise ValueError("promote: the experiment has no tasks, so nothing is scored: add one under `tasks`")
        counting = self.resolved(tasks).tasks
        for name, each in counting.items():
            _check_metric(name, each.metric)
        roles = [*(("students", name) for name in self.students), ("teacher", self.teacher), ("control", self.control)]
        for role, name in roles:
            if name == DICTIONARY and role != "control":
                raise ValueError(
                    f"promote.{role}: '{DICTIONARY}' uses no model: name one that was trained; it may be the control"
                )
            if name not in scored:
                raise ValueError(
                    f"promote.{role}: '{name}' is not scored: name a model of finetune.models, a system of "
                    f"evaluate.predictions, or one of report.replicates; {nearest(name, list(scored))}"
                )
            for task_name in counting:
                if task_name not in scored[name]:
                    raise ValueError(
                        f"promote.{role}: '{name}' has no scores on task '{task_name}', which counts: give it "
                        "predictions, or list under promote.tasks those tasks alone that count"
                    )
        if self.generalize_to_seeds and len(seeds) < 2:
            raise ValueError(
                f"promote: finetune.seeds: {list(seeds)}: how much scores vary between seeds is not known from one; "
                "give at least two (three or more decide sooner), or write promote.generalize_to_seeds: false for a "
                "claim about these weights alone"
            )


def _check_metric(task: str, metric: str) -> None:
    """Refuse a metric that is no function of sums over units: the gate has no interval of it."""
    if plugins.constant("stages.evaluate.metrics", metric, "COMBINES", "sums") != "sums":
        raise ValueError(
            f"promote.tasks.{task}.metric: '{metric}' is a correlation, of which the gate has no interval: name "
            "another metric of the task, or list under promote.tasks those tasks alone that count"
        )


def _check_task(
    item: str, counting: CountingTask, tasks: Mapping[str, Task], test_sets: Collection[str] | None
) -> None:
    if item not in tasks:
        raise ValueError(f"promote.tasks: no task named '{item}'; {nearest(item, list(tasks))}")
    metrics = tasks[item].metrics
    if counting.metric and counting.metric not in metrics:
        raise ValueError(
            f"promote.tasks.{item}.metric: '{counting.metric}' is no metric of the task; "
            f"{nearest(counting.metric, metrics)}"
        )
    for dataset in counting.datasets:
        variant = dataset.partition(PERTURBED)[2]
        if variant and variant not in tasks[item].perturb:
            raise ValueError(
                f"promote.tasks.{item}.datasets: '{dataset}': the task makes no perturbed set of that name; "
                f"{nearest(variant, list(tasks[item].perturb))}"
            )
        if test_sets is not None and dataset not in test_sets:
            raise ValueError(
                f"promote.tasks.{item}.datasets: '{dataset}': the task has no test set of that name; "
                f"{nearest(dataset, test_sets)}"
            )
