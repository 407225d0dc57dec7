"""The digest of a stage's code moves with what runs, and with nothing else."""

import textwrap

import pytest

from alambic import fingerprint
from alambic.errors import UserError
from alambic.fingerprint import combined, source_digests

BASE = '''
"""Module."""
from alambic import inner

def run(x: int) -> int:
    """Double."""
    # a comment
    return inner.twice(x)
'''


@pytest.fixture
def package(tmp_path, monkeypatch):
    """Make a package of two modules, and forget what was parsed before."""
    folder = tmp_path / "alambic"
    folder.mkdir()
    (folder / "__init__.py").write_text("")
    (folder / "inner.py").write_text("def twice(x):\n    return 2 * x\n")
    (folder / "stage.py").write_text(BASE)
    monkeypatch.setattr(fingerprint, "ROOT", tmp_path)
    return folder


def digest() -> str:
    for cached in (fingerprint._imports, fingerprint._digest, fingerprint._tree, fingerprint._source):
        cached.cache_clear()
    found = combined(source_digests(["alambic.stage"]))
    for cached in (fingerprint._imports, fingerprint._digest, fingerprint._tree, fingerprint._source):
        cached.cache_clear()
    return found


@pytest.mark.parametrize(
    "edited",
    [
        BASE.replace("# a comment", "# another comment"),
        BASE.replace('"""Double."""', '"""Give the double."""'),
        BASE.replace('    """Double."""\n', ""),
        BASE.replace('"""Module."""', ""),
        BASE.replace("inner.twice(x)", "inner.twice(\n        x,\n    )"),
    ],
)
def test_what_does_not_run_does_not_count(package, edited):
    before = digest()
    (package / "stage.py").write_text(edited)
    assert digest() == before


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("stage.py", BASE.replace("inner.twice(x)", "inner.twice(x) + 1")),
        ("inner.py", "def twice(x):\n    return x + x\n"),
        ("stage.py", BASE.replace("def run(x: int)", "def run(x: int = 0)")),
    ],
)
def test_what_runs_counts_also_when_it_is_imported(package, file, text):
    before = digest()
    (package / file).write_text(text)
    assert digest() != before


def test_another_module_does_not_count(package):
    before = digest()
    (package / "unused.py").write_text("x = 1\n")
    assert digest() == before


def test_relative_imports_are_refused(package):
    (package / "stage.py").write_text(textwrap.dedent("from . import inner\n"))
    with pytest.raises(UserError, match="relative import"):
        digest()
