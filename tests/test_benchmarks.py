"""What benchmarks import exists: nobody runs them all, and a renamed function would be noticed months later."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PROGRAMS = sorted((ROOT / "benchmarks").glob("*/*.py"))


def names_of(module: str) -> set[str]:
    """The names that a module of the package binds, and the modules of a package."""
    path = ROOT / "src" / Path(*module.split("."))
    source = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    modules = {part.stem for part in path.iterdir()} if path.is_dir() else set()
    return modules | {name for node in ast.parse(source.read_text()).body for name in bound(node)}


def bound(node: ast.stmt) -> set[str]:
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        return {node.name}
    if isinstance(node, ast.Import | ast.ImportFrom):
        return {(alias.asname or alias.name).partition(".")[0] for alias in node.names}
    return {name.id for name in ast.walk(node) if isinstance(name, ast.Name) and isinstance(name.ctx, ast.Store)}


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda path: str(path.relative_to(ROOT)))
def test_what_a_benchmark_imports_of_the_package_exists(program):
    missing = [
        f"{node.module}.{alias.name}"
        for node in ast.walk(ast.parse(program.read_text()))
        if isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] == "alambic"
        for alias in node.names
        if alias.name not in names_of(node.module)
    ]
    assert missing == []
