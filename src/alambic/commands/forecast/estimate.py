"""What each artifact to be made will take: as before, in proportion to its work, or by the device's speed."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from statistics import mean, quantiles
from typing import Any

from alambic.commands.forecast.history import History, Made
from alambic.commands.forecast.site import Share, Site
from alambic.commands.forecast.work import Known, has_operations, work_of
from alambic.data.energy import JOULES
from alambic.planning.artifact import Artifact
from alambic.planning.plan import Plan

START = 5.0  # seconds of a job that its work does not change: libraries, models and data are opened
# Dense operations per second: NVIDIA's data sheets, half precision, with tensor cores.
PEAKS = {"H200": 989e12, "H100": 989e12, "A100": 312e12, "V100": 125e12, "L40": 181e12, "A40": 150e12}
USED = 0.25  # of the peak: what short texts and small models leave of it
CORE_SPEED = 37e9  # operations per second of a core, of the demo's `teach` and `distill` (AMD EPYC, AVX2)
# What is told of an estimate: factors below and above it.
SAME, LIKE, ELSEWHERE, BY_PEAK, UNKNOWN = 1.15, 1.5, 2.5, 4.0, 6.0
FEW = 10  # of the artifacts that are most alike, the newest
# Seconds, bytes and files of a stage that was never run anywhere: means of the demo's jobs, from their manifests; one
# thread each, on two cores (AMD EPYC) on which nothing else ran. The demo has no `adapt`, of which the seconds are
# three times those of `distill` (all layers of the teacher), no `calibrate`, which is taken for an `evaluate`, and no
# `release` and no `study`, of which they are a guess.
NEVER_RUN: Mapping[str, tuple[float, float, int]] = {
    "collect": (3.3, 0.6e6, 1),
    "clean": (10.5, 1.3e6, 5),
    "fetch": (18, 487e6, 5),
    "tokenizer": (14, 1.5e6, 3),
    "adapt": (250, 487e6, 6),
    "teach": (59, 7.4e6, 2),
    "distill": (83, 53e6, 6),
    "finetune": (66, 162e6, 6),
    "predict": (25, 0.4e6, 2),
    "evaluate": (6, 0.1e6, 4),
    "calibrate": (6, 0.1e6, 4),
    "explain": (240, 1e6, 5),
    "speed": (319, 0.1e6, 1),
    "release": (120, 200e6, 20),
    "study": (10, 5e6, 40),
    "report": (11, 0.6e6, 8),
}


@dataclass(frozen=True)
class Estimate:
    """What one artifact will take, and between which bounds."""

    name: str
    seconds: float
    factor: float  # by which it may be less or more
    source: str
    kwh: float
    bytes: float
    inodes: float


def estimates(plan: Plan, history: History, site: Site, to_run: list[Artifact]) -> dict[str, Estimate]:
    """Estimate each of the artifacts to run, by its name."""
    estimator = _Estimator(history, site, plan.experiment.name)
    return {artifact.name: estimator.estimate(artifact) for artifact in to_run}


class _Estimator:
    def __init__(self, history: History, site: Site, experiment: str) -> None:
        self.history, self.site, self.experiment = history, site, experiment

    def estimate(self, artifact: Artifact) -> Estimate:
        """Choose the best that is known: this item here, its stage here, elsewhere, the device's peak."""
        work = work_of(self._planned(artifact))
        share = self.site.shares[artifact.stage]
        all_made = self.history.of_stage(artifact.stage)
        here = [made for made in all_made if self.site.is_like(made.site, made.device)]
        same = [made for made in here if made.item == artifact.item and made.experiment in (self.experiment, "")]
        by_peak = work and has_operations(artifact.stage) and share.gpus and not any(_has_gpu(m) for m in all_made)
        if same:
            found = self._from(artifact, share, same[-1:], work, SAME, "the same item here")
        elif here:
            found = self._from(artifact, share, self._most_alike(here, artifact), work, LIKE, "the same stage here")
        elif all_made and not by_peak:
            alike = self._most_alike(all_made, artifact)
            found = self._from(artifact, share, alike, work, ELSEWHERE, "the same stage elsewhere")
        else:
            found = self._by_peak(artifact, share, work)
        return found

    def _from(
        self, artifact: Artifact, share: Share, rows: list[Made], work: float | None, factor: float, source: str
    ) -> Estimate:
        """Scale what was made by the work, beyond what a start takes; the spread of several widens the bounds."""
        scaled, ratios, kwh = [], [], []
        for made in rows:
            before = work_of(self._made(made))
            ratio = work / before if work and before else 1.0
            fixed = min(START, made.undisturbed)
            scaled.append(fixed + (made.undisturbed - fixed) * ratio)
            ratios.append(ratio)
            if made.kwh is not None and made.undisturbed:
                kwh.append(made.kwh * scaled[-1] / made.undisturbed)
        seconds = mean(scaled)
        if len(scaled) > 1 and seconds and factor == LIKE:
            low, *_, high = quantiles(scaled, n=10, method="inclusive")
            factor = max(SAME, min(LIKE, max(high / seconds, seconds / max(low, 1e-9))))
        grows = mean(ratios) if artifact.stage in ("clean", "teach") else 1.0
        return Estimate(
            artifact.name, seconds, factor, source, mean(kwh) if kwh else _rated(share, seconds),
            grows * mean(made.bytes for made in rows), mean(made.inodes for made in rows),
        )  # fmt: skip

    def _most_alike(self, rows: list[Made], artifact: Artifact) -> list[Made]:
        """Take the newest of those whose names differ in the fewest parts, such as the seed alone."""
        least = min(self._distance(made, artifact) for made in rows)
        return [made for made in rows if self._distance(made, artifact) == least][-FEW:]

    def _by_peak(self, artifact: Artifact, share: Share, work: float | None) -> Estimate:
        seconds, size, files = NEVER_RUN.get(artifact.stage, (60, 1e6, 8))
        if not (work and has_operations(artifact.stage)):
            return Estimate(artifact.name, seconds, UNKNOWN, "the demo's stage", _rated(share, seconds), size, files)
        speed = USED * share.gpus * _gpu_peak(self.site, artifact.stage) or share.cores * CORE_SPEED
        seconds = START + work / speed
        return Estimate(
            artifact.name, seconds, BY_PEAK, "operations and the device's peak", _rated(share, seconds), size, files
        )

    def _distance(self, made: Made, artifact: Artifact) -> int:
        """Sort earlier items by how many parts of their name are others."""
        return sum(one != other for one, other in zip(made.item.split("/"), artifact.item.split("/"), strict=False))

    def _made(self, made: Made) -> Known:
        def inputs(role: str) -> list[Known]:
            found = [self.history.by_fingerprint.get(name) for name in made.inputs.get(role, [])]
            return [self._made(each) for each in found if each is not None]

        return Known(made.stage, made.settings, made.facts, inputs)

    def _planned(self, artifact: Artifact) -> Known:
        """Take an artifact as it is, or its settings with what its latest kin found out."""
        own = self.history.by_fingerprint.get(artifact.fingerprint)
        if own is not None:
            return self._made(own)
        settings = artifact.settings.model_dump(mode="json")
        kin = self.history.latest(artifact.name) or self._of_its_task(artifact, settings)
        facts = _facts_of_kin(kin, settings) if kin else {}

        def inputs(role: str) -> list[Known]:
            return [self._planned(upstream) for upstream in artifact.inputs.get(role, [])]

        return Known(artifact.stage, settings, facts, inputs)

    def _of_its_task(self, artifact: Artifact, settings: Mapping[str, Any]) -> Made | None:
        """Find another model's artifact of the same task, whose texts are as many."""
        task = (settings.get("task") or {}).get("task")
        rows = [made for made in self.history.of_stage(artifact.stage) if task is not None]
        return next((m for m in reversed(rows) if (m.settings.get("task") or {}).get("task") == task), None)


