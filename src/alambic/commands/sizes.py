"""How big each student of an experiment is, before anything of it runs."""

from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

from alambic.data.operations import flop_per_token
from alambic.planning.artifact import Artifact
from alambic.planning.plan import Plan
from alambic.settings import Distill, Experiment
from alambic.settings.local_paths import local_paths

BYTES_LEARNT = 16  # per parameter, while training: fp32 weight and gradient, Adam's two moments
HEADER = ("student", "parameters", "of them embeddings", "MFLOP per token", "weights, MB", "training, MB", "note")


def sizes(experiment: Experiment) -> Iterator[str]:
    """Yield a Markdown table with a line per student.

    FLOP are those of a forward, twice the parameters that are not embeddings (Kaplan et al. 2020, arXiv 2001.08361,
    section 2.1: what attention adds over short texts and the output layer are left out); a training step takes three
    times that. `training` holds weights, gradients and Adam's moments in single precision, without activations. What is
    not fetched yet is named, with the command that brings it.
    """
    plan = Plan(experiment)
    if not experiment.distill:
        yield "no student is distilled"
        return
    yield f"| {' | '.join(HEADER)} |"
    yield f"|{'---|' * len(HEADER)}"
    for item, settings in experiment.distill.items():
        try:
            cells = _cells(plan, settings)
        except (OSError, ValueError, KeyError) as error:  # a damaged configuration or tokenizer
            reason = (str(error).strip() or type(error).__name__).splitlines()[0]
            cells = [*[""] * (len(HEADER) - 2), f"not known: {reason.replace('|', '/')}"]
        yield f"| {' | '.join([item, *cells])} |"


def _cells(plan: Plan, settings: Distill) -> list[str]:
    teacher = plan.fetched(settings.teacher)
    folder = _folder(teacher)
    if folder is None:
        remedy = f"make fetch EXPERIMENT={plan.experiment.argument}"
        return [*[""] * (len(HEADER) - 2), f"known when {teacher.name} is there: {remedy}"]
    tokenizer = plan[f"tokenizer/{settings.tokenizer}"]
    vocabulary, note = _vocabulary(folder, tokenizer)
    family: Any = import_module(f"alambic.stages.distill.families.{settings.family}")
    import torch

    with torch.device("meta"):
        student = family.empty(settings, folder, vocabulary=vocabulary)
    count = sum(values.numel() for values in student.parameters())
    # An output layer that is not the input's is one more such table.
    table = sum(v.numel() for v in student.parameters() if v.ndim == 2 and v.shape[0] == vocabulary)
    sizes = [f"{count * size / 1e6:,.0f}" for size in (4, BYTES_LEARNT)]
    return [f"{count:,}", f"{table:,}", f"{flop_per_token(count, table) / 1e6:,.1f}", *sizes, note]


def _folder(teacher: Artifact) -> Path | None:
    """Find a teacher's configuration: where it was fetched to, or in the local folder that it will come from."""
    places = [teacher.folder, *(Path(path).expanduser() for _, path, _ in local_paths(teacher.settings))]
    return next((folder for folder in places if (folder / "config.json").exists()), None)


def _vocabulary(teacher: Path, tokenizer: Artifact) -> tuple[int, str]:
    from alambic.models.opening import open_config, open_tokenizer

    if tokenizer.manifest.exists():
        return len(open_tokenizer(tokenizer.folder)), ""
    whole = int(open_config(teacher).get_text_config().vocab_size)
    return whole, f"with the teacher's {whole:,} pieces: {tokenizer.name} is not there yet"
