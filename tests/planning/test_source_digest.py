"""The digest of a stage's code moves with what runs, and with nothing else."""

import textwrap
from pathlib import PurePosixPath

import pytest

from alambic.errors import UserError
from alambic.planning import source_digest
from alambic.planning.definitions import names_file
from alambic.planning.source_digest import combined, source_digests

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
    monkeypatch.setattr(source_digest, "ROOT", tmp_path)
    return folder


def digest(module: str = "alambic.stage") -> str:
    source_digest._sources.cache_clear()
    found = combined(source_digests([module]))
    source_digest._sources.cache_clear()
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


def test_what_only_the_plan_reads_does_not_count_unless_code_does(package):
    before = digest()
    (package / "stage.py").write_text(BASE + 'TEST_SETS = ("a",)\n')
    assert digest() == before
    (package / "stage.py").write_text(BASE + 'TEST_SETS = ("a",)\nOTHERS = ("a",)\n')
    with_others = digest()
    assert with_others != before
    uses = BASE.replace("inner.twice(x)", "inner.twice(x) + len(TEST_SETS)")
    digests = []
    for names in ('("a",)', '("a", "b")'):
        (package / "stage.py").write_text(f"{uses}TEST_SETS = {names}\n")
        digests.append(digest())
    assert len(set(digests)) == 2


def test_another_module_does_not_count(package):
    before = digest()
    (package / "unused.py").write_text("x = 1\n")
    assert digest() == before


def test_relative_imports_are_refused(package):
    (package / "stage.py").write_text(textwrap.dedent("from . import inner\n"))
    with pytest.raises(UserError, match="relative import"):
        digest()


@pytest.mark.parametrize(
    ("code", "is_refused"),
    [
        ("Path(__file__).parents[1] / 'lists' / 'words.txt'", True),
        ("Path(__file__).parent.parent / 'words.txt'", True),
        ("Path(__file__).resolve().parent / 'words.txt'", True),
        ("Path(__file__).parent / '../words.txt'", True),
        ("Path(__file__).parent / '..' / 'words.txt'", True),
        ("Path(__file__).parent\nWORDS = HERE.parent / 'words.txt'", True),
        ("os.path.dirname(__file__)", True),
        ("1\nfrom importlib.resources import files", True),
        ("1\nfrom importlib import resources", True),
        ("Path(__file__).parent\nWORDS = HERE / 'lists' / 'words.txt'", False),
        ("Path(__file__).with_name('words.txt')", False),
        ("Path('a').parent / '..' / 'b'", False),
    ],
)
def test_a_file_that_would_not_count_is_refused(package, code, is_refused):
    (package / "stage.py").write_text(f"import os\nfrom pathlib import Path\n\nHERE = {code}\n")
    if is_refused:
        with pytest.raises(UserError, match=r"stage\.py:\d+: a file .* next to it or below"):
            digest()
    else:
        assert digest()


PARTS = '''
"""Module."""
from alambic import inner, other
from alambic.third import LIMIT as MOST

METRICS = ("accuracy",)
SHORT, LONG = 1, 2
table = {}

def scored(x):
    return [_kept(y) for y in x]

def _kept(y):
    return y[:LONG] if inner.twice(1) else MOST

def load(x, labels=METRICS):
    return other.all_of(x, labels)
'''


@pytest.mark.parametrize(
    ("file", "old", "new", "counts"),
    [
        ("parts.py", '("accuracy",)', '("f1",)', False),
        ("parts.py", "other.all_of(x, labels)", "None", False),
        ("parts.py", "table = {}", "table = {1: 2}", False),
        ("parts.py", "y[:LONG]", "y[LONG:]", True),
        ("parts.py", "SHORT, LONG = 1, 2", "SHORT, LONG = 1, 3", True),
        ("parts.py", "_kept(y) for y in x", "_kept(y) for y in x if y", True),
        ("parts.py", "table = {}", "table = {}\nprint(1)", True),
        ("inner.py", "2 * x", "x + x", True),
        ("third.py", "9", "10", True),
        ("other.py", "return x", "return labels", False),
    ],
)
def test_of_a_function_only_what_it_reaches_counts(package, file, old, new, counts):
    (package / "parts.py").write_text(PARTS)
    (package / "third.py").write_text("LIMIT = 9\n")
    (package / "other.py").write_text("def all_of(x, labels):\n    return x\n")
    before = digest("alambic.parts:scored"), digest("alambic.parts")
    text = (package / file).read_text()
    assert old in text
    (package / file).write_text(text.replace(old, new))
    assert (digest("alambic.parts:scored") != before[0]) == counts
    assert digest("alambic.parts") != before[1]


