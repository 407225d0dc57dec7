"""What is read of CodeCarbon's own files, with the version it was checked with; a test holds it."""

import json
from functools import cache
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

NOT_IN_FINGERPRINT = "how the cost of a result is recorded"


def carbon_intensity(country: str) -> float:
    """Give the mean emissions of a country's grid in g CO2e/kWh, by its three letters; KeyError where none is known.

    From CodeCarbon's table, read as a file: to import the package would take every job's supervisor seconds. Checked
    with codecarbon 3.3.2.
    """
    return float(_grids()[country]["carbon_intensity"])


@cache
def _grids() -> dict[str, Any]:
    """Read the table once. Checked with codecarbon 3.3.2."""
    path = distribution("codecarbon").locate_file("codecarbon/data/private_infra/global_energy_mix.json")
    grids: dict[str, Any] = json.loads(Path(str(path)).read_text(encoding="utf-8"))
    return grids
