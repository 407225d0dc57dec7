"""Whether what an experiment makes may be released as it says, told before any job runs."""

from alambic.errors import UserError
from alambic.planning.licences.compatibility import bill_of
from alambic.planning.licences.expression import check_declared
from alambic.planning.licences.provenance import ingredients
from alambic.settings import Experiment
from alambic.settings.terms import Bill

# What is released: the students, or else what the experiment makes at most.
RELEASED = ("distill", "adapt", "tokenizer", "clean")


def bills(experiment: Experiment) -> dict[str, Bill]:
    """Draw the bill of each thing that would be released, by its name, such as `distill.student`."""
    stage = next((stage for stage in RELEASED if getattr(experiment, stage)), "collect")
    return {f"{stage}.{item}": bill_of(ingredients(experiment, stage, item)) for item in getattr(experiment, stage)}


def check_release(experiment: Experiment, found: dict[str, Bill]) -> None:
    """Refuse an experiment that may not be released as it says; UserError with the ways of what forbids it."""
    check_declared(experiment.licences)
    if experiment.release == "none":
        return
    problems: dict[str, None] = {}
    for bill in found.values():
        problems |= dict.fromkeys(bill.against_open if experiment.release == "open" else bill.against_research)
    if problems:
        lines = "\n".join(f"  {problem}" for problem in problems)
        raise UserError(
            f"experiment '{experiment.name}' says `release: {experiment.release}`, which these do not allow:\n{lines}\n"
            "leave them out, or say `release: research` or `none`; where you hold other terms, declare them "
            "(docs/how-to/release.md)"
        )
