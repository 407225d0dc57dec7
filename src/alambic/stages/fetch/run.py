"""Bring one pretrained model, and check that anybody's transformers opens it."""

import logging
from importlib import import_module
from pathlib import Path
from typing import Any

from alambic.data.inputs import Inputs
from alambic.errors import UserError
from alambic.models.description import describe
from alambic.settings import Fetch
from alambic.stages.fetch.card import write_card
from alambic.stages.fetch.checks import check_model

log = logging.getLogger("alambic.stages.fetch")


def run(settings: Fetch, inputs: Inputs, output: Path) -> dict[str, Any]:
    """Write a transformers folder with its model card; return its sizes, its family and its licence.

    UserError when what the origin gave is not a model that transformers opens.
    """
    _clear(output)
    fetch = import_module(f"alambic.stages.fetch.origins.{settings.origin}").fetch
    fetch(output, **settings.options)
    _check_opens(output, settings.origin)
    facts = describe(output, licence=settings.options["licence"])
    write_card(output, options=settings.options, facts=facts)
    log.info("%s: %s parameters, licence %s", facts["family"], f"{facts['parameters']:,}", facts["licence"])
    return facts


def _clear(output: Path) -> None:
    """Remove what a stopped attempt left, or it would pass for a part of this model."""
    for path in [*output.glob("*.safetensors"), *output.glob("*.json"), output / "README.md"]:
        if not path.name.startswith("."):  # what is hidden is not the stage's
            path.unlink(missing_ok=True)


def _check_opens(folder: Path, origin: str) -> None:
    try:
        check_model(folder)
    except UserError as error:
        raise UserError(f"fetch: what origin '{origin}' gave is no model that transformers opens: {error}") from error
