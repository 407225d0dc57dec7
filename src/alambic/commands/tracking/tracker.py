"""The runs of one experiment: what is tracked is found again by its fingerprint.

So tracking twice changes nothing, and a tracker that was killed is completed by the next one.
"""

import logging
import time
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any

from alambic.batched import batched
from alambic.commands.tracking.content import (
    LONGEST_TAG,
    Point,
    as_parameter,
    end_time,
    flatten,
    main_scores,
    milliseconds,
    points_of,
    scores_of,
    start_time,
)
from alambic.commands.tracking.logged_models import TAG as LOGGED_MODEL
from alambic.commands.tracking.logged_models import link_inputs, link_outputs, logged_model
from alambic.commands.tracking.opened_experiment import open_experiment
from alambic.commands.tracking.provenance import Provenance
from alambic.commands.tracking.registry import promoted, register
from alambic.commands.tracking.root import STAGE, Root
from alambic.commands.tracking.store import StoreError, connect, default_store, locked
from alambic.commands.tracking.subjects import (
    Texts,
    datasets_by_metric,
    origin_of,
    role_of,
    students_of,
    subject_of,
    texts_of,
)
from alambic.data.archive_pointer import READ_BY_PEOPLE
from alambic.data.manifest import FILE as MANIFEST
from alambic.data.manifest import Manifest
from alambic.data.metrics_journal import FILE as JOURNAL
from alambic.errors import truncated
from alambic.planning.artifact import Artifact
from alambic.planning.plan import Plan
from alambic.settings import Experiment

SMALL_FILES = (MANIFEST, "log.txt", *READ_BY_PEOPLE)
LARGEST_FILE = 5_000_000  # bytes
# Settings that say what licences ask, today's and earlier names: the report and the card tell it.
LICENCES = ("licence_report", "licence_reports", "terms", "bills")
SIZE = "parameters"  # the metric that a model has, whatever it is scored on
METRICS_PER_BATCH, PARAMETERS_PER_BATCH = 1000, 100  # MLflow's own limits

log = logging.getLogger("alambic.commands.tracking")


