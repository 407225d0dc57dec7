"""The runs of one experiment: what is tracked is found again by its fingerprint.

So tracking twice changes nothing, and a tracker that was killed is completed by the next one.
"""

import logging
import time
from collections.abc import Iterator
from typing import Any

from alambic.batched import batched
from alambic.commands.tracking.content import (
    LONGEST_TAG,
    Point,
    as_parameter,
    end_time,
    flatten,
    milliseconds,
    points_of,
    start_time,
)
from alambic.commands.tracking.store import StoreError, connect, database, locked
from alambic.data.archive_pointer import READ_BY_PEOPLE
from alambic.data.manifest import FILE as MANIFEST
from alambic.data.manifest import Manifest
from alambic.errors import truncated
from alambic.planning.plan import Artifact, Plan
from alambic.settings import Experiment

SMALL_FILES = (MANIFEST, "log.txt", *READ_BY_PEOPLE)
LARGEST_FILE = 5_000_000  # bytes
# Settings that say what licences ask, today's and earlier names: the report and the card tell it.
LICENCES = ("licence_report", "licence_reports", "terms", "bills")
METRICS_PER_BATCH, PARAMETERS_PER_BATCH = 1000, 100  # MLflow's own limits

log = logging.getLogger("alambic.commands.tracking")


