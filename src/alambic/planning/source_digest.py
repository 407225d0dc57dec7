"""Digest of the code that computes a stage's numbers, read without running it.

Sources are parsed, never imported: no torch, and each module once for everything. From what a stage runs, the names
that it mentions are followed from definition to definition, through all modules of this package: what nobody reaches
does not count, nor does what changes no number (`normal_form`), nor how a job lives (`OUTSIDE`, and every module that
says so by a constant `NOT_IN_FINGERPRINT`); a module of `OUTSIDE` that computes numbers all the same says so by a
constant `COUNTS_IN_FINGERPRINT`. Data files next to a module count where its code names them.
"""

import ast
import hashlib
from collections.abc import Iterable
from functools import cache, cached_property
from pathlib import Path, PurePosixPath

from alambic import plugins
from alambic.planning.code_module import PACKAGE, CodeModule, says_that_it_counts
from alambic.planning.definitions import Mention, Reading, Statement, names_file
from alambic.planning.field_readers import FieldReaders

ROOT = Path(__file__).parents[2]
# Settings count through the values that they hold, errors through nothing but their wording; the rest is how a job
# lives, and what is done outside stages.
PLANNED = frozenset(["HEADS", "TEST_SETS"])  # constants that are read from the source alone, before anything runs
OUTSIDE = ("settings", "plugins", "errors", "runtime", "jobs", "planning", "commands")


def source_digests(entries: Iterable[str]) -> dict[str, str]:
    """Digest what is reached from `entries`, by module and data file.

    An entry is a module, which counts whole, or `module:function`:
    ["p.stage", "p.task:scored"] -> {"p.stage": "5e...", "p.inner": "0b...", "p.task": "f1...", "p/words.txt": "77..."}
    """
    return dict(_sources(ROOT, tuple(plugins.OWN)).digests(tuple(sorted(set(entries)))))


def combined(digests: dict[str, str]) -> str:
    """Reduce what `source_digests` found to one digest."""
    lines = "\n".join(f"{name} {digest}" for name, digest in sorted(digests.items()))
    return hashlib.sha256(lines.encode()).hexdigest()


class _Sources:
    """The package's modules as they are on disk, each parsed once."""

    def __init__(self, root: Path, own: tuple[Path, ...] = ()) -> None:
        self.root, self.own = root, own
        self._modules: dict[str, CodeModule | None] = {}
        self._digests: dict[tuple[str, ...], dict[str, str]] = {}
        self._paths: dict[str, Path | None] = {}
        self._readings: dict[tuple[Statement, int], Reading] = {}
        self._imported_by: dict[str, set[str]] = {}

    def module(self, name: str) -> CodeModule | None:
        """Give a module that counts; None for one outside, and where there is none of that name."""
        if name not in self._modules:
            self._modules[name] = self._read(name)
        return self._modules[name]

    def digests(self, entries: tuple[str, ...]) -> dict[str, str]:
        """Digest what is reached from `entries`."""
        if entries not in self._digests:
            reach = _Reach(self, entries)
            digests = {name: self._digest(reach, statements) for name, statements in reach.by_module().items()}
            for file in reach.data_files():
                digests[self._shown(file)] = hashlib.sha256(file.read_bytes()).hexdigest()
            self._digests[entries] = digests
        return self._digests[entries]

    def resolved(self, target: Mention) -> Mention:
        """Tell a module from a definition: `from p import a` mentions p's module a, unless p itself defines an a."""
        inner = f"{target.module}.{target.name}"
        if not target.name or self._path(inner) is None:
            return target
        package = self.module(target.module)
        return target if package is not None and target.name in package.by_name else Mention(inner)

    def reading(self, statement: Statement, fields: int) -> Reading:
        """Read a statement through, where the first `fields` of its optional fields are read."""
        key = (statement, fields)
        if key not in self._readings:
            self._readings[key] = statement.reading(fields)
        return self._readings[key]

    @cached_property
    def data_files(self) -> list[Path]:
        """Every file of the package that is no code."""
        code = (".py", ".pyc")
        found = [path for place in (self.root / PACKAGE, *self.own) for path in sorted(place.rglob("*"))]
        return [path for path in found if path.suffix not in code and path.is_file()]

    def data_files_below(self, folder: Path) -> list[tuple[Path, PurePosixPath]]:
        """List the data files below a module's folder by their path within it.

        Below a folder of the package are those, too, that a user's own folder of plug-ins has in the same place.
        """
        places = [folder]
        if folder.is_relative_to(self.root / PACKAGE):
            places += [own / folder.relative_to(self.root / PACKAGE) for own in self.own]
        return [
            (file, PurePosixPath(file.relative_to(place).as_posix()))
            for place in places
            for file in self.data_files
            if file.is_relative_to(place)
        ]

    def _shown(self, file: Path) -> str:
        """Name a data file, wherever a user's own folder lies."""
        place = next((place for place in self.own if file.is_relative_to(place)), None)
        return file.relative_to(self.root).as_posix() if place is None else f"{PACKAGE}/{file.relative_to(place)}"

    def imported_by(self, name: str) -> set[str]:
        """List a module and all that it imports, directly or not."""
        if name not in self._imported_by:
            reached: set[str] = set()
            waiting = [name]
            while waiting:
                module = self.module(waiting.pop())
                if module is not None and module.name not in reached:
                    reached.add(module.name)
                    waiting += [target.module for target in module.aliases.values()]
            self._imported_by[name] = reached
        return self._imported_by[name]

    def _digest(self, reach: "_Reach", statements: list[Statement]) -> str:
        lines = [self.reading(statement, reach.fields[statement]).digest for statement in statements]
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()

    def _read(self, name: str) -> CodeModule | None:
        path = self._path(name)
        is_outside = any(f"{name}.".startswith(f"{PACKAGE}.{part}.") for part in OUTSIDE)
        if path is None or (is_outside and not says_that_it_counts(path)):
            return None
        module = CodeModule(name, path, self.resolved)
        if not module.counts(by_default=not is_outside):
            return None
        module.check_files()
        return module

    def _path(self, name: str) -> Path | None:
        if name not in self._paths:
            package, *rest = name.split(".")
            stems = [self.root.joinpath(package, *rest), *(place.joinpath(*rest) for place in self.own if rest)]
            candidates = [path for stem in stems for path in (stem.with_suffix(".py"), stem / "__init__.py")]
            self._paths[name] = next((path for path in candidates if path.exists()), None)
        return self._paths[name]


