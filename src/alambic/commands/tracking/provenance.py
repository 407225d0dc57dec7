"""What a score rests on, as MLflow is asked for it: made from what, when, at what cost, by which commit, made again."""

from collections.abc import Iterator

from alambic.data.energy import energy_of
from alambic.data.manifest import Manifest
from alambic.planning.artifact import Artifact, short
from alambic.planning.plan import Plan
from alambic.settings.pins import unpinned

NAMED = ("collect", "fetch", "clean", "tokenizer", "adapt", "teach", "distill")  # stages by which a model is told
DIRTY = "-dirty"  # how git describes a commit whose files were changed
SHORT = 8  # digits of a fingerprint in a list


class Provenance:
    """Of each finished artifact of a plan, what it rests on; a manifest is read once."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.open_pins = [line.partition(" ")[0] for line in unpinned(plan.experiment)]
        self._read: dict[str, Manifest] = {}

    def tags(self, artifact: Artifact) -> dict[str, str]:
        """Say what an artifact is made from, and whether it can be made again; the commit is its own."""
        reasons = self.why_not_reproducible(artifact)
        return {
            "made_from": ", ".join(f"{each.name}@{short(each.fingerprint)[:SHORT]}" for each in self._told(artifact)),
            "reproducible": "yes" if not reasons else "no",
            "reproducible.reasons": "; ".join(reasons) or "every commit is clean, every pin is a commit or a digest",
        }

    def metrics(self, artifact: Artifact) -> dict[str, float]:
        """Sum up what an artifact and all that it is made from took, each once."""
        manifests = [manifest for each in self._all(artifact) if (manifest := self._manifest(each)) is not None]
        measured = [energy for manifest in manifests if (energy := energy_of(manifest.run))]
        costs = {"cost.hours": sum(float(manifest.run.get("seconds", 0)) for manifest in manifests) / 3600}
        if measured:
            costs["cost.kwh"] = sum(energy.kwh for energy in measured)
            costs["cost.co2e_g"] = sum(energy.co2e_g for energy in measured)
        return costs

    def parameters(self, artifact: Artifact, origin: Artifact | None) -> dict[str, float]:
        """Give the size of the model that an artifact is about, as it says itself, or what it is made from does."""
        models = [origin, *(origin.inputs.get("model", []) if origin is not None else [])]
        for each in (artifact, *artifact.inputs.get("predictions", []), *models):
            manifest = self._manifest(each) if each is not None else None
            if manifest is not None and isinstance(manifest.facts.get("parameters"), int):
                return {"parameters": float(manifest.facts["parameters"])}
        return {}

    def why_not_reproducible(self, artifact: Artifact) -> list[str]:
        """List what stands against making an artifact again as it is."""
        reasons = []
        for each in self._all(artifact):
            manifest = self._manifest(each)
            commit = str((manifest.run.get("commit") if manifest is not None else None) or "")
            if manifest is not None and not commit:
                reasons.append(f"{each.name}: no commit is known")
            elif commit.endswith(DIRTY):
                reasons.append(f"{each.name}: made from changed files ({commit})")
        behind = {f"{each.stage}.{each.item}" for each in self._all(artifact)}
        reasons += [f"{pin} is not pinned" for pin in self.open_pins if pin.rpartition(".")[0] in behind]
        return reasons

    def _told(self, artifact: Artifact) -> list[Artifact]:
        return [each for each in self._all(artifact) if each.stage in NAMED and each is not artifact]

    def _all(self, artifact: Artifact) -> list[Artifact]:
        """List an artifact and all that it is made from, each once, in the order of the plan."""
        behind = {each.fingerprint for each in _behind(artifact)}
        return [each for each in self.plan.values() if each.fingerprint in behind]

    def _manifest(self, artifact: Artifact) -> Manifest | None:
        if artifact.name not in self._read:
            if not artifact.manifest.exists():
                return None
            self._read[artifact.name] = Manifest.read(artifact.manifest)
        return self._read[artifact.name]


def _behind(artifact: Artifact) -> Iterator[Artifact]:
    seen: set[str] = set()
    waiting = [artifact]
    while waiting:
        each = waiting.pop()
        if each.fingerprint not in seen:
            seen.add(each.fingerprint)
            yield each
            waiting += each.upstream
