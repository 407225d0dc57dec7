"""What the models of an experiment took of energy: summed along the graph, and shared out, no joule twice.

An artifact counts with all that its attempts took, also where an earlier experiment made it. What several models are
made from, or scored with, is shared out in equal parts. What serves no model alone, such as the report, stays apart.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from alambic.data.energy import FAILED, KEY, Energy, energy_of
from alambic.data.manifest import Manifest

# Stages whose items begin with the model's name, followed by a task.
OF_A_MODEL = ("finetune", "predict", "evaluate")
NOBODY = ""  # stands for what serves no model alone


@dataclass(frozen=True)
class Entry:
    """What one artifact took, and the models that it serves; `energy` is None where nobody measured it."""

    name: str
    energy: Energy | None
    failed_kwh: float
    attempts: int
    models: tuple[str, ...]

    @property
    def stage(self) -> str:
        """Its stage."""
        return self.name.partition("/")[0]

    @property
    def kwh(self) -> float:
        """The whole of it; 0 where it is not known."""
        return self.energy.kwh if self.energy else 0.0

    @property
    def co2e_g(self) -> float:
        """Its emissions; 0 where they are not known."""
        return self.energy.co2e_g if self.energy else 0.0


@dataclass(frozen=True)
class Sum:
    """Energy and emissions of some artifacts, or of shares of them."""

    kwh: float = 0.0
    co2e_g: float = 0.0
    unknown: int = 0  # artifacts of which nobody measured anything


def entries(manifests: Mapping[str, Manifest]) -> list[Entry]:
    """Make an entry of each artifact, given by its name in the experiment, such as `distill/student`."""
    by_fingerprint = {record.fingerprint: name for name, record in reversed(list(manifests.items()))}
    inputs = {
        name: {by_fingerprint[each] for of_role in record.inputs.values() for each in of_role if each in by_fingerprint}
        for name, record in manifests.items()
    }
    users: dict[str, set[str]] = defaultdict(set)
    for model, own in _own_artifacts(manifests).items():
        for name in _with_upstream(own, inputs):
            users[name].add(model)
    return [
        Entry(
            name,
            energy_of(record.run),
            float((record.run.get(KEY) or {}).get(FAILED) or 0),
            int(record.run.get("attempts") or 1),
            tuple(sorted(users[name])),
        )
        for name, record in manifests.items()
    ]


def per_model(ledger: Iterable[Entry]) -> dict[str, Sum]:
    """Share out: each model's part of all that serves it; under NOBODY what serves none."""
    sums: dict[str, Sum] = defaultdict(Sum)
    for entry in ledger:
        users = entry.models or (NOBODY,)
        for model in users:
            sums[model] = _add(sums[model], entry, 1 / len(users))
    return dict(sums)


def total(ledger: Iterable[Entry]) -> Sum:
    """Add up every artifact once."""
    whole = Sum()
    for entry in ledger:
        whole = _add(whole, entry, 1.0)
    return whole


def beyond(ledger: Iterable[Entry], model: str, other: str) -> Sum:
    """Add up what was made for `model` and does not serve `other`: what one pays who has the other already.

    What it shares with others counts whole: to make this one alone takes no less.
    """
    whole = Sum()
    for entry in ledger:
        if model in entry.models and other not in entry.models:
            whole = _add(whole, entry, 1.0)
    return whole


def _add(sum_: Sum, entry: Entry, share: float) -> Sum:
    return Sum(sum_.kwh + share * entry.kwh, sum_.co2e_g + share * entry.co2e_g, sum_.unknown + (entry.energy is None))


def _own_artifacts(manifests: Mapping[str, Manifest]) -> dict[str, set[str]]:
    """List what is each model's own: what trains it, what fine-tunes, scores and releases it."""
    own: dict[str, set[str]] = defaultdict(set)
    for name, record in manifests.items():
        stage, _, item = name.partition("/")
        if stage in OF_A_MODEL:
            own[item.partition("/")[0]].add(name)
        elif stage == "distill":
            own[item].add(name)
        elif stage == "release":
            own[str(record.settings.get("finetuned", item)).partition("/")[0]].add(name)
    return own


def _with_upstream(names: Iterable[str], inputs: Mapping[str, set[str]]) -> set[str]:
    reached: set[str] = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name not in reached:
            reached.add(name)
            waiting += inputs[name]
    return reached
