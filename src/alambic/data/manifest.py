"""The record of a finished artifact."""

import json
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any, Self, get_origin

from alambic.errors import UserError

NOT_IN_FINGERPRINT = "how a result is recorded"

FILE = "manifest.json"


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

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read a manifest; UserError when it is missing or damaged."""
        try:
            manifest = cls(**json.loads(path.read_text(encoding="utf-8")))
            manifest._check_types()
        except FileNotFoundError as error:
            raise UserError(f"{path} is missing: run the stage that makes it") from error
        except (IsADirectoryError, NotADirectoryError, ValueError, TypeError) as error:  # no UTF-8, no JSON
            raise UserError(f"{path} is damaged ({error}): remove its folder to make the artifact again") from error
        return manifest

    def _check_types(self) -> None:
        """TypeError where a field holds what no manifest holds there."""
        for known in fields(self):
            expected = get_origin(known.type) or known.type
            assert isinstance(expected, type)
            if not isinstance(getattr(self, known.name), expected):
                raise TypeError(f"{known.name}: {getattr(self, known.name)!r}, expected {expected.__name__}")
        if not all(isinstance(fingerprints, list) for fingerprints in self.inputs.values()):
            raise TypeError(f"inputs: {self.inputs!r}, expected a list for each role")

    def dump(self) -> str:
        """Write as JSON."""
        return json.dumps(asdict(self), indent=2, ensure_ascii=False, sort_keys=True) + "\n"
