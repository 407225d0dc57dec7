"""To which part a group of examples belongs: each is drawn by itself, so that a new one moves no other."""

from alambic.errors import UserError
from alambic.tasks.sampling import draw


def part_of(*names: str | int, test_share: float, dev_share: float) -> str:
    """Name the part of what is named: "test", "dev" or "train". UserError where nothing is left to learn from."""
    if test_share + dev_share >= 1:
        raise UserError(f"test_share + dev_share: {test_share:g} + {dev_share:g} leave nothing to learn from")
    drawn = draw(*names)
    return "test" if drawn < test_share else "dev" if drawn < test_share + dev_share else "train"
