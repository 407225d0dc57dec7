"""What one check found, as one line."""

from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """How a check ended."""

    OK = "ok"
    WRONG = "wrong"
    NOT_CHECKED = "not checked"


@dataclass(frozen=True)
class Finding:
    """The verdict on one thing, what was seen, and what to change."""

    verdict: Verdict
    what: str
    seen: str
    remedy: str = ""

    def __str__(self) -> str:
        """Write it as one line, with Slurm's own line breaks taken out."""
        seen = "; ".join(line.strip() for line in self.seen.splitlines() if line.strip())
        return f"{self.verdict:<11}  {self.what}: {seen}" + (f" -> {self.remedy}" if self.remedy else "")


def ok(what: str, seen: str) -> Finding:
    """Say that it is as it should be."""
    return Finding(Verdict.OK, what, seen)


def wrong(what: str, seen: str, remedy: str) -> Finding:
    """Say what is wrong, and what to change."""
    return Finding(Verdict.WRONG, what, seen, remedy)


def not_checked(what: str, why: str) -> Finding:
    """Say that nothing is known, and why."""
    return Finding(Verdict.NOT_CHECKED, what, why)
