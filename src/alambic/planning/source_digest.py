"""Digest of a stage's source code, read without running it.

Sources are parsed, never imported: no torch, a few milliseconds for everything. Comments, docstrings and layout do not
count; anything that runs does. Of `module:function` only what that function reaches in its module counts, and the whole
of the modules from which this imports.
"""

import ast
import hashlib
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from alambic.errors import UserError

ROOT = Path(__file__).parents[2]
PACKAGE = Path(__file__).parents[1].name
# Settings count through the values that they hold, and errors through nothing but their wording.
NOT_CODE = {f"{PACKAGE}.{name}" for name in ("settings", "plugins", "errors")}


def source_digests(modules: Iterable[str]) -> dict[str, str]:
    """Digest each of `modules` and every module of this package that they import, directly or not."""
    return {name: _digest(name) for name in sorted(_reachable(modules))}


def combined(digests: dict[str, str]) -> str:
    """Reduce what `source_digests` found to one digest."""
    lines = "\n".join(f"{name} {digest}" for name, digest in sorted(digests.items()))
    return hashlib.sha256(lines.encode()).hexdigest()


def _reachable(modules: Iterable[str]) -> set[str]:
    reached: set[str] = set()
    waiting = list(modules)
    while waiting:
        name = waiting.pop()
        if name not in reached and name not in NOT_CODE and _source(name):
            reached.add(name)
            waiting += _imports(name)
    return reached


@cache
def _imports(module: str) -> list[str]:
    names: list[str] = []
    for node in ast.walk(_tree(module)):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            if node.level:
                raise UserError(f"{_source(module)}:{node.lineno}: write `from {PACKAGE}...`, not a relative import")
            names += [str(node.module), *(f"{node.module}.{alias.name}" for alias in node.names)]
    return [name for name in names if name.split(".")[0] == PACKAGE]


@cache
def _digest(module: str) -> str:
    return hashlib.sha256(_canonical(_tree(module)).encode()).hexdigest()


def _canonical(node: object) -> str:
    """Write a syntax tree down without docstrings, positions and empty fields (which differ between Pythons)."""
    if isinstance(node, list):
        return f"[{','.join(map(_canonical, node))}]"
    if not isinstance(node, ast.AST):
        return repr(node)
    fields = {name: value for name, value in ast.iter_fields(node) if value not in (None, [])}
    if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
        if ast.get_docstring(node) is not None:
            fields["body"] = node.body[1:]
    return f"{type(node).__name__}({','.join(f'{name}={_canonical(value)}' for name, value in fields.items())})"


@cache
def _tree(module: str) -> ast.Module:
    path = _source(module)
    assert path is not None, module
    tree = ast.parse(path.read_text(encoding="utf-8"))
    _, _, function = module.partition(":")
    return ast.Module(_reached(tree, function), type_ignores=[]) if function else tree


def _reached(tree: ast.Module, function: str) -> list[ast.stmt]:
    """Keep the statements of a module that bind a name which `function` needs, directly or not, or bind nothing."""
    statements = [one for node in tree.body for one in _one_by_one(node)]
    names, size = {function}, -1
    kept: list[ast.stmt] = []
    while len(kept) > size:
        size = len(kept)
        kept = [node for node in statements if not (bound := _bound(node)) or bound & names]
        names |= {node.id for one in kept for node in ast.walk(one) if isinstance(node, ast.Name)}
    return kept


def _one_by_one(statement: ast.stmt) -> list[ast.stmt]:
    """Split an import of several names, of which a function may need one."""
    if isinstance(statement, ast.Import):
        return [ast.Import([alias]) for alias in statement.names]
    if isinstance(statement, ast.ImportFrom):
        return [
            ast.copy_location(ast.ImportFrom(statement.module, [alias], statement.level), statement)
            for alias in statement.names
        ]
    return [statement]


def _bound(statement: ast.stmt) -> set[str]:
    """List the names that a statement of a module gives a meaning."""
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return {statement.name}
    nodes = list(ast.walk(statement))
    stored = {node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    defined = {node.name for node in nodes if isinstance(node, ast.FunctionDef | ast.ClassDef)}
    imported = {(node.asname or node.name).split(".")[0] for node in nodes if isinstance(node, ast.alias)}
    return stored | defined | imported


@cache
def _source(module: str) -> Path | None:
    stem = ROOT.joinpath(*module.partition(":")[0].split("."))
    candidates = stem.with_suffix(".py"), stem / "__init__.py"
    return next((path for path in candidates if path.exists()), None)
