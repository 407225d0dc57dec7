"""Models and texts as MLflow knows them: logged models with their scores by dataset, datasets as inputs of runs."""

import json
import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from alambic.commands.tracking.content import LONGEST_TAG, as_parameter
from alambic.commands.tracking.subjects import Texts
from alambic.errors import truncated

TAG = "logged_model"  # of the run that made it


def logged_model(
    client: Any,
    experiment_id: str,
    run: Any,
    name: str,
    *,
    role: str,
    fingerprint: str,
    settings: Mapping[str, Any],
    tags: Mapping[str, str] = MappingProxyType({}),
) -> str:
    """Give the identifier of the logged model that a run makes, made where it is not there yet."""
    if known := run.data.tags.get(TAG):
        return str(known)
    safe = re.sub(r"[/:.%\"']", "_", name)  # MLflow's own list
    found = client.search_logged_models([experiment_id], filter_string=f"tags.fingerprint = '{fingerprint}'")
    made = next((model for model in found if model.name == safe), None)
    if made is None:
        parameters = {key: truncated(as_parameter(value), 500) for key, value in settings.items()}
        of = {**tags, "fingerprint": fingerprint, "role": role, "current": "yes"}
        short = {key: truncated(value, LONGEST_TAG) for key, value in of.items()}
        made = client.create_logged_model(
            experiment_id, name=safe, source_run_id=run.info.run_id, tags=short, params=parameters, model_type=role
        )
    client.finalize_logged_model(made.model_id, "READY")
    client.set_tag(run.info.run_id, TAG, made.model_id)
    run.data.tags[TAG] = made.model_id
    return str(made.model_id)


def link_outputs(client: Any, run: Any, model: str, step: int) -> None:
    """Say that a run made a model."""
    from mlflow.entities import LoggedModelOutput

    client.log_outputs(run.info.run_id, [LoggedModelOutput(model, step)])


def link_inputs(client: Any, run: Any, texts: Sequence[Texts], models: Sequence[str]) -> None:
    """Say which texts and which models a run reads."""
    from mlflow.entities import Dataset, DatasetInput, InputTag, LoggedModelInput

    datasets = [
        DatasetInput(
            Dataset(
                name=truncated(each.name, 500),
                digest=each.digest,
                source_type="local",
                source=json.dumps({"uri": each.place}),
                profile=truncated(json.dumps({f"num_{key}": count for key, count in each.counts.items()}), LONGEST_TAG),
            ),
            tags=[InputTag("mlflow.data.context", each.use)],
        )
        for each in texts
    ]
    if datasets or models:
        client.log_inputs(run.info.run_id, datasets=datasets, models=[LoggedModelInput(model) for model in models])
