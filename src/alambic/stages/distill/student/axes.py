"""Which units each axis of each weight runs over: what a narrower model is cut along.

A family of architectures is a table of the ends of its weights' names. Several blocks of the same units may lie along
an axis, one after the other, as queries, keys and values do in ModernBERT.
"""

import re
from functools import cache

HIDDEN, HEADS, GROUPS, UNITS = "hidden", "heads", "groups", "units"
Axes = tuple[str | None, ...]

_BERT: dict[str, Axes] = {
    r"embeddings\.\w+_embeddings\.weight": (None, HIDDEN),
    r"LayerNorm\.(weight|bias)": (HIDDEN,),
    r"self\.(query|key|value)\.weight": (HEADS, HIDDEN),
    r"self\.(query|key|value)\.bias": (HEADS,),
    r"attention\.output\.dense\.weight": (HIDDEN, HEADS),
    r"intermediate\.dense\.weight": (UNITS, HIDDEN),
    r"intermediate\.dense\.bias": (UNITS,),
    r"output\.dense\.weight": (HIDDEN, UNITS),
    r"output\.dense\.bias": (HIDDEN,),
}
_MODERN_BERT: dict[str, Axes] = {
    r"tok_embeddings\.weight": (None, HIDDEN),
    r"norm\.(weight|bias)": (HIDDEN,),
    r"attn\.Wqkv\.weight": (HEADS, HIDDEN),
    r"attn\.Wqkv\.bias": (HEADS,),
    r"attn\.Wo\.weight": (HIDDEN, HEADS),
    r"mlp\.Wi\.weight": (UNITS, HIDDEN),
    r"mlp\.Wi\.bias": (UNITS,),
    r"mlp\.Wo\.weight": (HIDDEN, UNITS),
    r"\.Wo\.bias": (HIDDEN,),
}
_LLAMA: dict[str, Axes] = {
    r"(embed_tokens|lm_head)\.weight": (None, HIDDEN),
    r"\.[qk]_norm\.weight": (None,),  # over the values of a head
    r"norm\.weight": (HIDDEN,),
    r"q_proj\.weight": (HEADS, HIDDEN),
    r"q_proj\.bias": (HEADS,),
    r"[kv]_proj\.weight": (GROUPS, HIDDEN),
    r"[kv]_proj\.bias": (GROUPS,),
    r"o_proj\.weight": (HIDDEN, HEADS),
    r"(gate|up)_proj\.weight": (UNITS, HIDDEN),
    r"(gate|up)_proj\.bias": (UNITS,),
    r"down_proj\.weight": (HIDDEN, UNITS),
    r"(o|down)_proj\.bias": (HIDDEN,),
}
TABLES = {
    **dict.fromkeys(("bert", "roberta", "xlm-roberta", "camembert"), _BERT),
    "modernbert": _MODERN_BERT,
    **dict.fromkeys(("llama", "qwen2", "qwen3", "mistral"), _LLAMA),
}

LAYER = re.compile(r"^(.*?\b(?:layers?|block))\.(\d+)\.(.*)$")


@cache
def axes_of(model_type: str, name: str) -> Axes:
    """Give what each axis of a weight runs over, None where nothing is cut; a weight that no table names is a bug."""
    for end, axes in TABLES[model_type].items():
        if re.search(f"{end}$", name):
            return axes
    raise AssertionError(f"{model_type}: which units does {name} run over?")


def layer_of(name: str) -> int:
    """Give the layer that a weight is of, 0 outside the layers."""
    match = LAYER.match(name)
    return int(match[2]) if match else 0
