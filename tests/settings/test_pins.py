"""Zeros in the place of a commit or a digest: nothing runs, and the plan says where to look."""

import copy
import subprocess
import sys

import pytest

from alambic.commands.explain_plan import explain
from alambic.errors import UserError
from alambic.planning.plan import Plan
from alambic.settings import read_experiment
from alambic.settings.experiment_file import load_experiment
from alambic.settings.pins import check_pinned, unpinned
from conftest import ROOT

DIGEST = "1" * 64
EXPERIMENT = {
    "name": "tiny",
    "collect": {
        "parcomed": {"source": "hub_dataset", "dataset": "a/b", "revision": "0" * 39 + "1", "licence": "MIT"},
        "has": {"source": "has", "url": "http://x/a.zip", "sha256": DIGEST, "metadata_url": "http://x/m.zip",
                "metadata_sha256": DIGEST},
        "orphadata": {"source": "orphadata", "sha256": DIGEST},
        "local": {"source": "folder", "path": "/", "digest": DIGEST, "licence": "MIT"},
    },
    "fetch": {"bert": {"origin": "hub", "model": "c/d", "revision": "2" * 40, "licence": "MIT"}},
}  # fmt: skip


@pytest.mark.parametrize(
    ("place", "expected"),
    [
        ("collect/parcomed/revision", "https://huggingface.co/datasets/a/b/commits/main shows the commits"),
        ("fetch/bert/revision", "https://huggingface.co/c/d/commits/main shows the commits"),
        ("collect/has/sha256", "download http://x/a.zip, and write what sha256sum prints"),
        ("collect/has/metadata_sha256", "download http://x/m.zip, and write what sha256sum prints"),
        ("collect/orphadata/sha256", "download the file that the source's docstring names"),
        ("collect/local/digest", "`python -m alambic digest /` prints it"),
    ],
)
def test_zeros_are_refused_with_the_place_to_look_at(place: str, expected: str) -> None:
    assert not list(unpinned(read_experiment(EXPERIMENT)))
    stage, item, option = place.split("/")
    content = copy.deepcopy(EXPERIMENT)
    content[stage][item][option] = "0" * len(content[stage][item][option])  # type: ignore[index]
    with pytest.raises(UserError) as refused:
        check_pinned(read_experiment(content))
    assert f"{stage}.{item}.{option} is not pinned yet: {expected}" in str(refused.value)


def test_the_campaign_s_plan_answers_and_says_what_to_pin() -> None:
    lines = list(explain(Plan(load_experiment("partages"))))
    assert lines[-1].endswith(" to run, 0 ready")
    for place in ("collect.parcomed.revision", "collect.has.sha256", "fetch.camembert_bio.revision"):
        assert any(line.startswith(f"{place} is not pinned yet: ") for line in lines)


def test_nothing_runs_of_an_experiment_that_is_not_pinned() -> None:
    command = [sys.executable, "-m", "snakemake", "--dry-run", "--profile", "profiles/local.yaml"]
    command += ["--configfile", "config/experiments/partages.yaml"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode != 0
    assert "collect.parcomed.revision is not pinned yet" in done.stdout + done.stderr


@pytest.mark.parametrize("name", ["demo", "reference", "smoke"])
def test_what_anybody_runs_is_pinned(name: str) -> None:
    check_pinned(load_experiment(name))
