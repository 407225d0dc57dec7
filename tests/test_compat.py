"""Private ways into other libraries: still there, behaving as assumed, and checked with what is pinned."""

import ast
import json
import os
import re
import signal
import subprocess
import sys
import time
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path
from types import SimpleNamespace

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch
from torch.utils.data import DataLoader
from transformers import BertConfig, BertModel

from alambic.data.compat import abandon_writer
from alambic.jobs.compat import keep_log_folders_but, retry_only_where
from alambic.models.compat import attention_implementation
from alambic.training import compat

ROOT = Path(__file__).parents[1]
CHECKED = re.compile(r"Checked with ([\w.-]+) (\d[\w.]*\w)\.")
LOCK = dict(re.findall(r"^([\w.-]+)==(\S+)", (ROOT / "requirements.lock").read_text(), re.MULTILINE))
NOT_LOCKED = {"liger-kernel"}  # where a site has GPUs


def functions():
    """Give every function of the modules `compat.py`, with its docstring."""
    for path in sorted((ROOT / "src" / "alambic").rglob("compat.py")):
        for node in ast.parse(path.read_text()).body:
            if isinstance(node, ast.FunctionDef):
                yield pytest.param(ast.get_docstring(node) or "", id=f"{path.parent.name}.{node.name}")


@pytest.mark.parametrize("docstring", list(functions()))
def test_each_was_checked_with_the_version_that_is_pinned(docstring):
    ((library, version),) = CHECKED.findall(" ".join(docstring.split()))
    if library in NOT_LOCKED:
        assert library not in LOCK
        return
    assert version == LOCK[library], f"{library} was changed: see that it behaves as before, then say so there"


@pytest.mark.parametrize("library", ["torch", "deepspeed", "transformers", "pyarrow", "snakemake"])
def test_what_is_tested_here_is_what_is_pinned(library):
    assert metadata.version(library).partition("+")[0] == LOCK[library]


def run(program: str) -> str:
    """Run a program in a Python of its own, and give what it prints."""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr[-4000:]
    return done.stdout.strip().splitlines()[-1]


def test_deepspeed_does_without_mlflow_which_stays_importable():
    program = """
import importlib.util, json, sys
from alambic.training.compat import import_deepspeed
deepspeed = import_deepspeed()
from deepspeed.autotuning import autotuner
print(json.dumps(["mlflow" in sys.modules, autotuner.has_mlflow, importlib.util.find_spec("mlflow") is not None]))
"""
    assert json.loads(run(program)) == [False, False, True]


def test_deepspeed_asks_its_table_before_it_compiles_the_operator():
    program = """
import os, sys
os.environ["DS_ACCELERATOR"] = "cpu"
from alambic.training.compat import import_deepspeed, skip_shared_memory_operator
deepspeed = import_deepspeed()
from deepspeed.ops.op_builder.cpu import ShareMemCommBuilder
backend = sys.modules["deepspeed.comm.torch"]  # as an attribute of its package it is PyTorch itself
built = []
ShareMemCommBuilder.load = lambda self, verbose=True: built.append(self.NAME)
deepspeed.ops.__compatible_ops__["deepspeed_shm_comm"] = True
backend.build_shm_op()
skip_shared_memory_operator()
backend.build_shm_op()
print(*built)
"""
    assert run(program) == "deepspeed_shm_comm", "built where the table has it, and not once it is taken out"


class Numbers:
    """Ten numbers; a worker that reads the last one dies."""

    def __len__(self):
        return 10

    def __getitem__(self, place):
        if place == 9:
            os.kill(os.getpid(), signal.SIGKILL)
        if place == 8:
            raise ValueError("of the data")
        return place


def loader(places):
    return iter(DataLoader(Numbers(), sampler=places, batch_size=None, num_workers=1, multiprocessing_context="fork"))


def test_workers_of_a_loader_are_ended():
    batches = loader([0, 1, 2])
    assert int(next(batches)) == 0
    (worker,) = batches._workers
    handler = signal.getsignal(signal.SIGCHLD)
    compat.shut_down_workers(batches)
    assert not worker.is_alive()
    assert signal.getsignal(signal.SIGCHLD) == handler


def test_torch_tells_of_a_killed_worker_in_the_words_that_are_looked_for():
    batches = loader([0, 9])
    with pytest.raises(RuntimeError) as caught:  # at `next`, or wherever the signal comes
        for _ in range(2):
            next(batches)
        time.sleep(5)
    compat.shut_down_workers(batches)
    assert compat.tells_of_killed_worker(str(caught.value))
    assert not compat.tells_of_error_in_worker(str(caught.value))


def test_torch_tells_of_an_error_in_a_worker_in_the_words_that_are_looked_for():
    batches = loader([8])
    with pytest.raises(ValueError, match="of the data") as caught:
        next(batches)
    compat.shut_down_workers(batches)
    assert compat.tells_of_error_in_worker(str(caught.value))
    assert not compat.tells_of_killed_worker(str(caught.value))


@pytest.mark.skipif(find_spec("liger_kernel") is None, reason="liger-kernel is not installed")
def test_liger_names_the_models_that_it_knows():
    from liger_kernel.transformers import monkey_patch

    assert {"llama", "qwen3", "mistral"} <= monkey_patch.MODEL_TYPE_TO_APPLY_LIGER_FN.keys()
    assert callable(monkey_patch._apply_liger_kernel_to_instance)


