"""Who may import whom, and what the parse may cost: read from the tree, of which only the order is given here."""

import ast
import graphlib
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from alambic.settings import STAGES

TESTS = Path(__file__).parent
SOURCE = TESTS.parent / "src" / "alambic"
# The entries of the package, of which each imports only those to its left.
ORDER = (
    "errors",
    "batched",
    "plugins",
    "settings",
    "runtime",
    "data",
    "statistics",
    "forms",
    "studies",
    "planning",
    "jobs",
    "models",
    "training",
    "tasks",
    "stages",
    "commands",
    "__main__",
)
NOT_FOR_STAGES = {"planning", "jobs", "commands"}
NOT_FOR_RUNTIME = {"torch", "numpy"}
HEAVY = {"torch", "transformers", "datasets", "deepspeed", "mlflow", "pandas", "numpy", "pyarrow", "tokenizers"}
LONGEST = 300  # lines of a module


def imported_names(path: Path, root: Path) -> set[str]:
    """List what a module imports, also within functions: `from alambic.data import artifact` -> alambic.data.artifact.

    A name within a module is cut off: `from alambic.errors import UserError` -> alambic.errors. A constant name that is
    given to `import_module` is an import too.
    """
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.Call) and _called(node) in ("import_module", "__import__"):
            given = [*node.args, *(keyword.value for keyword in node.keywords)][:1]
            names |= {value.value for value in given if isinstance(value, ast.Constant)}
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{path}:{node.lineno}: a relative import"
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return {_module(name, root) if name.split(".")[0] == root.name else name for name in names}


def _called(node: ast.Call) -> str:
    """Give the last name of what is called: `importlib.import_module("x")` -> import_module."""
    return node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")


def _module(name: str, root: Path) -> str:
    """Cut a dotted name of the package to the module or package that it names."""
    parts = name.split(".")
    while len(parts) > 1 and not _file(parts, root).exists() and not _package(parts, root).exists():
        parts.pop()
    return ".".join(parts)


def _file(parts: list[str], root: Path) -> Path:
    return root.parent.joinpath(*parts).with_suffix(".py")


def _package(parts: list[str], root: Path) -> Path:
    return root.parent.joinpath(*parts, "__init__.py")


@cache
def import_graph(root: Path) -> dict[str, set[str]]:
    """Map each module of the package at `root`, by its dotted name, to all that it imports."""
    graph = {}
    for path in sorted(root.rglob("*.py")):
        parts = path.relative_to(root.parent).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        graph[name] = imported_names(path, root) - {name}
    return graph


def _entry(name: str, root: Path) -> str:
    """The entry of the package in which a module lies: alambic.data.artifact -> data; the package itself -> ''."""
    parts = name.split(".")
    return parts[1] if parts[0] == root.name and len(parts) > 1 else ""


def unknown_entries(root: Path) -> Iterator[str]:
    """List the root's modules and folders that are not in ORDER."""
    for path in sorted(root.iterdir()):
        is_code = path.suffix == ".py" or (path.is_dir() and any(path.rglob("*.py")))
        if is_code and path.stem != "__init__" and path.stem not in ORDER:
            yield path.name


def imports_to_the_right(root: Path) -> Iterator[str]:
    """List the imports that run against ORDER."""
    for module, imported in import_graph(root).items():
        own = _entry(module, root)
        for name in sorted(imported):
            other = _entry(name, root)
            if own in ORDER and other in ORDER and ORDER.index(other) > ORDER.index(own):
                yield f"{module} imports {name}"


def imports_of_the_root(root: Path) -> Iterator[str]:
    """List the modules that import the package as a whole: what they then use of it is not to be seen."""
    for path in sorted(root.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import) and any(_binds_root(alias, root) for alias in node.names):
                yield f"{path.relative_to(root)}:{node.lineno} binds {root.name} itself: write `from {root.name}...`"


def _binds_root(alias: ast.alias, root: Path) -> bool:
    return alias.name == root.name or (alias.name.split(".")[0] == root.name and alias.asname is None)


def imports_across_stages(root: Path) -> Iterator[str]:
    """List the imports by a stage of another stage, or of what plans and runs stages."""
    for module, imported in import_graph(root).items():
        if _entry(module, root) != "stages":
            continue
        own = module.split(".")[:3]
        for name in sorted(imported):
            of_another = _entry(name, root) == "stages" and name.split(".")[:3] != own
            if of_another or _entry(name, root) in NOT_FOR_STAGES:
                yield f"{module} imports {name}"


def heavy_imports_of_runtime(root: Path) -> Iterator[str]:
    """List the imports of torch or numpy by `runtime`, or by what it imports of this package."""
    graph = import_graph(root)
    waiting = [module for module in graph if _entry(module, root) == "runtime"]
    seen: set[str] = set()
    while waiting:
        module = waiting.pop()
        if module in seen:
            continue
        seen.add(module)
        waiting += [name for name in graph[module] if name in graph]
        for name in sorted(graph[module]):
            if name.split(".")[0] in NOT_FOR_RUNTIME:
                yield f"{module} imports {name}"


