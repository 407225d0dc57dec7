"""MLflow's experiment of the same name: made, or found again, with its saved views."""

from typing import Any

from alambic.commands.tracking.content import LONGEST_TAG
from alambic.commands.tracking.store import database
from alambic.commands.tracking.views import views
from alambic.errors import truncated
from alambic.settings import Experiment


def open_experiment(client: Any, experiment: Experiment, uri: str) -> str:
    """Give the identifier of an experiment in the store at `uri`; one that was deleted comes back."""
    existing = client.get_experiment_by_name(experiment.name)
    # The kind opens MLflow's page on training runs; without it, on conversations with language models.
    tags = {
        "mlflow.experimentKind": "custom_model_development",
        "mlflow.note.content": truncated(experiment.description, LONGEST_TAG),
        **views(),
    }
    if existing is None:
        file = database(uri)
        artifacts = (file.parent / "artifacts").as_uri() if file else None
        return str(client.create_experiment(experiment.name, artifact_location=artifacts, tags=tags))
    if existing.lifecycle_stage == "deleted":
        client.restore_experiment(existing.experiment_id)
    for key, value in tags.items():
        if existing.tags.get(key) != value:
            client.set_experiment_tag(existing.experiment_id, key, value)
    return str(existing.experiment_id)
