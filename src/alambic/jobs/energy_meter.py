"""One meter for each job, in its supervisor: what the processes of an attempt draw, whatever their number.

The processor: watts of a core times the processor seconds of the job's own processes, or times the seconds of all cores
that Slurm reserved for it. Memory: watts of a GB times what is resident, or what is reserved. GPUs: their counters.
All of it times the building's PUE. Nothing is probed, so that a meter costs milliseconds; CodeCarbon's own tracker
takes seconds to start, and estimates the same where no counter can be read.
"""

import contextlib
import json
import threading
import time
from dataclasses import replace
from pathlib import Path

from alambic.data.energy import JOULES, Energy
from alambic.jobs import slurm
from alambic.jobs.gpu_energy import GpuCounters, open_counters
from alambic.jobs.power import Allocation, Power
from alambic.jobs.process_tree import peak_of_ended, usage_below
from alambic.runtime.whole_file import write_atomically

FILE = ".energy"  # what an attempt has taken so far: all that is known of one that is killed
FIRST, LONGEST = 1.0, 15.0  # seconds between two looks, which grow
GB = 1e9


class Meter:
    """Counts from its making on."""

    def __init__(self, power: Power, allocation: Allocation, gpus: GpuCounters | None = None) -> None:
        self.power, self.allocation, self.gpus = power, allocation, gpus
        self._started, self._last = time.monotonic(), time.monotonic()
        self._seconds_before = usage_below().seconds
        self._resident, self._memory = 0, 0.0  # bytes now, GB seconds so far
        self._lock = threading.Lock()

    @classmethod
    def of_job(cls) -> "Meter":
        """Make the meter of this job; UserError where the profile's `power` cannot be read."""
        job = slurm.current_job()
        return cls(Power.of_site(), Allocation.of_job(job), open_counters(reserved=job is not None))

    def read(self) -> Energy:
        """Give what was drawn until now."""
        with self._lock:
            return self._read()

    def _read(self) -> Energy:
        usage, now = usage_below(), time.monotonic()
        seconds = now - self._started
        self._resident = max(usage.resident, 0) or self._resident or peak_of_ended()
        self._memory += (now - self._last) * self._resident / GB
        self._last = now
        joules = self.gpus.update(usage.processes) * self.allocation.nodes if self.gpus else self._rated(seconds)
        power = self.power
        kwh = power.pue / JOULES
        cores = self.allocation.cores
        core_seconds = cores * seconds if cores else usage.seconds - self._seconds_before
        gb_seconds = power.memory_per_core * cores * seconds if power.memory_per_core and cores else self._memory
        energy = Energy(
            cpu_kwh=power.core * core_seconds * kwh,
            gpu_kwh=joules * kwh,
            ram_kwh=power.memory * gb_seconds * kwh,
            seconds=seconds,
            method=self.method,
        )
        return replace(energy, co2e_g=energy.kwh * power.grams_per_kwh)

    def _rated(self, seconds: float) -> float:
        return (self.power.gpu or 0.0) * self.allocation.gpus * seconds

    @property
    def method(self) -> str:
        """Say how each part is known."""
        power, allocation = self.power, self.allocation
        time_of = "reserved cores" if allocation.cores else "processor time"
        gigabytes = "reserved" if power.memory_per_core and allocation.cores else "resident"
        return "; ".join(
            (
                f"cpu: {power.core:g} W x {time_of}",
                f"ram: {power.memory:g} W/GB {gigabytes}",
                f"gpu: {self._gpu_method()}",
                f"pue {power.pue:g}",
                power.grid,
            )
        )

    def _gpu_method(self) -> str:
        nodes = self.allocation.nodes
        if self.gpus is not None:
            return "NVML counter" + (f" of one node x {nodes}" if nodes > 1 else "")
        if not self.allocation.gpus:
            return "none"
        return f"{self.power.gpu:g} W rated" if self.power.gpu else "not counted (no counter, no `gpu=` in `power`)"


class Journal:
    """Writes down, while an attempt runs, what it has taken so far."""

    def __init__(self, folder: Path, number: int, meter: Meter) -> None:
        self.path, self.number, self.meter = folder / FILE, number, meter
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._write, daemon=True)

    def __enter__(self) -> "Journal":
        """Begin."""
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """End, and take the file away: the attempt's own line says it now."""
        self._stop.set()
        self._thread.join()

    def _write(self) -> None:
        pause = FIRST
        while not self._stop.wait(pause):
            pause = min(2 * pause, LONGEST)
            with contextlib.suppress(OSError):  # no space for it: the attempt goes on
                write_atomically(self.path, json.dumps({"attempt": self.number, **self.meter.read().record()}))


def read_last(folder: Path, number: int) -> Energy | None:
    """Read what an attempt had taken when it was last looked at; None where it did not get so far."""
    try:
        content = json.loads((folder / FILE).read_text(encoding="utf-8"))
        return Energy.read(content) if content["attempt"] == number else None
    except (OSError, ValueError, TypeError, KeyError):
        return None


def forget(folder: Path) -> None:
    """Remove the file, once the journal of attempts has what it says."""
    with contextlib.suppress(OSError):
        (folder / FILE).unlink(missing_ok=True)
