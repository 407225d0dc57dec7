"""What an experiment has yet to pin: where neither it nor its lock says a commit or a digest, there are zeros."""

import re
from collections.abc import Iterator
from pathlib import Path
from shlex import quote
from typing import Any

from alambic.errors import UserError
from alambic.settings import Experiment, Plugged
from alambic.settings.stages import STAGES

ZEROS = re.compile(r"0{40}|0{64}")  # a commit, a sha256
COMMITS = {
    "dataset": "https://huggingface.co/datasets/{}/commits/main",
    "model": "https://huggingface.co/{}/commits/main",
}


def unpinned(experiment: Experiment) -> Iterator[str]:
    """Yield a line for each commit and digest that is zeros: its place, and where to find it.

    None for a folder that is not there yet: the preflight says what to bring.
    """
    items = [(f"{stage}.{item}", settings) for stage in STAGES for item, settings in experiment.items(stage).items()]
    for path, settings in items:
        options: dict[str, Any] = settings.options if isinstance(settings, Plugged) else {}
        for option, value in options.items():
            if isinstance(value, str) and ZEROS.fullmatch(value) and not _is_missing(options, option):
                yield f"{path}.{option} is not pinned yet: {_remedy(options, option)}"


def check_pinned(experiment: Experiment) -> None:
    """Refuse an experiment that is not wholly pinned; UserError with all its places."""
    lines = list(unpinned(experiment))
    if lines:
        shown = "\n".join(f"  {line}" for line in lines)
        raise UserError(
            f"experiment '{experiment.name}' leaves open what it brings: on a machine with network, run "
            f"`make lock EXPERIMENT={experiment.argument}`, which looks up:\n{shown}"
        )


def _is_missing(options: dict[str, Any], option: str) -> bool:
    """Tell whether a digest is that of a folder or file that is not there."""
    path = options.get("path")
    return option == "digest" and isinstance(path, str) and path != "" and not Path(path).expanduser().exists()


def _remedy(options: dict[str, Any], option: str) -> str:
    named = next((name for name in COMMITS if options.get(name)), "")
    if named:
        return f"{COMMITS[named].format(options[named])} shows the commits; write the 40 digits of the one you mean"
    if option == "digest":
        return f"`python -m alambic digest {quote(str(options.get('path', 'FOLDER')))}` prints it"
    address = options.get(option.replace("sha256", "url")) or "the file that the source's docstring names"
    return f"download {address}, and write what sha256sum prints"
