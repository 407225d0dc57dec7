"""`study forms`: the pages, to be handed out."""

import shutil
import sys
from pathlib import Path

from alambic.commands.study.found import find_study
from alambic.errors import UserError
from alambic.studies.protocol import FORMS


def copy_forms(item: str, folder: Path) -> None:
    """Copy the pages into a new folder: nothing else of the study, of which right answers are a part."""
    protocol = find_study(item)
    if folder.exists():
        raise UserError(f"--output {folder} exists: give one that does not, so that no page is mistaken for another")
    shutil.copytree(protocol.folder / FORMS, folder)
    sys.stdout.write(
        f"{len(protocol.participants)} pages in {folder}, protocol {protocol.digest}\n"
        "Give each person one; they come back as p001.csv and so on, for `study read`\n"
    )
