"""What stays in an artifact's folder when its large files have gone to an archive: where they are."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Self

from alambic.errors import UserError

NOT_IN_FINGERPRINT = "where a result's files are"

FILE = ".archived.json"


@dataclass(frozen=True)
class Pointer:
    """A tar that holds files of an artifact."""

    tar: str  # absolute path
    sha256: str
    bytes: int
    files: list[str]  # as the manifest names them

    @classmethod
    def of(cls, folder: Path) -> Self | None:
        """Read the pointer in `folder`; None where nothing was archived."""
        path = folder / FILE
        try:
            return cls(**json.loads(path.read_text(encoding="utf-8")))
        except FileNotFoundError:
            return None
        except (json.JSONDecodeError, TypeError) as error:
            raise UserError(
                f"{path} is damaged ({error}): find the tar of {folder.name} in the archive, and unpack it"
            ) from error

    def dump(self) -> str:
        """Write it as JSON."""
        return json.dumps(asdict(self), indent=2) + "\n"

    def remedy(self, folder: Path) -> str:
        """Say where the files are, and how they come back."""
        return f"it is in the archive {self.tar}: bring it back with `python -m alambic restore {folder}`"
