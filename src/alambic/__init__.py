"""Alambic distils large language models into small ones for French medical text."""

import sys

if sys.version_info < (3, 11):  # in words that older ones understand, before anything that they do not  # noqa: UP036
    sys.exit(
        "alambic needs Python 3.11 or newer; this is {}.{} ({}): use .venv/bin/python, or make it with "
        "`make PYTHON=python3.11 .venv/ready`".format(*sys.version_info[:2], sys.executable)
    )