class Tracker:
    """The runs of one experiment in one MLflow store."""

    def __init__(self, experiment: Experiment, uri: str) -> None:
        self.plan, self.uri = Plan(experiment), uri
        self.provenance = Provenance(self.plan)
        self.sent: dict[str, dict[Point, float]] = {}  # what MLflow holds of each unfinished run
        self.done: set[str] = set()
        self.unchanged: dict[str, tuple[bool, int]] = {}  # of unfinished artifacts, what was there when last looked
        with locked(self.uri):
            self.client = connect(uri)
            self.experiment_id = open_experiment(self.client, experiment, uri)
            self.root = Root(self.client, self.experiment_id, self.plan, time.time())
            self._mark_current()

    def track(self, *, running: bool) -> list[str]:
        """Track what is finished, and with `running` what has started; return the names of what is not finished."""
        finished_before = len(self.done)
        for artifact in self.plan.values():
            if artifact.name not in self.done and self._is_news(artifact, running=running):
                try:
                    with locked(self.uri):
                        self._track_artifact(artifact)
                except StoreError as error:
                    if not running:
                        raise
                    self.sent.clear()
                    self.unchanged.pop(artifact.name, None)
                    log.warning("%s is tried again soon: %s", artifact.name, error)
        left = [name for name in self.plan if name not in self.done]
        if len(self.done) > finished_before or not left:
            with locked(self.uri):
                self.root.update()
                if not left:
                    self.root.finish()
                    self._register()
        return left

    def _is_news(self, artifact: Artifact, *, running: bool) -> bool:
        """Tell whether there is something to track, and for a running artifact whether it grew since the last look."""
        finished = artifact.manifest.exists()
        if not finished and not (running and artifact.folder.exists()):
            return False
        journal = artifact.folder / JOURNAL
        state = (finished, journal.stat().st_size if journal.exists() else 0)
        news = self.unchanged.get(artifact.name) != state
        self.unchanged[artifact.name] = state
        return news

    def _track_artifact(self, artifact: Artifact) -> None:
        run = self._find(artifact)
        if run is not None and run.info.status == "FINISHED":
            self.done.add(artifact.name)
            return
        finished = Manifest.read(artifact.manifest) if artifact.manifest.exists() else None
        points = points_of(artifact.folder, finished) | (self._costs(artifact, finished) if finished else {})
        if run is not None and self._contradicts(run, points):
            self.client.delete_run(run.info.run_id)
            run = None
        run = run or self._create(artifact, finished, points)
        settings = finished.settings if finished else artifact.settings.model_dump(mode="json")
        self._send_parameters(run, {key: value for key, value in settings.items() if key not in LICENCES})
        model = self._model_of(artifact) if finished else ""
        rows = scores_of(artifact.folder) if finished else []
        texts = texts_of(artifact, [row["dataset"] for row in rows])
        self._send_points(run, points, model if rows else "", datasets_by_metric(rows, texts))
        if finished is not None:
            link_inputs(self.client, run, texts, [model] if model else [])
            self._make_model(artifact, run, finished, points)
            self._finish(artifact, run, finished, rows)
            self.done.add(artifact.name)

    def _find(self, artifact: Artifact) -> Any:
        """Find the artifact's run; the item counts too: two items may have one fingerprint."""
        query = f"tags.fingerprint = '{artifact.fingerprint}' and tags.item = '{artifact.item}'"
        return next(iter(self.client.search_runs([self.experiment_id], filter_string=query)), None)

    def _create(self, artifact: Artifact, finished: Manifest | None, points: dict[Point, tuple[float, int]]) -> Any:
        started_at = min((at for _, at in points.values()), default=milliseconds(artifact.folder.stat().st_mtime))
        about = subject_of(artifact)
        tags = {
            "fingerprint": artifact.fingerprint,
            "stage": artifact.stage,
            "item": artifact.item,
            "status": "running",
            "current": "yes",
            "alambic.experiment": self.plan.experiment.name,
            "mlflow.parentRunId": self.root.run_id,
            **({"trains": "yes"} if artifact.settings.trains else {}),
            **about,
            **({"role": role_of(about["model"], self.plan.experiment)} if "model" in about else {}),
        }
        start = start_time(finished) if finished else started_at
        return self.client.create_run(self.experiment_id, start_time=start, tags=tags, run_name=artifact.name)

    def _send_parameters(self, run: Any, settings: dict[str, Any]) -> None:
        """Send the parameters that are not there: MLflow refuses to change one, were it only an item's new name."""
        from mlflow.entities import Param

        missing = {key: value for key, value in flatten(settings).items() if key not in run.data.params}
        for batch in batched(sorted(missing.items()), PARAMETERS_PER_BATCH):
            self.client.log_batch(run.info.run_id, params=[Param(key, as_parameter(value)) for key, value in batch])

    def _send_points(
        self,
        run: Any,
        points: dict[Point, tuple[float, int]],
        model: str = "",
        datasets: Mapping[str, Texts] = MappingProxyType({}),
    ) -> None:
        """Send the points that are not there; scores with the logged model and the texts that they are of."""
        from mlflow.entities import Metric

        sent = self._sent(run)
        new = [(point, values) for point, values in points.items() if point not in sent]
        for batch in batched(new, METRICS_PER_BATCH):
            metrics = []
            for (name, step), (value, at) in batch:
                texts = datasets.get(name)
                of = {"dataset_name": texts.name, "dataset_digest": texts.digest} if texts else {}
                about = (model or None) if texts or name == SIZE else None
                metrics.append(Metric(name, value, at, step, model_id=about, **of))
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

    def _model_of(self, artifact: Artifact) -> str:
        """Give the logged model that a finished artifact is about, where another artifact made it."""
        about = subject_of(artifact)
        origin = self.plan.get(origin_of(about.get("model", ""), self.plan.experiment))
        run = self._find(origin) if origin is not None and origin is not artifact else None
        return str(run.data.tags.get(LOGGED_MODEL, "")) if run is not None else ""

    def _make_model(
        self, artifact: Artifact, run: Any, finished: Manifest, points: dict[Point, tuple[float, int]]
    ) -> None:
        """Make a logged model of what an artifact trained or brought."""
        name = subject_of(artifact).get("model", "")
        if origin_of(name, self.plan.experiment) != artifact.name:
            return
        settings = {key: value for key, value in finished.settings.items() if key not in LICENCES}
        facts: dict[str, Any] = {key: finished.facts[key] for key in ("parameters", "licence") if key in finished.facts}
        tags = self.provenance.tags(artifact) | {"commit": str(finished.run.get("commit") or "unknown")}
        model = logged_model(
            self.client,
            self.experiment_id,
            run,
            name,
            role=role_of(name, self.plan.experiment),
            fingerprint=artifact.fingerprint,
            settings={**facts, **settings, "folder": str(artifact.folder)},
            tags=tags,
        )
        link_outputs(self.client, run, model, max((step for _, step in points), default=0))

    def _costs(self, artifact: Artifact, finished: Manifest) -> dict[Point, tuple[float, int]]:
        """Give the size of the model that an artifact is about, and what all of it took."""
        about = subject_of(artifact)
        if "model" not in about:
            return {}
        origin = self.plan.get(origin_of(about["model"], self.plan.experiment))
        costs = self.provenance.parameters(artifact, origin) | self.provenance.metrics(artifact)
        return {(name, 0): (value, end_time(finished)) for name, value in costs.items()}

    def _register(self) -> None:
        """Put promoted students into the registry, where the report decides on promotion."""
        names, experiment = promoted(self.plan.report.folder), self.plan.experiment
        if names is None:
            return
        models = {}
        for model in students_of(experiment):
            origin = self.plan[origin_of(model, experiment)]
            run = self._find(origin)
            tags = self.provenance.tags(origin) | {"commit": str(run.data.tags.get("commit", "unknown"))}
            models[model] = (str(run.data.tags[LOGGED_MODEL]), origin.fingerprint, tags)
        with default_store(self.uri):
            register(self.client, experiment.name, models, names)

    def _finish(self, artifact: Artifact, run: Any, finished: Manifest, rows: list[dict[str, Any]]) -> None:
        identifier = run.info.run_id
        for row in main_scores(rows, finished.settings)[:1]:
            self.client.set_tag(identifier, "scored", f"{row['dataset']}, {row['metric']}")
            silver = "annotation=silver" in row.get("signature", "")
            self.client.set_tag(identifier, "reference", "silver" if silver else "gold")
        for name in SMALL_FILES:
            path = artifact.folder / name
            if path.exists() and path.stat().st_size < LARGEST_FILE:
                self.client.log_artifact(identifier, str(path))
        for tag in ("commit", "site", "host"):
            if finished.run.get(tag):
                self.client.set_tag(identifier, tag, finished.run[tag])
        if "model" in run.data.tags:
            for tag, value in self.provenance.tags(artifact).items():
                self.client.set_tag(identifier, tag, truncated(value, LONGEST_TAG))
        self.client.set_tag(identifier, "status", "finished")
        self.client.set_terminated(identifier, "FINISHED", end_time=end_time(finished))
        self.sent.pop(identifier, None)

    def _mark_current(self) -> None:
        """Mark the runs that belong to the experiment as it is now; older ones stay, marked as such.

        What an older version made and this one has too is below this one's own run.
        """
        current: set[tuple[str | None, str]] = {(one.item, one.fingerprint) for one in self.plan.values()}
        current.add((None, self.plan.report.fingerprint))
        for run in self._runs():
            tags, identifier = run.data.tags, run.info.run_id
            if "fingerprint" not in tags and tags.get("stage") != STAGE:
                continue
            state = "yes" if (tags.get("item"), tags.get("fingerprint", "")) in current else "no"
            if tags.get("current") != state:
                self.client.set_tag(identifier, "current", state)
                if LOGGED_MODEL in tags:
                    self.client.set_logged_model_tags(tags[LOGGED_MODEL], {"current": state})
            if state == "yes" and identifier != self.root.run_id:
                if tags.get("mlflow.parentRunId") != self.root.run_id:
                    self.client.set_tag(identifier, "mlflow.parentRunId", self.root.run_id)

    def _runs(self) -> Iterator[Any]:
        token = None
        while True:
            page = self.client.search_runs([self.experiment_id], page_token=token)
            yield from page
            token = page.token
            if not token:
                return
