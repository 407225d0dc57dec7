"""A model in a local folder."""

import shutil
from pathlib import Path

from alambic.data.model_checks import check_no_code
from alambic.data.model_files import model_files, pinned_model
from alambic.plugins import Place
from alambic.stages.fetch.pickles import keep_safetensors


def fetch(output: Path, *, path: Place, digest: str, licence: str, language: str = "") -> None:
    """Copy the model's files from the transformers folder at `path`, whose content must have `digest`.

    What else lies there stays there: logs, the manifest of whoever made it, hidden files, subfolders.
    """
    source = pinned_model(path, digest)
    check_no_code(source)
    for file in model_files(source):
        shutil.copyfile(file, output / file.name)
    keep_safetensors(output)
