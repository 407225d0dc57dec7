"""Labels that are compared with texts: what a label says is read by the encoder that reads the text.

The probability of a label is sigmoid(scale x cosine + bias), where scale and bias are learnt (Zhai et al. 2023, arXiv
2303.15343, equation 1): a label that no training text has is found by what it says.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np
import torch
from safetensors import safe_open
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits, normalize

from alambic.data.model_checks import weight_files
from alambic.models.padding import padded
from alambic.models.text_tokens import cut
from alambic.tasks.head import LabelledWindow
from alambic.tasks.windows import Window

NAME = "retrieval"  # of the part of a model that holds what is no encoder's
LABEL_TOKENS = 48  # of what a label says, special ones included
WORDINGS = 2  # of a label that are read
NEGATIVES = 64  # labels that are no text's of a batch: half of them drawn from all, half near the right ones
NEAR = 8  # places in the order of the labels, in which those of a category follow one another
SCALE, BIAS = 20.0, -10.0  # where they start
READ_AT_ONCE = {"cpu": 64, "cuda": 1024}


class Retrieval(nn.Module):
    """Scale, bias and threshold, and the vectors of all labels once they are known."""

    vectors: Tensor | None
    threshold: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.log_scale = nn.Parameter(torch.tensor(SCALE).log())
        self.bias = nn.Parameter(torch.tensor(BIAS))
        self.register_buffer("threshold", torch.tensor(0.5))
        self.register_buffer("vectors", None)  # (labels, width), in half precision

    def logits(self, texts: Tensor, labels: Tensor) -> Tensor:
        """Compare vectors of texts (n, width) and of labels (m, width): (n, m)."""
        return texts @ labels.T * self.log_scale.exp() + self.bias

    def load(self, folder: Path) -> None:
        """Read what was saved with a model."""
        for file in weight_files(folder):
            with safe_open(file, "pt") as stored:
                for name in stored.keys():  # noqa: SIM118
                    part, _, own = name.partition(".")
                    if part == NAME:
                        value = stored.get_tensor(name)
                        if own == "vectors":
                            self.vectors = value
                        else:
                            getattr(self, own).data.copy_(value)


def vectors_of(model: Any, inputs: Mapping[str, Tensor]) -> Tensor:
    """Give the mean state of each text, of length 1: (n, width)."""
    mask = inputs["attention_mask"]
    states = model(input_ids=inputs["input_ids"], attention_mask=mask).last_hidden_state
    summed = (states * mask[:, :, None]).sum(dim=1)
    return normalize(summed.float() / mask.sum(dim=1, keepdim=True).clamp(min=1), dim=-1)


@torch.inference_mode()
def read_vectors(model: Any, rows: Sequence[Sequence[int]], *, pad_id: int) -> Tensor:
    """Give the vectors of token rows (n, width), on the CPU; the shortest are read first."""
    model.eval()
    found = torch.zeros(len(rows), model.config.hidden_size)
    ordered = sorted(range(len(rows)), key=lambda number: len(rows[number]))
    size = READ_AT_ONCE[model.device.type]
    for start in range(0, len(ordered), size):
        some = ordered[start : start + size]
        inputs = padded([rows[number] for number in some], fill=pad_id, device=model.device)
        found[some] = vectors_of(model, inputs).cpu()
    return found


@dataclass(frozen=True)
class LabelTokens:
    """The tokens of what labels say, in up to `WORDINGS` wordings each."""

    ids: np.ndarray  # (tokens,) of all wordings, one after the other
    ends: np.ndarray  # (wordings + 1,) where each ends, 0 first
    first: np.ndarray  # (labels + 1,) the first wording of each label, and their number

    @classmethod
    def of(cls, tokenizer: Any, labels: Sequence[str], texts: Mapping[str, Sequence[str]]) -> "LabelTokens":
        """Tokenize; a label of which nothing is known says its name."""
        wordings = [[*dict.fromkeys(texts.get(label) or [label])][:WORDINGS] for label in labels]
        flat = [text for of_label in wordings for text in of_label]
        windows = cut(tokenizer, flat, longest=LABEL_TOKENS)
        rows = [window.ids for window in windows if not window.first]
        ends = np.cumsum([0, *map(len, rows)])
        return cls(np.concatenate(rows), ends, np.cumsum([0, *map(len, wordings)]))

    def wording(self, number: int) -> np.ndarray:
        """Give the tokens of a wording."""
        return self.ids[self.ends[number] : self.ends[number + 1]]

    def vectors(self, model: Any, *, pad_id: int) -> Tensor:
        """Read all labels: (labels, width), the mean of a label's wordings, of length 1, in half precision."""
        rows = [self.wording(number).tolist() for number in range(len(self.ends) - 1)]
        of_wordings = read_vectors(model, rows, pad_id=pad_id)
        owners = torch.from_numpy(np.repeat(np.arange(len(self.first) - 1), np.diff(self.first)))
        summed = torch.zeros(len(self.first) - 1, of_wordings.shape[1]).index_add_(0, owners, of_wordings)
        return normalize(summed, dim=-1).half()


