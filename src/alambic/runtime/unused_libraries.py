"""Libraries that others load only because they are installed, kept out of a process that does not use them.

transformers loads accelerate, that one DeepSpeed, and that one MLflow with pandas and FastAPI: most of what a short job
would compute.
"""

import sys

NOT_IN_FINGERPRINT = "what a process does not import changes no result"

UNUSED = ("deepspeed", "mlflow")


def leave_out(names: tuple[str, ...] = UNUSED) -> None:
    """Have Python find no library of these names in this process, unless it is loaded already.

    Python takes `sys.modules[name] = None` for a module that is not there, and libraries that look for one do without.
    """
    for name in names:
        sys.modules.setdefault(name, None)  # type: ignore[arg-type]


def allow(name: str) -> None:
    """Have Python find a library again that was left out."""
    if name in sys.modules and sys.modules[name] is None:
        del sys.modules[name]
