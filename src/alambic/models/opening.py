"""How every tokenizer, configuration and model is opened: from files of this machine, and without code of others.

What transformers would otherwise do with a folder that brings Python code is to ask on the standard input.
"""

from pathlib import Path
from typing import Any

from transformers import AutoConfig, AutoTokenizer, PretrainedConfig

NOT_IN_FINGERPRINT = "what is refused of a model's folder; what is opened of it is the same"

FILES_ALONE = {"trust_remote_code": False, "local_files_only": True}


def open_config(folder: Path) -> PretrainedConfig:
    """Open the configuration of the model in `folder`."""
    config: PretrainedConfig = AutoConfig.from_pretrained(folder, **FILES_ALONE)
    return config


def open_tokenizer(folder: Path, **options: Any) -> Any:
    """Open the tokenizer in `folder`."""
    return AutoTokenizer.from_pretrained(folder, **options, **FILES_ALONE)


def open_model(auto_model: Any, folder: Path, **options: Any) -> Any:
    """Open the model in `folder` by a class of transformers such as AutoModel; pickles are not opened."""
    return auto_model.from_pretrained(folder, **options, **FILES_ALONE, use_safetensors=True)
