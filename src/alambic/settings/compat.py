"""Private interfaces of Snakemake, each with the version that it was checked with; tests hold them."""

from pathlib import Path
from typing import Any


def read_configuration_by() -> None:
    """Have Snakemake of this process read the files of `--configfile` by the loader of experiments.

    Checked with snakemake 9.27.1.
    """
    from snakemake.settings import types

    types.load_configfile = _load


def _load(path: str | Path) -> dict[str, Any]:
    """Read a file as Snakemake wants it. Checked with snakemake 9.27.1."""
    from snakemake_interface_common.exceptions import WorkflowError

    from alambic.errors import UserError
    from alambic.settings.experiment_file import parse_file

    try:
        return dict(parse_file(Path(path)).content)
    except UserError as error:
        raise WorkflowError(str(error)) from None
