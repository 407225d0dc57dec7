"""Write the reference of settings and plug-ins while the site is built, from the code, so that it cannot be stale.

A hook of MkDocs (`hooks:` in mkdocs.yml). Nothing is imported but the settings and what reads plug-ins' sources.
"""

import inspect
import re
import types
import typing
from collections.abc import Iterator
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from alambic import plugins
from alambic.settings.base import Refers
from alambic.settings.experiment import Experiment
from alambic.settings.schema import schema_text

BOUNDS = {"gt": ">", "ge": "≥", "lt": "<", "le": "≤", "min_length": "length ≥", "max_length": "length ≤"}
SETTINGS_PAGE = "reference/settings.md"
PLANNED = {"excluded", "terms", "head"}  # the plan fills these in; nobody writes them


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Give each kind of plug-in a page below the reference."""
    reference = next(part["Reference"] for part in config.nav or [] if "Reference" in part)
    pages = [{title_of(folder): page_of(folder)} for folder in plugins.CONTRACTS]
    reference.append({"Plug-ins": pages})
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the generated pages."""
    files.append(File.generated(config, SETTINGS_PAGE, content=settings_page()))
    files.append(File.generated(config, "reference/experiment.schema.json", content=schema_text()))
    for folder in plugins.CONTRACTS:
        files.append(File.generated(config, page_of(folder), content=plugins_page(folder)))
    return files


def page_of(folder: str) -> str:
    """Name the page: stages.clean.steps -> reference/plugins/clean-steps.md."""
    return f"reference/plugins/{folder.removeprefix('stages.').replace('.', '-')}.md"


def title_of(folder: str) -> str:
    """Name a kind of plug-in: stages.clean.steps -> clean: steps."""
    return ": ".join(part.replace("_", " ") for part in folder.removeprefix("stages.").split(".", 1))


def settings_page() -> str:
    """Describe each section of an experiment, and the groups of settings within sections."""
    lines = [
        "# Settings",
        "",
        "All that an experiment may set, read from the code. A name in `<...>` is of your choice. A setting without a "
        "default must be given. The options of a plug-in are written among the settings of its item.",
    ]
    for path, model in sections():
        lines += ["", f"## {path}", "", markdown(inspect.getdoc(model) or ""), "", *table(model.model_fields)]
    return "\n".join(lines) + "\n"


def sections() -> Iterator[tuple[str, type[BaseModel]]]:
    """Yield each class of settings once, with the place where it is first met."""
    waiting: list[tuple[str, type[BaseModel]]] = [("", Experiment)]
    seen: set[type[BaseModel]] = set()
    while waiting:
        path, model = waiting.pop(0)
        if model in seen:
            continue
        seen.add(model)
        yield f"`{path}`" if path else "The experiment", model
        for name, field in model.model_fields.items():
            if name in PLANNED:
                continue
            for inner, named in models_in(field.annotation):
                below = f"{path}.{name}" if path else name
                waiting.append((below + ".<name>" * named, inner))


def models_in(annotation: Any, named: bool = False) -> Iterator[tuple[type[BaseModel], bool]]:
    """Yield the classes of settings in an annotation, and whether they stand under names of the user's choice."""
    if inspect.isclass(annotation) and issubclass(annotation, BaseModel):
        yield annotation, named
    origin = typing.get_origin(annotation)
    for argument in typing.get_args(annotation):
        yield from models_in(argument, named or origin is dict)


def plugins_page(folder: str) -> str:
    """Describe each plug-in of a folder: what its module says, where it is, which options it takes."""
    lines = [f"# {title_of(folder)}", "", f"Modules of `src/alambic/{folder.replace('.', '/')}/`, read from the code."]
    for name in plugins.names(folder):
        signature = plugins.signature(folder, name)
        lines += ["", f"## {name}", "", markdown(plugins.docstring(folder, name))]
        if signature.inputs:
            lines += ["", "Given by the stage: " + ", ".join(f"`{argument}`" for argument in signature.inputs) + "."]
        fields = signature.options.model_fields
        lines += ["", *(table(fields) if fields else ["No options."])]
    return "\n".join(lines) + "\n"


def table(fields: dict[str, FieldInfo]) -> list[str]:
    """Write a row per setting; the column of descriptions only where there is one."""
    rows = [
        (f"`{name}`", type_of(field), default_of(field), description_of(field))
        for name, field in fields.items()
        if name != "options" and name not in PLANNED
    ]
    width = 4 if any(row[3] for row in rows) else 3
    head = ("setting", "type", "default", "meaning")[:width]
    return [f"| {' | '.join(row)} |" for row in (head, ("---",) * width, *(row[:width] for row in rows))]


def type_of(field: FieldInfo) -> str:
    """Name a field's type and bounds: `int` > 0."""
    bounds = [
        f"{sign} {getattr(rule, key)}" for rule in field.metadata for key, sign in BOUNDS.items() if hasattr(rule, key)
    ]
    return " ".join([code(type_name(field.annotation)), *bounds])


def type_name(annotation: Any) -> str:
    """Write a type as one would annotate it, without modules."""
    if annotation is type(None):
        return "none"
    arguments = typing.get_args(annotation)
    origin = typing.get_origin(annotation)
    if origin is typing.Annotated:
        return type_name(arguments[0])
    if origin is typing.Literal:
        return " or ".join(str(argument) for argument in arguments)
    if origin in (typing.Union, types.UnionType):
        return " or ".join(type_name(argument) for argument in arguments)
    if origin is not None:
        return f"{origin.__name__}[{', '.join('...' if part is Ellipsis else type_name(part) for part in arguments)}]"
    return annotation.__name__ if inspect.isclass(annotation) else str(annotation).replace("typing.", "")


def default_of(field: FieldInfo) -> str:
    """Write a default as in an experiment file; nothing where the setting must be given."""
    value = field.get_default(call_default_factory=True, validated_data={})
    if value is PydanticUndefined:
        return ""
    if isinstance(value, BaseModel):
        return "its defaults"
    if value is None or isinstance(value, bool):
        return code("null" if value is None else str(value).lower())
    return code(value)


def code(value: Any) -> str:
    """Write a value as code that a table takes."""
    text = str(value).replace("|", "\\|")
    return f"`{text}`" if text else "(empty)"


def description_of(field: FieldInfo) -> str:
    """Take a field's description, and of which stages it names an item."""
    stages = [stage for mark in field.metadata if isinstance(mark, Refers) for stage in mark.stages]
    named = "names an item of " + " or ".join(f"`{stage}`" for stage in stages) if stages else ""
    return markdown("; ".join(filter(None, (named, field.description)))).replace("|", "\\|").replace("\n", " ")


def markdown(text: str) -> str:
    """Escape what Markdown would take for markup, outside of code."""
    parts = re.split(r"(`[^`]*`)", text)
    parts[::2] = [re.sub(r"([<*_\[\]])", r"\\\1", part) for part in parts[::2]]
    return "".join(parts)
