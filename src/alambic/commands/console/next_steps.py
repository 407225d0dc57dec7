"""What there is at the end of a run: the results, their page, the model, and what can be done with them."""

import csv
import sys
from collections.abc import Iterator
from pathlib import Path

from alambic.planning.artifact import Artifact
from alambic.planning.plan import Plan


def next_steps(plan: Plan) -> Iterator[str]:
    """Give the summary of the results, where the page and the best student are, and three commands."""
    yield from (plan.results / "summary.txt").read_text(encoding="utf-8").rstrip().splitlines()
    yield ""
    yield f"The whole page:  {plan.results / 'report.html'}"
    python = Path(sys.executable)
    if python.is_relative_to(Path.cwd()):
        python = python.relative_to(Path.cwd())
    model = best_model(plan)
    if model is not None:
        yield f"The best {'student' if _is_student(model) else 'model'}:  {model.folder}"
        yield f"Annotate texts:  {python} -m alambic apply {model.name} FILE"
    yield "Look at curves:  make ui"
    if plan.experiment.argument == plan.experiment.name:  # one of those that are shipped
        yield "Your own data:   make plan EXPERIMENT=mine.yaml, a copy of this experiment (docs/tutorial.md)"


def best_model(plan: Plan) -> Artifact | None:
    """Choose of the first task the student whose scores are best, in its first seed; None where nothing is scored."""
    with (plan.results / "scores.csv").open(encoding="utf-8", newline="") as stream:
        rows = [row for row in csv.DictReader(stream) if row["seed"] == "all"]
    tuned: dict[tuple[str, str], Artifact] = {}
    for artifact in plan.values():
        if artifact.stage == "finetune":
            model, task, _ = artifact.name.removeprefix("finetune/").rsplit("/", 2)
            tuned.setdefault((model, task), artifact)
    scored = [row for row in rows if (row["model"], row["task"]) in tuned]
    if not scored:
        return None
    first = tuple(scored[0][name] for name in ("task", "dataset", "metric"))
    alike = [row for row in scored if tuple(row[name] for name in ("task", "dataset", "metric")) == first]
    ranked = sorted(alike, key=lambda row: float(row["value"]), reverse=True)
    models = [tuned[row["model"], row["task"]] for row in ranked]
    return next(filter(_is_student, models), models[0])


def _is_student(artifact: Artifact) -> bool:
    return any(upstream.stage == "distill" for upstream in artifact.upstream)
