"""The model card that travels with a fine-tuned model."""

from pathlib import Path

from alambic.settings import Finetune
from alambic.tasks.examples import TaskData
from alambic.tasks.head import Head

NOT_IN_FINGERPRINT = "the wording of a model card"

MOST_LABELS = 30  # that are listed


def write_card(output: Path, *, settings: Finetune, head: Head, data: TaskData) -> None:
    """Write README.md: what the model answers, from what it learnt, and how it is called without Alambic."""
    task = settings.task.task
    listed = ", ".join(head.labels[:MOST_LABELS]) + (", ..." if len(head.labels) > MOST_LABELS else "")
    tag = "token-classification" if head.name == "token_classification" else "text-classification"
    lines = [
        "---",
        "language: fr",
        "library_name: transformers",
        f"pipeline_tag: {tag}",
        "tags: [medical]",
        "---",
        "",
        f"# {settings.model}, fine-tuned on {task} by Alambic",
        "",
        f"{len(data.train):,} texts were learnt, from seed {settings.seed}. {len(head.labels)} labels: {listed}.",
        "",
        *head.usage(output),
    ]
    (output / "README.md").write_text("\n".join(lines), encoding="utf-8")
