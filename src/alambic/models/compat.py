"""Private interfaces of transformers, each with the version that it was checked with; tests hold them."""

from typing import Any


def attention_implementation(config: Any) -> str:
    """Name how a model of this configuration computes attention, such as `sdpa`. Checked with transformers 5.23.0."""
    return str(config._attn_implementation)
