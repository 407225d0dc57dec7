"""One module of the package as the digest reads it: its statements by name, what it imports, what it passes on."""

import ast
import re
from collections.abc import Callable
from functools import cached_property
from pathlib import Path

from alambic.errors import UserError
from alambic.planning.definitions import Mention, Statement, package_imports, split_imports
from alambic.planning.field_readers import MAY_READ_FIELDS
from alambic.planning.normal_form import NormalForm, loggers_of

PACKAGE = Path(__file__).parents[1].name
OUT, IN = "NOT_IN_FINGERPRINT", "COUNTS_IN_FINGERPRINT"  # constants by which a module departs from its folder
# The modules whose exceptions end a run: nobody reads what they say but people.
ENDING = (f"{PACKAGE}.errors", f"{PACKAGE}.runtime")

_REFUSED = re.compile(rf"^\s*(from\s+\.|import\s+{PACKAGE}\b)", re.MULTILINE)


_FINDS_FILES = re.compile(r"\b(__file__|__path__|__spec__|importlib\.resources|importlib import .*resources|pkgutil)\b")


def _escaping(tree: ast.Module) -> int | None:
    """Give a line by which a module may reach a file that is not next to it or below; None where there is none.

    `Path(__file__).parent / "lists"` and `Path(__file__).with_name("x.txt")` reach such files alone.
    """
    allowed, folders = set[ast.AST](), set[str]()
    for node in ast.walk(tree):
        match node:
            case ast.Attribute(value=ast.Call(func=ast.Name(id="Path"), args=[ast.Name(id="__file__") as file])):
                if node.attr in ("parent", "with_name"):
                    allowed.add(file)
            case ast.Assign(targets=[ast.Name(id=name)], value=value) if "__file__" in ast.unparse(value):
                folders.add(name)
    for node in ast.walk(tree):
        match node:
            case ast.Name(id="__file__" | "__path__" | "__spec__") if node not in allowed:
                return node.lineno
            case ast.Import() | ast.ImportFrom() if _FINDS_FILES.search(ast.unparse(node)):
                return node.lineno
            case ast.Attribute(attr="parent" | "parents", value=owner):
                text = ast.unparse(owner)
                if text in folders or ("__file__" in text and text != "Path(__file__)"):
                    return node.lineno
            case ast.Constant(value=str(text)) if ".." in text.split("/"):
                return node.lineno
    return None


def says_that_it_counts(path: Path) -> bool:
    """Tell, without parsing it, whether a module of a folder that does not count may say that it counts itself."""
    return re.search(rf"^{IN}\b", path.read_text(encoding="utf-8"), re.MULTILINE) is not None


class CodeModule:
    """One module's statements, by the names that they bind."""

    def __init__(self, name: str, path: Path, resolved: Callable[[Mention], Mention]) -> None:
        self.name, self.path = name, path
        text = path.read_text(encoding="utf-8")
        if refused := _REFUSED.search(text):
            line = text.count("\n", 0, refused.start(1)) + 1
            raise UserError(f"{path}:{line}: write `from {PACKAGE}... import`, not a relative import or a plain one")
        tree = ast.parse(text)
        body = list(split_imports(tree.body))
        self.aliases: dict[str, Mention] = {}
        for node in body:
            if isinstance(node, ast.Import | ast.ImportFrom):
                for alias, target in package_imports(node, PACKAGE):
                    self.aliases[alias] = resolved(target)
        normal_form = NormalForm(loggers_of(body), self._ends_run)
        may_read_fields = MAY_READ_FIELDS.search(text) is not None
        self.statements = [
            Statement(name, node, normal_form, self.aliases.get, self._is_own, "global " in text, may_read_fields)
            for node in body
        ]
        self.by_name: dict[str, list[Statement]] = {}
        for statement in self.statements:
            for bound in statement.binds:
                self.by_name.setdefault(bound, []).append(statement)

    def check_files(self) -> None:
        """UserError where it may read a file of the package that would not count with it."""
        text = self.path.read_text(encoding="utf-8")
        if _FINDS_FILES.search(text) and (line := _escaping(ast.parse(text))) is not None:
            raise UserError(
                f"{self.path}:{line}: a file that this module reads must be next to it or below, else the results do "
                "not follow from it: move it there, and write `Path(__file__).parent / ...`"
            )

    def counts(self, *, by_default: bool) -> bool:
        """Tell whether it is part of fingerprints: as it says itself, or else as the modules of its folder are."""
        return IN in self.by_name or (by_default and OUT not in self.by_name)

    @cached_property
    def unbound(self) -> list[Statement]:
        """What runs at import and binds nothing."""
        return [statement for statement in self.statements if not statement.binds]

    @cached_property
    def passed_on(self) -> list[Mention]:
        """What it imports for those that use it: what `__all__` names, and what it does not use itself."""
        used, exported = set[str](), set[str]()
        # Parsed again: the statements have lost their annotations.
        for node in ast.walk(ast.parse(self.path.read_text(encoding="utf-8"))):
            match node:
                case ast.Name(id=name):
                    used.add(name)
                case ast.Constant(value=str(text)):
                    exported.add(text)
        return [target for alias, target in self.aliases.items() if alias in exported or alias not in used]

    def _is_own(self, name: str) -> bool:
        imports = (ast.Import, ast.ImportFrom)
        return name in self.aliases or any(
            not isinstance(statement.node, imports) for statement in self.by_name.get(name, ())
        )

    def _ends_run(self, exception: str) -> bool:
        target = self.aliases.get(exception)
        return target is not None and (target.module == ENDING[0] or f"{target.module}.".startswith(f"{ENDING[1]}."))
