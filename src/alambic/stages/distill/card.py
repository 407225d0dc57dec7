"""The model card that travels with a student."""

from pathlib import Path
from typing import Any

from alambic.data.inputs import Inputs
from alambic.data.manifest import FILE, Manifest
from alambic.models.card import SOURCES, ingredient_lines, terms_lines
from alambic.settings import Distill

NOT_IN_FINGERPRINT = "the wording of a model card"


def write_card(output: Path, *, settings: Distill, inputs: Inputs, facts: dict[str, Any]) -> None:
    """Write README.md: what the student is, what it was made from, and under which terms its sources stand."""
    teacher = Manifest.read(inputs.one("teacher") / FILE)
    corpus = Manifest.read(inputs.one("corpus") / FILE)
    licences = corpus.facts.get("licences", {})
    weights = [f"{name} x {options['weight']:g}" for name, options in settings.objectives.items()]
    lines = [
        "---",
        "language: fr",
        "library_name: transformers",
        "tags: [medical, distillation]",
        "---",
        "",
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
