"""The model card that travels with a fetched model."""

from pathlib import Path
from typing import Any

from huggingface_hub import ModelCardData

from alambic.models.card import front_matter, licence_data

NOT_IN_FINGERPRINT = "the wording of a model card"

SOURCES = ("model", "filename", "path")
REVISIONS = ("revision", "sha256", "digest")


def write_card(folder: Path, *, options: dict[str, Any], facts: dict[str, Any]) -> None:
    """Write README.md unless the model brought its own."""
    path = folder / "README.md"
    if path.exists():
        return
    source = next((options[name] for name in SOURCES if options.get(name)), "unknown")
    revision = next((options[name] for name in REVISIONS if options.get(name)), "unknown")
    data = ModelCardData(
        language=options.get("language") or None,
        library_name="transformers",
        **licence_data(facts["licence"]),
        source=source,
        revision=revision,
    )
    lines = [
        *front_matter(data),
        f"# {options.get('title') or Path(source).name}",
        "",
        f"Family: {facts['family']}. Fetched by Alambic from `{source}` (pinned by `{revision}`), "
        f"licence {facts['licence']}.",
        f"{facts['parameters']:,} parameters, {facts['embedding_parameters']:,} of them embeddings; "
        f"{facts['layers']} layers of width {facts['hidden_size']}; {facts['vocabulary']:,} pieces.",
        "",
    ]
    path.write_text("\n".join(lines), encoding="utf-8")
