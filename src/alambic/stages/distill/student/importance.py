"""How much each unit of a teacher contributes on the corpus: heads, intermediate units, hidden dimensions.

Minitron's measure from activations alone (Muralidharan et al. 2024, arXiv 2407.14679, section 2.2), without gradients:
of a head, the norm of its output; of an intermediate unit, the size of what it hands on; of a hidden dimension, the
size of what each normalisation makes of it, summed over the normalisations. Sizes are means over the tokens of a
document, then root sums of squares over documents (Sreenivas et al. 2024, arXiv 2408.11796, section 2).
"""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, cast

import torch
from torch import Tensor, nn
from torch.utils.hooks import RemovableHandle
from transformers import PreTrainedModel

from alambic.data.documents import count_documents, read_documents
from alambic.models.device import device_of
from alambic.models.opening import open_tokenizer
from alambic.models.positions import window_length
from alambic.models.text_tokens import cut
from alambic.stages.distill.student.axes import HEADS, HIDDEN, UNITS, axes_of

TOKENS = 512  # of a document: importance is a mean, which does not need the rest of a long one

Importance = dict[str, Tensor]


def read_texts(teacher: Path, corpus: Path, config: Any, *, documents: int) -> Iterator[Tensor]:
    """Give the teacher's ids (1, tokens) of documents that lie evenly over the corpus, of all its sources therefore."""
    tokenizer: Any = open_tokenizer(teacher)
    longest = window_length(config, tokenizer, wanted=TOKENS)
    count = count_documents(corpus, part="train")
    chosen = {number * count // documents for number in range(documents)}
    for number, document in enumerate(read_documents(corpus, part="train")):
        if number in chosen:
            ids = cut(tokenizer, [document.text], longest=longest)[0].ids
            if len(ids):
                yield torch.from_numpy(ids)[None]


def measure(model: PreTrainedModel, texts: Iterable[Tensor]) -> Importance:
    """Read texts (1, tokens); return heads (layers, heads), units (layers, units) and hidden (width,), fp64."""
    device, module = device_of(), cast(nn.Module, model)
    module.to(device).eval()
    hooks: list[RemovableHandle] = []
    measured = [sizes for name, module in model.named_modules() if (sizes := _hook_sizes(model, name, module, hooks))]
    with torch.inference_mode():
        for ids in texts:
            model.base_model(input_ids=ids.to(device))
    for hook in hooks:
        hook.remove()
    module.cpu()
    importance = {
        unit: torch.stack([sizes.size for sizes in measured if sizes.unit == unit]) for unit in (HEADS, UNITS, HIDDEN)
    }
    return {**importance, HIDDEN: importance[HIDDEN].sum(dim=0)}


class _UnitSizes:
    """The size of each unit at one place of a model, summed in squares over documents."""

    def __init__(self, unit: str, count: int) -> None:
        self.unit, self._squares = unit, torch.zeros(count, dtype=torch.float64)

    @property
    def size(self) -> Tensor:
        return self._squares.sqrt()

    def add(self, values: Tensor) -> None:
        """Add the values (1, tokens, units x values of each) of a document."""
        each = values.double().view(values.shape[1], len(self._squares), -1).norm(dim=-1)
        self._squares += each.mean(dim=0).square().cpu()


def _hook_sizes(
    model: PreTrainedModel, name: str, module: nn.Module, hooks: list[RemovableHandle]
) -> _UnitSizes | None:
    """Listen to what a module reads of heads or of intermediate units, or to what it makes of hidden dimensions."""
    config = model.config
    if "weight" not in dict(module.named_parameters(recurse=False)):
        return None
    axes = axes_of(config.model_type, f"{name}.weight")
    if axes == (HIDDEN,):
        sizes = _UnitSizes(HIDDEN, config.hidden_size)
        hooks.append(module.register_forward_hook(lambda module, read, output: sizes.add(output)))
    elif axes in ((HIDDEN, HEADS), (HIDDEN, UNITS)):
        unit = HEADS if HEADS in axes else UNITS
        sizes = _UnitSizes(unit, config.num_attention_heads if unit == HEADS else config.intermediate_size)
        hooks.append(module.register_forward_pre_hook(lambda module, read: sizes.add(read[0])))
    else:
        return None
    return sizes
