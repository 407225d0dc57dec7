import json
import subprocess
import sys


def test_a_model_loads_neither_deepspeed_nor_mlflow_and_a_training_still_finds_deepspeed():
    program = """
import json, sys
from alambic.runtime.unused_libraries import leave_out
leave_out()
from transformers import BertModel
before = [name for name in ("deepspeed", "mlflow", "pandas", "fastapi") if sys.modules.get(name)]
from alambic.training.compat import import_deepspeed
print(json.dumps([before, import_deepspeed().__name__, sys.modules.get("mlflow")]))
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=600)
    assert json.loads(done.stdout.splitlines()[-1]) == [[], "deepspeed", None], done.stderr
