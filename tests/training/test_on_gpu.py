"""What only a GPU can do: reduced precisions with a scaled loss, and Liger's kernels. Skipped where there is none."""

import time
from importlib.util import find_spec
from pathlib import Path

import pytest
import torch
from tiny import finish, journal, losses, start
from tiny_models import tiny_model
from torch import Tensor

from alambic.training.kernels import fuse_layers

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU here")
GPU = torch.device("cuda")


@pytest.fixture(scope="module")
def single(tmp_path_factory: pytest.TempPathFactory) -> list[float]:
    folder = tmp_path_factory.mktemp("single")
    assert finish(start(folder)) == [0]
    return losses(folder)


@pytest.mark.parametrize("precision", ["bf16", "fp16"])
def test_a_reduced_precision_learns_as_single_precision_does(
    single: list[float], tmp_path: Path, precision: str
) -> None:
    assert finish(start(tmp_path, TINY_PRECISION=precision)) == [0], (tmp_path / "rank0.txt").read_text()
    assert losses(tmp_path) == pytest.approx(single, rel=0.1, abs=0.02)


def test_a_killed_training_in_fp16_goes_on(tmp_path: Path) -> None:
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    assert finish(start(whole, TINY_PRECISION="fp16")) == [0]
    slowly = {"TINY_PRECISION": "fp16", "ALAMBIC_CHECKPOINT_SECONDS": "0", "TINY_PAUSE": "0.2"}
    (process,) = start(killed, **slowly)
    while len(journal(killed)) < 10 and process.poll() is None:
        time.sleep(0.05)
    process.kill()
    process.wait()
    assert 10 <= len(journal(killed)) < len(journal(whole))
    assert finish(start(killed, TINY_PRECISION="fp16")) == [0], (killed / "rank0.txt").read_text()
    assert "go on after step" in (killed / "rank0.txt").read_text()
    assert losses(killed) == pytest.approx(losses(whole), rel=0.02)


@pytest.mark.skipif(find_spec("liger_kernel") is None, reason="liger-kernel is not installed")
@pytest.mark.parametrize("kind", ["llama", "qwen3", "mistral"])
def test_fused_kernels_compute_the_same(kind: str) -> None:
    def gradients(kernels: str) -> tuple[float, dict[str, Tensor]]:
        model = tiny_model(kind).to(GPU)
        assert fuse_layers(model, GPU, kernels=kernels) == ([kind] if kernels == "auto" else [])
        ids = torch.arange(1, 25, device=GPU).reshape(2, 12)
        loss = model(input_ids=ids, labels=ids).loss
        loss.backward()
        return float(loss), {name: one.grad for name, one in model.named_parameters() if one.grad is not None}

    (plain, expected), (fused, found) = gradients("plain"), gradients("auto")
    assert fused == pytest.approx(plain, rel=1e-4)
    assert found.keys() == expected.keys() and found
    for name, values in expected.items():
        torch.testing.assert_close(found[name], values, rtol=1e-2, atol=1e-4, msg=lambda said, at=name: f"{at}: {said}")