class _Reach:
    """Every statement that is reached from some entries, with how many of its optional fields are read."""

    def __init__(self, sources: _Sources, entries: Iterable[str]) -> None:
        self.sources = sources
        self.fields: dict[Statement, int] = {}
        self._names: set[tuple[str, str]] = set()
        self._whole: set[str] = set()
        self._entered: set[str] = set()
        self._names_read: set[str] = set()
        self._waiting: list[tuple[Statement, int]] = []
        for entry in entries:
            module, _, function = entry.partition(":")
            self._reach(Mention(module, function))
        self._follow()
        while self._read_more_fields():
            self._follow()

    def by_module(self) -> dict[str, list[Statement]]:
        """Sort what is reached by module, and in it in the order of the source."""
        modules = [self.sources.module(name) for name in sorted({statement.module for statement in self.fields})]
        return {
            module.name: [statement for statement in module.statements if statement in self.fields]
            for module in modules
            if module is not None
        }

    def data_files(self) -> list[Path]:
        """List the data files, next to a module that is reached or below, that it names."""
        named: set[Path] = set()
        for name, statements in self.by_module().items():
            module = self.sources.module(name)
            assert module is not None
            for file, relative in self.sources.data_files_below(module.path.parent):
                for statement in statements:
                    if any(
                        names_file(text, relative)
                        for text in self.sources.reading(statement, self.fields[statement]).strings
                    ):
                        named.add(file)
        return sorted(named)

    def _reach(self, target: Mention) -> None:
        target = self.sources.resolved(target)
        module = self.sources.module(target.module)
        if module is None:
            return
        self._enter(module)
        if not target.name or target.name not in module.by_name:
            self._reach_whole(module)
        elif (target.module, target.name) not in self._names:
            self._names.add((target.module, target.name))
            for statement in module.by_name[target.name]:
                self._add(statement)
                if statement.import_of is not None:  # it is passed on from another module
                    self._reach(statement.import_of)

    def _reach_whole(self, module: CodeModule) -> None:
        if module.name not in self._whole:
            self._whole.add(module.name)
            for statement in module.statements:
                if not statement.binds or not statement.binds <= PLANNED:  # else only if it is mentioned
                    self._add(statement)
            for target in module.passed_on:
                self._reach(target)

    def _enter(self, module: CodeModule) -> None:
        """Count what runs when the module is imported, and with it the packages around it."""
        if module.name in self._entered:
            return
        self._entered.add(module.name)
        for statement in module.unbound:
            self._add(statement)
        parent = self.sources.module(module.name.rpartition(".")[0])
        if parent is not None:
            self._enter(parent)

    def _add(self, statement: Statement) -> None:
        if statement not in self.fields and statement.normal is not None:
            self.fields[statement] = 0
            self._waiting.append((statement, 0))

    def _follow(self) -> None:
        while self._waiting:
            statement, fields = self._waiting.pop()
            reading = self.sources.reading(statement, fields)
            self._names_read |= reading.names
            module = self.sources.module(statement.module)
            assert module is not None
            for name in reading.local:
                for bound in module.by_name.get(name, ()):
                    self._add(bound)
            for target in reading.mentions:
                self._reach(target)

    def _read_more_fields(self) -> bool:
        """Count those optional fields that what is reached by now reads; tell whether there are any."""
        readers = [statement for statement in self.fields if statement.field_readers]
        everywhere = any(statement.field_readers == FieldReaders.OF_ANY_CLASS for statement in readers)
        seen_by_readers = {name for statement in readers for name in self.sources.imported_by(statement.module)}
        for statement, fields in list(self.fields.items()):
            optional = statement.optional_fields
            if everywhere or statement.module in seen_by_readers:
                read = len(optional)
            else:
                names = [field.target.id for field in optional if isinstance(field.target, ast.Name)]
                read = max((number for number, name in enumerate(names, 1) if name in self._names_read), default=0)
            if read > fields:
                self.fields[statement] = read
                self._waiting.append((statement, read))
        return bool(self._waiting)


@cache
def _sources(root: Path, own: tuple[Path, ...]) -> _Sources:
    return _Sources(root, own)
