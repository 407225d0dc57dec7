"""The doctor without Slurm: what it reads in a profile, and what it says of this machine."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from alambic.commands.doctor.cluster import Association, Cluster, NoAnswer, _fields
from alambic.commands.doctor.examination import examine
from alambic.commands.doctor.finding import Verdict
from alambic.commands.doctor.job_request import JobRequest, parse_limit, parse_runtime
from alambic.commands.doctor.limits import check_wall_limits
from alambic.commands.doctor.machine import GIGABYTES, HOSTS, reaches
from alambic.commands.doctor.profile import Profile, read_profile
from alambic.commands.doctor.resources import KNOWN, OF_ALAMBIC, check_resources
from alambic.commands.doctor.rights import check_qos
from alambic.commands.doctor.sizes import cores_of, gres_of
from alambic.errors import UserError
from test_profiles import ENVIRONMENT, ROOT, RULES, SITES, record


def doctor(site: str | Path, *options: str, **variables: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "alambic", "doctor", "--site", str(site), *options]
    environment = {**os.environ, **variables}
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=200)


def test_a_machine_without_slurm():
    done = doctor("local")
    lines = done.stdout.splitlines()
    wrong = [line for line in lines if line.startswith("wrong")]
    # What this machine lacks differs from one to the next: little room. That no network is there is no fault.
    lacking = ["bytes"] if shutil.disk_usage(ROOT).free < GIGABYTES * 1e9 else []
    assert [line.split("  ")[-1].split(":")[0].strip() for line in wrong] == lacking, done.stdout
    assert done.returncode == bool(lacking)
    (network,) = [line for line in lines if "network here" in line]
    assert network.startswith("ok ") and ("make fetch" in network) == (not all(reaches(host) for host in HOSTS))
    assert [line for line in lines if "torch: 2" in line], "torch was imported"
    assert "partition" not in done.stdout


def test_a_slurm_site_where_there_is_no_slurm(tmp_path: Path):
    done = doctor("slurm/generic", PATH=str(tmp_path), ALAMBIC_ACCOUNT="abc", ALAMBIC_CPU_PARTITION="some")
    lines = done.stdout.splitlines()
    assert done.returncode == 1
    assert lines[0].startswith("wrong        programs: no sbatch, squeue,")
    assert "variable ALAMBIC_GPU_PARTITION: unset" in lines[1]
    assert "variable ALAMBIC_ACCOUNT" not in done.stdout
    assert "not checked  QoS: Slurm does not answer here" in lines


@pytest.mark.parametrize("site", ["slurm/jean-zay", "nowhere"])
def test_an_unknown_site_is_named(site: str):
    with pytest.raises(UserError, match=f"no site '{site}'.*slurm/jean-zay-h100"):
        read_profile(site)


@pytest.mark.parametrize("site", SITES)
def test_a_trial_asks_for_what_the_executor_asks_for(site: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    profile = read_profile(f"slurm/{site}")
    recorded = record(site, tmp_path)
    beside = {"--job-name", "--output", "--export", "--comment", "--chdir", "--wrap", "--parsable", "--no-requeue"}
    for rule in RULES:
        asked = {name: value for name, value in recorded[rule].flags.items() if name not in beside}
        mine = (option.partition("=") for option in profile.request_of(rule).options())
        assert {name: value for name, _, value in mine} == asked, f"{site}, {rule}"


@pytest.mark.parametrize(
    ("text", "minutes"), [("20", 20), ("4h", 240), ("1d", 1440), ("90s", 1.5), ("1.5h", 90), ("30 min", 30)]
)
def test_runtimes(text: str, minutes: float):
    assert parse_runtime(text) == minutes


@pytest.mark.parametrize(
    ("text", "minutes"), [("4-04:00:00", 6000), ("20:00:00", 1200), ("10:30", 10.5), ("UNLIMITED", None), ("", None)]
)
def test_limits(text: str, minutes: float | None):
    assert parse_limit(text) == minutes


@pytest.mark.parametrize(
    ("shown", "asked", "number"),
    [
        ("gpu:h100:4(S:0-1)", "gpu:2", 4),
        ("gpu:4", "gpu", 4),
        ("gpu:a100:8(S:0,1),nvme:1", "gpu:a100:8", 8),
        ("gpu:a100:2,gpu:v100:3", "gpu:v100:1", 3),
        ("gpu:3g.20gb:4", "gpu:3g.20gb:1", 4),
        ("gpu:h100:4", "gpu:a100:1", 0),
        ("(null)", "gpu:1", 0),
    ],
)
def test_gpus_of_a_node(shown: str, asked: str, number: int):
    assert gres_of({"Gres": shown}, JobRequest(("teach",), {"gres": asked}, threads=1)) == number


@pytest.mark.parametrize(("extra", "cores"), [("", 192), ("--hint=nomultithread", 96)])
def test_cores_of_a_node(extra: str, cores: int):
    node = {"CPUTot": "192", "ThreadsPerCore": "2"}
    assert cores_of(node, JobRequest(("teach",), {"slurm_extra": extra}, threads=1)) == cores


def profile(**settings) -> Profile:
    """Give a profile that is written so."""
    return Profile(Path("site.yaml"), {"executor": "slurm", "jobs": 20, **settings})


def wrong(findings) -> list[str]:
    return [f"{finding.what}: {finding.seen}" for finding in findings if finding.verdict is Verdict.WRONG]


def test_every_resource_of_the_project_is_known():
    rules = "\n".join(path.read_text() for path in (ROOT / "workflow/rules").glob("*.smk"))
    speed = re.search(r"^SPEED = \((.*?)^\)", rules, re.MULTILINE | re.DOTALL)
    assert speed and set(re.findall(r'"(\w+)"', speed[1])) <= set(OF_ALAMBIC)
    for site in SITES:
        assert wrong(check_resources(read_profile(f"slurm/{site}"), Cluster())) == []


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"default-resources": {"runtimes": "4h"}}, "nothing reads it; did you mean 'runtime'"),
        ({"set-resources": {"distill": {"task_per_node": 2}}}, "did you mean 'tasks_per_node'?"),
        ({"set-resources": {"destill": {"nodes": 2}}}, "(set-resources): there is no such rule; did you mean"),
        ({"set-threads": {"teech": 2}}, "rule teech (set-threads): there is no such rule; did you mean 'teach'?"),
        ({"set-threads": {"teach": "two"}}, "set-threads: teach 'two': expected a whole number"),
        ({"default-resources": {"runtime": "00:10:00"}}, "such as 20h; did you mean 10?"),
        ({"default-resources": {"runtime": "1.2.3h"}}, "runtime '1.2.3h': expected minutes"),
        ({"default-resources": {"runtime": "never; touch x"}}, "runtime 'never; touch x': expected minutes"),
        ({"set-resources": {"distill": {"nodes": "two"}}}, "resources (distill): nodes 'two': expected a whole number"),
        ({"set-resources": {"distill": {"nodes": 1.5}}}, "nodes '1.5': expected a whole number"),
        ({"set-resources": {"distill": {"mem_mb": [1]}}}, "mem_mb '[1]': expected a whole number"),
        ({"default-resources": {"slurm_extra": "--comment='a"}}, "slurm_extra '--comment='a': No closing quotation"),
        ({"default-resources": {"slurm_extra": "--hint=x; touch y"}}, "a shell would end the command at ;"),
        ({"default-resources": {"slurm_extra": "--hint=x\ntouch y"}}, "would end the command at the line break"),
        ({"jobs": "many"}, "options: site.yaml: jobs 'many': expected a whole number"),
    ],
)  # fmt: skip
def test_what_nothing_reads_is_named_and_the_doctor_goes_on(settings, said, tmp_path: Path, monkeypatch):
    found = wrong(check_resources(profile(**settings), Cluster()))
    assert found and any(said in line for line in found), found
    monkeypatch.setenv("PATH", str(tmp_path))
    site = tmp_path / "site.yaml"
    site.write_text(yaml.safe_dump(profile(**settings).settings))
    monkeypatch.setattr("alambic.commands.doctor.examination.MACHINE", ())
    assert len(list(examine(str(site)))) > 5


def test_a_limit_of_the_scheduler_s_own_is_no_misspelling():
    assert (
        wrong(check_resources(profile(**{"resources": {"disks": 3}, "default-resources": {"disks": 1}}), Cluster()))
        == []
    )
    assert {"runtime", "slurm_account", "micro_batch", "submission_hours"} <= set(KNOWN)


@pytest.mark.parametrize(
    "content", [b"a: [", b"caf\xe9: 1", b"- list", b"default-resources: 4h", b"set-resources: {clean: 3}"]
)
def test_a_profile_that_cannot_be_read_is_one_line(tmp_path: Path, content: bytes):
    site = tmp_path / "site.yaml"
    site.write_bytes(content)
    done = doctor(site)
    assert done.returncode == 1 and "Traceback" not in done.stderr
    assert "site.yaml" in done.stderr + done.stdout


def cluster(**known) -> Cluster:
    """Give a cluster of which this is known."""
    given = Cluster()
    given.__dict__.update(
        config={"AccountingStorageType": "accounting_storage/slurmdbd"},
        partitions={"work": {"MaxTime": "24:00:00", "QoS": "N/A"}},
        qos={
            "hour": {"wall": "01:00:00", "flags": "", "jobs": ""},
            "day": {"wall": "1-00:00:00", "flags": "", "jobs": "9"},
        },
        associations=[Association("team", "", ("hour", "day"), "10:00:00", "hour", ("", ""))],
        default_account="team",
    )  # fmt: skip
    given.__dict__.update(known)
    return given


WORK = {"slurm_partition": "work", "runtime": "4h"}


def test_the_default_qos_of_the_default_account_limits_the_jobs():
    found = wrong(check_wall_limits(profile(**{"default-resources": WORK}), cluster()))
    assert len(found) == 1 and "4 h asked; QoS hour, the default, allows 1 h" in found[0]
    assert not wrong(check_wall_limits(profile(**{"default-resources": WORK | {"qos": "day"}}), cluster()))


def test_an_account_limits_only_where_no_qos_does():
    long = {"default-resources": WORK | {"qos": "day", "runtime": "12h"}}
    assert not wrong(check_wall_limits(profile(**long), cluster()))
    unlimited = {"day": {"wall": "", "flags": "", "jobs": ""}}
    assert "account team allows 10 h" in wrong(check_wall_limits(profile(**long), cluster(qos=unlimited)))[0]


def test_the_qos_of_a_partition_limits_too():
    partitions = {"work": {"MaxTime": "UNLIMITED", "QoS": "hour"}}
    asked = profile(**{"default-resources": WORK | {"qos": "day"}})
    assert "QoS hour of partition work allows 1 h" in wrong(check_wall_limits(asked, cluster(partitions=partitions)))[0]


def test_more_jobs_than_a_qos_or_an_account_takes_are_found():
    few = [Association("team", "", ("hour", "day"), "", "hour", ("4", "100"))]
    found = wrong(check_qos(profile(**{"default-resources": WORK | {"qos": "day"}}), cluster(associations=few)))
    assert [line.partition(":")[0] for line in found] == ["jobs with QoS day", "jobs with account team"]
    assert "takes 4 submitted jobs, and the profile submits 20" in found[1]


def test_without_the_database_what_the_controller_knows_is_checked(monkeypatch):
    """Slurmdbd is down: accounts and QoS are not known, partitions are."""

    def ask(*command: str, **_) -> str:
        raise NoAnswer("sacctmgr: error: Sending PersistInit msg: Connection refused\nmore")

    monkeypatch.setattr("alambic.commands.doctor.cluster.ask", ask)
    known = cluster()
    for name in ("qos", "associations", "default_account"):
        del known.__dict__[name]
    asked = profile(**{"default-resources": WORK | {"runtime": "30h"}})
    (line,) = wrong(check_wall_limits(asked, known))
    assert "30 h asked; partition work allows 24 h; those of accounts and QoS are not known" in line


def test_what_an_administrator_writes_is_read_whole_and_hides_nothing():
    fields = _fields(
        "NodeName=n1 State=IDLE+DRAIN Partitions=a Reason=fan broken State=IDLE [root@2026-11-30T03:00:00]"
    )
    assert (fields["State"], fields["Reason"]) == ("IDLE+DRAIN", "fan broken State=IDLE")
    assert _fields("NodeName=n1 State=IDLE Comment=State=DOWN NodeName=x")["State"] == "IDLE"


def test_a_reader_who_has_seen_enough_gets_no_traceback(tmp_path: Path):
    command = f"{shlex.quote(sys.executable)} -m alambic doctor --site slurm/generic | head -1"
    environment = {**os.environ, "PATH": f"{tmp_path}:/usr/bin:/bin"}
    done = subprocess.run(
        ["bash", "-c", command], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=200
    )
    assert done.stdout.count("\n") == 1 and not done.stderr


def test_options_may_hold_blanks_and_signs_between_quotation_marks():
    request = JobRequest(("clean",), {"slurm_extra": "--hint=nomultithread --comment='a; b & c'"}, 1)
    assert request.extra == ["--hint=nomultithread", "--comment=a; b & c"] and not request.unreadable()
