"""How many tokens a model reads at once: the one place that knows of positions that are not all usable."""

import logging
from typing import Any

from alambic.errors import UserError
from alambic.models.text_tokens import LONGEST

log = logging.getLogger("alambic.models")

# Positions are counted from the number of the piece for padding on, so that the rows up to it hold none.
AFTER_PADDING = (
    "camembert",
    "data2vec-text",
    "ibert",
    "longformer",
    "luke",
    "mpnet",
    "roberta",
    "roberta-prelayernorm",
    "xlm-roberta",
    "xlm-roberta-xl",
    "xmod",
)
RELATIVE = ("t5", "mt5", "umt5", "longt5", "switch_transformers", "bloom", "mpt")  # no place of its own for any token


def usable_positions(config: Any) -> int | None:
    """Give the number of tokens for which a model has positions; None where positions have no end.

    RoBERTa, CamemBERT and XLM-R have 514 rows of positions and read 512 tokens: the first two are of padding. Of an
    encoder and a decoder, the lesser number counts.
    """
    halves = [getattr(config, "encoder", None), getattr(config, "decoder", None)]
    if all(hasattr(half, "model_type") for half in halves):
        known = [reads for half in halves if (reads := usable_positions(half)) is not None]
        return min(known, default=None)
    config = config.get_text_config()
    rows = getattr(config, "max_position_embeddings", None)
    if config.model_type in RELATIVE or rows is None:
        return None
    if isinstance(rows, bool) or not isinstance(rows, int):
        raise UserError(f"max_position_embeddings: {rows!r}: expected a whole number: bring config.json again")
    if rows <= 0:  # as some models say that positions have no end
        return None
    if config.model_type not in AFTER_PADDING:
        return rows
    padding = config.pad_token_id if config.pad_token_id is not None else 1
    if not 0 <= padding < rows - 1:
        raise UserError(
            f"pad_token_id: {padding}: positions of a {config.model_type} begin after it, and it has {rows}: bring "
            "config.json again"
        )
    return rows - padding - 1


def window_length(config: Any, tokenizer: Any = None, *, wanted: int | None = None) -> int:
    """Give the tokens of a window: as many as are `wanted`, as the model has positions for, as its tokenizer allows."""
    limits = [wanted, usable_positions(config), getattr(tokenizer, "model_max_length", None)]
    return int(min((limit for limit in limits if limit is not None and limit < 10**9), default=LONGEST))


def check_positions(config: Any, length: int, what: str) -> None:
    """Refuse sequences that a model has no positions for; `what` names the settings that ask for them."""
    reads = usable_positions(config)
    if reads is not None and length > reads:
        raise UserError(f"{what}: {length} tokens, and a {config.model_type} reads {reads} here: lower it")
