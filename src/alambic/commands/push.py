"""Put a released model on a hub: the files that its SHA256SUMS lists, after they were checked, and no others."""

import argparse
import logging
from pathlib import Path

from alambic.errors import UserError

log = logging.getLogger("alambic.commands.push")


def add_push_command(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Declare the command."""
    push = commands.add_parser("push", help="put a released model on the Hugging Face hub")
    push.add_argument("model", help="an item such as release/entities-fr, or the folder of one")
    push.add_argument("repo", help="NAMESPACE/NAME on the hub; it is made where there is none")
    push.add_argument("--public", action="store_true", help="for everybody to see (default: private)")
    push.set_defaults(run=_push)


def _push(arguments: argparse.Namespace) -> None:
    push(arguments.model, arguments.repo, public=arguments.public)


def push(model: str, repo: str, *, public: bool) -> None:
    """Check a released model's files, and upload them; UserError where that is not possible."""
    from httpx2 import HTTPError
    from huggingface_hub import HfApi
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalTokenNotFoundError

    from alambic.commands.apply.answers import find_model
    from alambic.data.sums_file import FILE, check_sums

    folder: Path = find_model(model)
    if not (folder / FILE).is_file():
        raise UserError(f"{folder} has no {FILE}: only what the stage `release` made is put on a hub")
    files = [*check_sums(folder), FILE]
    api = HfApi()
    try:
        api.create_repo(repo, private=not public, exist_ok=True)
        # Names are patterns here: none that `release` writes has a sign of one.
        done = api.upload_folder(repo_id=repo, folder_path=folder, allow_patterns=files, commit_message=f"Add {model}")
    except (HFValidationError, LocalTokenNotFoundError) as error:
        raise UserError(f"{repo}: {str(error).splitlines()[0]}") from error
    except (HfHubHTTPError, HTTPError, OSError) as error:
        raise UserError(
            f"{repo}: the hub at {api.endpoint} does not take it ({str(error).splitlines()[0]}): see that this machine "
            "has a network, and that HF_TOKEN is a token that may write there"
        ) from error
    log.info("%d files of %s are on the hub, %s: %s", len(files), folder, "public" if public else "private", done)
