"""Who writes is a site's choice, and changes nothing: vLLM is a stand-in here, with the names and defaults of its own.

Of vllm/entrypoints/llm.py, vllm/engine/arg_utils.py, vllm/sampling_params.py and vllm/outputs.py, as read in their
sources; no vLLM has ever run here.
"""

import sys
from dataclasses import dataclass
from importlib.machinery import ModuleSpec
from types import ModuleType, SimpleNamespace
from typing import ClassVar

import pytest
import torch
from tiny_models import FRENCH, tiny_llama
from transformers import AutoModelForCausalLM

from alambic.data.documents import Document
from alambic.errors import UserError
from alambic.models.generation import generate
from alambic.stages.teach.signals.generated_texts import capture

pytestmark = pytest.mark.usefixtures("single_precision")

DOCUMENTS = [Document(str(number), text, "test", "", "CC0-1.0") for number, text in enumerate([*FRENCH, "a", " "])]


@dataclass
class SamplingParams:
    """Those of its fields that a caller may mean here, with its defaults."""

    n: int = 1
    temperature: float = 1.0
    top_p: float = 1.0
    top_k: int = 0
    seed: int | None = None
    stop_token_ids: list[int] | None = None
    ignore_eos: bool = False
    max_tokens: int | None = 16
    detokenize: bool = True
    skip_special_tokens: bool = True


@dataclass
class LLM:
    """Takes what the real one takes of what is given here, and writes what transformers does."""

    model: str
    dtype: str = "auto"
    max_model_len: int | None = None
    tensor_parallel_size: int = 1
    generation_config: str = "auto"
    trust_remote_code: bool = False
    load_format: str = "auto"
    leaves_out_the_end: ClassVar[bool] = False

    def generate(self, prompts, sampling_params=None, *, use_tqdm=True):
        assert sampling_params.temperature == 0.0 and sampling_params.ignore_eos
        assert self.dtype in ("float32", "bfloat16") and self.generation_config == "vllm"
        assert not self.trust_remote_code and self.load_format == "safetensors"
        opened = AutoModelForCausalLM.from_pretrained(self.model, dtype=torch.float32).eval()
        (end,), tokens = sampling_params.stop_token_ids, sampling_params.max_tokens
        found = []
        for prompt in prompts:
            (ids,) = generate(opened, [prompt["prompt_token_ids"]], tokens=tokens, end=end, pad=0)
            assert len(prompt["prompt_token_ids"]) + tokens <= self.max_model_len
            reason = "stop" if ids[-1] == end else "length"
            given = tuple(ids[:-1] if reason == "stop" and self.leaves_out_the_end else ids)
            output = SimpleNamespace(token_ids=given, finish_reason=reason, text="")
            found.append(SimpleNamespace(outputs=[output]))
        return found


@pytest.fixture
def installed(monkeypatch):
    module = ModuleType("vllm")
    module.__spec__ = ModuleSpec("vllm", None)
    module.LLM, module.SamplingParams = LLM, SamplingParams
    monkeypatch.setitem(sys.modules, "vllm", module)
    monkeypatch.setenv("ALAMBIC_GENERATOR", "vllm")


@pytest.fixture(scope="module")
def teacher(tmp_path_factory):
    """One that comes to an end now and then: its likeliest next token is the end after some texts."""
    folder = tiny_llama(tmp_path_factory.mktemp("teacher"))
    model = AutoModelForCausalLM.from_pretrained(folder)
    with torch.no_grad():
        model.get_output_embeddings().weight[1] *= 2.5
    model.save_pretrained(folder)
    return folder


@pytest.mark.parametrize("leaves_out", [False, True])
def test_vllm_writes_what_transformers_does(teacher, installed, monkeypatch, leaves_out):
    options = {"read_tokens": 8, "new_tokens": 20}
    found = capture(teacher, **options)
    monkeypatch.setattr(LLM, "leaves_out_the_end", leaves_out)
    found = found(DOCUMENTS)
    monkeypatch.delenv("ALAMBIC_GENERATOR")
    expected = capture(teacher, **options)(DOCUMENTS)
    assert found.to_pylist() == expected.to_pylist() and found.schema.metadata == expected.schema.metadata
    assert 0 < sum(row["ended"] for row in found.to_pylist()) < len(DOCUMENTS) - 1


def test_vllm_draws_nothing(teacher, installed):
    with pytest.raises(UserError, match=r"draws otherwise.*temperature 0.7"):
        capture(teacher, read_tokens=8, new_tokens=8, temperature=0.7)


def test_without_vllm_the_error_says_what_to_do(teacher, monkeypatch):
    monkeypatch.setenv("ALAMBIC_GENERATOR", "vllm")
    with pytest.raises(UserError, match=r"vllm is not installed here; install it.*or leave `generator` out"):
        capture(teacher, read_tokens=8, new_tokens=8)


def test_another_writer_is_refused(teacher, monkeypatch):
    monkeypatch.setenv("ALAMBIC_GENERATOR", "pen")
    with pytest.raises(UserError, match=r"ALAMBIC_GENERATOR='pen': expected one of transformers, vllm"):
        capture(teacher, read_tokens=8, new_tokens=8)
