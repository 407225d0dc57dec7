"""What each statement of a module's top level defines, needs, and reads; from the syntax tree, nothing is imported."""

import ast
import copy
import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import PurePosixPath

from alambic.planning.field_readers import FieldReaders, field_readers
from alambic.planning.normal_form import NormalForm


@dataclass(frozen=True)
class Mention:
    """A name of another module of the package, as a statement mentions it; `name` is empty for the module itself."""

    module: str
    name: str = ""


@dataclass(eq=False)
class Statement:
    """One statement of a module's top level; an import of several names is several statements."""

    module: str
    node: ast.stmt
    normal_form: NormalForm
    imported: Callable[[str], Mention | None]  # what an alias of this module stands for
    is_own: Callable[[str], bool]  # whether a name of this module is one of this package
    has_globals: bool  # whether any function of the module says `global`
    may_read_fields: bool  # whether anything in the module reads fields without naming them

    @cached_property
    def binds(self) -> set[str]:
        """The names that it gives a meaning to; none: it counts wherever anything of its module does."""
        if isinstance(self.node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            return {self.node.name} | self.rebinds
        if isinstance(self.node, ast.ImportFrom) and self.node.module == "__future__":
            return set()
        bound: set[str] = set()
        for node in ast.walk(self.node):
            match node:
                case ast.Name(id=name, ctx=ast.Store() | ast.Del()):
                    bound.add(name)
                case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
                    bound.add(name)
                case ast.alias(name=name, asname=given):
                    bound.add(given or name.partition(".")[0])
        return bound

    @property
    def rebinds(self) -> set[str]:
        """The names of its module to which a function gives another value."""
        if not self.has_globals:
            return set()
        return {name for inner in ast.walk(self.node) if isinstance(inner, ast.Global) for name in inner.names}

    @cached_property
    def import_of(self) -> Mention | None:
        """What of this package it imports, if it is such an import."""
        if isinstance(self.node, ast.ImportFrom | ast.Import):
            return next(iter(package_imports(self.node, self.module.partition(".")[0])), (None, None))[1]
        return None

    @cached_property
    def normal(self) -> ast.stmt | None:
        """What of it counts; the node itself is changed, which nobody reads afterwards."""
        _ = self.binds, self.import_of, self.field_readers
        return self.normal_form.of(self.node)

    @cached_property
    def field_readers(self) -> FieldReaders:
        """Whether it reads fields of dataclasses that it does not name."""
        return field_readers(self.node, self.is_own) if self.may_read_fields else FieldReaders.NONE

    @cached_property
    def optional_fields(self) -> list[ast.AnnAssign]:
        """The last fields of a dataclass, each with a default: who names none of them never meets them."""
        node = self.normal
        if not isinstance(node, ast.ClassDef) or not any(map(_is_dataclass, node.decorator_list)):
            return []
        fields = [
            field for field in node.body if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name)
        ]
        first = next((index for index in range(len(fields), 0, -1) if fields[index - 1].value is None), 0)
        return [] if any("InitVar" in ast.unparse(field.annotation) for field in fields) else fields[first:]

    def content(self, fields: int) -> list[ast.AST]:
        """Give what counts of it where the first `fields` of its optional fields are read."""
        if self.normal is None:
            return []
        left_out = self.optional_fields[fields:]
        if not left_out:
            return [self.normal]
        assert isinstance(self.normal, ast.ClassDef)
        shorter = copy.copy(self.normal)
        shorter.body = [statement for statement in self.normal.body if statement not in left_out]
        return [shorter]

    def reading(self, fields: int) -> "Reading":
        """Read it through, where the first `fields` of its optional fields are read."""
        return read(self.content(fields), self)


@dataclass(frozen=True)
class Reading:
    """A piece of code read through: its digest, what it needs to run, and which names of fields it reads."""

    digest: str
    local: set[str]  # names of its own module
    mentions: set[Mention]  # of other modules
    names: set[str]  # of attributes and keyword arguments, and what strings say
    strings: set[str]  # constants that may name data files; "*" stands for what is filled in


