"""Read an experiment from its file, YAML or JSON, from JSON itself, or from the file of a plan."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from alambic.errors import UserError, nearest
from alambic.settings import Experiment, read_experiment
from alambic.settings.lock import lock_of, locked, read_lock
from alambic.settings.parsing import Parsed, parse_json, parse_yaml, shortened
from alambic.settings.reading import use_plugins

EXPERIMENTS = Path(__file__).parents[3] / "config" / "experiments"
LARGEST = 1_000_000  # bytes


def load_experiment(name: str) -> Experiment:
    """Read `name`: a file of YAML, JSON or a plan, a name under config/experiments, or an experiment in JSON."""
    if name.lstrip().startswith("{"):
        return read_experiment(parse_json(name, "the experiment").content, folder=Path.cwd())
    path = find_experiment(name)
    if (planned := _planned(path)) is not None:
        return read_experiment(planned, folder=Path.cwd())
    parsed = parse_file(path)
    return _read(parsed.content, parsed.lines, path)


def _planned(path: Path) -> Any:
    """Give the experiment in the file of a plan, which may be large; None of any other file."""
    if path.suffix != ".json" or not path.name.startswith("plan-"):
        return None
    try:
        content = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return None
    return content.get("experiment") if isinstance(content, dict) and "artifacts" in content else None


def load_configuration(files: Sequence[str | Path], overrides: dict[str, Any]) -> Experiment:
    """Read the experiment of Snakemake's `--configfile`, of which a later one and `--config` change values."""
    content: dict[str, Any] = {}
    lines: dict[str, int] = {}
    for file in files:
        parsed = parse_file(Path(file))
        content = _joined(content, parsed.content)
        lines |= parsed.lines
    last = Path(files[-1]) if files else Path.cwd() / "experiment.yaml"
    return _read(_joined(content, overrides), lines if len(files) == 1 else {}, last)


def _read(content: Any, lines: dict[str, int], path: Path) -> Experiment:
    """Check what was read, with the pins that the experiment leaves to its lock."""
    if isinstance(content, dict):
        use_plugins(content, path.absolute().parent)
        content = locked(content, read_lock(lock_of(path)))
    experiment = read_experiment(content, lines, path.absolute().parent)
    experiment.read_from(path, shipped=path.absolute().parent == EXPERIMENTS.absolute())
    return experiment


def _joined(content: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """Change values in mappings, key by key, as Snakemake does."""
    joined = dict(content)
    for key, value in changes.items():
        inner = joined.get(key)
        joined[key] = _joined(inner, value) if isinstance(inner, dict) and isinstance(value, dict) else value
    return joined


def find_experiment(name: str) -> Path:
    """Give the file of an experiment; UserError where there is none."""
    try:
        if Path(name).is_dir():
            raise UserError(f"{name} is a folder: give the YAML file of an experiment")
        path = Path(name) if Path(name).is_file() else EXPERIMENTS / f"{name}.yaml"
        if path.is_file():
            return path
    except (OSError, ValueError) as error:  # a name that no file can have, a folder that may not be entered
        raise UserError(f"no experiment {name[:80]!r}: {getattr(error, 'strerror', None) or error}") from error
    experiments = [file.stem for file in EXPERIMENTS.glob("*.yaml")]
    raise UserError(f"no experiment '{name}': give a path, or a name under {EXPERIMENTS}; {nearest(name, experiments)}")


def parse_file(path: Path) -> Parsed:
    """Read a file that holds a mapping; UserError with its name and what is wrong in it."""
    text = _text(path)
    parsed = parse_json(text, str(path)) if path.suffix == ".json" else parse_yaml(text, str(path))
    if parsed.content is None:
        raise UserError(f"{path} is empty: give the YAML file of an experiment")
    if not isinstance(parsed.content, dict):
        raise UserError(f"{path} holds {shortened(parsed.content)}; expected a mapping: `name: NAME`, `collect:`, ...")
    return parsed


def _text(path: Path) -> str:
    try:
        if not path.is_file():
            raise UserError(f"{path} is no file: give the YAML file of an experiment")
        with path.open("rb") as file:
            content = file.read(LARGEST + 1)
    except OSError as error:
        raise UserError(f"{path} cannot be read: {error.strerror}") from error
    if len(content) > LARGEST:
        raise UserError(f"{path} is larger than {LARGEST:,} bytes: that is no experiment")
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise UserError(f"{path} is written in UTF-16: save it as UTF-8")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        wrong = content[error.start : error.start + 1]
        raise UserError(
            f"{path}, line {line}: the byte {wrong!r} is no UTF-8 (in Latin-1 it is {wrong.decode('latin-1')!r}): "
            "save the file as UTF-8"
        ) from error
