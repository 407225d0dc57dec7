"""Look up what an experiment leaves open: commits of the hub, digests of files and folders."""

import logging
import time
from collections.abc import Iterator
from pathlib import Path

from alambic.data import downloads, local_data
from alambic.errors import UserError, nearest
from alambic.settings.experiment_file import find_experiment, load_experiment, parse_file
from alambic.settings.lock import HUB, INDEX, Pin, lock_of, pins, read_lock, write_lock

log = logging.getLogger("alambic")


def lock(name: str, *, update: list[str]) -> Iterator[str]:
    """Write the lock of an experiment; yield a line per pin. UserError, at the end, with what was not resolved.

    What is locked already stays as it is, but for what is named in `update`: an item such as `rcp` or `collect.rcp`, or
    `all`.
    """
    path = find_experiment(name)
    load_experiment(str(path))  # what is wrong besides is told before anything is looked up
    wanted = [pin for pin in pins(parse_file(path).content) if pin.open]
    _check_named(update, wanted)
    before, entries = read_lock(lock_of(path)), {}
    failures: dict[str, list[str]] = {}  # places by what went wrong
    for pin in wanted:
        entry = before.get(pin.place)
        if entry and entry["of"] == pin.address and not _named(pin, update):
            entries[pin.place] = entry
            yield f"{pin.place} stays {entry['is']}"
            continue
        try:
            value = resolve(pin, path.absolute().parent)
        except UserError as error:
            failures.setdefault(str(error), []).append(pin.place)
            if entry:
                entries[pin.place] = entry
            continue
        entries[pin.place] = {"of": pin.address, "is": value}
        changed = f" (was {entry['is']})" if entry and entry["is"] != value else ""
        yield f"{pin.place} is {value}{changed}"
    write_lock(lock_of(path), entries)  # what was looked up is not lost by what could not be
    yield f"{len(entries)} pins in {lock_of(path)}"
    if failures:
        number = sum(map(len, failures.values()))
        lines = (
            f"  {places[0]}{f' (and {len(places) - 1} more)' if len(places) > 1 else ''}: {error}"
            for error, places in failures.items()
        )
        raise UserError(f"{number} pins of {path} are still open:\n" + "\n".join(lines))


def _named(pin: Pin, names: list[str]) -> bool:
    return not {"all", pin.item.partition(".")[2], pin.item, pin.place}.isdisjoint(names)


def _check_named(names: list[str], wanted: list[Pin]) -> None:
    for name in names:
        if not any(_named(pin, [name]) for pin in wanted):
            known = sorted({pin.item for pin in wanted})
            raise UserError(f"--update {name}: no item of that name leaves a pin to the lock; {nearest(name, known)}")


def resolve(pin: Pin, folder: Path) -> str:
    """Look up one pin, relative paths from `folder`; UserError where its address does not answer."""
    if not pin.address:
        raise UserError("nothing says where it comes from: write the address into the experiment (`url`, `path`)")
    if pin.kind == "digest":
        return local_data.folder_digest(folder / Path(pin.address).expanduser())
    if pin.kind == "sha256" and pin.address.startswith(INDEX):
        package, _, filename = pin.address.removeprefix(INDEX).partition("?file_name=")
        return downloads.bring_unpinned_from_index(package, filename)
    if pin.kind == "sha256":
        return downloads.bring_unpinned(pin.address)
    return _commit(pin.address)


def _commit(address: str) -> str:
    from httpx2 import HTTPError  # what huggingface_hub raises
    from huggingface_hub.errors import GatedRepoError, HfHubHTTPError

    repository, _, branch = address.removeprefix(f"{HUB}/").rpartition("@")
    kind = "dataset" if repository.startswith("datasets/") else "model"
    name = repository.removeprefix("datasets/")
    if Path(name).is_dir():  # a data set on disk, whose revision names its state
        return local_data.folder_digest(Path(name))[:40]
    try:
        commit = _ask_hub(name, kind, branch)
    except GatedRepoError as error:
        raise UserError(
            f"{kind} '{name}' is gated: accept its terms at {address.rpartition('@')[0]}, and set HF_TOKEN to a token "
            "of that account"
        ) from error
    except HfHubHTTPError as error:
        raise UserError(
            f"the hub shows no {kind} '{name}' at '{branch}' (HTTP {error.response.status_code}): check both; where it "
            "is private, set HF_TOKEN"
        ) from error
    except (HTTPError, OSError, ValueError) as error:
        raise UserError(f"no answer of the hub for {kind} '{name}' ({type(error).__name__}: {error})") from error
    if not commit:
        raise UserError(f"the hub gives no commit of {kind} '{name}' at '{branch}'")
    return commit


def _ask_hub(name: str, kind: str, branch: str) -> str | None:
    """Ask for the commit of a branch, as patiently as for a file; of what is gated, also whether it may be read."""
    from huggingface_hub import HfApi
    from huggingface_hub.errors import HfHubHTTPError

    failures = 0
    while True:
        try:
            found = HfApi().repo_info(name, repo_type=kind, revision=branch)
            if found.gated:
                HfApi().auth_check(name, repo_type=kind)
            return found.sha
        except HfHubHTTPError as error:
            failures += 1
            if error.response.status_code not in downloads.RETRIED or failures == downloads.ATTEMPTS:
                raise
            wait = downloads.pause_after(failures, error.response.headers.get("Retry-After", ""))
            log.warning("the hub answers %d; trying again in %.0f s", error.response.status_code, wait)
            time.sleep(wait)
