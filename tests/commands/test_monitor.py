"""The command reads what persons found, and ends with status 3 where the promise no longer stands."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from alambic.commands.monitor import watch
from alambic.errors import UserError


@pytest.fixture
def artifact(tmp_path: Path) -> Path:
    risks = [{"alpha": 0.01, "threshold": None}, {"alpha": 0.02, "threshold": 0.9}]
    (tmp_path / "calibration.json").write_text(json.dumps({"risks": risks, "main_risk": 0.02, "confidence": 0.95}))
    return tmp_path


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
    ],
)
def test_a_file_that_tells_nothing_is_refused(artifact: Path, content: str, expected: str):
    (artifact / "bad.csv").write_text(content)
    with pytest.raises(UserError, match=expected):
        list(watch(artifact, artifact / "bad.csv", risk=None))


def test_a_risk_that_was_not_promised_is_refused(artifact: Path):
    path = feedback(artifact, {"week": 0.0}, units=10)
    with pytest.raises(UserError, match=r"--risk 0.03: .* has 0.01, 0.02"):
        list(watch(artifact, path, risk=0.03))
    with pytest.raises(UserError, match="automates nothing"):
        list(watch(artifact, path, risk=0.01))
    with pytest.raises(UserError, match=r"holds no calibration.json"):
        list(watch(artifact / "elsewhere", path, risk=None))
