"""vLLM as the generator of a teacher: the same texts to rounding, many at once (Kwon et al. 2023, arXiv 2309.06180).

Only the likeliest text: its draws are its own, and what a site chooses must not change a result. Nor does it give
distributions here: of a position it knows the largest probabilities, or as a Python object for each piece of the
vocabulary all of them: the first has a bias, the second makes millions of objects for a page. Not yet run with a real
vLLM (docs/how-to/site.md).
"""

import sys
from collections.abc import Sequence
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import torch

from alambic.errors import UserError
from alambic.models.device import reading_dtype
from alambic.stages.teach.generator import GenerationRequest, Generator


def open_generator(teacher: Path, request: GenerationRequest) -> Generator:
    """Start vLLM on all GPUs of this process; UserError where it is not installed, or shall draw."""
    if find_spec("vllm") is None:
        raise UserError(
            "generator: vllm: the package vllm is not installed here; install it next to this project on the GPU nodes "
            "(it brings its own torch), or leave `generator` out of the site's profile"
        )
    if request.temperature:
        raise UserError(
            f"generator: vllm: it draws otherwise than other sites would at temperature {request.temperature}; set 0, "
            "or leave `generator` out of the site's profile"
        )
    return VllmGenerator(teacher, request)


class VllmGenerator:
    """A teacher in vLLM."""

    def __init__(self, teacher: Path, request: GenerationRequest) -> None:
        vllm: Any = import_module("vllm")
        self.end = request.end
        self.most = sys.maxsize  # it makes its own batches
        self.model: Any = vllm.LLM(
            model=str(teacher),
            trust_remote_code=False,
            load_format="safetensors",
            dtype=str(reading_dtype()).removeprefix("torch."),
            max_model_len=1 + request.prompt_tokens + request.new_tokens,
            tensor_parallel_size=max(1, torch.cuda.device_count()),
            generation_config="vllm",  # what stands in the model's own settings does not count
        )
        self.parameters: Any = vllm.SamplingParams(
            temperature=0.0,
            max_tokens=request.new_tokens,
            ignore_eos=True,  # the model's own ends; only this one counts
            stop_token_ids=[] if request.end is None else [request.end],
            detokenize=False,
        )

    def generate(self, prompts: list[list[int]], seeds: Sequence[int] | None) -> list[list[int]]:
        """Continue prompts of token ids; it draws nothing, whatever the seeds."""
        requests = [{"prompt_token_ids": ids} for ids in prompts]
        outputs = self.model.generate(requests, self.parameters, use_tqdm=False)
        return [_with_end(output.outputs[0], self.end) for output in outputs]


def _with_end(output: Any, end: int | None) -> list[int]:
    """Give what was generated, with the token that ended it, which some versions leave out."""
    ids = list(output.token_ids)
    return [*ids, end] if output.finish_reason == "stop" and end is not None and ids[-1:] != [end] else ids
