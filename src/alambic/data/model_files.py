"""Which files of a folder or of a repository are a model's, and the digest by which they are pinned."""

import hashlib
import re
from collections.abc import Iterable
from pathlib import Path

from alambic.data.checksums import checksum
from alambic.errors import UserError

WEIGHTS = re.compile(r"model(-\d+-of-\d+)?\.safetensors(\.index\.json)?")
OLD_WEIGHTS = re.compile(r"pytorch_model(-\d+-of-\d+)?\.bin(\.index\.json)?")
OTHERS = re.compile(
    r"(README\.md|LICEN[CS]E[\w.-]*|config\.json|generation_config\.json|tokenizer[\w.-]*\.json|"
    r"special_tokens_map\.json|added_tokens\.json|vocab\.(json|txt)|merges\.txt|[\w-][\w.-]*\.model|"
    r"chat_template\.jinja)"
)


def needed(files: Iterable[str]) -> list[str]:
    """Choose the files that transformers needs; pickled weights only where there are no others.

    ["config.json", "manifest.json", "model.safetensors", "pytorch_model.bin"] -> ["config.json", "model.safetensors"]
    """
    names = sorted(files)
    safe = [name for name in names if WEIGHTS.fullmatch(name)]
    old = [name for name in names if OLD_WEIGHTS.fullmatch(name)]
    return sorted([*(safe or old), *(name for name in names if OTHERS.fullmatch(name))])


def model_files(folder: Path) -> list[Path]:
    """List the files of the model in `folder`, by name; what else lies there, or in its subfolders, is none.

    UserError where there is none, and for a link that leaves the folder.
    """
    if not folder.is_dir():
        raise UserError(f"{folder.absolute()} is not a folder: give the one that holds the model")
    files = [folder / name for name in needed(path.name for path in folder.iterdir() if path.is_file())]
    if not files:
        raise UserError(
            f"{folder.absolute()} is no model's folder: expected config.json, model.safetensors, a tokenizer"
        )
    for path in files:
        if path.is_symlink() and not path.resolve().is_relative_to(folder.resolve()):
            raise UserError(
                f"{path.absolute()} is a link to {path.resolve()}, which is outside the folder: "
                f"copy the model with `cp -rL {folder.absolute()} NEW`, and give NEW"
            )
    return files


def model_digest(folder: Path) -> str:
    """Digest the names and contents of a model's files; other files in the folder may change."""
    lines = "".join(f"{checksum(path)} {path.name}\n" for path in model_files(folder))
    return hashlib.sha256(lines.encode()).hexdigest()


def is_model(folder: Path) -> bool:
    """Tell whether a folder is a model's: it has a configuration and weights beside each other."""
    names = [path.name for path in folder.iterdir()] if folder.is_dir() else []
    return "config.json" in names and any(WEIGHTS.fullmatch(name) or OLD_WEIGHTS.fullmatch(name) for name in names)


def pinned_model(path: str, digest: str) -> Path:
    """Give the model's folder at `path`; UserError with the actual digest when its content has not `digest`.

    The digest of all visible files of the folder, those included that are not the model's, is taken too.
    """
    from alambic.data.local_data import folder_digest

    folder = Path(path).expanduser()
    actual = model_digest(folder)
    if digest != actual and digest != folder_digest(folder):
        raise UserError(
            f"{folder.absolute()} has the digest {actual}, the experiment pins '{digest}': "
            f"restore the folder, or write `digest: {actual}` in the experiment"
        )
    return folder
