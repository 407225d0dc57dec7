"""What reads fields of a dataclass without naming them, such as `asdict`."""

import ast
import re
from collections.abc import Callable
from enum import IntEnum

# What reads all fields, whatever they are called.
EVERY_FIELD = {"asdict", "astuple", "fields", "vars"}
EVERY_FIELD_OF = {"__dict__", "__dataclass_fields__"}
# What a module's text has in it where anything does so.
MAY_READ_FIELDS = re.compile(
    r"\b(asdict|astuple|fields|vars|getattr|__dict__|__dataclass_fields__)\b|^ *case \w", re.MULTILINE
)
# Types of a parameter that may hold an instance of any class.
ANYTHING = {"Any", "object"}


class FieldReaders(IntEnum):
    """Of which dataclasses a statement may read every field."""

    NONE = 0
    OF_KNOWN_CLASSES = 1  # those that its module, or what this imports, defines
    OF_ANY_CLASS = 2


def field_readers(statement: ast.stmt, is_own: Callable[[str], bool]) -> FieldReaders:
    """Look through a statement, annotations included; `is_own` tells whether a name is one of this package.

    `vars(x)` reads fields of any class where x may be anything, and of none where x is of a class of another package.
    """
    subjects = [_subject(node) for node in ast.walk(statement) if _reads_every_field(node)]
    if not subjects:
        return FieldReaders.NONE
    functions = [node for node in ast.walk(statement) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    parameters = [
        parameter
        for function in functions
        for parameter in [*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs]
    ]
    anything = {parameter.arg for parameter in parameters if _is_anything(parameter)}
    if anything.intersection(subjects):
        return FieldReaders.OF_ANY_CLASS
    foreign = {parameter.arg for parameter in parameters if _is_foreign(parameter, is_own)}
    foreign -= {parameter.arg for parameter in parameters if not _is_foreign(parameter, is_own)}
    return FieldReaders.NONE if foreign.issuperset(subjects) else FieldReaders.OF_KNOWN_CLASSES


def _reads_every_field(node: ast.AST) -> bool:
    match node:
        case ast.Call(func=ast.Name(id="getattr"), args=[_, name, *_]):
            return not isinstance(name, ast.Constant)
        case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)):
            return name in EVERY_FIELD
        case ast.Attribute(attr=name):
            return name in EVERY_FIELD_OF
        case ast.MatchClass(patterns=patterns):
            return bool(patterns)
    return False


def _subject(node: ast.AST) -> str:
    """Give the variable of which the fields are read: `vars(x)`, `x.__dict__` -> "x"; "" for anything else."""
    value = node.args[0] if isinstance(node, ast.Call) and node.args else getattr(node, "value", None)
    return value.id if isinstance(value, ast.Name) else ""


def _is_anything(parameter: ast.arg) -> bool:
    kind = parameter.annotation
    if kind is None:
        return parameter.arg not in ("self", "cls")
    return isinstance(kind, ast.Name) and (kind.id in ANYTHING or len(kind.id) == 1)  # T: whatever it is given


def _is_foreign(parameter: ast.arg, is_own: Callable[[str], bool]) -> bool:
    kind = parameter.annotation
    return isinstance(kind, ast.Name) and not is_own(kind.id)
