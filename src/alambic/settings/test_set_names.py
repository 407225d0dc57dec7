"""The names of a task's test sets, where the settings say them: the dataset gives them, or an option does."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from alambic import plugins
from alambic.settings.base import Plugged
from alambic.settings.robustness import PERTURBED
from alambic.settings.task import Task

_OPTION = re.compile(r"\{(?:(\w+)\.)?(\w+)\}")


def names_of_test_sets(task: Task, sources: Mapping[str, Plugged]) -> list[str] | None:
    """List the test sets of a task, perturbed ones included; None where only its data tell their names.

    The dataset's constant TEST_SETS names them. "{option}" stands for the value of an option of the task, or for each
    of several, and "{input.option}" for that of an option of the source which serves as that input; `sources` are the
    collected ones by name.
    """
    given: tuple[str, ...] | None = plugins.constant("tasks.datasets", task.task, "TEST_SETS", None)
    if given is None:
        return None
    names: list[str] = []
    for pattern in given:
        filled = list(_filled(pattern, task, sources))
        if not filled:
            return None
        names += filled
    return [*names, *(f"{name}{PERTURBED}{variant}" for name in names for variant in task.perturb)]


def _filled(pattern: str, task: Task, sources: Mapping[str, Plugged]) -> Iterator[str]:
    """Put the values of an option into a name: one name for each; none where the option is empty, or is not there."""
    match = _OPTION.search(pattern)
    if match is None:
        yield pattern
        return
    role, option = match.groups()
    owner: Plugged | None = task if role is None else sources.get(task.data.get(role, ""))
    value: Any = owner.options.get(option) if owner is not None else None
    for each in value if isinstance(value, list) else [value]:
        if each not in (None, ""):
            yield pattern.replace(match[0], str(each))
