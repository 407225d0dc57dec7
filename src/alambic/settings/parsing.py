"""YAML and JSON as plain values: each key once, no code, and the line on which each value stands.

Numbers and words are read as YAML 1.2 reads them: a day such as 2026-11-01 is a text, and so are yes, no, on and off.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml

from alambic.errors import UserError, truncated

DEEPEST = 50  # mappings and lists within each other
MOST_VALUES = 100_000  # anchors that name each other double with every line
TAG = "tag:yaml.org,2002:"


@dataclass
class Parsed:
    """What a file holds, and the lines of its values by their dotted place, such as `distill.student.epochs`."""

    content: Any
    lines: dict[str, int] = field(default_factory=dict)


class _Loader(yaml.SafeLoader):
    yaml_implicit_resolvers: dict[str, Any] = {}


for _kind, _pattern, _first in (
    ("bool", r"true|True|TRUE|false|False|FALSE", "tTfF"),
    ("null", r"~|null|Null|NULL|", ["~", "n", "N", ""]),
    ("int", r"[-+]?(?:0|[1-9][0-9_]*|0x[0-9a-fA-F_]+)", "-+0123456789"),
    ("float", r"[-+]?(?:[0-9][0-9_]*\.[0-9_]*|\.[0-9][0-9_]*)(?:[eE][-+]?[0-9]+)?", "-+0123456789."),
    ("float", r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)", "-+."),
    ("merge", r"<<", "<"),
):
    _Loader.add_implicit_resolver(TAG + _kind, re.compile(f"^(?:{_pattern})$"), list(_first))


def parse_yaml(text: str, name: str) -> Parsed:
    """Read one YAML document; UserError with the line of what is not YAML, given twice, or no plain value."""
    loader = _Loader("")
    try:
        loader = _Loader(text)
        node = loader.get_single_node()
        if node is None:
            return Parsed(None)
        reader = _Reader(loader, name)
        return Parsed(reader.value(node, (), 0), reader.lines)
    except yaml.YAMLError as error:
        raise UserError(f"{name} is not YAML: {_shown(error)}") from error
    except RecursionError as error:
        raise UserError(f"{name}: lists and mappings within each other, more than {DEEPEST} deep") from error
    finally:
        loader.dispose()


def _shown(error: yaml.YAMLError) -> str:
    """Give the line and what is wrong there, in a line."""
    mark = getattr(error, "problem_mark", None)
    if mark is None:
        return " ".join(str(error).split())
    problem = str(getattr(error, "problem", "") or "")
    context = str(getattr(error, "context", "") or "")
    hint = ": indent with blanks, not with tabs" if "'\\t'" in problem else ""
    explanation = ", ".join(part for part in (context, problem) if part)
    return f"line {mark.line + 1}, column {mark.column + 1}: {explanation}{hint}"


class _Reader:
    """Makes plain values of YAML's nodes, each afresh: nothing is shared, and nothing refers to itself."""

    def __init__(self, loader: _Loader, name: str) -> None:
        self.loader, self.name = loader, name
        self.lines: dict[str, int] = {}
        self.count = 0

    def value(self, node: yaml.Node, place: tuple[str, ...], depth: int) -> Any:
        self.count += 1
        if depth > DEEPEST:
            raise self._refused(node, place, f"lists and mappings within each other, more than {DEEPEST} deep")
        if self.count > MOST_VALUES:
            raise self._refused(node, place, f"more than {MOST_VALUES:,} values, with what anchors repeat")
        if place:
            self.lines.setdefault(".".join(place), node.start_mark.line + 1)
        kind = node.tag.removeprefix(TAG)
        if isinstance(node, yaml.MappingNode) and kind == "map":
            return self._mapping(node, place, depth)
        if isinstance(node, yaml.SequenceNode) and kind == "seq":
            return [self.value(each, (*place, str(index)), depth + 1) for index, each in enumerate(node.value)]
        if isinstance(node, yaml.ScalarNode) and kind in ("str", "int", "float", "bool", "null"):
            return self._scalar(node, kind, place)
        raise self._refused(node, place, f"the tag {node.tag} is not read here; leave it out")

    def _mapping(self, node: yaml.MappingNode, place: tuple[str, ...], depth: int) -> dict[Any, Any]:
        own: dict[Any, Any] = {}
        merged: dict[Any, Any] = {}
        first: dict[Any, int] = {}
        for key_node, value_node in node.value:
            merge = key_node.tag == f"{TAG}merge"
            key = "<<" if merge else self._key(key_node, place)
            line = key_node.start_mark.line + 1
            if (merge, key) in first:
                raise self._refused(
                    key_node,
                    place,
                    f"{key!r} is given twice, first on line {first[merge, key]}; leave one of the two out",
                )
            first[merge, key] = line
            if merge:
                merged = self._merged(value_node, place, depth)
            else:
                inner = (*place, str(key))
                self.lines[".".join(inner)] = line
                own[key] = self.value(value_node, inner, depth + 1)
        return {**merged, **own}

    def _key(self, node: yaml.Node, place: tuple[str, ...]) -> Any:
        if not isinstance(node, yaml.ScalarNode):
            raise self._refused(node, place, "a list or a mapping as a key; expected a text")
        return self.value(node, (), 0)

    def _merged(self, node: yaml.Node, place: tuple[str, ...], depth: int) -> dict[Any, Any]:
        """Join what `<<` names: of a key in several of them, the first counts."""
        nodes = node.value if isinstance(node, yaml.SequenceNode) else [node]
        joined: dict[Any, Any] = {}
        for each in nodes:
            value = self.value(each, place, depth + 1)
            if not isinstance(value, dict):
                raise self._refused(each, place, "<< takes a mapping, or a list of mappings")
            joined = {**value, **joined}
        return joined

    def _scalar(self, node: yaml.ScalarNode, kind: str, place: tuple[str, ...]) -> Any:
        if kind == "str":
            return node.value
        try:
            return getattr(self.loader, f"construct_yaml_{kind}")(node)
        except (ValueError, KeyError, OverflowError) as error:
            raise self._refused(node, place, f"{shortened(node.value)} is no {kind} that can be read") from error

    def _refused(self, node: yaml.Node, place: tuple[str, ...], message: str) -> UserError:
        where = f"{'.'.join(place[:8])}{'...' * (len(place) > 8)}: " if place else ""
        return UserError(f"{self.name}, line {node.start_mark.line + 1}: {where}{message}")