class Tracker:
    """The runs of one experiment in one MLflow store."""

    def __init__(self, experiment: Experiment, uri: str) -> None:
        self.plan, self.uri = Plan(experiment), uri
        self.sent: dict[str, dict[Point, float]] = {}  # what MLflow holds of each unfinished run
        self.done: set[str] = set()
        with locked(self.uri):
            self.client = connect(uri)
            self.experiment_id = self._open_experiment(experiment)
            self.parent_run = self._open_parent_run(experiment)

    def track(self, *, running: bool) -> list[str]:
        """Track what is finished, and with `running` what has started; return the names of what is not finished."""
        for artifact in self.plan.values():
            if artifact.name not in self.done and (
                artifact.manifest.exists() or (running and artifact.folder.exists())
            ):
                try:
                    with locked(self.uri):
                        self._track_artifact(artifact)
                except StoreError as error:
                    if not running:
                        raise
                    self.sent.clear()
                    log.warning("%s is tried again soon: %s", artifact.name, error)
        left = [name for name in self.plan if name not in self.done]
        with locked(self.uri):
            self._mark_current()
            if not left:
                self._finish_parent_run()
        return left

    def _track_artifact(self, artifact: Artifact) -> None:
        run = self._find(artifact)
        if run is not None and run.info.status == "FINISHED":
            self.done.add(artifact.name)
            return
        finished = Manifest.read(artifact.manifest) if artifact.manifest.exists() else None
        points = points_of(artifact.folder, finished)
        if run is not None and self._contradicts(run, points):
            self.client.delete_run(run.info.run_id)
            run = None
        run = run or self._create(artifact, finished, points)
        settings = finished.settings if finished else artifact.settings.model_dump(mode="json")
        self._send_parameters(run, {key: value for key, value in settings.items() if key not in LICENCES})
        self._send_points(run, points)
        if finished is not None:
            self._finish(artifact, run, finished)
            self.done.add(artifact.name)

    def _find(self, artifact: Artifact) -> Any:
        """Find the artifact's run; the item counts too: two items may have one fingerprint."""
        query = f"tags.fingerprint = '{artifact.fingerprint}' and tags.item = '{artifact.item}'"
        return next(iter(self.client.search_runs([self.experiment_id], filter_string=query)), None)

    def _create(self, artifact: Artifact, finished: Manifest | None, points: dict[Point, tuple[float, int]]) -> Any:
        started_at = min((at for _, at in points.values()), default=milliseconds(artifact.folder.stat().st_mtime))
        tags = {
            "fingerprint": artifact.fingerprint,
            "stage": artifact.stage,
            "item": artifact.item,
            "status": "running",
            "current": "yes",
            "alambic.experiment": self.plan.experiment.name,
            "mlflow.parentRunId": self.parent_run,
        }
        start = start_time(finished) if finished else started_at
        return self.client.create_run(self.experiment_id, start_time=start, tags=tags, run_name=artifact.name)

    def _send_parameters(self, run: Any, settings: dict[str, Any]) -> None:
        """Send the parameters that are not there: MLflow refuses to change one, were it only an item's new name."""
        from mlflow.entities import Param

        missing = {key: value for key, value in flatten(settings).items() if key not in run.data.params}
        for batch in batched(sorted(missing.items()), PARAMETERS_PER_BATCH):
            self.client.log_batch(run.info.run_id, params=[Param(key, as_parameter(value)) for key, value in batch])

    def _send_points(self, run: Any, points: dict[Point, tuple[float, int]]) -> None:
        from mlflow.entities import Metric

        sent = self._sent(run)
        new = [(point, values) for point, values in points.items() if point not in sent]
        for batch in batched(new, METRICS_PER_BATCH):
            metrics = [Metric(name, value, at, step) for (name, step), (value, at) in batch]
            self.client.log_batch(run.info.run_id, metrics=metrics)
            sent.update({point: value for point, (value, _) in batch})

    def _sent(self, run: Any) -> dict[Point, float]:
        identifier = run.info.run_id
        if identifier not in self.sent:
            histories = [self.client.get_metric_history(identifier, name) for name in run.data.metrics]
            self.sent[identifier] = {
                (metric.key, metric.step): metric.value for history in histories for metric in history
            }
        return self.sent[identifier]

    def _contradicts(self, run: Any, points: dict[Point, tuple[float, int]]) -> bool:
        """Tell whether a resumed training took steps again with other values: MLflow cannot take a value back."""
        sent = self._sent(run)
        return any(sent.get(point, value) != value for point, (value, _) in points.items())

    def _finish(self, artifact: Artifact, run: Any, finished: Manifest) -> None:
        identifier = run.info.run_id
        for name in SMALL_FILES:
            path = artifact.folder / name
            if path.exists() and path.stat().st_size < LARGEST_FILE:
                self.client.log_artifact(identifier, str(path))
        for tag in ("commit", "site", "host"):
            if finished.run.get(tag):
                self.client.set_tag(identifier, tag, finished.run[tag])
        self.client.set_tag(identifier, "status", "finished")
        self.client.set_terminated(identifier, "FINISHED", end_time=end_time(finished))
        self.sent.pop(identifier, None)

    def _mark_current(self) -> None:
        """Mark the runs that belong to the experiment as it is now; older ones stay, marked as such."""
        current = {(artifact.item, artifact.fingerprint) for artifact in self.plan.values()}
        for run in self._runs():
            tags = run.data.tags
            state = "yes" if (tags.get("item"), tags.get("fingerprint")) in current else "no"
            if "fingerprint" in tags and tags.get("current") != state:
                self.client.set_tag(run.info.run_id, "current", state)

    def _runs(self) -> Iterator[Any]:
        token = None
        while True:
            page = self.client.search_runs([self.experiment_id], page_token=token)
            yield from page
            token = page.token
            if not token:
                return

    def _open_experiment(self, experiment: Experiment) -> str:
        existing = self.client.get_experiment_by_name(experiment.name)
        if existing is None:
            file = database(self.uri)
            artifacts = (file.parent / "artifacts").as_uri() if file else None
            # The kind opens MLflow's page on training runs; without it, on conversations with language models.
            tags = {
                "mlflow.experimentKind": "custom_model_development",
                "mlflow.note.content": truncated(experiment.description, LONGEST_TAG),
            }
            return str(self.client.create_experiment(experiment.name, artifact_location=artifacts, tags=tags))
        if existing.lifecycle_stage == "deleted":
            self.client.restore_experiment(existing.experiment_id)
        return str(existing.experiment_id)

    def _open_parent_run(self, experiment: Experiment) -> str:
        query = f"tags.`alambic.experiment` = '{experiment.name}' and tags.stage = 'experiment'"
        runs = self.client.search_runs([self.experiment_id], filter_string=query)
        if runs:
            return str(runs[0].info.run_id)
        tags = {"alambic.experiment": experiment.name, "stage": "experiment", "status": "running"}
        run = self.client.create_run(
            self.experiment_id, start_time=self._earliest(), tags=tags, run_name=experiment.name
        )
        return str(run.info.run_id)

    def _earliest(self) -> int:
        started = [
            start_time(Manifest.read(artifact.manifest))
            for artifact in self.plan.values()
            if artifact.manifest.exists()
        ]
        return min(started, default=milliseconds(time.time()))

    def _finish_parent_run(self) -> None:
        """End the experiment's own run with its last artifact."""
        end = max(end_time(Manifest.read(artifact.manifest)) for artifact in self.plan.values())
        run = self.client.get_run(self.parent_run)
        if (run.info.status, run.info.end_time) != ("FINISHED", end):
            self.client.set_tag(self.parent_run, "status", "finished")
            self.client.set_terminated(self.parent_run, "FINISHED", end_time=end)
