"""The command reads what persons found, and ends with status 3 where the promise no longer stands."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from alambic.commands.monitor import watch
from alambic.data.artifact import complete, list_files
from alambic.data.manifest import Manifest
from alambic.errors import UserError

RISKS = [
    {"alpha": 0.01, "threshold": None, "groups": [{"group": "I", "own_threshold": None}]},
    {
        "alpha": 0.02,
        "threshold": 0.9,
        "groups": [{"group": "I", "own_threshold": 0.8}, {"group": "N", "own_threshold": 0.7}],
    },
    {
        "alpha": 0.05,
        "threshold": None,
        "groups": [{"group": "I", "own_threshold": 0.8}, {"group": "J", "own_threshold": None}],
    },
]


def calibrated(folder: Path, *, stage: str = "calibrate", grouped_by: str = "chapter") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    content = {"risks": RISKS, "main_risk": 0.02, "confidence": 0.95, "grouped_by": grouped_by}
    (folder / "calibration.json").write_text(json.dumps(content))
    complete(folder, Manifest(stage, "certificates", "0" * 64, {}, {}, {}, {}, files=list_files(folder)))
    return folder


@pytest.fixture
def artifact(tmp_path: Path) -> Path:
    return calibrated(tmp_path / "artifacts" / "calibrate" / "certificates" / ("0" * 16))


def feedback(folder: Path, risks: dict[str, float], *, units: int = 1500) -> Path:
    generator = np.random.default_rng(3)
    rows = [f"{int(generator.random() >= risk)},{week}" for week, risk in risks.items() for _ in range(units)]
    path = folder / "checked.csv"
    path.write_text("\n".join(["right,batch", *rows]) + "\n", encoding="utf-8")
    return path


def test_what_keeps_to_the_risk_raises_no_alarm(artifact: Path):
    lines = list(watch(artifact, feedback(artifact, {"week 1": 0.015, "week 2": 0.015}), risk=None))
    assert [line.split(":")[0] for line, _ in lines[:-1]] == ["week 1", "week 2"]
    assert "nothing shows a risk above 2 %" in lines[-1][0] and not any(alarm for _, alarm in lines)


def test_an_alarm_names_the_unit_and_ends_the_command_with_its_status(artifact: Path):
    path = feedback(artifact, {"week 1": 0.015, "week 2": 0.06})
    lines = list(watch(artifact, path, risk=0.02))
    assert [alarm for _, alarm in lines] == [False, True, True]
    command = [sys.executable, "-m", "alambic", "monitor", artifact, path]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 3, done.stderr
    assert done.stdout.splitlines() == [line for line, _ in lines] and "ALARM after 1" in done.stdout


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("wrong\n1\n", "no column `right`; its columns: wrong"),
        ("right\n1\nperhaps\n", "line 3: right: 'perhaps': expected 1 or 0"),
        ("right\n1\n\n,\n", "line 4: right: '': expected 1 or 0"),
        ("right\n", "has no row"),
        ("right,right\n1,0\n", "two columns `right`"),
        ("DocID;right\n1;1\n2;1\n1;0\n", "line 4: '1' is in line 2 too: a unit counts once"),
        ("DocID;right\n1;1\n;1\n", "line 3: no `DocID`"),
        ("right;batch\n1;a\n1;b\n1;a\n", "line 4: batch 'a' began before 'b'"),
        ("right,batch\n1,a,x\n", "line 2: 3 cells for 2 columns"),
        ("right,batch\n" + 200_000 * "1" + ",a\n", "line 2: right: '1{40}': expected 1 or 0"),
    ],
)
def test_a_file_that_tells_nothing_is_refused(artifact: Path, content: str, expected: str):
    (artifact / "bad.csv").write_text(content)
    with pytest.raises(UserError, match=expected):
        list(watch(artifact, artifact / "bad.csv", risk=None))


def test_a_risk_that_was_not_promised_is_refused(artifact: Path):
    path = feedback(artifact, {"week": 0.0}, units=10)
    with pytest.raises(UserError, match=r"--risk 0.03: .* has 0.01, 0.02, 0.05"):
        list(watch(artifact, path, risk=0.03))
    with pytest.raises(UserError, match=r"automates nothing.*with --guarantee group it automates I$"):
        list(watch(artifact, path, risk=0.05))
    with pytest.raises(UserError, match="automates nothing"):
        list(watch(artifact, path, risk=0.01))
    with pytest.raises(UserError, match=r"holds no calibration.json"):
        list(watch(artifact / "elsewhere", path, risk=None))


def test_files_are_read_as_programs_write_them(artifact: Path, tmp_path: Path):
    text = "DocID;right;batch\r\n11;1;été\r\n12;0;été\r\n"
    given = []
    for encoding in ("utf-8", "utf-8-sig", "utf-16"):
        (tmp_path / "checked.csv").write_bytes(text.encode(encoding))
        given.append(list(watch(artifact, tmp_path / "checked.csv", risk=None)))
    assert given[0] == given[1] == given[2] and given[0][0][0].startswith("été: 1 of 2 wrong")
    (tmp_path / "checked.csv").write_bytes(text.encode("cp1252"))
    with pytest.raises(UserError, match=r"line 2: no UTF-8 .*: save it as CSV in UTF-8"):
        list(watch(artifact, tmp_path / "checked.csv", risk=None))


def test_another_column_names_the_unit(artifact: Path, tmp_path: Path):
    (tmp_path / "checked.csv").write_text("id,number,right\na,1,1\na,2,1\n")
    assert list(watch(artifact, tmp_path / "checked.csv", risk=None, id_column="number"))
    with pytest.raises(UserError, match="'a' is in line 2 too"):
        list(watch(artifact, tmp_path / "checked.csv", risk=None))
    with pytest.raises(UserError, match="no column `name`; its columns: id, number, right"):
        list(watch(artifact, tmp_path / "checked.csv", risk=None, id_column="name"))


def test_an_item_is_enough(artifact: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    path = feedback(tmp_path, {"week": 0.0}, units=10)
    monkeypatch.chdir(tmp_path)
    assert list(watch("calibrate/certificates", path, risk=None)) == list(watch(artifact, path, risk=None))


def test_each_group_is_watched_on_its_own(artifact: Path, tmp_path: Path):
    generator = np.random.default_rng(4)
    rows = [f"{int(generator.random() >= risk)},{group}" for _ in range(1500) for group, risk in (("I", 0.1), ("N", 0))]
    path = tmp_path / "checked.csv"
    path.write_text("\n".join(["right,group", *rows]) + "\n")
    (first, alarm), (second, no_alarm) = watch(artifact, path, risk=0.02, guarantee="group")
    assert first.startswith("I: ") and "ALARM" in first and alarm
    assert "false at most 2.5 times in 100" in first, "the two groups share the level"
    assert second == "N: 0 of 1500 checked units are wrong (0.00 %): nothing shows a risk above 2 %" and not no_alarm
    command = [sys.executable, "-m", "alambic", "monitor", artifact, path, "--guarantee", "group"]
    assert subprocess.run(command, capture_output=True, check=False).returncode == 3, "of any group, not of the last"
    (line, _) = next(watch(artifact, feedback(tmp_path, {"I": 0.0}), risk=0.02))
    assert line.startswith("I: 0 of 1500 wrong")


def test_groups_alone_may_have_thresholds(artifact: Path, tmp_path: Path):
    path = tmp_path / "checked.csv"
    path.write_text("right,group\n1,I\n")
    assert [line.partition(":")[0] for line, _ in watch(artifact, path, risk=0.05, guarantee="group")] == ["I"]
    path.write_text("right,group\n1,J\n")
    with pytest.raises(UserError, match=r"line 2: group 'J' has no threshold at a risk of 0.05.*one of I$"):
        list(watch(artifact, path, risk=0.05, guarantee="group"))
    path.write_text("right\n1\n")
    with pytest.raises(UserError, match="no column `group`"):
        list(watch(artifact, path, risk=0.05, guarantee="group"))
    with pytest.raises(UserError, match="was calibrated without `groups`"):
        list(watch(calibrated(tmp_path / "other", grouped_by=""), path, risk=0.02, guarantee="group"))


@pytest.mark.parametrize("change", [lambda text: text.replace("0.9", "0.1"), lambda text: text[:-9], lambda text: "[]"])
def test_a_calibration_that_was_altered_is_refused(artifact: Path, tmp_path: Path, change):
    file = artifact / "calibration.json"
    before = file.read_text()
    file.write_text(change(before))
    assert file.read_text() != before
    with pytest.raises(UserError, match="was altered since it was made"):
        list(watch(artifact, feedback(tmp_path, {"week": 0.0}, units=10), risk=None))


@pytest.mark.parametrize(
    "content", ["[]", "{}", '{"risks": [1]}', '{"risks": [{}], "main_risk": 1, "confidence": 1}', "{"]
)
def test_what_is_no_calibration_is_one_error(artifact: Path, tmp_path: Path, content: str):
    (artifact / "calibration.json").write_text(content)
    record = Manifest("calibrate", "certificates", "0" * 64, {}, {}, {}, {})
    (artifact / "manifest.json").write_text(record.dump())  # as earlier versions wrote it, without digests
    with pytest.raises(UserError, match=r"calibration.json is damaged"):
        list(watch(artifact, feedback(tmp_path, {"week": 0.0}, units=10), risk=None))


def test_an_artifact_of_another_stage_is_refused(tmp_path: Path):
    with pytest.raises(UserError, match="is an artifact of `predict`"):
        list(watch(calibrated(tmp_path / "other", stage="predict"), tmp_path / "checked.csv", risk=None))
    (tmp_path / "other" / "manifest.json").unlink()
    with pytest.raises(UserError, match=r"manifest.json is missing"):
        list(watch(tmp_path / "other", tmp_path / "checked.csv", risk=None))
