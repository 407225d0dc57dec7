"""Changes of files that nobody should take for what was written."""

import json
from pathlib import Path
from typing import Any


def flip(path: Path) -> None:
    """Flip a bit in the middle of a file."""
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def change(path: Path, **values: Any) -> None:
    """Give keys of a JSON object on disk other values."""
    path.write_text(json.dumps({**json.loads(path.read_text()), **values}))


def halve(path: Path) -> None:
    """Leave the first half of a file."""
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
