"""Export an encoder with its head for ONNX Runtime, in single precision and with weights of eight bits.

torch.onnx follows the model by torch.export; ONNX Runtime makes the int8 one, whose weights are rounded once and whose
activations are as they come. A processor without VNNI adds products of eight bits in sixteen, which may overflow in
silence: weights take seven bits of the eight, so that every processor gives the same.
"""

import contextlib
import io
import logging
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import onnx
import torch
from onnxruntime.quantization import QuantType, quantize_dynamic
from torch import Tensor, nn
from torch.export import Dim

from alambic.errors import UserError
from alambic.models.onnx_model import INPUTS, INT8, KINDS, SINGLE

NOISY = ("torch.onnx", "onnxscript", "onnx_ir", "root")


class WithPlainOutput(nn.Module):
    """A model as a function from two tensors, or three, to one."""

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.model = model

    def forward(self, input_ids: Tensor, attention_mask: Tensor, token_type_ids: Tensor | None = None) -> Tensor:
        """Give the logits."""
        kinds = {} if token_type_ids is None else {KINDS: token_type_ids}
        logits: Tensor = self.model(input_ids=input_ids, attention_mask=attention_mask, **kinds).logits
        return logits


def export(model: Any, folder: Path, *, kinds: bool = False) -> None:
    """Write both forms of `model` under `folder`; UserError where it cannot be exported.

    `kinds`: it also reads of which of two texts each token is.
    """
    single, small = folder / SINGLE, folder / INT8
    single.parent.mkdir(exist_ok=True)
    ids = torch.ones(2, 7, dtype=torch.long)
    mask = torch.ones_like(ids)
    mask[1, 5:] = 0  # a batch with padding, so that no branch is left out that padding takes
    of_second = torch.zeros_like(ids)
    of_second[:, 4:] = 1
    names = [*INPUTS, KINDS] if kinds else [*INPUTS]
    any_size = {0: Dim.DYNAMIC, 1: Dim.DYNAMIC}
    with _quiet():
        try:
            torch.onnx.export(
                WithPlainOutput(model).eval(),
                (ids, mask, of_second)[: len(names)],
                single,
                dynamo=True,
                input_names=names,
                output_names=["logits"],
                dynamic_shapes=dict.fromkeys(names, any_size),
                external_data=False,
            )
        except torch.onnx.OnnxExporterError as error:
            raise UserError(
                f"a {type(model.base_model).__name__} cannot be exported to ONNX ({str(error).splitlines()[0][:200]}): "
                "write `onnx: false` under its name in `release.models`"
            ) from error
        _without_traces(single)
        quantize_dynamic(single, small, weight_type=QuantType.QInt8, per_channel=True, reduce_range=True)


def _without_traces(path: Path) -> None:
    """Take out what the export notes beside each operation: lines of code, with the paths of this machine."""
    model = onnx.load(path)
    for part in (model, model.graph, *model.graph.node, *model.graph.value_info, *model.functions):
        del part.metadata_props[:]
    onnx.save(model, path)


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Keep back what the libraries say of their own future, and of packages that are not needed."""
    levels = {name: logging.getLogger(name).level for name in NOISY}
    try:
        for name in NOISY:
            logging.getLogger(name).setLevel(logging.ERROR)
        with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
            warnings.simplefilter("ignore")
            yield
    finally:
        for name, level in levels.items():
            logging.getLogger(name).setLevel(level)
