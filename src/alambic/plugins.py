"""What a plug-in accepts, read from its source without importing it.

The folder is the registry: a plug-in is one module, and its file name is the name used in an experiment. Its contract
function declares everything that a user may set: positional parameters are handed over by the stage, keyword-only
parameters are the options, with their types, ranges and defaults. Reading them from the syntax tree keeps torch and
its kin out of the parse, and makes a wrong option an error before the first job.
A folder of a user's own, laid out as this package, may have further ones: `use` takes them.
"""

import ast
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    NonNegativeFloat,
    NonNegativeInt,
    PositiveFloat,
    PositiveInt,
    create_model,
)

from alambic.errors import UserError, nearest

PACKAGE = Path(__file__).parent
OWN: list[Path] = []  # folders of users' own plug-ins, laid out as the package
VARIABLE = "ALAMBIC_PLUGINS"  # such a folder, for commands that read no experiment
SCORED = "scored_texts"


@dataclass(frozen=True)
class Contract:
    """What every plug-in of a folder defines: the function that takes its options, further functions, constants.

    `choices` gives, of a constant, the values that it may hold: a list of them, or the folder whose plug-ins it names.
    """

    function: str
    others: tuple[str, ...] = ()
    constants: tuple[str, ...] = ()
    choices: Mapping[str, str | tuple[str, ...]] = field(default_factory=dict)


CONTRACTS = {
    "stages.collect.sources": Contract("fetch"),
    "stages.clean.steps": Contract("step"),
    "stages.fetch.origins": Contract("fetch"),
    "stages.teach.signals": Contract("capture"),
    "stages.distill.families": Contract("prepare", ("empty",), ("MODELS", "TEACHERS", "NARROWED", "EXAMPLES")),
    "stages.distill.objectives": Contract(
        "objective",
        constants=("READS", "SIGNALS"),
        choices={"READS": ("states", "attention", "tokens", "labels"), "FAMILIES": "stages.distill.families"},
    ),
    "stages.distill.initial_vectors": Contract("combine"),
    "tasks.datasets": Contract(
        "load",
        (SCORED,),
        ("HEAD", "METRICS"),
        dict.fromkeys(("HEAD", "HEADS"), "tasks.heads")
        | {"METRICS": "stages.evaluate.metrics", "BASELINE": "tasks.baselines"},
    ),
    "tasks.heads": Contract(
        "head", constants=("MODELS",), choices={"MODELS": ("encoder", "causal", "encoder_decoder", "vision")}
    ),
    "tasks.baselines": Contract("fit"),
    "tasks.few_shot": Contract("prompted"),
    "tasks.perturb.perturbations": Contract("edits"),
    "stages.evaluate.metrics": Contract(
        "score",
        ("combine",),
        choices={
            "READS": ("answers", "scores", "sources", "spans", "texts", "units"),
            "HEADS": "tasks.heads",
            "READER": "tasks.heads",
            "BETTER": ("higher", "lower"),
            "COMBINES": ("sums", "examples"),
        },
    ),
    "stages.calibrate.methods": Contract("choose"),
    "stages.explain.targets": Contract("target", constants=("HEADS",), choices={"HEADS": "tasks.heads"}),
    "stages.explain.methods": Contract("explain", choices={"NEEDS": ("gradients", "attention")}),
    "stages.explain.measures": Contract("measure", constants=("BETTER", "JUDGES")),
    "stages.report.sections": Contract("section", constants=("ORDER",)),
}


class Location:
    """Marks a setting or an option that says where data lies: it may change without changing the result."""


class LocalPath(Location):
    """Marks a path on this machine; a relative one is meant beside the experiment's file."""


class WasNamed:
    """Marks a setting or an option that was renamed: what determines a result keeps its old name, and stays as it was.

    `seed: Annotated[int, WasNamed("draw")]` -> identity {"draw": 0}
    """

    def __init__(self, name: str) -> None:
        self.name = name


class CountsIfGiven:
    """Marks a setting or an option that came later: at its default, results are what they were before it."""


def name_in_identity(field: str, marks: list[Any]) -> str:
    """Give the name under which a field counts: its own, or the one it had when results were first made with it."""
    return next((mark.name for mark in marks if isinstance(mark, WasNamed)), field)


Place = Annotated[str, LocalPath()]

# Everything that the annotation of an option may use.
ANNOTATIONS: dict[str, Any] = {
    **{kind.__name__: kind for kind in (int, float, str, bool, list, dict, WasNamed, CountsIfGiven)},
    "Literal": Literal,
    "Annotated": Annotated,
    "Field": Field,
    "PositiveInt": PositiveInt,
    "NonNegativeInt": NonNegativeInt,
    "PositiveFloat": PositiveFloat,
    "NonNegativeFloat": NonNegativeFloat,
    "Place": Place,
}


@dataclass(frozen=True)
class Signature:
    """What a plug-in takes: `inputs` from the stage, the `optional` ones if they are given, and `options`."""

    inputs: tuple[str, ...]
    options: type[BaseModel]
    optional: tuple[str, ...] = ()


def names(folder: str) -> list[str]:
    """List the plug-ins of a folder such as `collect.sources`, with those of the users' own folders."""
    return sorted(path.stem for place in _paths(folder) for path in place.glob("[!_]*.py"))


def in_order(folder: str) -> list[str]:
    """List the plug-ins of a folder by their constant ORDER, and by name where it is the same."""
    return sorted(names(folder), key=lambda name: (constant(folder, name, "ORDER"), name))


