"""Settings that refuse what they do not know, refer to other items, and take the options of plug-ins."""

import re
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Annotated, Any, ClassVar, Literal, Self, TypeVar, get_args

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic.fields import FieldInfo

from alambic import plugins
from alambic.errors import UserError, nearest
from alambic.settings import value_checks
from alambic.settings.parsing import shortened

LONGEST_NAME = 64  # a file's name has 255 bytes, and three names with a seed and a fingerprint make one

Share = Annotated[float, Field(ge=0, le=1)]
Listed = TypeVar("Listed")


def check_item_name(name: str) -> str:
    """Refuse a name that paths, Slurm, MLflow or Snakemake would read as something else."""
    if not re.fullmatch(r"[A-Za-z0-9](?:[A-Za-z0-9_.-]*[A-Za-z0-9_-])?", name, flags=re.ASCII):
        raise ValueError(
            f"{shortened(name)} is no name: expected letters without accents, digits, '_', '-' and '.' within it, "
            "beginning with a letter or a digit"
        )
    if len(name) > LONGEST_NAME:
        raise ValueError(f"{shortened(name)} has {len(name)} characters; expected a name of at most {LONGEST_NAME}")
    if re.search(r"(.+?)\1{19}", name):  # Snakemake takes it for a path that grows without end
        raise ValueError(f"{shortened(name)} repeats the same characters 20 times; expected another name")
    return name


def check_given_once(values: list[Listed]) -> list[Listed]:
    """Refuse a list that names the same thing twice."""
    if twice := given_twice(values):
        raise ValueError(f"{shortened(twice[0])} is given twice; leave one of the two out")
    return values


def given_twice(values: Iterable[Any]) -> list[Any]:
    """List what is in a list a second time."""
    seen: list[Any] = []
    return [value for value in values if value in seen or seen.append(value)]  # type: ignore[func-returns-value]


ItemName = Annotated[str, AfterValidator(check_item_name)]
Once = AfterValidator(check_given_once)  # marks a list that is a set

Brought = Literal["text", "weights"]


class Refers:
    """Marks a field that names items of one of these stages."""

    def __init__(self, *stages: str) -> None:
        self.stages = stages


class Names:
    """Marks a field that names plug-ins of a folder: by one name, a list of names, or options by name.

    Where they are taken in order, as the steps of a corpus are, another order is another result. `grouped`: the field
    maps names of the user's to such options by name.
    """

    def __init__(self, folder: str, *, ordered: bool = False, grouped: bool = False) -> None:
        self.folder, self.ordered, self.grouped = folder, ordered, grouped

    def groups(self, value: Any) -> dict[str, Any]:
        """Give what the field holds by the user's names; under the name "" where there are none."""
        return value if self.grouped else {"": value}

    def chosen(self, value: Any) -> list[str]:
        """List the names of the plug-ins: "a" -> ["a"]; {"a": {}, "b": {"n": 1}} -> ["a", "b"]."""
        return [
            name
            for group in self.groups(value).values()
            for name in ([] if group is None else [group] if isinstance(group, str) else group)
        ]


class PluginOptions:
    """Marks the field that holds the options of the plug-in that its settings name."""


class CountedElsewhere:
    """Marks a field that determines a result only through another one, which counts."""

    def __init__(self, where: str) -> None:
        self.where = where


class StopsOnly:
    """Marks a field that can stop a stage, and changes nothing of a result that it lets through."""


class Settings(BaseModel):
    """Settings that refuse unknown keys and never change once read."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)
    renamed: ClassVar[dict[str, str]] = {}  # keys of earlier versions: an error names today's
    computed: ClassVar[bool] = False  # from other settings, not written by a user

    @model_validator(mode="before")
    @classmethod
    def check_values(cls, values: Any) -> Any:
        """Refuse true and false for a number and the other way round, and values that no run can use."""
        if not isinstance(values, dict):
            return values
        if wrong := _not_a_number(cls, values) or ("" if cls.computed else _unusable(cls, values)):
            raise ValueError(wrong)
        return values


class StageSettings(Settings):
    """Settings of one item of a stage; the class says what the stage is, for the plan, the jobs and the checks."""

    needs_network: ClassVar[bool] = False
    trains: ClassVar[bool] = False  # it has micro-batches, which a job may halve where memory is short
    light: ClassVar[bool] = False  # it reads no large file: what it starts from may be in an archive
    uses_gpu: ClassVar[bool] = False
    brings: ClassVar[Brought | None] = None  # from outside, each item under a licence
    released: ClassVar[bool] = False  # an experiment's last such stage makes what would be passed on


class Plugged(Settings):
    """Settings of an item that one plug-in makes; the plug-in's options stand among the other fields."""

    plugin_field: ClassVar[str]
    plugin_folder: ClassVar[str]
    plugin_function: ClassVar[str] = ""  # its contract
    options: Annotated[dict[str, Any], PluginOptions()] = Field(
        {}, description="what the plug-in accepts, defaults included"
    )

    @model_validator(mode="before")
    @classmethod
    def gather_options(cls, values: Any) -> Any:
        """Move the keys that are not fields of this class under `options`."""
        if not isinstance(values, dict):
            return values
        fields = {key: value for key, value in values.items() if key in cls.model_fields}
        rest = {key: value for key, value in values.items() if key not in cls.model_fields}
        options = fields.get("options", {})
        if not isinstance(options, dict):
            raise ValueError(f"options: {shortened(options)}: expected a mapping, such as {{seed: 1}}")
        if twice := sorted(str(key) for key in options.keys() & rest.keys()):
            raise ValueError(f"{twice[0]} is given twice, the second time under `options`; leave one of the two out")
        return {**fields, "options": {**options, **rest}}

    @model_validator(mode="after")
    def check_options(self) -> Self:
        """Check the options against the plug-in's signature, and fill in its defaults."""
        name = getattr(self, self.plugin_field)
        checked = check_options(self.plugin_folder, name, self.options, type(self), self.plugin_function)
        object.__setattr__(self, "options", checked)
        return self


