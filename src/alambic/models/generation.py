"""Generation token by token, each sequence with draws of its own."""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor
from transformers import GenerationConfig, LogitsProcessor, LogitsProcessorList


class SeededSampling(LogitsProcessor):
    """Choose each next token of a sequence by the sequence's own draws, whatever else is in the batch.

    Leaves every other token impossible, so that the search of transformers, which takes the likeliest, takes this one.
    """

    def __init__(self, seeds: Sequence[int], *, tokens: int, temperature: float) -> None:
        generators = [torch.Generator().manual_seed(seed) for seed in seeds]
        self.draws = torch.stack([torch.rand(tokens, generator=generator) for generator in generators])
        self.temperature, self.done = temperature, 0

    def __call__(self, input_ids: Tensor, scores: Tensor) -> Tensor:
        """Draw from scores (sequences, vocabulary), by inverting the cumulated probability."""
        draws = self.draws[:, self.done, None].to(scores.device, torch.float64)
        self.done += 1
        cumulated = torch.softmax(scores.float() / self.temperature, dim=-1).cumsum(dim=-1, dtype=torch.float64)
        chosen = torch.searchsorted(cumulated, draws * cumulated[:, -1:], right=True).clamp(max=scores.shape[1] - 1)
        return torch.full_like(scores, float("-inf")).scatter(1, chosen, 0.0)


def generate(
    model: Any,
    texts: list[list[int]],
    *,
    tokens: int,
    end: int | None,
    pad: int,
    start: int | None = None,
    seeds: Sequence[int] | None = None,
    temperature: float = 1.0,
    never: Sequence[int] = (),
) -> list[list[int]]:
    """Continue texts of ids by up to `tokens` tokens each; give the continuations, up to the token `end`.

    The likeliest token each time, or, with a seed per text, one drawn at `temperature`; none of `never`. An
    encoder-decoder model reads the texts and writes after the token `start`. What stands in the model's own generation
    settings does not count.
    """
    width = max(map(len, texts))
    ids, mask = torch.full((len(texts), width), pad), torch.zeros(len(texts), width, dtype=torch.long)
    for row, text in enumerate(texts):  # on the left, so that all texts end together
        ids[row, width - len(text) :], mask[row, width - len(text) :] = torch.tensor(text), 1
    plain = GenerationConfig(
        max_new_tokens=tokens,
        do_sample=False,
        eos_token_id=end,
        pad_token_id=pad,
        decoder_start_token_id=start,
        suppress_tokens=list(never) or None,
    )
    sampling = [] if seeds is None else [SeededSampling(seeds, tokens=tokens, temperature=temperature)]
    previous, trains = model.generation_config, model.training
    model.generation_config = plain
    model.eval()
    try:
        with torch.no_grad():
            sequences = model.generate(
                ids.to(model.device),
                attention_mask=mask.to(model.device),
                generation_config=plain,
                logits_processor=LogitsProcessorList(sampling),
            )
    finally:
        model.generation_config = previous
        model.train(trains)
    return [_until(end, row[1 if start is not None else width :]) for row in sequences.tolist()]


def _until(end: int | None, written: list[int]) -> list[int]:
    return written[: written.index(end) + 1] if end in written else written