def _facts_of_kin(kin: Made, settings: Mapping[str, Any]) -> dict[str, Any]:
    """Change what a kindred artifact found out as the settings ask: as many texts as they limit it to."""
    facts = dict(kin.facts)
    now, before = ((each.get("task") or {}).get("options", {}) for each in (settings, kin.settings))
    for option, fact in (("train_limit", "train_texts"), ("test_limit", "test_texts")):
        limit = now.get(option)
        if limit and limit != before.get(option) and fact in facts:
            counts = facts[fact]
            facts[fact] = dict.fromkeys(counts, limit) if isinstance(counts, dict) else limit
    if kin.settings.get("layers") != settings.get("layers") or kin.settings.get("width") != settings.get("width"):
        facts.pop("parameters", None)  # another student
    return facts


def _has_gpu(made: Made) -> bool:
    return "NVIDIA" in made.device or any(name in made.device for name in PEAKS)


def _rated(share: Share, seconds: float) -> float:
    """Give the energy of a job whose cores and GPUs are all at work, in kWh."""
    watts = share.cores * share.power.core + share.gpus * (share.power.gpu or 0.0)
    return watts * share.power.pue * seconds / JOULES


def _gpu_peak(site: Site, stage: str) -> float:
    """Find the GPU of a stage's jobs by the names that the profile gives: constraint, gres, account, partition."""
    request = site.profile.request_of(stage)
    text = " ".join(request.get(key) or "" for key in ("constraint", "gres", "slurm_account", "slurm_partition"))
    found = re.search("|".join(PEAKS), f"{text} {site.name}", re.IGNORECASE)
    return PEAKS[found[0].upper()] if found else PEAKS["V100"]