def check_options(
    folder: str, name: str, options: Any, owner: type[Settings] | None = None, function: str = ""
) -> dict[str, Any]:
    """Check options against the signature of plug-in `name`; return them with its defaults filled in."""
    try:
        model = plugins.signature(folder, name, function).options
        if isinstance(options, dict) and (wrong := _not_a_number(model, options)):
            raise ValueError(f"{name}.{wrong}")
        checked = model.model_validate(options or {}).model_dump(mode="json")
        if wrong := _unusable(model, checked) or value_checks.out_of_order(checked):
            raise ValueError(f"{name}.{wrong}")
        for option, value in checked.items():
            if isinstance(value, list) and (twice := given_twice(value)):
                raise ValueError(f"{name}.{option}: {shortened(twice[0])} is given twice; leave one of the two out")
        return checked
    except UserError as error:
        raise ValueError(str(error)) from error
    except ValidationError as error:
        keys = [*model.model_fields, *(owner.model_fields if owner else ())]
        renamed = owner.renamed if owner else {}
        raise ValueError("; ".join(describe(detail, f"{name}.", keys, renamed) for detail in error.errors())) from error


def _not_a_number(model: type[BaseModel], values: dict[str, Any]) -> str:
    """Say which field of numbers is given true or false; empty where none is."""
    for name in values.keys() & model.model_fields.keys():
        value = values[name]
        found = next((each for each in (value if isinstance(value, list) else [value]) if isinstance(each, bool)), None)
        numeric = _kinds(model.model_fields[name].annotation) & {int, float, bool}
        if found is not None and numeric and bool not in numeric:
            return f"{name}: {str(found).lower()}: expected a number"
        if numeric == {bool} and isinstance(value, int | float) and not isinstance(value, bool):
            return f"{name}: {value}: expected true or false"
    return ""


def _unusable(model: type[BaseModel], values: dict[str, Any]) -> str:
    """Say which value no run can use; empty where there is none."""
    for name, info in model.model_fields.items():
        if name not in values or any(isinstance(mark, PluginOptions) for mark in info.metadata):
            continue  # the plug-in's are looked at one by one
        if wrong := value_checks.problem(name, values[name], _default(info)):
            return wrong
    return ""


def _default(info: FieldInfo) -> Any:
    return ... if info.is_required() else info.default


def _kinds(annotation: Any) -> set[Any]:
    """Gather the types that an annotation is made of."""
    arguments = get_args(annotation)
    own = {annotation} if isinstance(annotation, type) else set()
    return own.union(*map(_kinds, arguments))


def describe(detail: Any, prefix: str, keys: list[str], renamed: Mapping[str, str] = MappingProxyType({})) -> str:
    """Say in a line what is wrong: the place, the value, what was expected, the nearest right name."""
    steps = [str(step) for step in detail["loc"]]
    if steps and steps[-1] == "[key]":
        steps = steps[:-2]  # the message has the name
    path = prefix + ".".join(steps)
    if detail["type"] == "extra_forbidden":
        key = str(detail["loc"][-1])
        if key in renamed:
            return f"{path} was renamed: write {path.removesuffix(key)}{renamed[key]}"
        return f"{path}: unknown key; {nearest(key, keys)}"
    message = detail["msg"].removeprefix("Value error, ")
    if detail["type"] == "missing":
        return f"{path}: missing"
    if detail["type"] == "value_error":
        return f"{path}: {message}" if path else message
    value = shortened(detail["input"])
    if detail["type"] == "string_type" and isinstance(detail["input"], int | float):
        kind = "true or false" if isinstance(detail["input"], bool) else "a number"
        return f"{path}: {value}: {kind}, where a text is expected: put it in quotes"
    if detail["type"] in ("dict_type", "model_type"):
        return f"{path}: {value}: expected a mapping, such as {{name: value}}"
    return f"{path}: {value}: {message}" if path else f"{value}: {message}"
