"""Whether what an experiment makes may be released as it says, checked before any job runs."""

import re
from collections.abc import Iterator

from alambic.errors import UserError
from alambic.planning.licences.compatibility import licence_report
from alambic.planning.licences.expression import check_declared
from alambic.planning.licences.provenance import finetuned_ingredients, ingredients
from alambic.settings import STAGES, Experiment
from alambic.settings.release import ReleasedModel
from alambic.settings.terms import LicenceReport

FINETUNED = "finetune."  # what the names of fine-tuned models begin with
_PATH = re.compile(r"(?:\S+ <- )+")  # to the thing at its end


def licence_reports(experiment: Experiment) -> dict[str, LicenceReport]:
    """Report on each thing that would be released: the students, or else the last that the experiment makes.

    So too on each model as it is fine-tuned on each task.
    {"distill.student": LicenceReport(ingredients=[...], ...), "finetune.student/entities": ...}
    """
    released = [stage for stage, settings in STAGES.items() if settings.released and experiment.items(stage)]
    made = {
        f"{stage}.{item}": licence_report(ingredients(experiment, stage, item))
        for stage in released[-1:]
        for item in experiment.items(stage)
    }
    finetuned = {
        finetuned_name(model, task): licence_report(finetuned_ingredients(experiment, model, task))
        for task, section in experiment.tasks.items()
        for model in (section.models_of(experiment.finetune.models) if experiment.finetune else ())
    }
    return made | finetuned


def finetuned_name(model: str, task: str) -> str:
    """Give the name under which a fine-tuned model has its report."""
    return f"{FINETUNED}{model}/{task}"


def released_licence(item: str, released: ReleasedModel, report: LicenceReport) -> str:
    """Give the licence of a released model: the one that was chosen, or the first that its sources allow.

    Empty where neither says one. UserError where its sources allow only others.
    """
    if released.licence and report.licences and released.licence not in report.licences:
        allowed = " or ".join(report.licences)
        raise UserError(f"release.models.{item}.licence: '{released.licence}': its sources allow {allowed} alone")
    return released.licence or next(iter(report.licences), "")


def not_open(reports: dict[str, LicenceReport]) -> Iterator[str]:
    """Yield a line for each thing that keeps fine-tuned models from a release for any use: how many, and how."""
    concerned: dict[tuple[str, str], dict[str, str]] = {}
    for name, report in reports.items():
        if name.startswith(FINETUNED) and report.against_open:
            for reason in report.against_research or report.against_open:
                cause = _PATH.sub("", reason)
                concerned.setdefault((report.verdict, cause), {}).setdefault(name, reason)
    for (verdict, _), models in concerned.items():
        name, reason = next(iter(models.items()))
        more = f" and {len(models) - 1} more" if len(models) > 1 else ""
        yield f"{name}{more}: {verdict}: {reason}"


def check_release(experiment: Experiment, reports: dict[str, LicenceReport]) -> None:
    """Refuse an experiment that may not be released as it says; UserError with the paths of what forbids it."""
    check_declared(experiment.licences)
    use = experiment.release.terms
    if use == "none":
        return
    problems: dict[str, None] = {}
    with_finetuned = experiment.finetune is not None and experiment.finetune.released
    named = {finetuned_name(released.model, released.task) for released in experiment.release.models.values()}
    for name, report in reports.items():
        if with_finetuned or name in named or not name.startswith(FINETUNED):
            problems |= dict.fromkeys(report.against_open if use == "open" else report.against_research)
    if problems:
        lines = "\n".join(f"  {problem}" for problem in problems)
        raise UserError(
            f"experiment '{experiment.name}' says `release: {use}`, which these do not allow:\n{lines}\n"
            f"leave them out, or say {'`release: research` or `none`' if use == 'open' else '`release: none`'}; where "
            "you hold other terms, declare them (docs/how-to/release.md)"
        )
