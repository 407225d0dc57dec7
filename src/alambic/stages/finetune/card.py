"""The model card that travels with a fine-tuned model."""

from pathlib import Path

from alambic.data.lineage import Lineage
from alambic.models.card import front_matter, hub_task, model_data
from alambic.settings import Finetune
from alambic.tasks.examples import TaskData
from alambic.tasks.head import Head

NOT_IN_FINGERPRINT = "the wording of a model card"

MOST_LABELS = 30  # that are listed


def write_card(output: Path, *, settings: Finetune, head: Head, data: TaskData) -> None:
    """Write README.md: what the model answers, from what it learnt, and how it is called without Alambic."""
    task = settings.task.task
    listed = ", ".join(head.labels[:MOST_LABELS]) + (", ..." if len(head.labels) > MOST_LABELS else "")
    tag = hub_task(head.name)
    licence = next(iter(settings.licence_report.licences), "")
    learnt = len(data.train) if settings.repeat else 0
    lines = [
        *front_matter(model_data(name=f"{settings.model}-{task}", pipeline=tag, lineage=Lineage(), licence=licence)),
        f"# {settings.model}, fine-tuned on {task} by Alambic",
        "",
        f"{learnt:,} labelled texts were learnt, from seed {settings.seed}. {len(head.labels)} labels: {listed}.",
        "",
        "Its scores are in the report of the experiment. The stage `release` makes a folder to be passed on: its card "
        "has scores, gaps by group and energy.",
        "",
        *head.usage(output),
    ]
    (output / "README.md").write_text("\n".join(lines), encoding="utf-8")
