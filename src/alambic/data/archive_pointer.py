"""What stays in an artifact's folder when its large files have gone to an archive: where they are."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path, PurePosixPath
from typing import Self

from alambic.errors import UserError

NOT_IN_FINGERPRINT = "where a result's files are"

FILE = ".archived.json"

REPORT_FILES = (
    "report.html",
    "scores.csv",
    "models.csv",
    "comparisons.csv",
    "energy.csv",
    "frugality.csv",
    "transfer.csv",
    "automation.csv",
    "promoted.json",
    "summary.txt",
)
READ_BY_PEOPLE = ("README.md", "scores.json", "explanations.json", "speed.json", "release.json", *REPORT_FILES)
# With what else the report and MLflow read of an artifact: a new report needs nothing back from the archive.
READ_BY_REPORT = {
    "attributions.parquet",
    "calibration.json",
    "config.json",
    "counts.parquet",
    "explained_texts.parquet",
    "metrics.jsonl",
    "predictions.parquet",
    "resamples.parquet",
    "terms.json",
}
STAYS = {*READ_BY_PEOPLE, *READ_BY_REPORT}


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
            pointer = cls(**json.loads(path.read_text(encoding="utf-8")))
            pointer._check_types()
        except FileNotFoundError:
            return None
        except (OSError, ValueError, TypeError, RecursionError) as error:
            raise UserError(
                f"{path} is damaged ({error}): find the tar of {folder.name} in the archive, and unpack it"
            ) from error
        return pointer

    def _check_types(self) -> None:
        """TypeError or ValueError where it names what no archive holds, such as a file outside the folder."""
        if not isinstance(self.tar, str) or not isinstance(self.sha256, str) or not isinstance(self.bytes, int):
            raise TypeError("expected the text `tar`, the text `sha256` and the number `bytes`")
        if not isinstance(self.files, list):
            raise TypeError(f"files: {self.files!r}, expected a list")
        for name in self.files:
            parts = PurePosixPath(name).parts
            if not parts or parts[0] == "/" or ".." in parts:
                raise ValueError(f"files: {name!r}, expected a path within the folder")

    def dump(self) -> str:
        """Write it as JSON."""
        return json.dumps(asdict(self), indent=2) + "\n"

    def remedy(self, folder: Path) -> str:
        """Say where the files are, and how they come back."""
        return f"it is in the archive {self.tar}: bring it back with `python -m alambic restore {folder}`"
