"""Which kernels are taken, from what is present. No GPU is needed to choose."""

import sys
from types import ModuleType

import pytest
import torch
from torch import nn
from transformers import BertConfig, BertModel, LlamaConfig, LlamaForCausalLM

from alambic.errors import UserError
from alambic.training import kernels
from alambic.training.site import Site

SMALL = {"hidden_size": 8, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 8, "vocab_size": 16}
GPU, CPU = torch.device("cuda"), torch.device("cpu")


@pytest.fixture
def module():
    """A student beside its teacher, within another module."""
    both = [LlamaForCausalLM(LlamaConfig(**SMALL)), BertModel(BertConfig(**SMALL))]
    return nn.Sequential(nn.ModuleList(both), nn.Linear(2, 2))


@pytest.fixture
def liger(monkeypatch):
    """The package as it is installed on a GPU machine, which notes what it is asked for."""
    asked = []
    patch = ModuleType("liger_kernel.transformers.monkey_patch")
    patch.MODEL_TYPE_TO_APPLY_LIGER_FN = {"llama": None}
    patch._apply_liger_kernel_to_instance = lambda **given: asked.append(given)
    for name in ("liger_kernel", "liger_kernel.transformers"):
        monkeypatch.setitem(sys.modules, name, ModuleType(name))
    monkeypatch.setitem(sys.modules, patch.__name__, patch)
    monkeypatch.setattr(kernels, "find_spec", lambda name: name)
    return asked


@pytest.mark.parametrize(
    ("chosen", "device", "fused"), [("auto", GPU, ["llama"]), ("auto", CPU, []), ("plain", GPU, []), ("plain", CPU, [])]
)
def test_liger_is_taken_on_a_gpu_for_the_models_that_it_knows(module, liger, chosen, device, fused):
    assert kernels.fuse_layers(module, device, kernels=chosen) == fused
    assert [one["model"].config.model_type for one in liger] == fused
    assert not any(one["fused_linear_cross_entropy"] or one["cross_entropy"] for one in liger)  # ours are in chunks


def test_without_the_package_all_stays_as_it_is(module, monkeypatch):
    monkeypatch.setattr(kernels, "find_spec", lambda name: None)
    assert kernels.fuse_layers(module, GPU, kernels="auto") == []


def test_a_site_chooses(monkeypatch):
    assert Site.from_environment().kernels == "plain"
    monkeypatch.setenv("ALAMBIC_KERNELS", "auto")
    assert Site.from_environment().kernels == "auto"
    monkeypatch.setenv("ALAMBIC_KERNELS", "best")
    with pytest.raises(UserError, match="plain, auto"):
        Site.from_environment()


def test_attention_is_fused_without_being_asked_for(module):
    assert {model.config._attn_implementation for model in module[0]} == {"sdpa"}
