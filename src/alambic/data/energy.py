"""What computing something took of energy, as the manifest of an artifact records it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

NOT_IN_FINGERPRINT = "how the cost of a result is recorded"

KEY = "energy"  # of `run` in a manifest
FAILED = "failed_kwh"  # of it, in attempts that came to nothing or were interrupted
JOULES = 3.6e6  # of a kWh
PARTS = ("cpu_kwh", "gpu_kwh", "ram_kwh")


@dataclass(frozen=True)
class Energy:
    """Energy in kWh, the share of the building in it (PUE), and the emissions that go with it."""

    cpu_kwh: float = 0.0
    gpu_kwh: float = 0.0
    ram_kwh: float = 0.0
    co2e_g: float = 0.0
    seconds: float = 0.0
    method: str = ""  # how each part was measured or estimated

    @property
    def kwh(self) -> float:
        """The whole."""
        return self.cpu_kwh + self.gpu_kwh + self.ram_kwh

    def __add__(self, other: "Energy") -> "Energy":
        """Add up; methods that differ stay told apart."""
        methods = dict.fromkeys(part for each in (self, other) for part in each.method.split(" | ") if part)
        return Energy(
            self.cpu_kwh + other.cpu_kwh,
            self.gpu_kwh + other.gpu_kwh,
            self.ram_kwh + other.ram_kwh,
            self.co2e_g + other.co2e_g,
            self.seconds + other.seconds,
            " | ".join(methods),
        )

    def record(self) -> dict[str, Any]:
        """Give what a manifest or a journal holds of it."""
        numbers = {"kwh": self.kwh, **{name: getattr(self, name) for name in PARTS}, "co2e_g": self.co2e_g}
        return {
            **{name: float(f"{value:.6g}") for name, value in numbers.items()},
            "seconds": round(self.seconds, 1),
            "method": self.method,
        }

    @classmethod
    def read(cls, record: Mapping[str, Any] | None) -> Self | None:
        """Read such a record; None where nothing was recorded, or what cannot be read."""
        try:
            numbers = {name: float((record or {})[name]) for name in (*PARTS, "co2e_g", "seconds")}
            return cls(**numbers, method=str((record or {})["method"]))
        except (KeyError, TypeError, ValueError):
            return None


def energy_of(run: Mapping[str, Any]) -> Energy | None:
    """Read the energy of an artifact from the `run` of its manifest."""
    record = run.get(KEY)
    return Energy.read(record if isinstance(record, Mapping) else None)
