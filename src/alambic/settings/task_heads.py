"""Which head answers a task by which model, and what it takes of the model: checked before the first job."""

from collections.abc import Iterable, Mapping, Sequence

from alambic import plugins
from alambic.errors import nearest
from alambic.settings.student import Distill
from alambic.settings.task import Task


def check_named_models(path: str, task: Task, models: Iterable[str], finetuned: Sequence[str]) -> None:
    """ValueError where a head is chosen for a model that there is not, or a model for a task that is not fine-tuned."""
    known = list(models)
    for model in task.models:
        if model not in finetuned:
            raise ValueError(f"{path}.models: no model '{model}' in finetune.models; {nearest(model, list(finetuned))}")
    for model in task.heads:
        if model not in known:
            raise ValueError(f"{path}.heads: no model '{model}'; {nearest(model, known)}")


def check_accepted(path: str, task: Task, model: str, base: str, students: Mapping[str, Distill]) -> None:
    """Check that the head of a model takes a student of its family; of a fetched model it is known when it is there.

    `base` is what is fine-tuned under the name `model`.
    """
    head, student = task.head_of(model), students.get(base)
    models = plugins.constant("tasks.heads", head, "MODELS")
    if student and student.family not in models:
        raise ValueError(
            f"{path}: {head} takes a model of one of the families {', '.join(models)}; "
            f"'{base}', which is fine-tuned, is a student of family '{student.family}'{_others(task, student.family)}"
        )


def check_reader(path: str, task: Task, tasks: Mapping[str, Task], models: Sequence[str], seeds: Sequence[int]) -> None:
    """ValueError where the model that reads what was written for a task is not fine-tuned as its metric asks."""
    if task.reader is None:
        return
    asked = [plugins.constant("stages.evaluate.metrics", name, "READER", None) for name in task.metrics]
    head = next((name for name in asked if name), None)
    if head is None:
        raise ValueError(f"{path}.reader: no metric of the task has a model read what was written: leave it out")
    names = [
        f"{model}/{name}/seed{seed}"
        for name, other in tasks.items()
        for model in models
        for seed in seeds
        if other.head_of(model) == head and not other.reader and model in other.models_of([*models])
    ]
    if task.reader not in names:
        remedy = nearest(task.reader, names) if names else f"no task of this experiment is answered by {head}"
        raise ValueError(f"{path}.reader: '{task.reader}' is no fine-tuned model that answers by {head}; {remedy}")


def check_scorer(path: str, task: Task, models: Iterable[str]) -> None:
    """ValueError where the encoder that compares written texts is none of the models, or compares nothing."""
    if task.scorer is None:
        return
    if not any(plugins.constant("stages.evaluate.metrics", name, "SCORER", None) for name in task.metrics):
        raise ValueError(f"{path}.scorer: no metric of the task compares texts by an encoder: leave it out")
    if task.scorer not in (known := list(models)):
        raise ValueError(f"{path}.scorer: no model '{task.scorer}'; {nearest(task.scorer, known)}")


def _others(task: Task, family: str) -> str:
    """Name the heads that the dataset allows and that take the family."""
    allowed = plugins.constant("tasks.datasets", task.task, "HEADS", ())
    fitting = [name for name in allowed if family in plugins.constant("tasks.heads", name, "MODELS")]
    return f": choose {' or '.join(fitting)} for it under `heads`" if fitting else ""


def check_taught(path: str, task: Task, model: str, teacher: str, *, signal: str, of: Task) -> None:
    """Refuse a head that learns nothing of what a teacher, fine-tuned on task `of`, says of a corpus; or the teacher's.

    Of probabilities a head learns those of its own kind alone.
    """
    head, of_teacher = task.head_of(model), of.head_of(teacher)
    for name, found, role in ((head, "STUDENT_HEADS", model), (of_teacher, "TEACHER_HEADS", teacher)):
        expected = plugins.constant("stages.teach.signals", signal, found, ())
        if expected and name not in expected:
            raise ValueError(
                f"{path}.heads: '{role}' answers by {name}, and for the signal '{signal}' of `finetune."
                f"task_distillation.{model}` it must answer by {' or '.join(expected)}"
            )
    if plugins.constant("stages.teach.signals", signal, "STUDENT_HEADS", ()):
        return
    if plugins.constant("tasks.heads", head, "READS_PAIRS", False):
        raise ValueError(
            f"{path}: {head} reads two texts, and no corpus has pairs for `finetune."
            f"task_distillation.{model}`: leave out one of them"
        )
    if not plugins.constant("tasks.heads", head, "SOFT_TARGETS", True):
        raise ValueError(
            f"{path}: {head} learns nothing of the probabilities that `finetune.task_distillation.{model}` gives it: "
            "leave out one of them"
        )
    if of_teacher != head:
        raise ValueError(
            f"{path}.heads: '{model}' answers by {head} and its teacher '{teacher}' by {of_teacher}: "
            "a teacher's probabilities are of its own head; give both the same"
        )
