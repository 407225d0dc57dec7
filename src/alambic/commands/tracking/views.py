"""The views with which an experiment's page opens: which runs, which columns, in which order.

MLflow keeps a saved view as a tag of the experiment: its name, and the state of the page in JSON. The format is that of
MLflow 3.17; an MLflow that knows it not passes the tag by.
"""

import json
from collections.abc import Mapping
from typing import Any

PREFIX = "mlflow.sharedViewState."
RESULTS, TRAINING, STAGES = "results", "training", "stages"  # the views' keys in an address
FIRST_COLUMNS = ("attributes.`Run Name`", "attributes.`Created`", "attributes.`Duration`")  # always there


def address(experiment_id: str, view: str) -> str:
    """Give the part of an address that opens a view, after the server's own."""
    return f"/#/experiments/{experiment_id}/runs?workflowType=machine_learning&viewStateShareKey={view}"


def views() -> dict[str, str]:
    """Give the tags of an experiment that are its saved views.

    None is sorted by time: MLflow then folds all runs under the experiment's own.
    """
    return {
        f"{PREFIX}{RESULTS}": _view(
            "Results: scores by task and model",
            "tags.stage = 'evaluate' and tags.current = 'yes'",
            order="metrics.`score`",
            columns={
                "tags.`task`": 130,
                "tags.`model`": 150,
                "tags.`scored`": 190,
                "metrics.`score`": 100,
                "metrics.`score.low`": 100,
                "metrics.`score.high`": 100,
                "metrics.`parameters`": 120,
                "metrics.`cost.kwh`": 100,
                "tags.`reproducible`": 110,
                "tags.`reference`": 110,
            },
        ),
        f"{PREFIX}{TRAINING}": _view(
            "Training: curves and costs",
            "tags.trains = 'yes' and tags.current = 'yes'",
            order="tags.`model`",
            ascending=True,
            columns={
                "tags.`stage`": 100,
                "tags.`model`": 150,
                "tags.`task`": 130,
                "metrics.`loss`": 100,
                "metrics.`facts.parameters`": 120,
                "metrics.`seconds`": 100,
                "metrics.`peak_memory_mb`": 130,
                "attributes.`Models`": 160,
                "attributes.`Dataset`": 220,
            },
        ),
        f"{PREFIX}{STAGES}": _view(
            "Stages: everything that ran",
            "tags.current = 'yes'",
            order="metrics.`seconds`",
            columns={
                "tags.`stage`": 100,
                "tags.`item`": 240,
                "metrics.`seconds`": 100,
                "metrics.`peak_memory_mb`": 130,
                "tags.`host`": 100,
                "tags.`commit`": 120,
            },
        ),
    }


def _view(name: str, runs: str, *, order: str, columns: Mapping[str, int], ascending: bool = False) -> str:
    state: dict[str, Any] = {
        "searchFilter": runs,
        "orderByKey": order,
        "orderByAsc": ascending,
        "startTime": "ALL",
        "lifecycleFilter": "Active",
        "selectedColumns": [*columns],
        "columnOrder": [*FIRST_COLUMNS, *columns],
        "columnWidths": dict(columns),
        "runsHiddenMode": "SHOW_ALL",
        "hideEmptyCharts": True,
        "autoRefreshEnabled": True,
    }
    return json.dumps({"name": name, "createdAt": 0, "state": json.dumps(state)})
