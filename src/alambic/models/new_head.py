"""Layers that transformers puts between an encoder's states and a head, and draws at random."""

from collections.abc import Container

from torch import nn

# Of BERT and XLM-R, of RoBERTa and CamemBERT, of ModernBERT.
BETWEEN = ("pooler.dense", "classifier.dense", "head.dense")


def init_identity(model: nn.Module, fresh: Container[str]) -> None:
    """Start those of these layers whose weights are `fresh` as the identity.

    Drawn at random they hide the state until they are learnt (`docs/explanation/scores.md`).
    """
    for name, module in model.named_modules():
        if name.endswith(BETWEEN) and f"{name}.weight" in fresh and isinstance(module, nn.Linear):
            nn.init.eye_(module.weight)
            if module.bias is not None:
                nn.init.zeros_(module.bias)
