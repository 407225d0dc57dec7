"""What would run, and why: each planned artifact against the latest one of the same item."""

import getpass
import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from alambic.commands.earlier_artifacts import EarlierArtifacts
from alambic.data.artifact import belongs
from alambic.data.manifest import Manifest
from alambic.errors import UserError, truncated
from alambic.jobs.inputs import was_set_aside
from alambic.planning import equivalent_code
from alambic.planning.artifact import ARTIFACTS, Artifact, fingerprint
from alambic.planning.licences.release import not_open
from alambic.planning.plan import Plan
from alambic.planning.preflight import check_before_running
from alambic.planning.source_digest import combined
from alambic.settings import Experiment, identity
from alambic.settings.pins import unpinned


def to_run(plan: Plan) -> list[Artifact]:
    """List what is not finished yet."""
    return [artifact for artifact in plan.values() if not belongs(artifact.manifest)]


def explain(plan: Plan, missing: Sequence[Artifact] | None = None) -> Iterator[str]:
    """Yield a line per artifact, ready or to run with the reason; what is not pinned yet; and last the totals.

    `missing` are those to run, where the caller knows them. UserError at the end where something is missing that a run
    needs.
    """
    missing = to_run(plan) if missing is None else missing
    earlier = EarlierArtifacts(plan.experiment.name)
    width = max(len(name) for name in plan)
    for artifact in plan.values():
        state = f"run    {'; '.join(reasons(artifact, earlier))}" if artifact in missing else "ready"
        yield f"{artifact.name:<{width}}  {state}"
    yield from not_open(plan.licence_reports)
    yield from unpinned(plan.experiment)
    yield f"{len(missing)} to run, {len(plan) - len(missing)} ready"
    check_before_running(plan)


def reasons(artifact: Artifact, earlier: EarlierArtifacts) -> list[str]:
    """Say what differs between `artifact` and the latest artifact of the same item of its experiment."""
    if artifact.manifest.exists():
        return ["its manifest is damaged, or another artifact's: it is set aside when the experiment runs"]
    if was_set_aside(artifact.folder):
        return ["it was set aside as damaged"]
    before = earlier.latest(artifact.stage, artifact.item)
    if before is None:
        others = earlier.other_experiments(artifact.stage, artifact.item)
        return [f"never made (experiment {', '.join(others)} has an item of that name)" if others else "never made"]
    return [
        *_changed_settings(before.identity, identity(artifact.settings)),
        *_changed_sources(before, artifact),
        *_changed_inputs(before, artifact),
    ] or ["its folder is not there any more"]


def _changed_settings(before: Any, after: Any, path: str = "") -> Iterator[str]:
    if isinstance(before, dict) and isinstance(after, dict):
        for key in sorted(before.keys() | after.keys()):
            inner = f"{path}.{key}" if path else str(key)
            if key not in before:
                yield f"{inner} is new: {_shown(after[key])}"
            elif key not in after:
                yield f"{inner} is gone"
            else:
                yield from _changed_settings(before[key], after[key], inner)
    elif before != after:
        yield f"{path}: {_shown(before)} -> {_shown(after)}"


def _shown(value: Any) -> str:
    return truncated(json.dumps(value, ensure_ascii=False), 60)


def _changed_sources(before: Manifest, artifact: Artifact) -> Iterator[str]:
    if _counts_as(artifact.stage, before.sources) == _counts_as(artifact.stage, artifact.sources):
        return
    for module in sorted(before.sources.keys() | artifact.sources.keys()):
        old, new = before.sources.get(module), artifact.sources.get(module)
        if old != new:
            change = "changed" if old and new else "is used now" if new else "is used no more"
            yield f"{_file(module)} {change}"


def _file(source: str) -> str:
    """Name the file of a source: "p.a" -> src/p/a.py; "p.a:f", of which f alone counted; "p/a.txt", a data file."""
    if "/" in source:
        return f"src/{source}"
    module, _, function = source.partition(":")
    return f"{f'{function} of ' if function else ''}src/{module.replace('.', '/')}.py"


def _counts_as(stage: str, sources: dict[str, str]) -> str:
    return equivalent_code.equivalent(stage, combined(sources))


def _changed_inputs(before: Manifest, artifact: Artifact) -> Iterator[str]:
    for role, artifacts in artifact.inputs.items():
        old = before.inputs.get(role, [])
        for upstream in artifacts:
            if upstream.fingerprint not in old:
                yield f"{role} {upstream.name} changed"
        if len(old) > len(artifacts):
            yield f"{role}: {len(old) - len(artifacts)} fewer"
    for role in sorted(before.inputs.keys() - artifact.inputs.keys()):
        yield f"{role} is gone"


def adopt(experiment: Experiment, *, why: str) -> Iterator[str]:
    """Declare today's code neutral wherever it is all that differs; yield a line per stage of code so declared.

    The ledger makes the new code count as the old, so that fingerprints, and what lies downstream, stay as they were.
    """
    plan = Plan(experiment)
    done, damaged = 0, dict[Path, str]()
    for name in list(plan):
        artifact = plan[name]
        code = combined(artifact.sources)
        if artifact.manifest.exists() or equivalent_code.equivalent(artifact.stage, code) != code:
            continue  # it is there, or its code was declared to be that of other artifacts
        old = _same_but_for_code(artifact, damaged)
        if old is not None:
            counts_as = _counts_as(artifact.stage, old.sources)
            when = datetime.now(UTC).isoformat(timespec="seconds")
            equivalent_code.record(artifact.stage, code, counts_as, who=getpass.getuser(), when=when, why=why)
            plan = Plan(experiment)  # what was just declared changes the fingerprints downstream
            done += 1
            yield f"{name}: the code of today counts as that of {old.run.get('commit')} ({old.run.get('started')})"
    yield from (f"left out: {error}" for error in damaged.values())
    yield f"{done} adopted; recorded in {equivalent_code.LEDGER}: commit it with the change"


def _same_but_for_code(artifact: Artifact, damaged: dict[Path, str]) -> Manifest | None:
    """Read the newest finished artifact of the item that has the settings and inputs of `artifact`.

    Its code may have had other modules: what it counts as is the digest of all that its manifest lists.
    Manifests that cannot be read are put into `damaged`, each with the reason.
    """
    inputs = {role: [upstream.fingerprint for upstream in artifacts] for role, artifacts in artifact.inputs.items()}
    folder = ARTIFACTS / artifact.stage / artifact.item
    for path in sorted(folder.glob("[0-9a-f]*/manifest.json"), key=lambda path: path.stat().st_mtime, reverse=True):
        try:
            old = Manifest.read(path)
        except UserError as error:
            damaged[path] = str(error)
            continue
        if old.fingerprint == fingerprint(artifact.stage, artifact.settings, old.sources, inputs):
            return old
    return None
