"""How large a downloaded file may be, and what it may be called."""

import os

from alambic.errors import UserError

NOT_IN_FINGERPRINT = "how files are brought; what they hold is checked by its digest"

LARGEST_GB = "200"  # of a file, unless ALAMBIC_LARGEST_DOWNLOAD_GB says another
LONGEST_NAME = 240  # bytes; a lock's is longer, and has 255 at most


def largest_download() -> float:
    """Read how many bytes a file may have."""
    given = os.environ.get("ALAMBIC_LARGEST_DOWNLOAD_GB", LARGEST_GB)
    try:
        largest = float(given) * 1e9
    except ValueError:
        largest = 0.0
    if not largest > 0:
        raise UserError(f"ALAMBIC_LARGEST_DOWNLOAD_GB is '{given}': expected a number of gigabytes above 0")
    return largest


def is_file_name(name: str) -> bool:
    """Tell whether a file can be called so."""
    return name.isprintable() and len(name.encode("utf-8", "replace")) <= LONGEST_NAME