SCOPE = """
import logging
from dataclasses import asdict, dataclass

from alambic import tools
from alambic.errors import UserError
from alambic.middle import helper as help_out
from alambic.watch import LIMIT

log = logging.getLogger("alambic")


@dataclass(frozen=True)
class Row:
    name: str
    size: int = 0
    note: str = ""


def run(rows):
    log.info("%d rows", len(rows))
    if not rows:
        raise UserError(f"no rows, at most {LIMIT}")
    return tools.first([help_out(row.name, row.size) for row in rows]), Row("x"), LIMIT
"""
MODULES = {
    "errors.py": "class UserError(Exception): ...\n",
    "watch.py": "NOT_IN_FINGERPRINT = 'how long a job lives'\nLIMIT = 3\n",
    "tools.py": "def first(x):\n    return x[0]\n\ndef last(x):\n    return x[-1]\n",
    "middle.py": "from alambic.low import helper\n",
    "low.py": "import math\n\ndef helper(name, size):\n    return math.sqrt(size)\n\ndef spare():\n    return 1\n",
}


@pytest.mark.parametrize(
    ("file", "old", "new", "counts"),
    [
        ("scope.py", "%d rows", "rows: %d", False),
        ("scope.py", "no rows, at most", "rows are missing, at most", False),
        ("scope.py", 'note: str = ""', 'note: str = "none"', False),
        ("scope.py", 'note: str = ""', 'note: str = ""\n    place: int = 0', False),
        ("scope.py", "size: int = 0", "size: int = 1", True),
        ("scope.py", 'note: str = ""', 'note: str = ""\n    place: int', True),
        ("watch.py", "LIMIT = 3", "LIMIT = 4", False),
        ("watch.py", "NOT_IN", "IN", True),
        ("tools.py", "x[-1]", "x[-2]", False),
        ("tools.py", "x[0]", "x[1]", True),
        ("tools.py", "def first", "print(1)\n\ndef first", True),
        ("low.py", "return 1", "return 2", False),
        ("low.py", "math.sqrt(size)", "math.sqrt(size + 1)", True),
        ("middle.py", "import helper", "import spare as helper", True),
    ],
)
def test_what_is_reached_counts_across_modules(package, file, old, new, counts):
    for name, text in {**MODULES, "scope.py": SCOPE}.items():
        (package / name).write_text(text)
    before = digest("alambic.scope:run")
    text = (package / file).read_text()
    assert old in text
    (package / file).write_text(text.replace(old, new, 1))
    assert (digest("alambic.scope:run") != before) == counts


@pytest.mark.parametrize("imported", ["from alambic.low import helper", "from alambic import low"])
def test_what_a_module_passes_on_counts_where_the_module_is_handed_over(package, imported):
    (package / "low.py").write_text(MODULES["low.py"])
    (package / "kind.py").write_text(f"{imported}\n\n__all__ = ['{imported.split()[-1]}']\n")
    (package / "kinds.py").write_text("from alambic import kind\n\ndef chosen():\n    return kind\n")
    before = digest("alambic.kinds:chosen")
    (package / "low.py").write_text(MODULES["low.py"].replace("math.sqrt(size)", "math.sqrt(size + 1)"))
    assert digest("alambic.kinds:chosen") != before


@pytest.mark.parametrize(("mark", "counts"), [("COUNTS_IN_FINGERPRINT = 'sizes'\n", True), ("", False)])
def test_a_module_of_a_folder_that_does_not_count_may_count_itself(package, mark, counts):
    (package / "settings").mkdir()
    (package / "settings" / "__init__.py").write_text("")
    (package / "settings" / "sizes.py").write_text(f"{mark}{MODULES['low.py']}")
    (package / "build.py").write_text("from alambic.settings.sizes import helper\n\nprint(helper('x', 4))\n")
    before = digest("alambic.build")
    (package / "settings" / "sizes.py").write_text(mark + MODULES["low.py"].replace("sqrt(size)", "sqrt(size + 1)"))
    assert (digest("alambic.build") != before) == counts


def test_of_a_module_that_is_imported_and_used_only_what_is_used_counts(package):
    (package / "tools.py").write_text(MODULES["tools.py"])
    (package / "kind.py").write_text("from alambic import tools\n\ndef run(x):\n    return tools.first(x)\n")
    before = digest("alambic.kind")
    (package / "tools.py").write_text(MODULES["tools.py"].replace("x[-1]", "x[-2]"))
    assert digest("alambic.kind") == before


READS_ALL = {
    "by name": "print(asdict(Row('x')))",
    "of anything": "def dump(x):\n    return vars(x)\n\n\nprint(dump(1))",
    "by its own name": "print(getattr(Row('x'), 'place'))",
}


@pytest.mark.parametrize("reading", READS_ALL.values(), ids=READS_ALL)
def test_a_field_counts_where_all_fields_are_read(package, reading):
    for name, text in {**MODULES, "scope.py": f"{SCOPE}\n{reading}\n"}.items():
        (package / name).write_text(text)
    before = digest("alambic.scope")
    text = (package / "scope.py").read_text()
    (package / "scope.py").write_text(text.replace('note: str = ""', 'note: str = ""\n    place: int = 0'))
    assert digest("alambic.scope") != before


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("words.txt", True),
        ("lists/words.txt", True),
        ("lists", True),
        ("*.txt", True),
        (".txt", True),
        ("words", False),
        ("*", False),
        ("", False),
        ("a line\nof text", False),
        ("other.txt", False),
    ],
)
def test_which_strings_name_a_data_file(text, named):
    assert names_file(text, PurePosixPath("lists/words.txt")) == named
