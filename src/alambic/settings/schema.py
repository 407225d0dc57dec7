"""The JSON Schema of an experiment, from which editors complete names and check values while one writes.

It knows each setting, each plug-in and its options. What refers to another item, and what must fit together, is checked
by `python -m alambic plan` alone.
"""

import inspect
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

from alambic import plugins
from alambic.settings.base import Names, Plugged
from alambic.settings.experiment import Experiment
from alambic.settings.lock import AUTO, kind_of
from alambic.settings.models import Recipe
from alambic.settings.sections import FinetuneSection

FILE = Path(__file__).parents[3] / "config" / "experiment.schema.json"
DIALECT = "http://json-schema.org/draft-07/schema#"  # the newest that editors' YAML servers know whole
PLANNED = {"options", "excluded", "licence_report", "head"}  # nobody writes them: the plan fills them in

Schema = dict[str, Any]


def experiment_schema() -> Schema:
    """Describe everything that an experiment file may hold."""
    schema = Experiment.model_json_schema(ref_template="#/definitions/{model}")
    definitions: dict[str, Schema] = schema.pop("$defs")
    for model in _models():
        described = schema if model is Experiment else definitions[model.__name__]
        _leave_out_planned(described)
        for name, field in model.model_fields.items():
            for mark in field.metadata:
                if isinstance(mark, Names) and name not in PLANNED:
                    described["properties"][name] |= _named(mark, described["properties"][name])
        if issubclass(model, Plugged):
            definitions[model.__name__] = _plugged(model, described)
    recipe = {**Recipe.model_json_schema(), "description": "what is set otherwise than for the others"}
    by_model = {"type": "object", "additionalProperties": {"$ref": "#/definitions/Recipe"}}
    definitions["Recipe"] = recipe
    definitions[FinetuneSection.__name__]["properties"]["by_model"] |= by_model
    for variant in definitions["Task"]["anyOf"]:
        variant["properties"]["finetune"] = {**recipe, "properties": {**recipe["properties"], "by_model": by_model}}
    for section in schema["properties"].values():
        if "patternProperties" in section:  # items by name: no other name is right
            section["additionalProperties"] = False
    text = json.dumps([schema, definitions])
    used = {name: described for name, described in definitions.items() if f'definitions/{name}"' in text}
    return {"$schema": DIALECT, **schema, "title": "An experiment of Alambic", "definitions": used}


def schema_text() -> str:
    """Write the schema as the file under `config/` holds it."""
    return json.dumps(experiment_schema(), indent=1, ensure_ascii=False, sort_keys=True) + "\n"


def _models() -> Iterator[type[Any]]:
    """Yield each class of settings that an experiment holds, each once, outermost first."""
    waiting: list[Any] = [Experiment]
    seen: set[type[Any]] = set()
    while waiting:
        annotation = waiting.pop(0)
        if inspect.isclass(annotation) and hasattr(annotation, "model_fields") and annotation not in seen:
            seen.add(annotation)
            yield annotation
            fields = annotation.model_fields.items()
            waiting += [field.annotation for name, field in fields if name not in PLANNED]
        waiting += get_args(annotation)


def _leave_out_planned(described: Schema) -> None:
    described["properties"] = {k: v for k, v in described.get("properties", {}).items() if k not in PLANNED}
    if "required" in described:
        described["required"] = [name for name in described["required"] if name not in PLANNED]


def _plugged(model: type[Plugged], described: Schema) -> Schema:
    """Describe an item that one plug-in makes: for each plug-in its options among the other settings."""
    variants = []
    for name in plugins.names(model.plugin_folder):
        options = plugins.signature(model.plugin_folder, name, model.plugin_function).options.model_json_schema()
        of_plugin = {
            option: _pin(described) if kind_of(option) else described
            for option, described in options.get("properties", {}).items()
        }
        required = [option for option in options.get("required", []) if not kind_of(option)]
        chosen = {"const": name, "description": _first_line(model.plugin_folder, name)}
        variants.append(
            {
                "title": name,
                "type": "object",
                "properties": {
                    **described["properties"],
                    **of_plugin,
                    model.plugin_field: chosen,
                },
                "required": sorted({*described.get("required", []), *required}),
                "additionalProperties": False,
            }
        )
    return {"description": described.get("description", ""), "anyOf": variants}


def _pin(described: Schema) -> Schema:
    """Describe a commit or a digest, which an experiment may leave to its lock."""
    return {
        "type": "string",
        "title": described.get("title", ""),
        "description": f"a commit or a digest; `{AUTO}`: the one in the lock beside this file",
    }


def _named(mark: Names, described: Schema) -> Schema:
    """Describe a field that names plug-ins: the names, each with its options."""
    if described.get("type") == "string":
        return {"enum": plugins.names(mark.folder)}
    if described.get("type") == "array":
        return {"type": "array", "items": {"enum": plugins.names(mark.folder)}}
    weighed = mark.folder == "stages.distill.objectives"
    options = {name: _options(mark.folder, name, weighed=weighed) for name in plugins.names(mark.folder)}
    chosen: Schema = {"type": "object", "properties": options, "additionalProperties": False}
    if mark.grouped:
        return {"type": "object", "additionalProperties": chosen}
    if mark.folder == "stages.distill.initial_vectors":
        alone = {"type": "string", "enum": plugins.names(mark.folder)}
        return {"anyOf": [alone, chosen], "type": ["string", "object"], "additionalProperties": True}
    return chosen


def _options(folder: str, name: str, *, weighed: bool) -> Schema:
    options = plugins.signature(folder, name).options.model_json_schema()
    properties = dict(options.get("properties", {}))
    if weighed:
        properties["weight"] = {"type": "number", "minimum": 0, "default": 1.0}
    return {
        "type": ["object", "null"],
        "description": _first_line(folder, name),
        "properties": properties,
        "required": options.get("required", []),
        "additionalProperties": False,
    }


def _first_line(folder: str, name: str) -> str:
    lines = plugins.docstring(folder, name).splitlines()
    return lines[0] if lines else ""
