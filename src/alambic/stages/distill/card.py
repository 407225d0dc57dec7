"""The model card that travels with a student."""

from pathlib import Path
from typing import Any

from alambic.data.inputs import Inputs
from alambic.data.lineage import lineage
from alambic.data.manifest import FILE, Manifest
from alambic.models.card import (
    PIPELINES,
    SOURCES,
    Words,
    energy_lines,
    front_matter,
    ingredient_lines,
    model_data,
    plain_use,
    terms_lines,
)
from alambic.settings import Distill

NOT_IN_FINGERPRINT = "the wording of a model card"


def write_card(output: Path, *, settings: Distill, inputs: Inputs, facts: dict[str, Any]) -> None:
    """Write README.md: what the student is, what it was made from, and under which terms its sources stand."""
    teacher = Manifest.read(inputs.one("teacher") / FILE)
    corpus = Manifest.read(inputs.one("corpus") / FILE)
    behind = lineage(*(folder for folders in inputs.values() for folder in folders))
    licences = corpus.facts.get("licences", {})
    weights = [f"{name} x {options['weight']:g}" for name, options in settings.objectives.items()]
    data = model_data(
        name="student",
        pipeline=PIPELINES.get(settings.family, "feature-extraction"),
        lineage=behind,
        licence=next(iter(settings.licence_report.licences), ""),
        tags=["distillation"],
    )
    lines = [
        *front_matter(data),
        f"# A French medical {settings.family.replace('_', '-')} model, distilled by Alambic",
        "",
        f"{facts['parameters']:,} parameters, of which {facts['embedding_parameters']:,} are embeddings; "
        f"{facts['layers']} layers of width {facts['hidden_size']}; {facts['vocabulary']:,} pieces.",
        "",
        f"- Teacher: {teacher.item}, fingerprint {teacher.fingerprint[:16]}, "
        f"licence {teacher.facts.get('licence', 'unknown')}",
        f"- Initial weights: {_origin(settings)}",
        f"- Objectives: {', '.join(weights)}",
        f"- Corpus: fingerprint {corpus.fingerprint[:16]}, {facts['training']['examples']:,} sequences",
        "",
        *plain_use(settings.family),
        "## Limits",
        "",
        "It answers nothing by itself: it is fine-tuned on a task first, and the scores are those of what comes out. "
        "The report of the experiment, and the card of a released model, have them.",
        "",
        "## Energy of what it was made from",
        "",
        *energy_lines(behind, Words("en")),
        SOURCES,
        "",
        *ingredient_lines(settings.licence_report),
        "",
        "Of the corpus, as counted: " + ", ".join(f"{name}: {n:,} documents" for name, n in sorted(licences.items())),
        "",
        *terms_lines(settings.licence_report),
    ]
    (output / "README.md").write_text("\n".join(lines), encoding="utf-8")


def _origin(settings: Distill) -> str:
    if settings.initial == "teacher":
        layers = f"the teacher's, its layers {', '.join(map(str, settings.layers)) or '(all)'}"
        sizes = settings.width.sizes if settings.width else {}
        stay = ", ".join(f"{name.removeprefix('num_').replace('_', ' ')} {value}" for name, value in sizes.items())
        return f"{layers}{f'; of its units those that say most on the corpus: {stay}' if stay else ''}"
    return f"random, in the shape of {settings.architecture or 'the teacher'}"