@dataclass(frozen=True)
class RetrievalBatch:
    """Stack texts with the labels that they are compared with: the right ones of all, and others that are drawn.

    The draws depend on the texts of the batch alone, in any process and after a recovery.
    """

    pad_id: int
    tokens: LabelTokens

    def __call__(self, windows: Sequence[LabelledWindow[Window]]) -> dict[str, Tensor]:
        """Give the tokens of n texts and of n x k labels, and `targets` (n, n x k): 1 for right, -1 for not counted.

        `input_ids` and `attention_mask` are (n, tokens), `label_ids` and `label_mask` (n, k, tokens).
        """
        number, labels = len(windows), len(self.tokens.first) - 1
        draws = np.random.default_rng(crc32(np.concatenate([labelled.window.ids for labelled in windows]).tobytes()))
        right = [labelled.targets.ravel().astype(int) for labelled in windows]
        chosen = self._chosen(np.unique(np.concatenate(right)), labels, draws)
        per_text = -(-len(chosen) // number)
        filled = np.concatenate([chosen, np.zeros(per_text * number - len(chosen), int)])
        wordings = draws.integers(self.tokens.first[filled], self.tokens.first[filled + 1])
        read = padded([self.tokens.wording(wording).tolist() for wording in wordings], fill=self.pad_id)
        targets = np.full((number, len(filled)), -1, np.float32)
        targets[:, : len(chosen)] = [np.isin(chosen, each) for each in right]
        return {
            **padded([labelled.window.ids for labelled in windows], fill=self.pad_id),
            "label_ids": read["input_ids"].view(number, per_text, -1),
            "label_mask": read["attention_mask"].view(number, per_text, -1),
            "targets": torch.from_numpy(targets),
        }

    def _chosen(self, right: np.ndarray, labels: int, draws: np.random.Generator) -> np.ndarray:
        if labels <= len(right) + NEGATIVES:
            return np.arange(labels)
        near = draws.choice(right, NEGATIVES // 2) if len(right) else draws.integers(0, labels, NEGATIVES // 2)
        near = np.clip(near + draws.integers(1, NEAR + 1, len(near)) * draws.choice([-1, 1], len(near)), 0, labels - 1)
        others = np.concatenate([near, draws.integers(0, labels, NEGATIVES // 2)])
        return np.concatenate([right, np.setdiff1d(others, right)])


def retrieval_loss(logits: Tensor, targets: Tensor) -> dict[str, Tensor]:
    """Compare logits and targets (n, m), of which -1 is not counted; give the mean loss and share of right best labels.

    The loss has two parts: the cross-entropy between the right labels, in equal shares, and the softmax over all, which
    teaches their order; and the binary cross-entropy of each label by itself, summed, which teaches probabilities.
    """
    counted = targets >= 0
    right = targets.clamp(min=0)
    shares = logits.masked_fill(~counted, -torch.inf).log_softmax(dim=1).masked_fill(~counted, 0)
    numbers = right.sum(dim=1).clamp(min=1)
    order = -(right * shares).sum(dim=1) / numbers
    alone = (binary_cross_entropy_with_logits(logits, right, reduction="none") * counted).sum(dim=1) / numbers
    best = logits.detach().masked_fill(~counted, -torch.inf).argmax(dim=1, keepdim=True)
    return {"loss": (order + alone).mean(), "accuracy": right.gather(1, best).mean()}


def best_threshold(scores: np.ndarray, right: np.ndarray, gold: int) -> float:
    """Choose from which score on further labels are given, by micro F1; the best of each text is given anyway.

    scores and right (texts, labels), the best first; `gold` is the number of right labels of all texts. One half where
    there is no text.
    """
    if not scores.size:
        return 0.5
    hits, given = int(right[:, 0].sum()), len(scores)
    further, correct = scores[:, 1:].ravel(), right[:, 1:].ravel()
    order = np.argsort(-further, kind="stable")
    reached = np.concatenate([[0], np.cumsum(correct[order])]) + hits
    f1 = 2 * reached / (np.arange(len(order) + 1) + given + max(gold, 1))
    best = int(f1.argmax())
    if not best:
        return 1.0
    following = further[order[best]] if best < len(order) else 0.0
    return float((further[order[best - 1]] + following) / 2)