def circles(root: Path) -> Iterator[str]:
    """List, for each folder, a circle among its subfolders and modules, each with all that is in it."""
    graph = import_graph(root)
    for folder in {module.rpartition(".")[0] for module in graph if "." in module}:
        entries: dict[str, set[str]] = {}
        for module, imported in graph.items():
            if (own := _child(folder, module)) is not None:
                others = {_child(folder, name) for name in imported} - {None, own}
                entries.setdefault(own, set()).update(str(other) for other in others)
        try:
            graphlib.TopologicalSorter(entries).prepare()
        except graphlib.CycleError as error:
            yield f"{folder}: {' <- '.join(error.args[1])}"


def _child(folder: str, module: str) -> str | None:
    """Name the entry of `folder` in which a module lies; None outside: (alambic.data, alambic.data.x.y) -> x."""
    rest = module.removeprefix(f"{folder}.")
    return None if rest == module else rest.split(".")[0]


def long_modules(root: Path) -> Iterator[str]:
    """List the modules of more than 300 lines."""
    for path in sorted(root.rglob("*.py")):
        lines = len(path.read_text(encoding="utf-8").splitlines())
        if lines > LONGEST:
            yield f"{path.relative_to(root)} has {lines} lines"


def stray_test_folders(tests: Path, root: Path) -> Iterator[str]:
    """List the folders with tests that mirror no folder of the package."""
    for folder in sorted({path.parent.relative_to(tests) for path in tests.rglob("test_*.py")}):
        if not (root / folder).is_dir():
            yield str(folder)


def imports_of_mlflow(root: Path) -> Iterator[str]:
    """List the imports of mlflow outside `commands/tracking`."""
    for module, imported in import_graph(root).items():
        if not module.startswith(f"{root.name}.commands.tracking"):
            yield from (f"{module} imports {name}" for name in sorted(imported) if name.split(".")[0] == "mlflow")


OPENING = "models/opening.py"  # the one module that opens models
PICKLES = "stages/fetch/pickles.py"  # the one that reads a pickle, of tensors alone


def models_opened_elsewhere(root: Path) -> Iterator[str]:
    """List what opens a model, or a pickle, outside the module for it, and what lets a model's own code run."""
    for path in sorted(root.rglob("*.py")):
        place = path.relative_to(root)
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Attribute) and node.attr == "from_pretrained" and str(place) != OPENING:
                yield f"{place}:{node.lineno}: from_pretrained: call a function of {OPENING}"
            elif isinstance(node, ast.Call):
                yield from (f"{place}:{node.lineno}: {problem}" for problem in _unsafe(node, str(place)))


def _unsafe(call: ast.Call, place: str) -> Iterator[str]:
    """Tell what a call must not do: a pipeline of transformers, a pickle, a model's own code."""
    given = {keyword.arg: keyword.value for keyword in call.keywords}
    name, of = _called(call), getattr(getattr(call.func, "value", None), "id", "")
    if name == "pipeline" or (name == "getattr" and any(_is(argument, "from_pretrained") for argument in call.args)):
        yield f"{name}: call a function of {OPENING}"
    if name in ("load", "loads") and of in ("torch", "pickle", "joblib", "dill", "cloudpickle"):
        if place != PICKLES or not _is(given.get("weights_only"), True):
            yield f"{of}.{name} runs what a pickle asks for"
    if "trust_remote_code" in given and not _is(given["trust_remote_code"], False):
        yield "trust_remote_code: only False"
    if name == "LLM" and "trust_remote_code" not in given:
        yield "trust_remote_code: say False"


def _is(node: ast.expr | None, value: object) -> bool:
    return isinstance(node, ast.Constant) and type(node.value) is type(value) and node.value == value


CHECKS = (
    unknown_entries,
    imports_to_the_right,
    imports_of_the_root,
    imports_across_stages,
    heavy_imports_of_runtime,
    circles,
    long_modules,
    imports_of_mlflow,
    models_opened_elsewhere,
)


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_the_package_is_in_order(check):
    assert list(check(SOURCE)) == []


def test_tests_mirror_the_package():
    assert list(stray_test_folders(TESTS, SOURCE)) == []


def test_each_stage_is_a_folder():
    folders = {path.parent.name for path in (SOURCE / "stages").glob("*/__init__.py")}
    assert folders == set(STAGES)


