"""The texts of a task's test examples, loaded again from the sources that the artifacts name."""

import logging

from alambic.data.archive_pointer import Pointer
from alambic.data.inputs import Inputs
from alambic.errors import UserError
from alambic.settings import Task
from alambic.stages.report.answers import Answers
from alambic.stages.report.report_data import ReportData
from alambic.tasks.examples import Example
from alambic.tasks.loading import load_task

log = logging.getLogger("alambic.stages.report")


def load_examples(report: ReportData, answers: Answers) -> dict[str, Example] | None:
    """Give the examples that a model answered, by id; None where their source is in an archive or elsewhere."""
    item = f"{answers.model}/{answers.task}"
    artifact = next(each for each in report.of_stage("predict") if each.item == item)
    task = Task.model_validate(artifact.manifest.settings["task"])
    sources = {role: artifact.manifest.inputs.get(role, []) for role in (*task.data, "abbreviations")}
    found = {role: [report.by_fingerprint.get(each) for each in of] for role, of in sources.items() if of}
    folders = {role: [each.folder for each in of if each is not None] for role, of in found.items()}
    if any(None in of for of in found.values()) or any(Pointer.of(each) for of in folders.values() for each in of):
        log.warning("%s: the texts of %s are in an archive, and the page shows none of them", item, answers.dataset)
        return None
    examples = load_task(task, Inputs(folders)).test.get(answers.dataset, [])
    by_id = {example.id: example for example in examples}
    if by_id.keys() < set(answers.ids):
        raise UserError(f"{item}: the texts of {answers.dataset} are others than those that were answered")
    return by_id
