"""The model card that travels with a student."""

from pathlib import Path
from typing import Any

from alambic.inputs import Inputs
from alambic.manifest import FILE, Manifest
from alambic.settings import Distill


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
        "# A French medical encoder, distilled by Alambic",
        "",
        f"{facts['parameters']:,} parameters, of which {facts['embedding_parameters']:,} are embeddings; "
        f"{facts['layers']} layers of width {facts['hidden_size']}; {facts['vocabulary']:,} pieces.",
        "",
        f"- Teacher: {teacher.item}, fingerprint {teacher.fingerprint[:16]}, "
        f"licence {teacher.facts.get('licence', 'unknown')}",
        f"- Initial weights: {settings.initial}; layers {settings.layers} of the teacher's",
        f"- Objectives: {', '.join(weights)}",
        f"- Corpus: fingerprint {corpus.fingerprint[:16]}, {facts['training']['examples']:,} sequences",
        "",
        "## Terms of the sources",
        "",
        *(f"- {licence}: {count:,} documents" for licence, count in sorted(licences.items())),
        "",
        "Whether this model may be released follows from the terms above: read them before you publish it.",
        "",
    ]
    (output / "README.md").write_text("\n".join(lines), encoding="utf-8")
