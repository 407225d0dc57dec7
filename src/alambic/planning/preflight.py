"""What can be known before the first job and is not in the settings: whether the files that they name are there.

Each check yields a line per problem; `python -m alambic plan` shows them, and a run does not start with any.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from shlex import quote

from alambic import plugins
from alambic.data.artifact import belongs
from alambic.data.checksums import checksum
from alambic.data.manifest import Manifest
from alambic.errors import UserError, nearest
from alambic.planning.artifact import Artifact
from alambic.planning.local_models import MOST_BYTES, brings_model, check_heads, check_local_models, check_teachers
from alambic.planning.plan import Plan
from alambic.settings.local_paths import local_paths
from alambic.settings.pins import ZEROS


def check_local_files(plan: Plan) -> Iterator[str]:
    """Yield what is wrong with local folders and files of artifacts that are yet to be made: a line for each path."""
    named: dict[tuple[str, str], list[tuple[Artifact, str]]] = {}
    for artifact in plan.values():
        passed_over = artifact.manifest.exists() or brings_model(artifact)
        for place, path, digest in () if passed_over else local_paths(artifact.settings):
            named.setdefault((path, digest), []).append((artifact, place))
    for (path, digest), places in named.items():
        if problem := _problem(Path(path), digest):
            artifact, place = places[0]
            more = f" (and {len(places) - 1} more)" if len(places) > 1 else ""
            yield f"{artifact.stage}.{artifact.item}.{place}{more}: {problem}{_remedy(artifact)}"


def check_counting_sets(plan: Plan) -> Iterator[str]:
    """Yield the test sets by which a promotion is decided, and which the answers that are there do not have."""
    promote = plan.experiment.promote
    for item, counting in (promote.tasks if promote else {}).items():
        answered = [each for each in plan.values() if each.stage == "predict" and each.item.partition("/")[2] == item]
        names: set[str] = set()
        for artifact in answered if counting.datasets else ():
            if artifact.inputs.get("finetuned") and belongs(artifact.manifest):
                names |= Manifest.read(artifact.manifest).facts["test_texts"].keys()
        for dataset in counting.datasets:
            if names and dataset not in names:
                yield f"promote.tasks.{item}.datasets: no test set '{dataset}'; {nearest(dataset, names)}"


CHECKS: tuple[Callable[[Plan], Iterator[str]], ...] = (
    check_local_files,
    check_local_models,
    check_teachers,
    check_heads,
    check_counting_sets,
)


def check_before_running(plan: Plan) -> None:
    """Run all checks; UserError with every problem."""
    lines = [line for check in CHECKS for line in check(plan)]
    if lines:
        shown = "\n".join(f"  {line}" for line in lines)
        raise UserError(f"experiment '{plan.experiment.name}' cannot run:\n{shown}")


def _problem(path: Path, digest: str) -> str:
    """Say what is wrong with what lies at `path`; empty where nothing is."""
    try:
        if path.is_dir():
            return _folder_problem(path, digest)
        if path.is_file():
            if not digest or ZEROS.fullmatch(digest):  # zeros are told apart: nothing is pinned yet
                return ""
            actual = checksum(path)
            return "" if digest == actual else _other_digest(path, actual, digest)
    except OSError as error:
        return f"{error.filename or path}: {error.strerror}"
    return f"{path} does not exist: a relative path is meant beside the experiment's file"


def _remedy(artifact: Artifact) -> str:
    """Say, of a source whose files only their authors give, whom to ask."""
    source = artifact.settings.model_dump().get("source", "") if artifact.stage == "collect" else ""
    remedy = plugins.constant("stages.collect.sources", source, "REMEDY", "") if source else ""
    return remedy and f"; {remedy}"


def _folder_problem(path: Path, digest: str) -> str:
    from alambic.data.local_data import folder_digest

    if not digest or ZEROS.fullmatch(digest):
        return ""
    files = [file for file in path.rglob("*") if file.is_file()]
    if sum(file.stat().st_size for file in files) > MOST_BYTES:
        return ""
    try:
        actual = folder_digest(path)
    except UserError as error:
        return str(error)
    return "" if actual == digest else _other_digest(path, actual, digest)


def _other_digest(path: Path, actual: str, digest: str) -> str:
    what = "folder" if path.is_dir() else "file"
    return (
        f"{path} has the digest {actual}, the experiment pins {digest}: restore the {what}, or write "
        f"`digest: {actual}`, as `python -m alambic digest {quote(str(path))}` prints it (`digest: auto` leaves it to "
        "`lock`)"
    )
