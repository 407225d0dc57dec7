"""The processor of this machine: its name, and what of it decides how fast eight-bit models are."""

import platform
from pathlib import Path

FILE = Path("/proc/cpuinfo")
# Whether products of eight bits are added in 32, and how many at once.
FLAGS = ("avx2", "avx512f", "avx512_vnni", "avx_vnni", "amx_int8", "asimddp", "i8mm")


def cpu_name(path: Path = FILE) -> str:
    """Read the processor's name where Linux has it; elsewhere its kind."""
    return _first(path, "model name") or platform.machine()


def cpu_flags(path: Path = FILE) -> list[str]:
    """List those of FLAGS that the processor has, as Linux names them; none where it does not say."""
    has = (_first(path, "flags") or _first(path, "Features")).split()
    return [flag for flag in FLAGS if flag in has]


def _first(path: Path, wanted: str) -> str:
    """Read what is said of the first core."""
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    values = (value.strip() for name, _, value in (line.partition(":") for line in lines) if name.strip() == wanted)
    return next(values, "")
