"""A model of the Hugging Face hub, at one commit."""

import re
import shutil
from pathlib import Path

from httpx2 import HTTPError  # what huggingface_hub raises
from huggingface_hub import HfApi, snapshot_download
from huggingface_hub.errors import (
    LocalEntryNotFoundError,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)

from alambic.data.model_files import needed
from alambic.errors import UserError
from alambic.stages.fetch.front_matter import front_matter
from alambic.stages.fetch.pickles import keep_safetensors

COMMIT = re.compile(r"[0-9a-f]{40}")


def fetch(output: Path, *, model: str, revision: str, licence: str, language: str = "") -> None:
    """Bring the weights and the tokenizer of `model` at commit `revision`; pickles only where there is nothing else.

    UserError for a branch or a tag, a model that is not there, or no network.
    """
    if not COMMIT.fullmatch(revision):
        raise UserError(
            f"revision '{revision}' of model '{model}' may move: expected a commit of 40 hexadecimal digits, "
            f"as https://huggingface.co/{model}/commits/main shows them"
        )
    folder = output / ".fetched"
    try:
        needed_files = needed(HfApi().list_repo_files(model, revision=revision))
        snapshot_download(model, revision=revision, local_dir=folder, allow_patterns=needed_files)
    except (RepositoryNotFoundError, RevisionNotFoundError) as error:
        raise UserError(
            f"the hub shows no model '{model}' at revision {revision}: check both; "
            "where the model is gated, accept its terms and set HF_TOKEN"
        ) from error
    except (HTTPError, ConnectionError, LocalEntryNotFoundError) as error:
        raise _unreachable(model, revision, error) from error
    _take(folder, needed_files, output)
    _check_licence(output, model, licence)
    keep_safetensors(output)


def _take(folder: Path, files: list[str], output: Path) -> None:
    """Move the files out of the hub's folder, and leave its own records behind."""
    for name in files:
        (folder / name).rename(output / name)
    shutil.rmtree(folder)


def _check_licence(output: Path, model: str, licence: str) -> None:
    stated = front_matter(output / "README.md").get("license", "")
    if stated and stated not in ("other", "unknown") and stated.lower() != licence.lower():
        raise UserError(f"model '{model}' states the licence '{stated}', the experiment says '{licence}': correct it")


def _unreachable(model: str, revision: str, error: Exception) -> UserError:
    return UserError(
        f"cannot bring model '{model}' at revision {revision} ({type(error).__name__}): where there is no network, "
        "run `make fetch` with the same experiment on a node that has it, then run again"
    )
