"""The demo's student as its distillation prepares it; what several benchmarks start from."""

import json
from pathlib import Path

from transformers import AutoTokenizer

from alambic.data.inputs import Inputs
from alambic.settings import Distill
from alambic.stages.distill.families import encoder
from alambic.stages.distill.losses import Objectives
from alambic.stages.distill.student_setup import StudentSetup

ROLES = {
    "teacher": "fetch/e5",
    "tokenizer": "tokenizer/medical",
    "corpus": "clean/medical",
    "signal": "teach/e5_states",
}


def folders(artifacts: Path) -> dict[str, Path]:
    """Where the artifacts of a finished demo are, by item; `artifacts` is results/demo/artifacts.json."""
    return {name: Path(folder) for name, folder in json.loads(artifacts.read_text()).items()}


def prepare(artifacts: Path, work: Path) -> tuple[StudentSetup, Objectives]:
    """Give the demo's student, text and signal; examples are written down in `work`."""
    paths = folders(artifacts)
    settings = Distill.model_validate(json.loads((paths["distill/student"] / "manifest.json").read_text())["settings"])
    inputs = Inputs({role: [paths[name]] for role, name in ROLES.items()})
    setup = encoder.prepare(settings, inputs, AutoTokenizer.from_pretrained(inputs.one("tokenizer")), work)
    setup.student.eval()  # dropout is off while distilling
    return setup, Objectives(setup.student_model, settings.objectives)
