"""The texts on which tasks score, for a corpus that must not hold them; separate from all that only models need."""

from collections.abc import Iterable
from importlib import import_module
from typing import Any, Protocol

from alambic.data.inputs import Inputs


class ScoredTexts(Protocol):
    """What is read of `alambic.settings.ScoredTexts`."""

    @property
    def task(self) -> str:
        """The plug-in."""
        ...

    @property
    def data(self) -> dict[str, str]:
        """Which source serves as which input."""
        ...

    @property
    def options(self) -> dict[str, Any]:
        """Of the plug-in."""
        ...


def scored_texts(task: ScoredTexts, inputs: Inputs) -> Iterable[str]:
    """Call the plug-in that `task` names: every text on which it may score, whatever its limits keep of them."""
    plugin = import_module(f"alambic.tasks.datasets.{task.task}")
    texts: Iterable[str] = plugin.scored_texts(**{role: inputs.one(role) for role in task.data}, **task.options)
    return texts
