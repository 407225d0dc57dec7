"""Who may import whom, and what the parse may cost."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from alambic.planning.plan import STAGES

SOURCE = Path(__file__).parents[1] / "src" / "alambic"
MODULES = sorted(SOURCE.rglob("*.py"))
HEAVY = {"torch", "transformers", "datasets", "deepspeed", "mlflow", "pandas", "numpy", "pyarrow", "tokenizers"}
ORCHESTRATION = {"plan", "artifact", "tracking", "job", "explain", "adopted", "publish", "doctor", "storage"}


def imports(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found |= {str(node.module), *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_a_stage_knows_neither_other_stages_nor_the_orchestration(path):
    stage = path.relative_to(SOURCE).parts[0]
    if stage not in {*STAGES, "training", "tasks"}:
        pytest.skip("orchestration")
    forbidden = (set(STAGES) | ORCHESTRATION) - {stage}
    named = {name.split(".")[1] for name in imports(path) if name.startswith("alambic.")}
    assert not named & forbidden


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_only_tracking_knows_mlflow(path):
    if path.parent.name != "tracking":
        assert not any(name.split(".")[0] == "mlflow" for name in imports(path))


def test_the_parse_imports_nothing_heavy():
    code = (
        "import sys; from alambic.planning.plan import Plan;"
        "from alambic.settings.experiment_file import load_experiment;"
        "from alambic.commands.explain_plan import explain; list(explain(load_experiment('demo')));"
        f"print(sorted({HEAVY!r} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
