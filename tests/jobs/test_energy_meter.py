"""What a job took is in its manifest: real processes under a real supervisor, killed and repeated ones too.

NVML alone is an object of the test's own, at the seam where the library is: this machine has no GPU.
"""

import json
import os
import subprocess
import sys
import time
from types import SimpleNamespace

import pytest
from test_stage_run import local_source, stage

from alambic.data.energy import JOULES, Energy, energy_of
from alambic.data.manifest import Manifest
from alambic.errors import UserError
from alambic.jobs import energy_meter, slurm, supervisor
from alambic.jobs.attempts import FILE, Attempts, read_attempts
from alambic.jobs.energy_meter import Meter
from alambic.jobs.gpu_energy import GpuCounters
from alambic.jobs.power import Allocation, Power
from alambic.runtime.compat import carbon_intensity

POWER = "core=10W memory=1W/GB pue=1.5 carbon=100g/kWh"
BUSY = "import time\nwhile time.process_time() < {seconds}: pass\n"
MANIFEST = """
from alambic.data.artifact import complete
from alambic.data.manifest import Manifest
from pathlib import Path
folder = Path({folder!r})
complete(folder, Manifest("collect", "x", "ab" * 32, {{}}, {{}}, {{}}, {{}}, run={{"seconds": 1.0}}))
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """The folder of an artifact to be made, on a site that says what it draws."""
    monkeypatch.setenv("ALAMBIC_POWER", POWER)
    made = tmp_path / "artifacts" / "collect" / "x" / ("ab" * 8)
    made.mkdir(parents=True)
    return made


def run(folder, code):
    program = folder.parent / "program.py"
    program.write_text(code)
    return supervisor.supervise([sys.executable, str(program)], folder / "manifest.json")


def test_a_stage_leaves_its_energy_in_the_manifest(tmp_path, monkeypatch):
    monkeypatch.setenv("ALAMBIC_POWER", POWER)
    done, output = stage(local_source(tmp_path / "texts", '{"text": "Toux grasse."}\n'), tmp_path)
    assert done.returncode == 0, done.stderr
    record = Manifest.read(output).run["energy"]
    energy = Energy.read(record)
    assert energy.cpu_kwh > 0 and energy.ram_kwh > 0 and energy.gpu_kwh == 0 and record["failed_kwh"] == 0
    assert record["kwh"] == pytest.approx(energy.kwh, rel=1e-4)
    assert energy.co2e_g == pytest.approx(100 * energy.kwh, rel=1e-4)
    assert energy.method == (
        "cpu: 10 W x processor time; ram: 1 W/GB resident; gpu: none; pue 1.5; 100 g/kWh (the profile)"
    )
    (attempt,) = read_attempts(output.parent)
    assert Energy.read(attempt.energy) == energy and not (output.parent / energy_meter.FILE).exists()


def test_the_energy_is_the_watts_of_a_core_for_as_long_as_the_job_s_own_processes_compute(folder):
    """What sleeps takes no core; what a child of a child computes counts."""
    child = BUSY.format(seconds=0.6)
    code = (
        f"import subprocess, sys, time\nsubprocess.run([sys.executable, '-c', {child!r}], check=True)\ntime.sleep(1)\n"
    )
    assert run(folder, code + MANIFEST.format(folder=str(folder))) == 0
    energy = energy_of(Manifest.read(folder / "manifest.json").run)
    seconds = energy.cpu_kwh * JOULES / (10 * 1.5)
    assert 0.6 <= seconds < energy.seconds - 0.9


def test_attempts_that_failed_count_and_the_fingerprint_and_the_files_stay(folder):
    """The first attempt loses a process; the second one is done."""
    code = f"""
import os, signal
from pathlib import Path
{BUSY.format(seconds=0.3)}
seen = Path({str(folder / "signal-0.parquet")!r})
if not seen.exists():
    seen.touch()
    os.kill(os.getpid(), signal.SIGKILL)