def test_the_parse_imports_nothing_heavy():
    code = (
        "import sys; from alambic.planning.plan import Plan;"
        "from alambic.settings.experiment_file import load_experiment;"
        "from alambic.commands.explain_plan import explain; list(explain(Plan(load_experiment('demo'))));"
        f"print(sorted({HEAVY!r} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


# A small package in order, to which each case below adds one violation.
SOUND = {
    "errors.py": "",
    "runtime/ranks.py": "from alambic.errors import UserError\n",
    "data/artifact.py": "from alambic.runtime import ranks\n",
    "planning/plan.py": "from alambic.data import artifact\n",
    "models/opening.py": "x = AutoModel.from_pretrained(folder, trust_remote_code=False)\n",
    "stages/fetch/pickles.py": "x = torch.load(path, weights_only=True)\n",
    "stages/clean/run.py": "from alambic.stages.clean.steps import length\n",
    "stages/clean/steps/length.py": "from alambic.data.artifact import Artifact\n",
    "stages/teach/run.py": "",
    "commands/tracking/tracker.py": "import mlflow\n",
    "__main__.py": "def main():\n    from alambic.planning.plan import Plan\n",
}


def made_package(folder: Path, files: dict[str, str]) -> Path:
    """Write a package `alambic` of these files, each folder with its __init__.py."""
    root = folder / "alambic"
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        for parent in path.relative_to(folder).parents[:-1]:
            (folder / parent / "__init__.py").touch()
    return root


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_a_package_in_order_passes(tmp_path, check):
    assert list(check(made_package(tmp_path, SOUND))) == []


@pytest.mark.parametrize(
    ("check", "file", "text", "violation"),
    [
        (unknown_entries, "helpers.py", "", "helpers.py"),
        (unknown_entries, "misc/names.py", "", "misc"),
        (imports_to_the_right, "data/artifact.py", "from alambic.planning import plan\n", "alambic.planning.plan"),
        (imports_to_the_right, "errors.py", "def f():\n    import alambic.runtime.ranks\n", "alambic.runtime.ranks"),
        (imports_to_the_right, "commands/plan.py", "import alambic.__main__\n", "alambic.__main__"),
        (imports_to_the_right, "errors.py", "x = import_module('alambic.runtime.ranks')\n", "alambic.runtime.ranks"),
        (imports_to_the_right, "errors.py", "x = il.import_module(name='alambic.data.artifact')\n", "alambic.data"),
        (imports_of_the_root, "errors.py", "import alambic\n\nx = alambic.commands\n", "errors.py:1"),
        (imports_of_the_root, "errors.py", "def f():\n    import alambic.data.artifact\n", "errors.py:2"),
        (imports_of_the_root, "errors.py", "import alambic as a\n", "errors.py:1"),
        (imports_across_stages, "stages/clean/run.py", "from alambic.stages.teach.run import run\n", "stages.teach"),
        (imports_across_stages, "stages/clean/run.py", "from alambic.stages import teach\n", "stages.teach"),
        (imports_across_stages, "stages/clean/run.py", "from alambic.planning.plan import Plan\n", "planning"),
        (heavy_imports_of_runtime, "runtime/ranks.py", "import torch.distributed\n", "torch.distributed"),
        (heavy_imports_of_runtime, "errors.py", "def f():\n    from numpy import array\n", "alambic.errors"),
        (circles, "stages/clean/steps/length.py", "from alambic.stages.clean.run import run\n", "run"),
        (circles, "errors.py", "from alambic.data.artifact import Artifact\n", "errors"),
        (long_modules, "errors.py", "x = 1\n" * 301, "errors.py has 301 lines"),
        (imports_of_mlflow, "stages/clean/run.py", "import mlflow.tracking\n", "alambic.stages.clean.run"),
        (
            models_opened_elsewhere,
            "errors.py",
            "x = AutoModel.from_pretrained(folder)\n",
            "errors.py:1: from_pretrained",
        ),
        (models_opened_elsewhere, "errors.py", "opened = AutoModel.from_pretrained\n", "errors.py:1: from_pretrained"),
        (models_opened_elsewhere, "errors.py", "x = getattr(kind, 'from_pretrained')\n", "errors.py:1: getattr"),
        (models_opened_elsewhere, "errors.py", "x = transformers.pipeline('ner', folder)\n", "errors.py:1: pipeline"),
        (models_opened_elsewhere, "errors.py", "x = torch.load(path, weights_only=True)\n", "a pickle"),
        (models_opened_elsewhere, "stages/fetch/pickles.py", "x = torch.load(path)\n", "a pickle"),
        (models_opened_elsewhere, "models/opening.py", "x = open(f, trust_remote_code=asked)\n", "only False"),
        (models_opened_elsewhere, "stages/teach/run.py", "x = vllm.LLM(model=folder)\n", "say False"),
    ],
)
def test_each_violation_is_told(tmp_path, check, file, text, violation):
    violations = list(check(made_package(tmp_path, SOUND | {file: text})))
    assert len(violations) == 1
    assert violation in violations[0]


def test_a_circle_between_folders_is_told(tmp_path):
    files = {
        "stages/clean/steps/length.py": "from alambic.stages.clean.decontamination import index\n",
        "stages/clean/decontamination/index.py": "",
        "stages/clean/decontamination/embargo.py": "def f():\n    from alambic.stages.clean.steps import sample\n",
        "stages/clean/steps/sample.py": "",
    }
    (violation,) = circles(made_package(tmp_path, SOUND | files))
    assert violation.startswith("alambic.stages.clean:")
    assert {"steps", "decontamination"} <= set(violation.split())


def test_a_stray_test_folder_is_told(tmp_path):
    root = made_package(tmp_path, SOUND)
    for name in ("tests/test_all.py", "tests/stages/clean/test_run.py", "tests/support/tiny.py", "tests/old/test_x.py"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    assert list(stray_test_folders(tmp_path / "tests", root)) == ["old"]