def read(nodes: list[ast.AST], statement: Statement) -> Reading:
    """Read a syntax tree through, once: all of them are read whenever a plan is made."""
    local, mentions, names, strings, resolved = set[str](), set[Mention](), set[str](), set[str](), set[int]()
    package = statement.module.partition(".")[0]

    def look(node: ast.AST) -> None:
        match node:
            case ast.Name(id=name):
                local.add(name)
                if id(node) not in resolved and (target := statement.imported(name)) is not None:
                    mentions.add(target)
            case ast.Attribute(value=owner, attr=name):
                names.add(name)
                if isinstance(owner, ast.Name) and (target := statement.imported(owner.id)) and not target.name:
                    mentions.add(Mention(target.module, name))
                    resolved.add(id(owner))
            case ast.Constant(value=str(text)):
                names.add(text)
                strings.add(text)
            case ast.keyword(arg=str(name)):
                names.add(name)
            case ast.Call(args=[ast.Constant(value=str(text)), *_]) if text.startswith(f"{package}."):
                mentions.add(Mention(text))  # import_module("alambic.x")
            case ast.JoinedStr(values=parts):
                pieces = [part.value if isinstance(part, ast.Constant) else "*" for part in parts]
                strings.add("".join(map(str, pieces)))
            case ast.MatchClass(kwd_attrs=attributes):
                names.update(attributes)
            case ast.Import() | ast.ImportFrom() if statement.import_of is None:
                mentions.update(target for _, target in package_imports(node, package))

    pieces: list[str] = []
    for node in nodes:
        _write(node, pieces, look)
    return Reading(hashlib.sha256("".join(pieces).encode()).hexdigest(), local, mentions, names, strings)


LOOKED_AT = {
    ast.Name,
    ast.Attribute,
    ast.Constant,
    ast.keyword,
    ast.Call,
    ast.JoinedStr,
    ast.MatchClass,
    ast.Import,
    ast.ImportFrom,
}


def _write(node: ast.AST, pieces: list[str], look: Callable[[ast.AST], None]) -> None:
    """Write a syntax tree down without positions and empty fields, which differ between Pythons; look at its nodes."""
    kind = type(node)
    if kind in LOOKED_AT:
        look(node)
    pieces.append(kind.__name__)
    if not kind._fields:
        return
    pieces.append("(")
    for name in kind._fields:
        value = getattr(node, name, None)
        if value is None or value == []:
            continue
        pieces.append(f"{name}=")
        if isinstance(value, ast.AST):
            _write(value, pieces, look)
        elif isinstance(value, list):
            pieces.append("[")
            for inner in value:
                if isinstance(inner, ast.AST):
                    _write(inner, pieces, look)
                else:
                    pieces.append(repr(inner))
                pieces.append(",")
            pieces.append("]")
        else:
            pieces.append(repr(value))
        pieces.append(",")
    pieces.append(")")


def split_imports(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """Split an import of several names, of which a function may need one."""
    for statement in body:
        if isinstance(statement, ast.Import):
            yield from (ast.copy_location(ast.Import([alias]), statement) for alias in statement.names)
        elif isinstance(statement, ast.ImportFrom):
            for alias in statement.names:
                yield ast.copy_location(ast.ImportFrom(statement.module, [alias], statement.level), statement)
        else:
            yield statement


def package_imports(node: ast.Import | ast.ImportFrom, package: str) -> list[tuple[str, Mention]]:
    """List the aliases that an import makes for names of `package`: `from p.a import b as c` -> [("c", p.a's b)]."""
    if isinstance(node, ast.Import):
        return [
            (alias.asname or alias.name, Mention(alias.name))
            for alias in node.names
            if alias.name.partition(".")[0] == package
        ]
    module = node.module or ""
    if module.partition(".")[0] != package:
        return []
    return [(alias.asname or alias.name, Mention(module, alias.name)) for alias in node.names]


def names_file(text: str, file: PurePosixPath) -> bool:
    """Tell whether a string may name `file`, given relative to the folder of the module that holds the string.

    "words.txt", "lists/words.txt", "lists", "*.txt", ".txt" -> lists/words.txt
    """
    if not text.strip("*/. ") or "\n" in text:
        return False
    if text.startswith(".") and "/" not in text:
        text = f"*{text}"
    return any(path.match(text) for path in (file, *file.parents) if path.name)


def _is_dataclass(decorator: ast.expr) -> bool:
    function = decorator.func if isinstance(decorator, ast.Call) else decorator
    return (isinstance(function, ast.Name) and function.id == "dataclass") or (
        isinstance(function, ast.Attribute) and function.attr == "dataclass"
    )
