"""How long stages took before, on this machine."""

import json
import platform
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from statistics import mean

MOST = 200  # manifests of a stage that are read, the newest: reading must not take a moment of a run


def earlier_seconds(artifacts: Path, *, host: str | None = None) -> dict[str, dict[str, float]]:
    """Give the seconds that each item took, by stage, of those that were made on `host` (this machine)."""
    host = host or platform.node()
    seconds: dict[str, dict[str, float]] = defaultdict(dict)
    for stage in sorted(artifacts.iterdir()) if artifacts.is_dir() else []:
        manifests = sorted(stage.rglob("manifest.json"), key=lambda path: path.stat().st_mtime)
        for manifest in manifests[-MOST:]:
            try:
                run = json.loads(manifest.read_text(encoding="utf-8"))["run"]
                if run["host"] == host:
                    seconds[stage.name]["/".join(manifest.relative_to(stage).parts[:-2])] = float(run["seconds"])
            except (OSError, ValueError, KeyError, TypeError):
                continue  # a manifest that is damaged, or being written, tells no time
    return dict(seconds)


def expected(stage: str, item: str, earlier: Mapping[str, Mapping[str, float]]) -> float | None:
    """Give the seconds that an item may take: what it took before, else what its stage took on the average."""
    items = earlier.get(stage, {})
    if item in items:
        return items[item]
    return mean(items.values()) if items else None