"""
    assert run(folder, code + MANIFEST.format(folder=str(folder))) == 0
    first, second = read_attempts(folder)
    assert (first.why, second.why) == ("lost rank", "done")
    record = Manifest.read(folder / "manifest.json")
    assert record.fingerprint == "ab" * 32 and record.run["seconds"] == 1.0
    each = [Energy.read(attempt.energy) for attempt in (first, second)]
    assert all(energy.cpu_kwh * JOULES > 0.3 * 10 * 1.5 for energy in each)
    assert energy_of(record.run).kwh == pytest.approx(sum(energy.kwh for energy in each), rel=1e-4)
    assert record.run["energy"]["failed_kwh"] == pytest.approx(each[0].kwh, rel=1e-4)


def test_a_job_that_is_killed_with_its_supervisor_counts_as_far_as_its_journal_tells(folder):
    """Kill -9 of the supervisor takes all with it; the next one adds up, and says the one of which nothing is known."""
    source = "import sys\nfrom pathlib import Path\nfrom alambic.jobs.supervisor import supervise\n"
    endless = [sys.executable, "-c", "while True: pass"]
    source += f"supervise({endless!r}, Path({str(folder / 'manifest.json')!r}))"
    process = subprocess.Popen([sys.executable, "-c", source], env=os.environ)
    journal = folder / energy_meter.FILE
    try:
        while not journal.exists():
            assert process.poll() is None
            time.sleep(0.05)
    finally:
        process.kill()
        process.wait()
    noted = Energy.read(json.loads(journal.read_text()))
    assert noted.cpu_kwh > 0
    with (folder / FILE).open("a") as stream:  # of an earlier version, which measured nothing
        stream.write(json.dumps({**json.loads((folder / FILE).read_text().splitlines()[0]), "number": 2}) + "\n")
    assert run(folder, MANIFEST.format(folder=str(folder))) == 0
    killed, unmeasured, last = read_attempts(folder)
    assert Energy.read(killed.energy) == noted and killed.seconds == noted.seconds and unmeasured.energy is None
    energy = energy_of(Manifest.read(folder / "manifest.json").run)
    assert energy.kwh == pytest.approx(noted.kwh + Energy.read(last.energy).kwh, rel=1e-4)
    assert "1 attempts of which nothing is known" in energy.method


def test_reserved_cores_and_gigabytes_count_whether_they_work_or_not(monkeypatch):
    meter = Meter(Power.read("core=5W memory=0.5W/GB memory_per_core=4GB gpu=300W pue=1.2"), Allocation(2, 8, 4))
    monkeypatch.setattr(meter, "_started", meter._started - 3600)
    energy = meter.read()
    assert energy.cpu_kwh == pytest.approx(8 * 5 * 1.2 / 1000, rel=0.01)
    assert energy.ram_kwh == pytest.approx(8 * 4 * 0.5 * 1.2 / 1000, rel=0.01)
    assert energy.gpu_kwh == pytest.approx(4 * 300 * 1.2 / 1000, rel=0.01)
    assert "reserved cores" in energy.method and "300 W rated" in energy.method


def test_only_a_slurm_job_has_cores_of_its_own():
    environment = {"ALAMBIC_ALLOCATION": "nodes=2,cores=192,gpus=8"}
    assert Allocation.of_job("7", environment) == Allocation(2, 192, 8)
    assert Allocation.of_job(None, environment) == Allocation() == Allocation.of_job("7", {})


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("cores=7W", "did you mean 'core'"),
        ("core7W", "NAME=VALUE"),
        ("gpu", "it has no value: expected such as `gpu=700W`"),
        ("gpu=", "such as `gpu=700W`"),
        ("gpu=700W core=7W gpu=400W", "'gpu' is given twice"),
        ("core=0W", "more than 0, such as `core=7.5W`"),
        ("gpu=0.0W", "more than 0"),
        ("memory=0W/GB", "more than 0"),
        ("core=7kW", "a number and W"),
        ("core=-1W", "a number and W"),
        ("pue=0.9", "1 or more"),
        ("country=FR", "three letters"),
    ],
)
def test_what_a_profile_says_wrong_is_told(text, expected):
    with pytest.raises(UserError, match=expected):
        Power.read(text)


def test_a_supervisor_says_so_before_it_starts_anything(folder, monkeypatch):
    monkeypatch.setenv("ALAMBIC_POWER", "core=much")
    with pytest.raises(UserError, match="core=much"):
        run(folder, MANIFEST.format(folder=str(folder)))
    assert not read_attempts(folder)


def test_the_figures_are_those_of_codecarbon():
    """Its own classes, of the version that is installed: the grid, and energy from power and time."""
    from codecarbon.core.emissions import Emissions
    from codecarbon.core.units import Energy as TheirEnergy
    from codecarbon.core.units import Power as TheirPower
    from codecarbon.core.units import Time
    from codecarbon.external.geography import GeoMetadata
    from codecarbon.input import DataSource

    hour = TheirEnergy.from_power_and_time(power=TheirPower.from_watts(120), time=Time.from_seconds(3600))
    theirs = Emissions(DataSource()).get_private_infra_emissions(hour, GeoMetadata("FRA", "France")) * 1000
    assert hour.kWh == pytest.approx(0.12) and theirs == pytest.approx(0.12 * Power().grams_per_kwh, rel=1e-3)
    assert carbon_intensity("DEU") > carbon_intensity("FRA")


class Nvml:
    """The calls of `pynvml` that are used, of cards whose counters the test moves."""

    class NVMLError(Exception):
        """As in pynvml."""

    def __init__(self, counters, users=None):
        self.counters, self.users = counters, users or {}

    def nvmlDeviceGetCount(self):
        return len(self.counters)

    def nvmlDeviceGetHandleByIndex(self, index):
        return index

    def nvmlDeviceGetHandleByUUID(self, name):
        return int(name.removeprefix("GPU-"))

    def nvmlDeviceGetTotalEnergyConsumption(self, handle):
        if self.counters[handle] is None:
            raise self.NVMLError("not supported")
        return self.counters[handle]

    def nvmlDeviceGetComputeRunningProcesses(self, handle):
        return [SimpleNamespace(pid=pid) for pid in self.users.get(handle, [])]


@pytest.mark.parametrize(
    ("visible", "joules"),
    [(None, 7.0), ("1", 4.0), ("GPU-0,GPU-2", 3.0), ("", 0.0), ("-1", 0.0), ("7", 7.0)],
)
def test_the_counters_of_the_job_s_own_cards_are_read(visible, joules):
    nvml = Nvml([1000, 5000, 90000, None])
    counters = GpuCounters(nvml, visible, reserved=True)
    nvml.counters[:3] = [2000, 9000, 92000]
    assert counters.update([]) == joules == counters.update([]), "nothing is drawn twice"


def test_a_card_that_jobs_share_is_shared_out_by_their_processes():
    """The others' processes are real, so that they are no numbers of another container."""
    other = os.getppid()
    nvml = Nvml([0, 0], {0: [os.getpid(), other], 1: [other]})
    mine, theirs = (GpuCounters(nvml, None, reserved=False) for _ in range(2))
    nvml.counters[:] = [6000, 1000]
    assert mine.update([os.getpid()]) + theirs.update([other]) == 7.0
    assert mine.joules == 3.0


