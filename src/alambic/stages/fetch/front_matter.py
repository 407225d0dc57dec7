"""What a model card says of the model in its first lines."""

from pathlib import Path


def front_matter(path: Path) -> dict[str, str]:
    """Read the plain `key: value` lines of a card's front matter; nested values are left out."""
    text = path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""
    if not text.startswith("---"):
        return {}
    block = text.split("---", 2)[1]
    pairs = (line.split(":", 1) for line in block.splitlines() if ":" in line and not line.startswith((" ", "-", "#")))
    return {key.strip(): value.strip().strip("\"'") for key, value in pairs if value.strip()}