@pytest.mark.parametrize("implementation", ["sdpa", "eager"])
def test_a_configuration_knows_its_attention(implementation):
    sizes = {"hidden_size": 8, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 8}
    with torch.device("meta"):
        model = BertModel(BertConfig(**sizes, vocab_size=16, attn_implementation=implementation))
    assert attention_implementation(model.config) == implementation


def test_an_abandoned_writer_writes_no_more(tmp_path):
    path = tmp_path / "table.parquet"
    writer = pq.ParquetWriter(path, pa.schema([("x", pa.int64())]))
    writer.write_table(pa.table({"x": [1, 2]}))
    abandon_writer(writer)
    size = path.stat().st_size
    assert writer.file_handle.closed
    writer.close()
    assert path.stat().st_size == size
    with pytest.raises(pa.ArrowInvalid):
        pq.read_table(path)


def test_snakemake_asks_a_job_for_its_retries(monkeypatch):
    from snakemake.jobs import Job
    from snakemake.scheduling.job_scheduler import JobScheduler

    monkeypatch.setattr(Job, "restart_times", Job.restart_times)  # put back after the test
    retry_only_where(lambda output: output == ["good"])
    job = object.__new__(Job)
    job.rule = SimpleNamespace(restart_times=2)
    for output, retries in (("good", 2), ("bad", 0)):
        job.output = [output]
        assert job.restart_times == retries
    # A failed job goes back into the queue where it has more of them than attempts.
    assert "restart_times" in JobScheduler._handle_error.__code__.co_names


def test_the_slurm_executor_calls_what_is_replaced():
    import snakemake_executor_plugin_slurm as plugin

    executor = plugin.Executor

    def names(function) -> set[str]:
        inner = [code for code in function.__code__.co_consts if hasattr(code, "co_names")]
        return {name for code in (function.__code__, *inner) for name in code.co_names}

    assert "delete_empty_dirs" in names(executor.clean_old_logs)
    assert "_submit_job" in names(executor.run_jobs) and {"run_job_pre", "run_job"} <= names(executor._submit_job)
    assert {"_report_job_error_threadsafe", "_report_job_submission_threadsafe"} <= names(executor.run_job)
    assert "validate_account" in names(executor.get_account_arg) and "get_account" in names(executor.get_account_arg)
    assert {"query_job_status", "query_job_status_squeue"} <= names(executor.check_active_jobs)
    assert "get_min_job_age" in names(executor.check_active_jobs)
    assert {"get_python_executable"} <= names(executor.format_job_exec) and "format_job_exec" in names(executor.run_job)
    assert {"report_job_success", "report_job_error"} <= names(executor.check_active_jobs)


def test_the_executors_write_paths_with_what_is_replaced():
    from snakemake_interface_executor_plugins import utils

    assert "format_cli_value" in utils.format_cli_pos_arg.__code__.co_names
    assert "format_cli_pos_arg" in utils.format_cli_arg.__code__.co_names


def test_a_head_s_end_leaves_the_folder_of_a_job_that_waits(tmp_path, monkeypatch):
    import snakemake_executor_plugin_slurm as plugin

    monkeypatch.setattr(plugin, "delete_empty_dirs", plugin.delete_empty_dirs)  # put back after the test
    keep_log_folders_but(lambda name: name == "done_1")
    for name in ("done_1", "waits_2"):
        (tmp_path / "rule_clean" / name).mkdir(parents=True)
    settings = SimpleNamespace(delete_logfiles_older_than=10, keep_successful_logs=False)
    logger = SimpleNamespace(info=print, error=pytest.fail)
    head = SimpleNamespace(workflow=SimpleNamespace(executor_settings=settings), slurm_logdir=tmp_path, logger=logger)
    for folder in (tmp_path, tmp_path / "none"):
        head.slurm_logdir = folder
        plugin.Executor.clean_old_logs(head)
    assert [path.name for path in tmp_path.glob("*/*")] == ["waits_2"]


SILENT = """#!/bin/sh
case "$*" in
    *--name*) echo . >> polls; [ $(wc -l < polls) -gt 3 ] || { echo 'Unable to contact slurm controller' >&2; exit 1; }
              echo '7|COMPLETED|None' ;;
esac
"""


@pytest.mark.slow
def test_a_head_outlives_the_silence_of_the_controller(tmp_path):
    """As the executor is, it drops all its jobs at the first one and waits for ever."""
    from bare_manifest import bare_manifest
    from site_run import write_workflow

    write_workflow(tmp_path)
    made = tmp_path / "artifacts/clean/a/ca978112ca1bbdca/manifest.json"
    (tmp_path / "made.json").write_text(bare_manifest("a"))
    programs = tmp_path / "bin"
    programs.mkdir()
    for name, text in (
        ("squeue", SILENT),
        ("sbatch", f"#!/bin/sh\nmkdir -p {made.parent}; cp made.json {made}; echo 7\n"),
        ("scontrol", "#!/bin/sh\necho 'MinJobAge = 300 sec'\n"),
    ):
        (programs / name).write_text(text)
        (programs / name).chmod(0o755)
    command = [
        sys.executable,
        "-m",
        "snakemake",
        "--profile",
        "site.yaml",
        "--config",
        "name=x",
        "items=a",
        "seconds=0",
    ]
    command += ["then=true", "--slurm-init-seconds-before-status-checks", "1"]
    command += ["--workflow-profile", str(ROOT / "profiles/default")]
    environment = {**os.environ, "PATH": f"{programs}:{os.environ['PATH']}"}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=200)
    assert done.returncode == 0, done.stderr
    assert done.stderr.count("Slurm does not say how the jobs are") == 1
