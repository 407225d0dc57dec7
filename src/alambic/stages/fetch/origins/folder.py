"""A model in a local folder."""

import shutil
from pathlib import Path

from alambic.data import downloads
from alambic.plugins import Place
from alambic.stages.fetch.pickles import keep_safetensors


def fetch(output: Path, *, path: Place, digest: str, licence: str, language: str = "") -> None:
    """Copy the transformers folder at `path`, whose content must have `digest`."""
    source = downloads.pinned_folder(path, digest)
    for file in sorted(source.iterdir()):
        if file.is_file() and not file.name.startswith("."):
            shutil.copyfile(file, output / file.name)
    keep_safetensors(output)