def test_a_job_with_cards_takes_their_counters_through_the_building(monkeypatch):
    nvml = Nvml([0, 0])
    meter = Meter(Power.read("core=1W pue=2"), Allocation(2, 4, 4), GpuCounters(nvml, None, reserved=True))
    nvml.counters[:] = [JOULES * 1000, JOULES * 1000]
    assert meter.read().gpu_kwh == pytest.approx(2 * 2 * 2) and "of one node x 2" in meter.method


def test_attempts_keep_what_earlier_versions_wrote(tmp_path):
    attempts = Attempts(tmp_path)
    attempts.begin()
    line = json.loads((tmp_path / FILE).read_text())
    del line["energy"]
    (tmp_path / FILE).write_text(json.dumps(line) + "\n")
    assert read_attempts(tmp_path)[0].energy is None


def test_ranks_of_srun_are_not_below_the_supervisor_and_their_cores_count_whole(monkeypatch):
    """Slurm's own daemon starts them: their processor time is not to be seen from here."""
    monkeypatch.setattr(slurm, "current_job", lambda: "7")
    monkeypatch.setenv("ALAMBIC_ALLOCATION", "nodes=2,cores=8,gpus=0")
    meter = Meter.of_job()
    assert meter.allocation.cores == 8 and "reserved cores" in meter.method


@pytest.mark.parametrize(
    ("rows", "joules"),
    [
        ("7|900\n7.batch|100\n7.extern|0\n7.0|750\n", 850.0),  # steps, of which the whole may hold a part twice
        ("7|900\n", 900.0),
        ("7|0\n7.batch|0\n", None),  # no plug-in counts
        ("7|\n7.batch|\n", None),
        ("", None),
    ],
)
def test_what_slurm_counted_of_a_job_is_the_sum_of_its_steps(tmp_path, monkeypatch, rows, joules):
    """`sacct` is a program that prints its form of an answer: the virtual cluster has no plug-in that counts."""
    program = tmp_path / "sacct"
    program.write_text(f"#!/bin/sh\nprintf %s '{rows}'\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    assert slurm.consumed_joules("7") == joules
