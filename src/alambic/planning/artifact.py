"""What the plan says of a result before it is there: what makes it, its fingerprint, its folder."""

import hashlib
import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from alambic.planning import equivalent_code
from alambic.planning.source_digest import combined, source_digests
from alambic.settings import Settings, StageSettings, identity, used_plugins

ARTIFACTS = Path("artifacts")


def sources_of(stage: str, section: Settings) -> dict[str, str]:
    """Digest every module that `stage` runs under `section`: its `run`, the plug-ins named, and what they import."""
    modules = [f"alambic.stages.{stage}.run", *(f"alambic.{folder}.{name}" for folder, name in used_plugins(section))]
    return source_digests(modules)


def fingerprint(stage: str, section: Settings, sources: dict[str, str], inputs: dict[str, list[str]]) -> str:
    """Name a result after all that determines it: settings, code, and the fingerprints of what it reads."""
    code = equivalent_code.equivalent(stage, combined(sources))
    content = json.dumps([stage, identity(section), code, inputs], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(content.encode()).hexdigest()


@dataclass(frozen=True)
class Artifact:
    """A folder filled by one run of one stage."""

    stage: str
    item: str
    settings: StageSettings
    inputs: dict[str, list["Artifact"]]

    @property
    def name(self) -> str:
        """Its name in the plan, such as `distill/student`."""
        return f"{self.stage}/{self.item}"

    @property
    def upstream(self) -> list["Artifact"]:
        """All that it is made from."""
        return [artifact for artifacts in self.inputs.values() for artifact in artifacts]

    @cached_property
    def sources(self) -> dict[str, str]:
        """The digest of each module of its code."""
        return sources_of(self.stage, self.settings)

    @cached_property
    def fingerprint(self) -> str:
        """Whole fingerprint."""
        inputs = {role: [artifact.fingerprint for artifact in artifacts] for role, artifacts in self.inputs.items()}
        return fingerprint(self.stage, self.settings, self.sources, inputs)

    @property
    def folder(self) -> Path:
        """Where it is, or will be."""
        return ARTIFACTS / self.stage / self.item / short(self.fingerprint)

    @property
    def manifest(self) -> Path:
        """The file whose existence means that the artifact is whole."""
        return self.folder / "manifest.json"


def short(whole: str) -> str:
    """Shorten a fingerprint for a path."""
    return whole[:16]
