"""The files in which `judge read` left what people judged."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from alambic.data.checksums import checksum
from alambic.errors import UserError
from alambic.settings.judgements import Judgements

PARTS = {"form", "title", "judges", "answers", "answers_missing", "confidence", "criteria"}


def read_judgements(files: Sequence[Judgements]) -> list[dict[str, Any]]:
    """Read each file; UserError where one is not there, not the one that was named, or no file of judgements."""
    found = []
    for each in files:
        path = Path(each.path)
        if not path.is_file():
            raise UserError(f"report.judgements: {path} is no file")
        if (digest := checksum(path)) != each.sha256:
            raise UserError(f"report.judgements: {path} has the sha256 {digest}, expected {each.sha256}")
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
        except ValueError as error:
            raise UserError(f"report.judgements: {path} is no JSON ({error})") from error
        if not isinstance(content, dict) or not content.keys() >= PARTS:
            raise UserError(f"report.judgements: {path}: expected the file judgements.json that `judge read` writes")
        found.append(content)
    return found
