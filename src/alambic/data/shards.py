"""Which files of a folder are shards of its documents or signals: no other file there is read, whoever put it there."""

import re
from pathlib import Path

from alambic.data.manifest import FILE, Manifest


def shards_of(folder: Path, part: str) -> list[Path]:
    """List the shards `<part>-00000.parquet`... in order: of a finished artifact, those that its manifest names.

    A copy that somebody made beside them, what a network drive keeps of a removed file, half a download: none counts.
    """
    listed = Manifest.read(folder / FILE).files if (folder / FILE).exists() else {}
    names = listed or [path.name for path in folder.glob(f"{part}-*.parquet") if path.is_file()]
    return [
        folder / name
        for name in sorted(names, key=lambda name: (len(name), name))
        if re.fullmatch(rf"{re.escape(part)}-\d{{5,}}\.parquet", name)
    ]
