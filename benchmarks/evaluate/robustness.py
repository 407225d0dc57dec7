"""What noise takes from a student and from its teacher, and what augmentation gives back: paired, with intervals.

python benchmarks/evaluate/robustness.py EXPERIMENT [--student student] [--teacher e5] [--plain entities]
    [--augmented entities_augmented] [--robust robust_student]

The experiment must be run. The loss is the share of a score that noise takes, as a mean over the strengths. A student
should lose at most as much as its teacher, and with augmentation at most half as much as the teacher without.
"""

import argparse

from alambic.data.manifest import Manifest
from alambic.planning.plan import Plan
from alambic.settings.experiment_file import load_experiment
from alambic.stages.report.comparison import read_resamples
from alambic.stages.report.finished_artifacts import FinishedArtifact
from alambic.stages.report.robustness import Against, Curve, against, curves_of, estimate
from alambic.stages.report.scores import read_scores


def curves(plan: Plan) -> dict[tuple[str, str, str, str], Curve]:
    """Read the curves of the first metric of each task, by model, task, test set and noise."""
    made = [artifact for artifact in plan.values() if artifact.stage == "evaluate"]
    artifacts = [FinishedArtifact(a.stage, a.item, a.folder, Manifest.read(a.manifest)) for a in made]
    metrics = {name: task.metrics[0] for name, task in plan.experiment.tasks.items()}
    found = curves_of(read_scores(artifacts), read_resamples(artifacts))
    return {(c.model, c.task, c.dataset, c.noise): c for c in found if c.metric == metrics[c.task]}


def verdict(compared: Against) -> str:
    """Say a difference of losses with its interval, and whether the goal is shown."""
    shown = "shown" if compared.is_shown else "missed" if compared.is_refuted else "undecided"
    return f"{compared.difference:+.3f} [{compared.low:+.3f}, {compared.high:+.3f}] {shown}"


def main() -> None:
    """Print a row per test set and noise."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("experiment")
    for name, default in (("student", "student"), ("teacher", "e5"), ("robust", "robust_student")):
        parser.add_argument(f"--{name}", default=default)
    for name, default in (("plain", "entities"), ("augmented", "entities_augmented")):
        parser.add_argument(f"--{name}", default=default)
    given = parser.parse_args()
    plan = Plan(load_experiment(given.experiment))
    level, found = plan.experiment.evaluate.confidence, curves(plan)
    print(
        "| test set: noise | teacher | student | augmented student | student - teacher | augmented - half of teacher |"
    )
    print("|---|---|---|---|---|---|")
    for (model, task, dataset, noise), teacher in found.items():
        if (model, task) == (given.teacher, given.plain):
            student = found[given.student, given.plain, dataset, noise]
            augmented = found[given.robust, given.augmented, dataset, noise]
            losses = (estimate(c.loss, c.loss_draws, confidence=level) for c in (teacher, student, augmented))
            cells = [f"{value:.3f} [{low:.3f}, {high:.3f}]" for value, low, high in losses]
            cells.append(verdict(against(student, teacher, confidence=level)))
            cells.append(verdict(against(augmented, teacher, confidence=level, share=0.5)))
            print(f"| {dataset}: {noise} | {' | '.join(cells)} |")


if __name__ == "__main__":
    main()
