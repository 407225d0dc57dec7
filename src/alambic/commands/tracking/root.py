"""The run that stands for a whole experiment: what it compares, its main scores, what it cost, its report.

It is of one version of the experiment: who changes the experiment, or its code, gets another, and the runs that both
versions share are below the newer one.
"""

import csv
from typing import Any

from alambic.commands.tracking.content import (
    DIGITS,
    LONGEST_TAG,
    as_parameter,
    end_time,
    flatten,
    main_scores,
    milliseconds,
    scores_of,
    start_time,
)
from alambic.commands.tracking.subjects import parameters_of, subject_of
from alambic.data.archive_pointer import REPORT_FILES
from alambic.data.energy import energy_of
from alambic.data.manifest import Manifest
from alambic.errors import truncated
from alambic.planning.plan import Plan

STAGE = "experiment"  # the tag `stage` of such a run


class Root:
    """One experiment's own run in an MLflow store."""

    def __init__(self, client: Any, experiment_id: str, plan: Plan, now: float) -> None:
        self.client, self.experiment_id, self.plan = client, experiment_id, plan
        self.sent: dict[str, float] = {}
        self.read: dict[str, Manifest] = {}  # by item: a finished artifact is read once, however long it is followed
        self.run_id = self._open(now)

    def _open(self, now: float) -> str:
        from mlflow.entities import Param

        name, fingerprint = self.plan.experiment.name, self.plan.report.fingerprint
        query = f"tags.`alambic.experiment` = '{name}' and tags.stage = '{STAGE}'"
        runs = self.client.search_runs([self.experiment_id], filter_string=query)
        for run in runs:
            if run.data.tags.get("fingerprint") == fingerprint:
                self.sent = dict(run.data.metrics)
                return str(run.info.run_id)
        for run in runs:
            if run.info.status != "FINISHED":  # of a version that was edited before it was finished
                self.client.delete_run(run.info.run_id)
        tags = {"alambic.experiment": name, "stage": STAGE, "fingerprint": fingerprint, "status": "running"}
        made = self.client.create_run(
            self.experiment_id, start_time=self._earliest(now), tags=tags | {"current": "yes"}, run_name=name
        )
        parameters = flatten(parameters_of(self.plan.experiment))
        self.client.log_batch(
            made.info.run_id, params=[Param(key, as_parameter(value)) for key, value in parameters.items()]
        )
        return str(made.info.run_id)

    def _finished(self) -> list[tuple[Any, Manifest]]:
        for name, artifact in self.plan.items():
            if name not in self.read and artifact.manifest.exists():
                self.read[name] = Manifest.read(artifact.manifest)
        return [(artifact, self.read[name]) for name, artifact in self.plan.items() if name in self.read]

    def _earliest(self, now: float) -> int:
        return min((start_time(manifest) for _, manifest in self._finished()), default=milliseconds(now))

    def update(self) -> None:
        """Send the main scores that are there by now."""
        from mlflow.entities import Metric

        found: dict[str, tuple[float, int]] = {}
        for artifact, manifest in self._finished():
            if artifact.stage == "evaluate":
                about = subject_of(artifact)
                for row in main_scores(scores_of(artifact.folder), manifest.settings):
                    # MLflow's page makes a chart of what stands before the slash.
                    name = f"{about['task']}.{row['dataset']}.{row['metric']}/{about['model']}"
                    found |= {
                        key: (value, end_time(manifest))
                        for key, value in flatten({name: round(row["value"], DIGITS)}).items()
                    }
        new = {name: values for name, values in found.items() if self.sent.get(name) != values[0]}
        if new:
            metrics = [Metric(name, float(value), at, 0) for name, (value, at) in new.items()]
            self.client.log_batch(self.run_id, metrics=metrics)
            self.sent |= {name: value for name, (value, _) in new.items()}

    def finish(self) -> None:
        """Add the report and the costs, and end the run with its last artifact."""
        finished = self._finished()
        end = max(end_time(manifest) for _, manifest in finished)
        run = self.client.get_run(self.run_id)
        if (run.info.status, run.info.end_time) == ("FINISHED", end):
            return
        self._send_costs([manifest for _, manifest in finished], end)
        folder = self.plan.report.folder
        for name in REPORT_FILES:
            if (folder / name).exists():
                self.client.log_artifact(self.run_id, str(folder / name))
        self.client.set_tag(self.run_id, "mlflow.note.content", self._note())
        self.client.set_tag(self.run_id, "status", "finished")
        self.client.set_terminated(self.run_id, "FINISHED", end_time=end)

    def _send_costs(self, finished: list[Manifest], end: int) -> None:
        from mlflow.entities import Metric

        costs = {"hours": sum(manifest.run.get("seconds", 0) for manifest in finished) / 3600}
        by_fingerprint = {manifest.fingerprint: manifest for manifest in finished}  # two items may have one
        measured = [energy for manifest in by_fingerprint.values() if (energy := energy_of(manifest.run))]
        if measured:
            costs["energy.kwh"] = sum(energy.kwh for energy in measured)
            costs["energy.co2e_g"] = sum(energy.co2e_g for energy in measured)
        table = self.plan.report.folder / "models.csv"
        if table.exists():
            with table.open(encoding="utf-8", newline="") as stream:
                for row in csv.DictReader(stream):
                    for column in ("parameters", "words_per_second"):
                        if row.get(column):
                            costs[f"{column}/{row['model']}"] = float(row[column])
        metrics = [Metric(name, value, end, 0) for name, value in flatten(costs).items()]
        if metrics:
            self.client.log_batch(self.run_id, metrics=metrics)

    def _note(self) -> str:
        """Write what the run's page shows first: the description and the table of results, as Markdown."""
        summary = self.plan.report.folder / "summary.txt"
        table = f"\n\n```\n{summary.read_text(encoding='utf-8').rstrip()}\n```\n" if summary.exists() else ""
        where = "\n\nThe whole report is among the artifacts of this run: `report.html`."
        return truncated(f"{self.plan.experiment.description.strip()}{table}{where}", LONGEST_TAG)
