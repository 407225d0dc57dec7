"""From which texts and models comes what an experiment makes: the path of each, its licence and its citation."""

import re
from collections.abc import Iterator
from typing import Any

from alambic import plugins
from alambic.planning.licences.expression import parts, terms_of
from alambic.settings import MODEL_STAGES, STAGES, Distill, Experiment, Plugged, Settings, references
from alambic.settings.terms import Ingredient, Kind

_CITATION = re.compile(r"^To cite:\s*(.+?)(?:\n\s*\n|\Z)", re.DOTALL | re.MULTILINE)


ONLY_SCORED = ("dev", "test")  # of a task that has a source to train on, those that it only scores
WORDINGS = "wordings"  # the role of other wordings of codes, on which a task tests and nothing learns


def ingredients(experiment: Experiment, stage: str, item: str) -> list[Ingredient]:
    """List what `stage`.`item` is made from, each thing once for each kind of use, by its shortest path."""
    return _shortest(_walk(experiment, stage, item, (), None))


def finetuned_ingredients(experiment: Experiment, model: str, task: str) -> list[Ingredient]:
    """List what a fine-tuned model is made from: the model itself, the task's data, a teacher's outputs."""
    return _shortest(_walk_finetuned(experiment, model, task, (), None))


def _walk_finetuned(
    experiment: Experiment, model: str, task: str, above: tuple[str, ...], kind: Kind | None
) -> Iterator[Ingredient]:
    path = (*above, f"finetune.{model}/{task}")
    distillation = experiment.finetune.task_distillation.get(model) if experiment.finetune else None
    name = distillation.model if distillation else model
    stage = next(stage for stage in MODEL_STAGES if name in experiment.items(stage))
    yield from _walk(experiment, stage, name, path, kind)
    section = experiment.tasks[task]
    for reference in references(section.as_learnt()):
        only_scored = reference.role == WORDINGS or ("train" in section.data and reference.role in ONLY_SCORED)
        if not only_scored:
            yield from _walk(experiment, "collect", reference.name, path, kind)
    if distillation:
        yield from _walk(experiment, "clean", distillation.corpus, path, kind)
        yield from _walk_finetuned(experiment, distillation.teacher, distillation.teacher_task or task, path, "outputs")


def _shortest(every_path: Iterator[Ingredient]) -> list[Ingredient]:
    shortest: dict[tuple[str, str, str], Ingredient] = {}
    for ingredient in sorted(every_path, key=lambda ingredient: len(ingredient.path)):
        shortest.setdefault((ingredient.path[-1], ingredient.kind, ingredient.licence), ingredient)
    return list(shortest.values())


def _walk(
    experiment: Experiment, stage: str, item: str, above: tuple[str, ...], kind: Kind | None
) -> Iterator[Ingredient]:
    section = experiment.items(stage)[item]
    path = (*above, f"{stage}.{item}")
    brings = STAGES[stage].brings
    if brings and isinstance(section, Plugged):
        used: Kind = "outputs" if brings == "weights" and kind == "outputs" else brings
        cite = experiment.cite.get(item) or citation(section)
        for licence in parts(declared(section)) or [""]:
            terms = terms_of(licence, experiment.licences)
            yield Ingredient(path=list(path), kind=used, licence=licence, cite=cite, terms=terms)
    for reference in references(section):
        below = next(stage for stage in reference.stages if reference.name in experiment.items(stage))
        for use in _uses(section, reference.field):
            yield from _walk(experiment, below, reference.name, path, use or kind)


def _uses(section: Settings, field: str) -> list[Kind | None]:
    """Tell how what lies behind a field is used; None: as what is above it is used; nothing: it does not get in."""
    if field != "teacher":
        return [None]
    if not isinstance(section, Distill):
        return ["outputs"]
    weights: list[Kind | None] = ["weights"] if section.initial == "teacher" else []
    return [*weights, "outputs"] if section.online else weights  # a mere architecture is nobody's


def declared(section: Plugged) -> str:
    """Give the licence that an item's options state, or else its plug-in's constant LICENCE; empty without either."""
    stated: Any = section.options.get("licence")
    name = getattr(section, section.plugin_field)
    return str(stated or plugins.constant(section.plugin_folder, name, "LICENCE", ""))


def citation(section: Plugged) -> str:
    """Read what a plug-in's docstring says after "To cite:"."""
    docstring = plugins.docstring(section.plugin_folder, getattr(section, section.plugin_field))
    match = _CITATION.search(docstring)
    cited = " ".join(match.group(1).split()).rstrip(".") if match else ""
    return "" if cited.lower() == "nobody" else cited
