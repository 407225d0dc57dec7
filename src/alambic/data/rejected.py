"""Rows, lines and files that a reader did not understand: counted, kept with their place, refused above a share.

A reader is given an object of `Rejections`. It calls `add` for what it rejects, `leave_out` for what its documented
rule passes over, and gives the rest as documents, which whoever runs it counts by `accept`:

    rejections = Rejections(most=0.01, file=folder / "rejected.jsonl")
    for document in read(path, rejections):
        rejections.accept()
    rejections.check("certificates.csv")
"""

import json
from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, NoReturn

from alambic.errors import UserError, truncated

FILE = "rejected.jsonl"
SHOWN = 5  # rejections in an error and in a manifest
ENOUGH = 100_000  # rejections after which a reader to which none is allowed goes no further
LONGEST = 2000  # characters kept of each; a reason is shorter
LONGEST_REASON = 300

# How programs write a missing text.
MISSING = {"nan", "null", "none", "<na>", r"\n"}


@dataclass(frozen=True)
class Rejected:
    """One row, line or file: its place (`file:line`, `archive/member`), why, and how it begins."""

    place: str
    reason: str
    content: str = ""


class Rejections:
    """Counts what a reader accepts, rejects and leaves out; `most` is the share of rejections that is allowed.

    Each rejection is a line of `file`, where one is given.
    """

    def __init__(self, most: float = 0.0, file: Path | None = None) -> None:
        self.most, self.file = most, file
        self.accepted = self.rejected = 0
        self.first: list[Rejected] = []
        self.left_out: Counter[str] = Counter()
        self.place = ""
        if file is not None:
            file.unlink(missing_ok=True)  # of an earlier attempt

    @property
    def read(self) -> int:
        """How many there were in all, without those left out."""
        return self.accepted + self.rejected

    @property
    def share(self) -> float:
        """Which share of them was rejected."""
        return self.rejected / self.read if self.read else 0.0

    def at(self, place: str) -> None:
        """Say where the document stands that is given next: who rejects it later shows the place."""
        self.place = place

    def accept(self) -> None:
        """Count one that was understood."""
        self.accepted += 1

    def add(self, place: str, reason: str, content: str = "", *, rows: int = 1) -> None:
        """Reject what stands at `place`; `rows` says how many rows that are lost with it."""
        fields = ((place, LONGEST_REASON), (reason, LONGEST_REASON), (content, LONGEST))
        rejected = Rejected(*(_encodable(truncated(text, longest)) for text, longest in fields))
        if len(self.first) < SHOWN:
            self.first.append(rejected)
        self.rejected += rows
        if self.file is not None:
            with self.file.open("a", encoding="utf-8", errors="backslashreplace") as stream:
                stream.write(json.dumps(asdict(rejected), ensure_ascii=False) + "\n")
        if not self.most and self.rejected >= ENOUGH:
            self._refuse("the source")

    def leave_out(self, reason: str) -> None:
        """Count what a documented rule passes over; it is no rejection."""
        self.left_out[reason] += 1

    def facts(self) -> dict[str, Any]:
        """Give the counts, and the first rejections, for a manifest."""
        counts: dict[str, Any] = {"read": self.read, "rejected": self.rejected}
        counts["left_out"] = dict(sorted(self.left_out.items()))
        counts["first_rejected"] = [f"{one.place}: {one.reason}" for one in self.first]
        return counts

    def check(self, name: str) -> None:
        """UserError where more was rejected than is allowed; `name` says of what."""
        if self.rejected and self.share > self.most:
            self._refuse(name)

    def _refuse(self, name: str) -> NoReturn:
        lines = [f"  {one.place}: {one.reason}" for one in self.first]
        if self.rejected > len(lines):
            lines.append("  ...")
        record = f"{self.file} has each of them. " if self.file is not None else ""
        raise UserError(
            f"{name}: {self.rejected} of {self.read} rows or files rejected ({self.share:.2%}, allowed: "
            f"{self.most:.2%}):\n{chr(10).join(lines)}\n{record}Correct the data, or write "
            f"`max_rejected: {_rounded_up(self.share)}` in the source's settings to go on without them."
        )


class FirstIsError(Rejections):
    """Takes no rejection: the first is an error at once, for who reads a file and has nowhere to note them."""

    def add(self, place: str, reason: str, content: str = "", *, rows: int = 1) -> None:
        """UserError."""
        raise UserError(_encodable(f"{place}: {truncated(reason, LONGEST_REASON)}"))


STRICT = FirstIsError()


def unusable(text: str) -> str:
    """Say why a text is none, empty where it is one: "  " -> "empty text", "NaN" -> "no text but 'NaN'"."""
    stripped = text.strip()
    if not stripped or not stripped.strip("\ufeff\u200b\u00ad\0 \n"):
        return "empty text"
    if len(stripped) < 10 and stripped.lower() in MISSING:
        return f"no text but '{stripped}', which stands for a missing one"
    if "\0" in text:
        return "a NUL character in the text: is the file in UTF-16, or none of text?"
    return half_sign(text)


def half_sign(text: str) -> str:
    """Say where half of a sign stands alone, which no file can hold; JSON may write one. Empty where there is none."""
    try:
        text.encode()
    except UnicodeEncodeError as error:
        return f"half a sign, \\u{ord(text[error.start]):04x}, at character {error.start}: its other half is missing"
    return ""


def _encodable(text: str) -> str:
    return text.encode("utf-8", "backslashreplace").decode()


def _rounded_up(share: float) -> float:
    """Write a share with two digits that count, and not below itself: 0.01234 -> 0.013."""
    digits = 2
    while digits < 9 and round(share, digits) < 10 ** -(digits - 1):
        digits += 1
    rounded = round(share, digits)
    return rounded if rounded >= share else round(min(rounded + 10**-digits, 1.0), digits)
