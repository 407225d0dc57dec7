"""The sizes of a student that is narrower than its teacher: checked before the first job, and then built."""

from collections.abc import Mapping
from typing import Any

from alambic import plugins
from alambic.errors import UserError
from alambic.settings import Width

COUNTS_IN_FINGERPRINT = "the sizes of a student"


def pruned_config(family: str, config: Mapping[str, Any], width: Width) -> dict[str, int]:
    """Give the values that change in a teacher's configuration; UserError where they do not fit it.

    Every head keeps its size. In an encoder the heads fill the hidden size, so that the one follows from the other.
    """
    narrowed = plugins.constant("stages.distill.families", family, "NARROWED")
    if config["model_type"] not in narrowed:
        raise UserError(
            f"width: a model of type '{config['model_type']}' is not made narrower; expected one of: "
            f"{', '.join(narrowed)}; or use `layers`, or a `shape` with `initial: random`"
        )
    for name, value in width.sizes.items():
        whole = config.get(name, config["num_attention_heads"])  # no groups: each head has keys of its own
        if value > whole:
            raise UserError(f"width.{name}: {value} is more than the teacher has; expected at most {whole}")
    return _encoder(config, width) if "num_key_value_heads" not in config else _grouped(config, width)


def _encoder(config: Mapping[str, Any], width: Width) -> dict[str, int]:
    size = config["hidden_size"] // config["num_attention_heads"]
    hidden = width.hidden_size or config["hidden_size"]
    heads = width.num_attention_heads or max(1, hidden // size)
    if width.num_key_value_heads or hidden != heads * size:
        raise UserError(
            f"width: {width.sizes}: the heads of this teacher have {size} values each, which its student's keep; "
            f"expected a hidden_size of {size} times num_attention_heads, such as {heads * size} with {heads}"
        )
    units = width.intermediate_size or config["intermediate_size"]
    return {"hidden_size": hidden, "num_attention_heads": heads, "intermediate_size": units}


def _grouped(config: Mapping[str, Any], width: Width) -> dict[str, int]:
    whole, groups = config["num_attention_heads"], config["num_key_value_heads"]
    heads = width.num_attention_heads or whole
    groups_left = width.num_key_value_heads or (heads if groups == whole else groups)
    if heads % groups_left or heads // groups_left > whole // groups:
        raise UserError(
            f"width: {heads} heads over {groups_left} groups of keys and values; "
            f"the teacher has {whole} over {groups}: expected at most {whole // groups} in each group, "
            "and as many in one as in the other"
        )
    return {
        "hidden_size": width.hidden_size or config["hidden_size"],
        "num_attention_heads": heads,
        "num_key_value_heads": groups_left,
        "intermediate_size": width.intermediate_size or config["intermediate_size"],
        "head_dim": config.get("head_dim") or config["hidden_size"] // whole,
    }
