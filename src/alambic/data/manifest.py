"""The record of a finished artifact."""

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Self

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
            return cls(**json.loads(path.read_text(encoding="utf-8")))
        except FileNotFoundError as error:
            raise UserError(f"{path} is missing: run the stage that makes it") from error
        except (json.JSONDecodeError, TypeError) as error:
            raise UserError(f"{path} is damaged ({error}): remove its folder to make the artifact again") from error

    def dump(self) -> str:
        """Write as JSON."""
        return json.dumps(asdict(self), indent=2, ensure_ascii=False, sort_keys=True) + "\n"
