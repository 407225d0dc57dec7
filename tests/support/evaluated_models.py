"""Evaluations of models whose answers are drawn, as jobs leave them: counts of units, scores, resamples."""

from dataclasses import replace
from pathlib import Path

import numpy as np

from alambic.data.manifest import Manifest
from alambic.settings.promotion import CountingTask, PromoteSection
from alambic.stages.evaluate.metrics import accuracy
from alambic.stages.report.comparison import Comparison, compare_all
from alambic.stages.report.finished_artifacts import FinishedArtifact
from alambic.stages.report.promotion import Promotion, decide
from alambic.stages.report.scores import Score
from alambic.stages.report.unit_counts import CountsOfModels
from alambic.statistics.bootstrap import digest_of, over_seeds, resample
from alambic.statistics.counts import CountsTable

TASK = "chapter"
TEXTS = 600
IDS = [f"text{number}" for number in range(TEXTS)]
NONE = ("settings", "identity", "sources", "inputs", "facts", "files", "run")
BLANK = Manifest(stage="evaluate", item="", fingerprint="", **{field: {} for field in NONE})


class Evaluated:
    """Evaluations of models whose answers are drawn: on texts of one hardness, better ones right on more of them."""

    def __init__(self, folder: Path, *, texts: int = TEXTS, metric: str = "accuracy") -> None:
        self.folder, self.texts, self.metric = folder, texts, metric
        self.hardness = np.random.default_rng(0).random(texts)
        self.artifacts: list[FinishedArtifact] = []
        self.scores: list[Score] = []
        self.resamples: dict = {}

    def add(self, model: str, quality: float, *, seeds: int = 3, datasets: tuple[str, ...] = ("long",)) -> None:
        """Draw the answers of a model of some quality."""
        generator = np.random.default_rng(len(self.artifacts) + 1)
        noise = generator.normal(0, 0.05, (len(datasets), seeds, self.texts))
        right = self.hardness + noise < quality
        self.add_answers(model, dict(zip(datasets, right, strict=True)))

    def add_answers(self, model: str, right: dict[str, np.ndarray]) -> None:
        """Take answers as they are: of each dataset, which are right (seeds, texts); one seed is a system without."""
        folder = self.folder / model
        folder.mkdir(parents=True)
        table, ids = CountsTable(), IDS[: self.texts]
        digest = digest_of(ids)
        for dataset, of_seeds in right.items():
            measure = (TASK, dataset, "test", self.metric)
            counts = [np.stack([of_seed.astype(float), np.ones(self.texts)], axis=1) for of_seed in of_seeds]
            for seed, of_seed in enumerate(counts):
                name = "all" if len(counts) == 1 else str(seed)
                table.add(of_seed, ids=ids, units=(), seed=name, measured=measure[1:])
            value = float(np.mean(of_seeds))
            self.scores.append(Score(model, *measure, "accuracy|drawn", value, 0.0, 1.0, "all"))
            drawn = over_seeds(resample(counts, accuracy.combine, resamples=500, digest=digest), digest=digest)
            self.resamples[(model, *measure)] = (drawn, digest)
        table.write(folder)
        self.artifacts.append(FinishedArtifact("evaluate", f"{model}/{TASK}", folder, replace(BLANK, item=model)))

    def counts(self, replicates: dict[str, list[str]] | None = None) -> CountsOfModels:
        """Give the counts of all of them."""
        return CountsOfModels(self.artifacts, replicates or {})

    def compare(self, *pairs: tuple[str, str]) -> list[Comparison]:
        """Compare pairs of models on all test sets."""
        return compare_all(list(pairs), self.scores, self.resamples, confidence=0.95, counts=self.counts())

    def decide(self, **asked: object) -> Promotion:
        """Ask which students are promoted."""
        settings = {"students": ["student"], "teacher": "teacher", "control": "control", "margin": 0.05}
        tasks = {TASK: CountingTask(metric=self.metric)}
        section = PromoteSection.model_validate({**settings, "tasks": tasks, **asked})
        return decide(section, self.scores, self.counts())
