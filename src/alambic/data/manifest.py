"""The record of a finished artifact."""

import hashlib
import json
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path, PurePosixPath
from typing import Any, Self, get_args, get_origin

from alambic.errors import UserError

NOT_IN_FINGERPRINT = "how a result is recorded"

FILE = "manifest.json"
OWN_CHECKSUM = "checksum"  # the key of the manifest's own sha256, of all its other keys


class Damaged(UserError):
    """An artifact that is not what its manifest says, or whose manifest cannot be read."""

    def __init__(self, path: Path, problem: str) -> None:
        super().__init__(
            f"{problem}: restore it from a copy, or remove its folder to make the artifact again "
            f"(`python -m alambic verify --repair {path.parent}` sets it aside instead)"
        )
        self.folder, self.problem = path.parent, problem
        self.inode = inode(path.with_name(FILE))  # another one is of an artifact that was made anew


def inode(path: Path) -> int | None:
    """Tell a file from one that later bears its name; None where there is none."""
    try:
        return path.stat().st_ino
    except OSError:
        return None


@dataclass(frozen=True)
class Manifest:
    """What made an artifact, and what it holds; written last, so that it vouches for every file next to it."""

    stage: str
    item: str
    fingerprint: str  # whole sha256; the folder bears its beginning
    settings: dict[str, Any]  # as given, defaults included
    identity: dict[str, Any]  # the part of the settings that counts
    sources: dict[str, str]  # digest of each module of the code
    inputs: dict[str, list[str]]  # fingerprints by role
    facts: dict[str, Any] = field(default_factory=dict)  # what the stage found out
    files: dict[str, int] = field(default_factory=dict)  # bytes of each file
    run: dict[str, Any] = field(default_factory=dict)  # when, where, how long; never part of the fingerprint
    sha256: dict[str, str] = field(default_factory=dict)  # of each file; empty in manifests of earlier versions

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read a manifest; UserError when it is missing or damaged."""
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
            own = content.pop(OWN_CHECKSUM, None)
            manifest = cls(**content)
            manifest._check_types()
            if own is not None and own != manifest._checksum():
                raise ValueError(f"its own checksum is {manifest._checksum()}, it says {own}")
        except FileNotFoundError as error:
            raise UserError(f"{path} is missing: run the stage that makes it") from error
        except (IsADirectoryError, NotADirectoryError, ValueError, TypeError, AttributeError, RecursionError) as error:
            raise Damaged(path, f"{path} is damaged ({error})") from error  # no UTF-8, no JSON, no manifest
        return manifest

    def _check_types(self) -> None:
        """TypeError where a field holds what no manifest holds there."""
        for known in fields(self):
            _check_type(known.name, getattr(self, known.name), known.type)
        for name in self.files:
            parts = PurePosixPath(name).parts
            if not parts or parts[0] == "/" or ".." in parts or "\0" in name:
                raise ValueError(f"files: {name!r}, expected a path within the folder")
            name.encode()  # ValueError where no file can bear it
        if self.sha256 and self.sha256.keys() != self.files.keys():
            raise ValueError("sha256 and files do not name the same files")

    def place(self) -> tuple[str, ...]:
        """The names of the folders under `artifacts` that lead to the artifact's own."""
        return (self.stage, *self.item.split("/"))

    def dump(self) -> str:
        """Write as JSON, with a checksum of the whole."""
        content = {**asdict(self), OWN_CHECKSUM: self._checksum()}
        return json.dumps(content, indent=2, ensure_ascii=False, sort_keys=True) + "\n"

    def _checksum(self) -> str:
        return hashlib.sha256(json.dumps(asdict(self), sort_keys=True).encode()).hexdigest()


def _check_type(name: str, value: Any, expected: Any) -> None:
    """TypeError where a value, or what is within a dict or a list, is not of the type that the manifest declares."""
    kind = get_origin(expected) or expected
    if kind is Any:
        return
    if not isinstance(value, kind) or isinstance(value, bool):
        raise TypeError(f"{name}: {value!r}, expected {kind.__name__}")
    if kind in (dict, list) and get_args(expected):
        for inner in value.values() if kind is dict else value:
            _check_type(name, inner, get_args(expected)[-1])
