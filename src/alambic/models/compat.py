"""Private interfaces of transformers and tokenizers, each with the version that it was checked with."""

from typing import Any


def attention_implementation(config: Any) -> str:
    """Name how a model of this configuration computes attention, such as `sdpa`. Checked with transformers 5.23.0."""
    return str(config._attn_implementation)


def is_panic(error: BaseException) -> bool:
    """Tell whether an error is a panic of Rust, whose class no module has. Checked with tokenizers 0.23.3."""
    return type(error).__module__ == "pyo3_runtime"
