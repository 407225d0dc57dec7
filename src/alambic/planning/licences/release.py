"""Whether what an experiment makes may be released as it says, checked before any job runs."""

from alambic.errors import UserError
from alambic.planning.licences.compatibility import licence_report
from alambic.planning.licences.expression import check_declared
from alambic.planning.licences.provenance import ingredients
from alambic.settings import STAGES, Experiment
from alambic.settings.terms import LicenceReport


def licence_reports(experiment: Experiment) -> dict[str, LicenceReport]:
    """Report on each thing that would be released: the students, or else the last that the experiment makes.

    {"distill.student": LicenceReport(ingredients=[...], ...)}
    """
    released = [stage for stage, settings in STAGES.items() if settings.released and experiment.items(stage)]
    return {
        f"{stage}.{item}": licence_report(ingredients(experiment, stage, item))
        for stage in released[-1:]
        for item in experiment.items(stage)
    }


def check_release(experiment: Experiment, reports: dict[str, LicenceReport]) -> None:
    """Refuse an experiment that may not be released as it says; UserError with the paths of what forbids it."""
    check_declared(experiment.licences)
    if experiment.release == "none":
        return
    problems: dict[str, None] = {}
    for report in reports.values():
        problems |= dict.fromkeys(report.against_open if experiment.release == "open" else report.against_research)
    if problems:
        lines = "\n".join(f"  {problem}" for problem in problems)
        raise UserError(
            f"experiment '{experiment.name}' says `release: {experiment.release}`, which these do not allow:\n{lines}\n"
            "leave them out, or say `release: research` or `none`; where you hold other terms, declare them "
            "(docs/how-to/release.md)"
        )
