"""Whether what collected sources rejected is still allowed: the share does not count in what names a result."""

import json
from pathlib import Path

from alambic.errors import UserError


def check_rejected(item: str, manifest: Path, most: float) -> None:
    """UserError where a source is collected already, and more of it was rejected than its settings allow by now."""
    try:
        facts = json.loads(manifest.read_text(encoding="utf-8"))["facts"]
        rejected, read = int(facts["rejected"]), int(facts["read"])
    except (OSError, ValueError, KeyError, TypeError):  # not there yet, or damaged: whoever opens it says so
        return
    if rejected > most * read:
        raise UserError(
            f"collect.{item}: {rejected} of {read} rows or files were rejected when it was collected, `max_rejected` "
            f"is {most:g}: allow more, or correct the source (see {manifest.parent / 'rejected.jsonl'})"
        )
