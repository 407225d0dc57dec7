"""What a rule asks Slurm for: its resources in the profile, and the sbatch options that the executor makes of them."""

import re
import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from alambic.errors import UserError

# Resources that are whole numbers.
COUNTS = ("nodes", "tasks", "tasks_per_node", "cpus_per_task", "mem_mb", "mem_mb_per_cpu")
UNITS = {"s": 1 / 60, "m": 1, "h": 60, "d": 24 * 60, "w": 7 * 24 * 60}


@dataclass(frozen=True)
class JobRequest:
    """One kind of job, and the rules that submit it."""

    rules: tuple[str, ...]
    resources: Mapping[str, Any]
    threads: int

    def get(self, key: str) -> str | None:
        """Give a resource as sbatch will read it; None where the profile says nothing."""
        value = self.resources.get(key)
        return None if value in (None, "") else str(value)

    def number(self, key: str, default: int = 1) -> int:
        """Give a resource that is a count. Raises UserError where it is none."""
        value = self.resources.get(key)
        return default if value in (None, "") else parse_count(key, value) or default

    @property
    def minutes(self) -> float | None:
        """The wall limit. Raises UserError where it cannot be read."""
        value = self.get("runtime")
        return None if value is None else parse_runtime(value)

    def unreadable(self) -> list[str]:
        """Say what of it cannot be read."""
        found = []
        reads: list[Callable[[], object]] = [lambda: self.minutes, lambda: self.extra]
        reads += [partial(self.number, key) for key in COUNTS]
        for read in reads:
            try:
                read()
            except UserError as error:
                found.append(str(error))
        return found

    @property
    def extra(self) -> list[str]:
        """The further options of sbatch. Raises UserError where a quotation mark is missing."""
        text = self.get("slurm_extra") or ""
        try:
            # The executor gives it to a shell: what is no option there is another command.
            parts = shlex.shlex(text, posix=True, punctuation_chars=";&|<>`")
            parts.whitespace_split = True
            commands = {part for part in parts if set(part) <= set(";&|<>`") and part}
            if commands or "\n" in text.strip():
                raise ValueError(f"a shell would end the command at {' '.join(sorted(commands)) or 'the line break'}")
            return shlex.split(text)
        except ValueError as error:
            raise UserError(f"slurm_extra '{text}': {error}; expected options of sbatch as in a shell") from error

    @property
    def cpus_per_task(self) -> int:
        """Cores of each Slurm task."""
        return self.number("cpus_per_task", self.threads)

    @property
    def cpus_per_node(self) -> int:
        """Cores that one node must have free."""
        return self.cpus_per_task * (self.number("tasks_per_node") if self.get("mpi") else 1)

    @property
    def gres(self) -> tuple[str, str | None, int] | None:
        """Kind, model and number per node, of what stands after --gres."""
        value = self.get("gres")
        if value is None:
            return None
        kind, *rest = value.split(":")
        number = rest.pop() if rest and rest[-1].isdigit() else "1"
        return kind, rest[0] if rest else None, int(number)

    @property
    def one_thread_per_core(self) -> bool:
        """Whether Slurm counts physical cores."""
        return "nomultithread" in (self.get("slurm_extra") or "")

    def options(self) -> list[str]:
        """Give the options of sbatch that say what the job needs, as the executor writes them."""
        named = {
            "--account": self.get("slurm_account"),
            "--partition": self.get("slurm_partition"),
            "--time": None if self.minutes is None else f"{self.minutes:.0f}",
            "--constraint": self.get("constraint"),
            "--qos": self.get("qos"),
            "--gres": self.get("gres"),
            "--nodes": self.get("nodes"),
            "--cpus-per-task": str(self.cpus_per_task),
            **self._memory(),
            **self._tasks(),
        }
        return [f"{name}={value}" for name, value in named.items() if value is not None] + self.extra

    def _memory(self) -> dict[str, str]:
        if self.number("mem_mb_per_cpu", 0):
            return {"--mem-per-cpu": str(self.resources["mem_mb_per_cpu"])}
        return {"--mem": str(self.resources["mem_mb"])} if self.number("mem_mb", 0) else {}

    def _tasks(self) -> dict[str, str]:
        if self.get("mpi"):
            return {"--ntasks-per-node": str(self.number("tasks_per_node"))}
        # The executor leaves the tasks of a GPU job to Slurm.
        return {} if "gpu" in (self.get("gres") or "") else {"--ntasks": str(self.number("tasks"))}


def parse_runtime(text: str) -> float:
    """Read Snakemake's `runtime` in minutes: `90` -> 90.0, `20h` -> 1200.0; units are s, m, h, d and w."""
    match = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([smhdw]?)\w*\s*", text)
    if match is None:
        minutes = parse_limit(text)
        meant = f"; did you mean {minutes:g}?" if minutes else ""
        raise UserError(f"runtime '{text}': expected minutes, or a number with s, m, h or d, such as 20h{meant}")
    return float(match[1]) * UNITS[match[2] or "m"]


def parse_count(name: str, value: Any) -> int:
    """Read a whole number of the profile, which YAML may have taken for a text: "4" -> 4."""
    try:
        if isinstance(value, bool | float):
            raise ValueError
        return int(value)
    except (ValueError, TypeError):
        raise UserError(f"{name} '{value}': expected a whole number") from None


def parse_limit(text: str) -> float | None:
    """Read Slurm's [days-]hours:minutes:seconds in minutes: `1-00:00:30` -> 1440.5, `UNLIMITED` -> None."""
    match = re.fullmatch(r"(?:(\d+)-)?(?:(\d+):)?(\d+):(\d+)", text)
    if match is None:
        return None
    days, hours, minutes, seconds = (int(part or 0) for part in match.groups())
    return (days * 24 + hours) * 60 + minutes + seconds / 60
