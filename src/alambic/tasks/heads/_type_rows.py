"""An output layer whose rows are read: what a tag says of a token follows from what its type is described as.

The encoder that reads the text reads the descriptions too, and a linear map of a description's vector is the row of a
tag. Zaratiana et al. (2024, arXiv 2311.08526) compare spans with types so; here they are tokens, tagged in IOB2. For
fixed types the rows are constants: the model is then a plain one with one output for each tag.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from torch.nn.functional import layer_norm, linear

from alambic.errors import UserError
from alambic.models.padding import padded
from alambic.models.text_tokens import cut

FILE = "type_maps.safetensors"  # beside the model: what makes rows of descriptions


class TypeRows(nn.Module):
    """Tags of tokens for types that are described: "O" has a row of its own, B and I of a type have read ones."""

    ids: Tensor
    mask: Tensor
    tags: Tensor

    def __init__(self, encoder: nn.Module, descriptions: Sequence[Sequence[int]], tags: Sequence[int], *, pad: int):
        """Begin with maps that are the identity: a tag is as likely as its description is near.

        `descriptions` are tokens, of t types; `tags` is the order of outputs: 0 for "O", n + 1 for B and t + n + 1 for
        I of the n-th type.
        """
        super().__init__()
        width: int = encoder.config.hidden_size  # type: ignore[union-attr,assignment]
        self._encoder = (encoder,)  # in a tuple: its weights are those of the model, and no part of this layer
        self.begins, self.inside = nn.Linear(width, width), nn.Linear(width, width)
        self.outside = nn.Linear(width, 1)
        self.biases = nn.Parameter(torch.zeros(2))  # of B and of I, of all types
        for layer in (self.begins, self.inside):
            nn.init.eye_(layer.weight)
            nn.init.zeros_(layer.bias)
        batch = padded(descriptions, fill=pad)
        self.register_buffer("ids", batch["input_ids"], persistent=False)
        self.register_buffer("mask", batch["attention_mask"], persistent=False)
        self.register_buffer("tags", torch.tensor(tags), persistent=False)

    def rows(self) -> tuple[Tensor, Tensor]:
        """Read the descriptions: weights (tags, width) and biases (tags,)."""
        vectors = self._vectors()
        weights = torch.cat([self.outside.weight, self.begins(vectors), self.inside(vectors)])
        biases = torch.cat([self.outside.bias, *(bias.expand(len(vectors)) for bias in self.biases)])
        return weights[self.tags], biases[self.tags]

    def _vectors(self) -> Tensor:
        """Give the mean state of each description, of mean 0 and length 1: (types, width)."""
        states = self._encoder[0](input_ids=self.ids, attention_mask=self.mask).last_hidden_state.float()
        counted = self.mask[:, :, None]
        means = (states * counted).sum(dim=1) / counted.sum(dim=1).clamp(min=1)
        return layer_norm(means, means.shape[-1:]) / means.shape[-1] ** 0.5

    def forward(self, states: Tensor) -> Tensor:
        """Give the logits of tokens, (..., tags), from their states (..., width)."""
        weights, biases = self.rows()
        return linear(states, weights.to(states.dtype), biases.to(states.dtype))

    @torch.no_grad()
    def as_constants(self) -> nn.Linear:
        """Give the layer of these types, which reads no description any more."""
        learns = self._encoder[0].training
        self._encoder[0].eval()
        weights, biases = self.rows()
        self._encoder[0].train(learns)
        layer = nn.Linear(weights.shape[1], len(weights), device=weights.device)
        layer.weight.copy_(weights)
        layer.bias.copy_(biases)
        return layer

    def save(self, folder: Path) -> None:
        """Write the maps."""
        save_file({name: value.detach().cpu().contiguous() for name, value in self.state_dict().items()}, folder / FILE)

    def load(self, folder: Path) -> None:
        """Read the maps that a model was saved with; UserError where there are none."""
        if not (folder / FILE).is_file():
            raise UserError(f"{folder} has no {FILE}, which a model of typed_spans has: it finds no further types")
        self.load_state_dict(load_file(folder / FILE))


def description_ids(tokenizer: Any, descriptions: Mapping[str, str], *, longest: int) -> tuple[list[list[int]], int]:
    """Tokenize descriptions, of which the first `longest` tokens are read; give how many are longer too."""
    windows = cut(tokenizer, [*descriptions.values()], longest=longest)
    rows = [window.ids.tolist() for window in windows if not window.first]
    return rows, len({window.text for window in windows if window.first})
