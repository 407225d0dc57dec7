"""What the GPUs of a job draw, by the energy counter that NVML has for each since Volta.

A counter is the card's. Where jobs share one, each takes of every interval the share of the processes on it that are
its own, and nothing of a card that it does not use.
"""

import importlib
import logging
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

log = logging.getLogger("alambic")

DEVICE = Path("/dev/nvidiactl")  # without it there is no driver, and NVML need not be asked


class GpuCounters:
    """The counters of the GPUs that a job sees, read again and again."""

    def __init__(self, nvml: Any, visible: str | None, *, reserved: bool) -> None:
        """Take the module `pynvml`, CUDA_VISIBLE_DEVICES, and whether nobody else may use the cards."""
        self.nvml, self.reserved = nvml, reserved
        self.handles = [handle for handle in _handles(nvml, visible) if self._millijoules(handle) is not None]
        self.joules = 0.0
        self._last = [self._millijoules(handle) or 0 for handle in self.handles]

    def update(self, own: Iterable[int]) -> float:
        """Add what was drawn since the last look, of which `own` are the job's processes; give the joules so far."""
        own = set(own)
        for number, handle in enumerate(self.handles):
            now = self._millijoules(handle)
            if now is None:
                continue
            drawn = max(now - self._last[number], 0) / 1000
            self._last[number] = now
            self.joules += drawn * self._share(handle, own)
        return self.joules

    def _share(self, handle: Any, own: set[int]) -> float:
        """Give the part of the card that is the job's: all of a reserved one, else by the processes on it."""
        if self.reserved:
            return 1.0
        try:
            users = {process.pid for process in self.nvml.nvmlDeviceGetComputeRunningProcesses(handle)}
        except self.nvml.NVMLError:
            return 1.0
        if not users & own:  # in a container, NVML knows processes by other numbers
            return 1.0 if any(not Path(f"/proc/{pid}").exists() for pid in users) else 0.0
        return len(users & own) / len(users)

    def _millijoules(self, handle: Any) -> int | None:
        try:
            return int(self.nvml.nvmlDeviceGetTotalEnergyConsumption(handle))
        except self.nvml.NVMLError:  # older than Volta, or part of a card
            return None


def open_counters(*, reserved: bool) -> GpuCounters | None:
    """Open the counters of this machine's GPUs; None where there is none that counts."""
    if not DEVICE.exists():
        return None
    try:
        nvml = importlib.import_module("pynvml")
        nvml.nvmlInit()
        counters = GpuCounters(nvml, os.environ.get("CUDA_VISIBLE_DEVICES"), reserved=reserved)
    except Exception as error:  # no library, or a driver that it does not know: no job fails on its meter
        log.warning("the GPUs' energy is not measured: %s", error)
        return None
    return counters if counters.handles else None


def _handles(nvml: Any, visible: str | None) -> list[Any]:
    """Give the cards that CUDA_VISIBLE_DEVICES names, by number or UUID; all where it names none of these."""
    count = nvml.nvmlDeviceGetCount()
    names = [name.strip() for name in (visible or "").split(",") if name.strip()]
    if visible is not None and (not names or names == ["-1"]):
        return []
    if all(name.isdigit() and int(name) < count for name in names) and names:
        return [nvml.nvmlDeviceGetHandleByIndex(int(name)) for name in names]
    if names and all(name.startswith("GPU-") for name in names):
        return [nvml.nvmlDeviceGetHandleByUUID(name) for name in names]
    return [nvml.nvmlDeviceGetHandleByIndex(index) for index in range(count)]
