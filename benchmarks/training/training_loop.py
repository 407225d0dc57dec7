"""What our loop costs beside a bare one: DeepSpeed's step, checkpoints, data, and the way back after a kill.

python benchmarks/training/training_loop.py [results/demo/artifacts.json]

The same student, the same batches, fp32, all cores; the two loops take turns, so that a busy machine slows both.
"""

import argparse
import os
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from types import SimpleNamespace

import torch

from alambic.data.metrics_journal import read_journal
from alambic.runtime.watchdog import Watchdog
from alambic.stages.distill.losses import Objectives
from alambic.stages.distill.student_setup import StudentSetup
from alambic.training.batch_order import batches
from alambic.training.checkpoints import Checkpoints
from alambic.training.loop import _Training
from alambic.training.optimizer_state import capture

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))
from demo_student import prepare

ROUNDS, STEPS = 6, 10  # of each loop, by turns
RECIPE = SimpleNamespace(
    batch_size=32,
    epochs=100,
    learning_rate=5e-4,
    weight_decay=0.01,
    warmup=0.06,
    max_gradient_norm=1.0,
    precision="fp32",
)


def bare(module: torch.nn.Module, optimizer: torch.optim.Optimizer, batch: dict[str, torch.Tensor]) -> None:
    """One step as anyone would write it."""
    loss = module(batch)["loss"]
    loss.backward()
    torch.nn.utils.clip_grad_norm_(module.parameters(), 1.0)
    optimizer.step()
    optimizer.zero_grad()


def main() -> None:
    """Measure and print tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("artifacts", nargs="?", type=Path, default=Path("results/demo/artifacts.json"))
    artifacts = parser.parse_args().artifacts
    if "RESUME" in os.environ:
        resume(artifacts, Path(os.environ["RESUME"]))
        return
    with tempfile.TemporaryDirectory() as folder:
        steps_and_data(*prepare(artifacts, Path(folder) / "examples"), Path(folder))
        after_a_kill(artifacts, Path(folder) / "killed")


def steps_and_data(prepared: StudentSetup, module: Objectives, folder: Path) -> None:
    """Step by step, ours and the bare one by turns on the same batches; then checkpoints."""
    import copy

    alone = copy.deepcopy(module)
    optimizer = torch.optim.AdamW(
        alone.parameters(), lr=RECIPE.learning_rate, weight_decay=RECIPE.weight_decay, fused=True
    )
    training = new_training(prepared, module, folder)
    examples, collate = prepared.examples, prepared.collate
    order = batches(len(examples), batch_size=32, epoch=0, seed=0, lengths=prepared.lengths)
    ours, bares, data = [], [], []
    with Watchdog(folder) as training.watchdog:
        for number in range(ROUNDS):
            places = range(number * STEPS, (number + 1) * STEPS)
            begun = time.perf_counter()
            collated = [collate([examples[index] for index in order[place]]) for place in places]
            data.append(time.perf_counter() - begun)
            bares.append(timed(lambda batch: bare(alone, optimizer, batch), collated))
            ours.append(timed(lambda place: training._step(place + 1), places))
    # The first round warms up.
    bare_time, our_time, data_time = (statistics.median(times[1:]) / STEPS for times in (bares, ours, data))
    print(f"| step | milliseconds | ratio |\n|---|---|---|\n| bare PyTorch loop | {1e3 * bare_time:.1f} | 1 |")
    print(f"| Alambic's loop, DeepSpeed and its data included | {1e3 * our_time:.1f} | {our_time / bare_time:.3f} |")
    print(
        f"| of it: reading and collating the batch | {1e3 * data_time:.2f} | {data_time / our_time:.3f} of the step |"
    )
    stall, whole = checkpoint_costs(training, folder)
    size = sum(path.stat().st_size for path in folder.rglob("state.safetensors")) / 2e6
    print(f"\ncheckpoint of {size:.0f} MB: {stall:.3f} s of stall, whole on disk after {whole:.2f} s")
    print(f"at one every 600 s the stall is {stall / 600:.5f} of the training time; {whole / 600:.5f} if in line")


def checkpoint_costs(training: _Training, folder: Path) -> tuple[float, float]:
    """Seconds for which a checkpoint stops the training, and until it is whole; medians of five."""
    stalls, multi_piece_log_probs = [], []
    checkpoints = Checkpoints(folder / "measured")
    for number in range(5):
        begun = time.perf_counter()
        tensors, numbers = capture(training.engine, keep=True)
        checkpoints.write(number, tensors, numbers)
        stalls.append(time.perf_counter() - begun)
        checkpoints.wait()
        multi_piece_log_probs.append(time.perf_counter() - begun)
    return statistics.median(stalls), statistics.median(multi_piece_log_probs)


def new_training(prepared: StudentSetup, module: Objectives, folder: Path) -> _Training:
    """Our loop, started but not run."""
    return _Training(
        module,
        prepared.examples,
        prepared.collate,
        RECIPE,
        seed=0,
        output=folder,
        lengths=prepared.lengths,
        augment_epoch=prepared.augment_epoch,
    )


def after_a_kill(artifacts: Path, folder: Path) -> None:
    """From kill -9 to the first new step, imports and reading of the data included."""
    times = []
    for _ in range(3):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        first = start(artifacts, folder)
        while len(read_journal(folder)) < 10:
            time.sleep(0.05)
        first.send_signal(signal.SIGKILL)
        first.wait()
        killed, done = time.time(), max(read_journal(folder))
        second = start(artifacts, folder)
        while max(read_journal(folder), default=0) <= done:
            time.sleep(0.05)
        times.append(min(line["time"] for line in read_journal(folder).values() if line["time"] > killed) - killed)
        second.kill()
        second.wait()
    print(f"\nfrom kill -9 to the first new step: {statistics.median(times):.1f} s (median of {len(times)})")


def start(artifacts: Path, folder: Path) -> subprocess.Popen[bytes]:
    """Start a training in a process of its own, with a checkpoint every second."""
    environment = {**os.environ, "RESUME": str(folder), "ALAMBIC_CHECKPOINT_SECONDS": "1"}
    command = [sys.executable, __file__, str(artifacts)]
    return subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def resume(artifacts: Path, folder: Path) -> None:
    """Train on until killed."""
    new_training(*prepare(artifacts, folder / "examples"), folder).run()


def timed(action, arguments) -> float:
    """Seconds that it takes for all the arguments."""
    begun = time.perf_counter()
    for argument in arguments:
        action(argument)
    return time.perf_counter() - begun


if __name__ == "__main__":
    main()
