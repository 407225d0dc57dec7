"""What all causal models share: where a text begins, and the layer that predicts."""

from typing import Any

from torch import Tensor, nn

from alambic.errors import UserError


def first_token(tokenizer: Any) -> int:
    """Give the token after which a text begins, so that its first token is predicted too."""
    for name in ("bos_token_id", "eos_token_id"):
        if getattr(tokenizer, name) is not None:
            return int(getattr(tokenizer, name))
    raise UserError("the tokenizer has neither a bos_token nor an eos_token: give it one, to mark where a text begins")


def output_layer(model: Any) -> Tensor:
    """Give the matrix (vocabulary, width) that turns last states into logits; UserError where there is more to it."""
    layer = model.get_output_embeddings()
    scaled = {"final_logit_softcapping": None, "logits_scaling": 1.0, "logit_scale": 1.0}
    changed = [name for name, plain in scaled.items() if getattr(model.config, name, plain) not in (plain, None)]
    if not isinstance(layer, nn.Linear) or layer.bias is not None or changed:
        raise UserError(
            f"a causal model of type '{model.config.model_type}' predicts by more than a matrix "
            f"({', '.join(changed) or 'bias'}): not supported"
        )
    return layer.weight