def parse_json(text: str, name: str) -> Parsed:
    """Read JSON; UserError with the line where it is none, or a key is given twice."""

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        content: dict[str, Any] = {}
        for key, value in pairs:
            if key in content:
                raise UserError(f"{name}: {key!r} is given twice; leave one of the two out")
            content[key] = value
        return content

    try:
        return Parsed(json.loads(text, object_pairs_hook=once))
    except json.JSONDecodeError as error:
        raise UserError(f"{name} is not JSON: line {error.lineno}, column {error.colno}: {error.msg}") from error
    except RecursionError as error:
        raise UserError(f"{name}: lists and mappings within each other, more than {DEEPEST} deep") from error
    except ValueError as error:  # Python reads no number of thousands of digits
        raise UserError(f"{name}: {error}") from error


def shortened(value: Any, longest: int = 80) -> str:
    """Write a value for an error, cut where it is long."""
    try:
        text = repr(value)
    except (ValueError, RecursionError):  # a number of thousands of digits; a list within itself
        return f"a very large {type(value).__name__}"
    return truncated(text, longest)


def line_of(path: str, lines: Mapping[str, int]) -> int | None:
    """Find the line of a dotted place, or of the nearest place around it."""
    while path:
        if path in lines:
            return lines[path]
        path = path.rpartition(".")[0]
    return None
