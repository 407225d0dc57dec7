"""What a stored signal was made from, so that it is read beside nothing else."""

import hashlib
import json
from pathlib import Path

from alambic.errors import UserError
from alambic.manifest import FILE, Manifest


def text_digest(text: str) -> bytes:
    """Digest a text into 8 bytes."""
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest()


def made_by(teacher: Path) -> dict[str, str]:
    """Say which model speaks: its artifact's fingerprint, empty where it is no artifact, and its tokenizer's digest.

    The tokenizer counts by its content, however it is laid out in the file.
    """
    fingerprint = Manifest.read(teacher / FILE).fingerprint if (teacher / FILE).exists() else ""
    content = json.loads((teacher / "tokenizer.json").read_text(encoding="utf-8"))
    canonical = json.dumps(content, sort_keys=True).encode()
    return {"teacher": fingerprint, "tokenizer": hashlib.sha256(canonical).hexdigest()}


def check_made_by(stored: dict[str, str], expected: dict[str, str], *, where: Path) -> None:
    """Refuse a signal of another teacher than `made_by` said; UserError with what differs."""
    for name, what in (("teacher", "fingerprint"), ("tokenizer", "tokenizer's digest")):
        found, wanted = stored.get(name, ""), expected.get(name, "")
        if found and wanted and found != wanted:
            raise UserError(
                f"{where} was made by another teacher: the {what} is {found[:16]} there and {wanted[:16]} is "
                "expected; run `teach` again with this one, or give the student that one"
            )
