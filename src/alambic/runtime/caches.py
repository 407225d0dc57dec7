"""Where libraries keep what they fetched or compiled: in the work folder, unless a user says otherwise.

By default they fill the home folder, whose quota on a cluster is a few gigabytes. The token of a user who is logged in
to the hub is no cache, and stays where it is.
"""

import os
from pathlib import Path

NOT_IN_FINGERPRINT = "where files are kept that can be fetched or compiled again"

FOLDER = ".cache"

# variable, folder, what else a user may have set that places it
CACHES = (
    ("HF_HUB_CACHE", "huggingface/hub", ("HF_HOME", "HUGGINGFACE_HUB_CACHE", "XDG_CACHE_HOME")),
    ("HF_ASSETS_CACHE", "huggingface/assets", ("HF_HOME", "HUGGINGFACE_ASSETS_CACHE", "XDG_CACHE_HOME")),
    ("HF_XET_CACHE", "huggingface/xet", ("HF_HOME", "XDG_CACHE_HOME")),
    ("HF_DATASETS_CACHE", "huggingface/datasets", ("HF_HOME", "XDG_CACHE_HOME")),
    ("HF_MODULES_CACHE", "huggingface/modules", ("HF_HOME", "XDG_CACHE_HOME")),
    ("TORCH_HOME", "torch", ("XDG_CACHE_HOME",)),
    ("TORCH_EXTENSIONS_DIR", "torch_extensions", ()),
    ("TORCHINDUCTOR_CACHE_DIR", "torchinductor", ()),
    ("TRITON_CACHE_DIR", "triton", ("TRITON_HOME",)),
    ("VLLM_CACHE_ROOT", "vllm", ("XDG_CACHE_HOME",)),
    ("MPLCONFIGDIR", "matplotlib", ("XDG_CACHE_HOME",)),
    ("PIP_CACHE_DIR", "pip", ("XDG_CACHE_HOME",)),
)


def keep_caches_here() -> None:
    """Place the caches in `.cache` of the current folder, for this process and those that it starts."""
    folder = Path.cwd() / FOLDER
    for variable, name, others in CACHES:
        if not any(os.environ.get(one) for one in (variable, *others)):
            os.environ[variable] = str(folder / name)
