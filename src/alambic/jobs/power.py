"""What the machines of a site draw, as its profile says, and what of them a job has.

A profile says it in one resource, which jobs find in their environment:

    power: core=7.5W memory=0.3725W/GB memory_per_core=4GB gpu=700W pue=1.2 country=FRA

It is one text because Snakemake rounds the numbers of resources.
"""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Self

from alambic.errors import UserError, nearest
from alambic.runtime.compat import carbon_intensity

VARIABLE, ALLOCATION = "ALAMBIC_POWER", "ALAMBIC_ALLOCATION"
UNITS = {
    "core": "W",
    "memory": "W/GB",
    "memory_per_core": "GB",
    "gpu": "W",
    "pue": "",
    "carbon": "g/kWh",
}
EXAMPLES = {
    "core": "7.5W",
    "memory": "0.3725W/GB",
    "memory_per_core": "4GB",
    "gpu": "700W",
    "pue": "1.2",
    "carbon": "56g/kWh",
    "country": "FRA",
}
DRAWS = ("core", "memory", "memory_per_core", "gpu")  # of which nothing at all is a mistake


@dataclass(frozen=True)
class Power:
    """Watts of a core at work, of a GB of memory and of a GPU; the building's share; the grid.

    `core` is what CodeCarbon takes for a thread of a processor that it does not know (codecarbon.core.cpu, 3.3.2);
    `memory` is that of Lannelongue et al. 2021 (Green Algorithms, doi 10.1002/advs.202100707). Without a building
    `pue` is 1. `gpu` counts only where no counter can be read. `carbon`: by default, the mean of the country's grid
    in CodeCarbon's table.
    """

    core: float = 4.0
    memory: float = 0.3725
    memory_per_core: float | None = None  # that a job has with each core, whether it fills it or not
    gpu: float | None = None
    pue: float = 1.0
    carbon: float | None = None
    country: str = "FRA"

    @classmethod
    def read(cls, text: str) -> Self:
        """Read a profile's text; UserError where it says what nothing reads."""
        names = [field.name for field in fields(cls)]
        given: dict[str, float | str] = {}
        for part in text.split():
            name, equals, value = part.partition("=")
            if name not in names:
                raise UserError(f"power '{part}': expected NAME=VALUE, such as `core=7.5W`; {nearest(name, names)}")
            if not equals or not value:
                raise UserError(f"power '{part}': it has no value: expected such as `{name}={EXAMPLES[name]}`")
            if name in given:
                raise UserError(f"power '{part}': '{name}' is given twice: leave one of the two out")
            given[name] = _country(value) if name == "country" else _number(name, value)
        power = cls(**given)  # type: ignore[arg-type]
        if power.pue < 1:
            raise UserError(f"power 'pue={power.pue:g}': a building takes nothing off: expected 1 or more")
        return power

    @classmethod
    def of_site(cls, environment: Mapping[str, str] | None = None) -> Self:
        """Read what the profile of this site says."""
        return cls.read((os.environ if environment is None else environment).get(VARIABLE, ""))

    @property
    def grams_per_kwh(self) -> float:
        """Emissions of the grid."""
        return carbon_intensity(self.country) if self.carbon is None else self.carbon

    def figures(self) -> dict[str, float]:
        """Give what turns a job's processor seconds into energy and emissions."""
        return {"core_watts": self.core, "pue": self.pue, "grams_per_kwh": self.grams_per_kwh}

    @property
    def grid(self) -> str:
        """Where that figure comes from."""
        source = "the profile" if self.carbon is not None else f"{self.country}, CodeCarbon"
        return f"{self.grams_per_kwh:g} g/kWh ({source})"


def _number(name: str, value: str) -> float:
    unit = UNITS[name]
    match = re.fullmatch(rf"(\d+(?:\.\d+)?)(?:{re.escape(unit)})?", value)
    if match is None:
        units = f" and {unit}" if unit else ""
        raise UserError(f"power '{name}={value}': expected a number{units}, such as `{name}={EXAMPLES[name]}`")
    if name in DRAWS and not float(match[1]):
        raise UserError(
            f"power '{name}={value}': what is there draws something: expected more than 0, such as "
            f"`{name}={EXAMPLES[name]}`, or leave it out"
        )
    return float(match[1])


def _country(value: str) -> str:
    try:
        carbon_intensity(value)
    except KeyError:
        raise UserError(
            f"power 'country={value}': CodeCarbon's table of grids has no such country: expected three letters "
            "(ISO 3166), such as FRA; or give `carbon=56g/kWh` of your own"
        ) from None
    return value


@dataclass(frozen=True)
class Allocation:
    """What a job was given, over all its nodes; `cores` is 0 where it shares the machine with others."""

    nodes: int = 1
    cores: int = 0
    gpus: int = 0

    @classmethod
    def of_job(cls, job: str | None, environment: Mapping[str, str] | None = None) -> Self:
        """Read what the workflow says of a Slurm job; outside one nothing is reserved."""
        text = (os.environ if environment is None else environment).get(ALLOCATION, "") if job else ""
        found = {name: int(value) for name, value in re.findall(r"(nodes|cores|gpus)=(\d+)", text)}
        return cls(**found)
