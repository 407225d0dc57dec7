"""What can be known of models before the first job: local ones from their folders, others once they are fetched."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from alambic import plugins
from alambic.data.model_checks import check_files, check_weights
from alambic.data.model_files import OLD_WEIGHTS, model_files, pinned_model
from alambic.errors import UserError
from alambic.planning.artifact import Artifact
from alambic.planning.plan import Plan
from alambic.settings.local_paths import local_paths
from alambic.settings.pins import ZEROS

MOST_BYTES = 2_000_000_000  # what lies in larger folders is read by the job alone, which compares its digest too


def brings_model(artifact: Artifact) -> bool:
    """Tell whether an artifact brings a model's weights."""
    return artifact.settings.brings == "weights"


def check_local_models(plan: Plan) -> Iterator[str]:
    """Yield what is wrong with the folders of local models that are yet to be fetched."""
    for artifact in (made for made in plan.values() if brings_model(made) and not made.manifest.exists()):
        for place, path, digest in local_paths(artifact.settings):
            try:
                _check_folder(Path(path).expanduser(), digest)
            except UserError as error:
                yield f"{artifact.stage}.{artifact.item}.{place}: {error}"
            except OSError as error:
                yield f"{artifact.stage}.{artifact.item}.{place}: {error.filename or path}: {error.strerror}"


def check_teachers(plan: Plan) -> Iterator[str]:
    """Yield what a signal asks of a teacher that it does not have, where the teacher's configuration is there."""
    for item, teach in plan.experiment.teach.items():
        config = plan.configuration(teach.teacher)
        if config is not None:
            of_signal = {
                name.lower(): plugins.constant("stages.teach.signals", teach.signal, name, ())
                for name in ("LAYERS", "ARCHITECTURES")
            }
            for problem in _teacher_problems(teach.options, config, **of_signal):
                yield f"teach.{item}: {teach.signal} of '{teach.teacher}': {problem}"


def check_heads(plan: Plan) -> Iterator[str]:
    """Yield the fetched models of a family that the head of a task does not accept."""
    section = plan.experiment.finetune
    fetched = {*plan.experiment.fetch, *plan.experiment.adapt}
    for model in [name for name in (section.models if section else ()) if name in fetched]:
        family = _family(plan.configuration(model) or {})
        for task in (each for each in plan.experiment.tasks.values() if model in each.models_of([model])):
            head = task.head_of(model)
            accepted = plugins.constant("tasks.heads", head, "MODELS")
            if family and family not in accepted:
                yield f"finetune.models: '{model}' is of family {family}; {head} takes {', '.join(accepted)}"


def _check_folder(folder: Path, digest: str) -> None:
    files = model_files(folder)
    check_files(folder)
    if not any(OLD_WEIGHTS.fullmatch(path.name) for path in files):
        check_weights(folder)
    small = sum(path.stat().st_size for path in files) <= MOST_BYTES
    if small and digest and not ZEROS.fullmatch(digest):
        pinned_model(str(folder), digest)


def _teacher_problems(
    options: Mapping[str, Any], config: Mapping[str, Any], *, layers: str, architectures: tuple[str, ...]
) -> Iterator[str]:
    depth, layer = config.get("num_hidden_layers"), options.get("layer")
    if layers and isinstance(depth, int) and isinstance(layer, int):
        last = depth if layers == "with_embeddings" else depth - 1
        if not -last - 1 <= layer <= last:
            yield f"layer {layer}: this teacher has {depth} layers: expected a number from {-last - 1} to {last}"
    pieces, top = config.get("vocab_size"), options.get("top")
    if isinstance(pieces, int) and isinstance(top, int) and top > pieces:
        yield f"top {top}: this teacher has {pieces:,} pieces: expected at most as many"
    named = [name for name in config.get("architectures") or [] if isinstance(name, str)]
    if config.get("is_encoder_decoder"):
        yield f"expected an encoder or a causal model, found the encoder-decoder {', '.join(named)}"
    elif architectures and named and not any(name.endswith(tuple(architectures)) for name in named):
        yield f"found a {', '.join(named)}, expected an architecture that ends with {' or '.join(architectures)}"


def _family(config: Mapping[str, Any]) -> str:
    """Tell the family of a model by its configuration alone; empty where that does not say it."""
    named = [name for name in config.get("architectures") or [] if isinstance(name, str)]
    if config.get("is_encoder_decoder"):
        return "encoder_decoder"
    return "causal" if any(name.endswith(("ForCausalLM", "LMHeadModel")) for name in named) else ""
