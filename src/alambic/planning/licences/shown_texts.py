"""Which test texts a report may quote: it is a file that people pass on."""

from alambic.planning.licences.expression import parts, terms_of
from alambic.planning.licences.provenance import declared
from alambic.settings import Experiment


def tasks_with_shown_texts(experiment: Experiment) -> list[str]:
    """List the tasks whose texts the report may show, as `report.texts` says.

    `licensed`: those of which every source has known terms, which let it be passed on as it is.
    """
    choice = experiment.report.texts
    if choice == "none":
        return []
    return [
        name
        for name, task in experiment.tasks.items()
        if choice == "all" or all(_may_be_passed_on(experiment, source) for source in task.data.values())
    ]


def _may_be_passed_on(experiment: Experiment, source: str) -> bool:
    terms = [terms_of(licence, experiment.licences) for licence in parts(declared(experiment.collect[source])) or [""]]
    return all(each is not None and each.redistribution for each in terms)
