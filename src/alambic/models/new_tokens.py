"""Rows of a model's tables for tokens that its tokenizer gets."""

from typing import Any

import torch
from torch import Tensor


def add_rows(model: Any, size: int) -> None:
    """Give the tables of pieces, of input and of output, `size` rows, where they have fewer.

    New ones are the mean of the others and a little noise, which is drawn, so that tokens differ from the start.
    """
    config = model.config
    halves = [model.encoder, model.decoder] if config.model_type == "encoder-decoder" else [model]
    for half in halves:
        before = half.get_input_embeddings().weight.shape[0]
        if before >= size:
            continue
        half.resize_token_embeddings(size, mean_resizing=False)
        tables = {id(each.weight): each.weight for each in _tables(half)}
        for weight in tables.values():
            _draw(weight, before)
    if len(halves) == 2:  # a pair has sizes of its own too
        config.encoder, config.decoder = (half.config for half in halves)


def _tables(model: Any) -> list[Any]:
    return [table for table in (model.get_input_embeddings(), model.get_output_embeddings()) if table is not None]


@torch.no_grad()
def _draw(weight: Tensor, before: int) -> None:
    known = weight[:before]
    noise = torch.randn(len(weight) - before, weight.shape[1]) * known.std(dim=0)
    weight[before:] = known.mean(dim=0) + 0.5 * noise
