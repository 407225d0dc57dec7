"""The same model with weights of eight bits, by ONNX Runtime: it has no gradients, and is explained by hiding words."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from alambic.models.description import family
from alambic.models.onnx_export import export
from alambic.models.onnx_model import INT8, OnnxModel
from alambic.models.opening import open_config
from alambic.stages.explain.explained import Explained
from alambic.tasks.head import READS, saved_head


def has_eight_bits(folder: Path) -> bool:
    """Tell whether a fine-tuned model is exported: an encoder whose answers are labels."""
    config = open_config(folder)
    reads: dict[str, Any] = config.to_dict().get(READS, {})
    return family(config) == "encoder" and "pipeline" in reads


@contextmanager
def in_eight_bits(explained: Explained, folder: Path, work: Path) -> Iterator[Explained]:
    """Give the form of eight bits of the model in `folder`, whose files lie in `work` meanwhile."""
    work.mkdir(parents=True)
    try:
        head = saved_head(folder)
        model = head.open_model(folder)
        export(model, work, kinds=head.reads_kinds(model, head.open_preprocessor(folder)))
        yield replace(explained, model=OnnxModel(work / INT8), differentiable=False)
    finally:
        shutil.rmtree(work, ignore_errors=True)