def use(folder: Path) -> None:
    """Take the plug-ins of a user's own folder, such as `mine/tasks/datasets/notes.py`, in this process.

    UserError where there is no such folder, where it holds no plug-in or a module elsewhere than plug-ins are, and
    where one bears the name of another.
    """
    if folder in OWN:
        return
    if not folder.is_dir():
        raise UserError(f"plugins: {folder} is no folder: a relative path is meant beside the experiment's file")
    kinds = {kind.replace(".", "/"): kind for kind in CONTRACTS}
    found = [path.relative_to(folder) for path in sorted(folder.rglob("*.py")) if path.name != "__init__.py"]
    modules = [module for module in found if not any(part.startswith(".") for part in module.parts)]
    for module in modules:
        if str(module.parent) not in kinds:
            expected = nearest(str(module.parent), list(kinds))
            raise UserError(f"plugins: {folder / module}: no plug-ins are in a folder of that name; {expected}")
        other = next((place / module for place in (PACKAGE, *OWN) if (place / module).exists()), None)
        if other is not None:
            raise UserError(f"plugins: {folder / module} bears the name of {other}: give it another one")
    if not modules:
        raise UserError(f"plugins: {folder} holds no plug-in: expected files such as tasks/datasets/mine.py")
    OWN.append(folder)
    for place in {str(module.parent) for module in modules}:
        import_module(f"{PACKAGE.name}.{kinds[place]}").__path__.append(str(folder / place))


def signature(folder: str, name: str, function: str = "") -> Signature:
    """Read what plug-in `name` of `folder` accepts, or another `function` of it.

    UserError where there is none, or where it lacks a part of its contract.
    """
    if name not in names(folder):
        raise UserError(f"no {_shown(folder)} plug-in named '{name}'; {nearest(name, names(folder))}")
    _check_contract(folder, name)
    return _signature(folder, name, function or CONTRACTS[folder].function)


@cache
def _signature(folder: str, name: str, function: str) -> Signature:
    for node in _module(_file(folder, name)).body:
        if isinstance(node, ast.FunctionDef) and node.name == function:
            inputs = tuple(argument.arg for argument in node.args.posonlyargs + node.args.args)
            optional = inputs[len(inputs) - len(node.args.defaults) :]
            return Signature(inputs, _options(f"{folder}.{name}", node.args), optional)
    raise UserError(f"{_file(folder, name)} defines no function '{function}', as every {_shown(folder)} plug-in must")


@cache
def constant(folder: str, name: str, variable: str, default: Any = ...) -> Any:
    """Read a literal constant of a plug-in, such as the METRICS of a task; UserError without it and without default."""
    signature(folder, name)
    return _constant(folder, name, variable, default)


@cache
def docstring(folder: str, name: str) -> str:
    """Read what a plug-in says of itself; empty where it says nothing."""
    signature(folder, name)
    return ast.get_docstring(_module(_file(folder, name))) or ""


@cache
def _check_contract(folder: str, name: str) -> None:
    """UserError where a plug-in lacks a function or a constant, or a constant holds what it may not."""
    contract = CONTRACTS[folder]
    for function in (contract.function, *contract.others):
        _signature(folder, name, function)
    for variable in contract.constants:
        _constant(folder, name, variable)
    for variable, choices in contract.choices.items():
        value = _constant(folder, name, variable, None)
        if value is None and variable not in contract.constants:
            continue
        place = f"{_file(folder, name)}: {variable}"
        for chosen in value if isinstance(value, tuple | list) else [value]:
            if isinstance(choices, str):
                _check_named(place, choices, str(chosen))
            elif chosen not in choices:
                raise UserError(f"{place}: {chosen!r}; {nearest(str(chosen), choices)}")


def _check_named(place: str, folder: str, name: str) -> None:
    """Check the plug-in that another one names."""
    try:
        signature(folder, name)
    except UserError as error:
        raise UserError(f"{place}: {error}") from error


def _constant(folder: str, name: str, variable: str, default: Any = ...) -> Any:
    path = _file(folder, name)
    for node in _module(path).body:
        targets = (
            node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
        )
        if any(isinstance(target, ast.Name) and target.id == variable for target in targets):
            try:
                return ast.literal_eval(node.value)  # type: ignore[attr-defined]
            except ValueError as error:
                raise UserError(f"{path}, line {node.lineno}: {variable}: expected a literal value") from error
    if default is not ...:
        return default
    raise UserError(f"{path} defines no constant {variable}, which every {_shown(folder)} plug-in must")


def _options(name: str, arguments: ast.arguments) -> type[BaseModel]:
    fields: dict[str, Any] = {}
    for argument, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
        annotation = ast.unparse(argument.annotation) if argument.annotation else "Any"
        try:
            # Names of ANNOTATIONS only, from a module of this package.
            kind = eval(annotation, {"__builtins__": {}}, ANNOTATIONS)
            value = ast.literal_eval(default) if default is not None else ...
        except (NameError, ValueError, TypeError) as error:
            raise UserError(
                f"option '{argument.arg}' of {name} is annotated `{annotation}`: use only "
                f"{', '.join(ANNOTATIONS)}, and a literal default ({error})"
            ) from error
        fields[argument.arg] = (kind, value)
    return create_model(name, __config__=ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False), **fields)


@cache
def _module(file: Path) -> ast.Module:
    """Parse a plug-in; UserError with the file and the line where it is no Python."""
    try:
        return ast.parse(file.read_text(encoding="utf-8"))
    except SyntaxError as error:
        raise UserError(f"{file}, line {error.lineno}: {error.msg}") from error


def _file(folder: str, name: str) -> Path:
    files = [place / f"{name}.py" for place in _paths(folder)]
    return next((file for file in files if file.exists()), files[0])


def _paths(folder: str) -> list[Path]:
    return [place.joinpath(*folder.split(".")) for place in (PACKAGE, *OWN)]


def _shown(folder: str) -> str:
    """Leave out of a folder's name what a user does not write: where the stages are."""
    return folder.removeprefix("stages.")
