"""Commands given on the virtual cluster, in folders where much is there already."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import yaml
from slurm_cluster import Cluster

ROOT = Path(__file__).parents[2]


def take_artifacts(upstream: Path, folder: Path, *, only: tuple[str, ...] = (".",), but: tuple[str, ...] = ()) -> None:
    """Link a finished run's artifacts into `folder`, `only` or `but` some folders; nothing of them is written to."""

    def among(path: Path, folders: tuple[str, ...]) -> bool:
        return any(path.is_relative_to(one) for one in folders)

    for path in sorted((upstream / "artifacts").rglob("*")):
        inside = path.relative_to(upstream / "artifacts")
        if path.is_file() and among(inside, only) and not among(inside, but):
            there = folder / "artifacts" / inside
            there.parent.mkdir(parents=True, exist_ok=True)
            copy = os.link if folder.stat().st_dev == path.stat().st_dev else shutil.copy2
            copy(path, there)


def write_site(folder: Path, rule: str, *, retries: int, **resources: int | str) -> None:
    """Write the virtual cluster's profile, with resources of its own for a rule."""
    site = yaml.safe_load((ROOT / "profiles/slurm/test-cluster.yaml").read_text()) | {"retries": retries}
    site["set-resources"].setdefault(rule, {}).update(resources)
    (folder / "site.yaml").write_text(yaml.safe_dump(site, sort_keys=False))


def start_head(
    cluster: Cluster,
    folder: Path,
    target: Path,
    code: Path,
    experiment: Path,
    *,
    log: Path,
    prefix: tuple[str, ...] = (),
    **variables: str,
) -> subprocess.Popen[str]:
    """Start the command that makes `target` in `folder` on the cluster, as a user does."""
    command = [*prefix, sys.executable, "-m", "snakemake", "--snakefile", code / "Snakefile"]
    command += ["--directory", folder, "--configfile", experiment, "--profile", "site.yaml"]
    command += ["--workflow-profile", code / "profiles/default", target]
    with log.open("a") as stream:
        return subprocess.Popen(
            [str(part) for part in command],
            cwd=folder,
            env={**cluster.environment, **variables},
            stdout=stream,
            stderr=stream,
            text=True,
        )
