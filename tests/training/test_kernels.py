"""Which kernels are taken, from what is present. No GPU is needed to choose."""

import sys
from types import ModuleType

import pytest
import torch
from tiny_models import tiny_model
from torch import nn
from torch.utils._python_dispatch import TorchDispatchMode
from transformers import BertConfig, BertModel, LlamaConfig, LlamaForCausalLM, T5Config, T5Model
from transformers.modeling_utils import ALL_ATTENTION_FUNCTIONS

from alambic.errors import UserError
from alambic.training import kernels
from alambic.training.runtime_options import RuntimeOptions

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
    assert RuntimeOptions.from_environment().kernels == "plain"
    monkeypatch.setenv("ALAMBIC_KERNELS", "auto")
    assert RuntimeOptions.from_environment().kernels == "auto"
    monkeypatch.setenv("ALAMBIC_KERNELS", "best")
    with pytest.raises(UserError, match="plain, auto"):
        RuntimeOptions.from_environment()


def test_attention_is_fused_without_being_asked_for(module):
    assert {model.config._attn_implementation for model in module[0]} == {"sdpa"}


class Attended(TorchDispatchMode):
    """Notes in which precision fused attention is computed, forward and backward."""

    def __init__(self):
        super().__init__()
        self.seen = set()

    def __torch_dispatch__(self, operator, types, given=(), named=None):
        if "scaled_dot_product" in operator.name():
            self.seen |= {(operator.name().split("::")[1].split(".")[0], given[0].dtype)}
        return operator(*given, **named or {})


@pytest.fixture
def registry():
    """What transformers attends by, as it was."""
    known = ALL_ATTENTION_FUNCTIONS["sdpa"]
    yield ALL_ATTENTION_FUNCTIONS
    ALL_ATTENTION_FUNCTIONS.register("sdpa", known)


@pytest.mark.parametrize("model_type", ["bert", "modernbert", "llama"])
def test_a_cpu_that_trains_in_bf16_attends_in_single_precision(registry, model_type):
    model = tiny_model(model_type)
    ids = torch.arange(4, 28).reshape(2, 12)
    given = {"input_ids": ids, "attention_mask": torch.ones_like(ids).tril(9)}

    def read():
        with torch.autocast("cpu", dtype=torch.bfloat16):
            return model(**given)[0]

    exact, plain = model(**given)[0].detach(), read().detach()
    kernels.attend_in_full()
    with Attended() as attended:
        found = read()
        found.float().pow(2).mean().backward()
    backward = {dtype for name, dtype in attended.seen if name.endswith("backward")}
    assert backward == {torch.float32} == {dtype for _, dtype in attended.seen}
    assert found.dtype == plain.dtype
    assert (found - exact).abs().mean() < 1.2 * (plain - exact).abs().mean()


def test_a_learnt_bias_of_attention_is_in_single_precision_with_it(registry):
    kernels.attend_in_full()
    model = T5Model(T5Config(vocab_size=40, d_model=8, d_kv=4, d_ff=8, num_layers=1, num_heads=2)).eval()
    ids = torch.arange(4, 28).reshape(2, 12)
    exact = model(input_ids=ids, decoder_input_ids=ids)[0].detach()
    with torch.autocast("cpu", dtype=torch.bfloat16):
        found = model(input_ids=ids, decoder_input_ids=ids)[0]
    found.float().pow(2).mean().backward()
    bias = model.encoder.block[0].layer[0].SelfAttention.relative_attention_bias.weight
    assert bias.grad.abs().sum() > 0
    torch.testing.assert_close(found.float(), exact, atol=0.05, rtol=0.05)
