"""Encoders in the format of ONNX Runtime, called as the models of transformers that they were exported from."""

from pathlib import Path
from typing import NamedTuple, Self

import onnxruntime
import torch
from torch import Tensor

from alambic.errors import UserError

FOLDER = "onnx"  # of a model's folder, as on the hub
SINGLE, INT8 = f"{FOLDER}/model.onnx", f"{FOLDER}/model_int8.onnx"
INPUTS = ("input_ids", "attention_mask")
KINDS = "token_type_ids"  # read too by a model of two texts that knows several kinds of tokens


class Output(NamedTuple):
    """What a model gives for a batch."""

    logits: Tensor


class Config(NamedTuple):
    """What of a model's configuration its callers ask for."""

    type_vocab_size: int


class OnnxModel:
    """An exported model, on the threads of the CPU that torch has."""

    device = torch.device("cpu")

    def __init__(self, path: Path) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = torch.get_num_threads()
        options.inter_op_num_threads = 1
        try:
            self.session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
        except Exception as error:  # ONNX Runtime's have no common class
            raise UserError(
                f"{path}: ONNX Runtime does not open it ({str(error).splitlines()[0][:200]}): bring the file again"
            ) from error
        self.config = Config(2 if KINDS in {each.name for each in self.session.get_inputs()} else 1)

    def eval(self) -> Self:
        """Do nothing: it was exported for prediction."""
        return self

    def __call__(self, **inputs: Tensor) -> Output:
        """Give the logits of a batch of INPUTS, and of KINDS where it reads them."""
        (logits,) = self.session.run(None, {name: values.numpy() for name, values in inputs.items()})
        return Output(torch.from_numpy(logits))
