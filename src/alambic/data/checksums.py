"""Files known by their content: the sha256 of each, and how much of that is computed when they are read."""

import hashlib
import os
import random
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from enum import StrEnum
from pathlib import Path

from alambic.errors import UserError

NOT_IN_FINGERPRINT = "how the content of files is checked"

VARIABLE = "ALAMBIC_VERIFY"
SAMPLE = 1_000_000_000  # bytes of an artifact that a sample holds in the mean: about a second
BLOCK = 1 << 20
THREADS = 4  # at most: a disk that is read by more is not quicker


class Interrupted(Exception):
    """The process was asked to stop meanwhile."""


class Verification(StrEnum):
    """How much of the content of files is checked before they are used."""

    FULL = "full"  # every byte
    SAMPLE = "sample"  # files drawn at random; each reader of an artifact draws others
    SIZES = "sizes"  # none: sizes alone

    @classmethod
    def of_site(cls) -> "Verification":
        """Read what the site sets; UserError where it is none of these."""
        value = os.environ.get(VARIABLE) or cls.FULL.value
        try:
            return cls(value)
        except ValueError as error:
            raise UserError(f"{VARIABLE}={value}: expected one of {', '.join(cls)}") from error


def checksum(path: Path, *, is_stopped: Callable[[], bool] = lambda: False) -> str:
    """Compute the sha256 of a file. Raises Interrupted where `is_stopped` becomes true meanwhile."""
    digest, buffer = hashlib.sha256(), bytearray(BLOCK)
    view = memoryview(buffer)
    with path.open("rb", buffering=0) as stream:
        while size := stream.readinto(buffer):
            if is_stopped():
                raise Interrupted
            digest.update(view[:size])
    return digest.hexdigest()


def checksums(folder: Path, names: Iterable[str], *, is_stopped: Callable[[], bool] = lambda: False) -> dict[str, str]:
    """Compute the sha256 of files of `folder`, several at once."""
    ordered = list(names)
    threads = max(min(THREADS, len(os.sched_getaffinity(0)), len(ordered)), 1)
    with ThreadPoolExecutor(threads) as pool:
        results = pool.map(lambda name: checksum(folder / name, is_stopped=is_stopped), ordered)
        return dict(zip(ordered, results, strict=True))


def sample(sizes: Mapping[str, int], *, seed: str) -> list[str]:
    """Draw files of SAMPLE bytes together in the mean: each has the same chance, and another seed draws others."""
    total = sum(sizes.values())
    draw = random.Random(seed)  # chance of a sample, no secret
    return [name for name in sorted(sizes) if draw.random() * total < SAMPLE]
