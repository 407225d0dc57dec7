"""The manifest of an artifact of `clean` that holds no file, as a job writes it that only sleeps."""

import hashlib

from alambic.data.manifest import Manifest


def fingerprint(item: str) -> str:
    """Give an item its fingerprint, of which the folder bears the beginning."""
    return hashlib.sha256(item.encode()).hexdigest()


def bare_manifest(item: str, of: str = "") -> str:
    """Write the manifest of an item in the folder of its fingerprint, or of another one."""
    return Manifest("clean", item, of or fingerprint(item), settings={}, identity={}, sources={}, inputs={}).dump()
