"""What a student may set: its family, what it begins with, and what it learns from."""

from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import (
    Field,
    NonNegativeInt,
    PositiveFloat,
    PositiveInt,
    field_validator,
    model_validator,
)

from alambic import plugins
from alambic.plugins import Location
from alambic.settings import value_checks
from alambic.settings.base import Names, Refers, Settings, StageSettings, check_options
from alambic.settings.corpus import Tokenizer
from alambic.settings.models import Teach
from alambic.settings.optimization import Optimization
from alambic.settings.parsing import shortened
from alambic.settings.terms import LicenceReport
from alambic.settings.width import Width

OWN_PIECES = "paired_text"  # the examples that teacher and student read each by pieces of its own


class OnPolicy(Settings):
    """How much of what a student learns it writes itself."""

    share: Annotated[float, Field(gt=0, le=1)] = Field(0.5, description="of the sequences, drawn anew in each epoch")
    new_tokens: PositiveInt = Field(64, description="what it writes at most")
    temperature: PositiveFloat = Field(1.0, description="at which it draws")


class Distill(Optimization, StageSettings):
    """Train a student on a corpus, with a teacher's stored signal or without."""

    trains: ClassVar[bool] = True
    uses_gpu: ClassVar[bool] = True
    released: ClassVar[bool] = True
    family: Annotated[str, Names("stages.distill.families")] = Field(
        "encoder", description="a module of distill/families: what kind of model the student is"
    )
    teacher: Annotated[str, Refers("fetch", "adapt")] = Field(
        description="gives the architecture, and the initial weights"
    )
    tokenizer: Annotated[str, Refers("tokenizer")]
    corpus: Annotated[str, Refers("clean")]
    signal: Annotated[str | None, Refers("teach")] = None
    online: bool = Field(False, description="the teacher runs with the student, and none of its outputs are stored")
    on_policy: OnPolicy | None = Field(
        None, description="the student writes a share of the text itself, and the online teacher corrects it"
    )
    layers: list[NonNegativeInt] = Field([], description="the teacher's layers that the student keeps; empty: all")
    width: Width | None = Field(
        None, description="how much of its teacher's width the student keeps, by importance; needs `initial: teacher`"
    )
    initial: Literal["teacher", "random"] = "teacher"
    initial_vectors: Annotated[dict[str, dict[str, Any]], Names("stages.distill.initial_vectors")] = Field(
        {"mean_of_parts": {}},
        validate_default=True,
        description="a module of distill/initial_vectors, by name or with options: how vectors of new pieces start",
    )
    architecture: str | None = Field(
        None, description="another type of model than the teacher's, such as bert; needs `shape` and `initial: random`"
    )
    shape: dict[str, int | float | bool] = Field(
        {}, description="values of the teacher's configuration that the student changes; needs `initial: random`"
    )
    objectives: Annotated[dict[str, dict[str, Any]], Names("stages.distill.objectives")] = Field(
        min_length=1, description="modules of distill/objectives with their weight and options"
    )
    sequence_length: PositiveInt = Field(128, description="tokens; longer documents are cut into several sequences")
    licence_report: Annotated[LicenceReport, Location()] = Field(
        LicenceReport(), description="what its card says of its sources' licences, as the plan fills it in"
    )
    seed: NonNegativeInt = 0

    @field_validator("layers", mode="after")
    @classmethod
    def check_layers(cls, layers: list[int]) -> list[int]:
        """Refuse layers out of their order, or twice: the student's would not be those of a teacher."""
        if layers != sorted(set(layers)):
            raise ValueError(f"{shortened(layers)}: expected each once, in their order: {sorted(set(layers))}")
        return layers

    @field_validator("shape", mode="after")
    @classmethod
    def check_shape(cls, shape: dict[str, Any]) -> dict[str, Any]:
        """Refuse sizes that no model has."""
        if wrong := value_checks.shape_problem(shape):
            raise ValueError(wrong.removeprefix("shape."))
        return shape

    @field_validator("objectives", mode="after")
    @classmethod
    def check_objectives(cls, objectives: dict[str, Any]) -> dict[str, Any]:
        """Check each objective's options, and the weight that every objective has."""
        checked = {}
        for name, options in objectives.items():
            others = dict(options or {})
            weight = others.pop("weight", 1.0)
            if isinstance(weight, bool) or not isinstance(weight, int | float) or not 0 <= weight <= 1e6:
                raise ValueError(
                    f"{name}.weight: {shortened(weight)}: expected a number of at least 0 and at most 1e6, such as 0.5"
                )
            checked[name] = {"weight": float(weight), **check_options("stages.distill.objectives", name, others)}
        if not any(options["weight"] for options in checked.values()):
            raise ValueError("every weight is 0, so that nothing is learnt; expected one of more, such as 1")
        return checked

    @field_validator("initial_vectors", mode="before")
    @classmethod
    def check_initial_vectors(cls, chosen: Any) -> dict[str, Any]:
        """Check the one method that is named, alone or with its options."""
        methods = {chosen: {}} if isinstance(chosen, str) else chosen
        if not isinstance(methods, dict) or len(methods) != 1:
            choices = ", ".join(plugins.names("stages.distill.initial_vectors"))
            raise ValueError(f"{chosen!r}: expected one method, alone or with its options; one of: {choices}")
        return {
            name: check_options("stages.distill.initial_vectors", name, options) for name, options in methods.items()
        }

    @model_validator(mode="after")
    def check_family(self) -> Self:
        """Check that the family can be trained on each objective."""
        check_options("stages.distill.families", self.family, {})
        self._check_models()
        if (self.shape or self.architecture) and self.initial == "teacher":
            raise ValueError(
                "shape, architecture: the teacher's weights fit the teacher's shape only; set `initial: random`"
            )
        if self.architecture and (self.layers or not self.shape):
            raise ValueError(
                f"architecture: a {self.architecture} of its own has no layer of the teacher's; leave `layers` out, "
                "and say its size by `shape`, such as {hidden_size: 384, num_hidden_layers: 6}"
            )
        if self.online and self.signal:
            raise ValueError(f"online: the teacher's signal '{self.signal}' is stored; leave one of the two out")
        for name in self.objectives:
            if not _fits(name, self.family):
                fitting = [other for other in plugins.names("stages.distill.objectives") if _fits(other, self.family)]
                raise ValueError(
                    f"objectives: {name} is not for students of family '{self.family}'; those that are: "
                    + ", ".join(fitting)
                )
        self._check_online()
        return self

    def _check_online(self) -> None:
        """Check that one batch serves all objectives that need an online teacher."""
        examples = {name: signals["online"] for name in self.objectives if "online" in (signals := _signals(name))}
        formats = plugins.constant("stages.distill.families", self.family, "EXAMPLES")
        if len(set(examples.values())) > 1:
            needs = "; ".join(f"{name} needs {formats.get(example, example)}" for name, example in examples.items())
            raise ValueError(f"objectives: no batch serves all of them: {needs}; leave one of the two out")
        self._check_on_policy(examples)

    def _check_models(self) -> None:
        """Check that the family knows the architecture, and how to make its models narrower."""
        models = plugins.constant("stages.distill.families", self.family, "MODELS")
        if self.architecture and self.architecture not in models:
            raise ValueError(
                f"architecture: {self.architecture} is not of family '{self.family}'; those that are: "
                + ", ".join(models)
            )
        if self.width and self.initial == "random":
            raise ValueError("width: random weights have no important units; use `shape`, or `initial: teacher`")

    def _check_on_policy(self, examples: dict[str, str]) -> None:
        if self.on_policy is None:
            return
        if not plugins.constant("stages.distill.families", self.family, "WRITES", False):
            raise ValueError(f"on_policy: a student of family '{self.family}' writes nothing; leave it out")
        if not self.online:
            raise ValueError(
                "on_policy: no stored signal covers what the student will write; set `online: true`, or leave it out"
            )
        for name, example in examples.items():
            if example != "text":
                formats = plugins.constant("stages.distill.families", self.family, "EXAMPLES")
                raise ValueError(f"on_policy: {name} needs {formats.get(example, example)}; leave one of the two out")

    def check_tokenizer(self, tokenizer: Tokenizer) -> None:
        """Check that an online teacher reads the student's pieces, unless each reads the text by its own."""
        read = {name: _signals(name).get("online") for name in self.objectives} if self.online else {}
        if tokenizer.added_pieces or tokenizer.trim:
            for name, example in read.items():
                if example not in (None, OWN_PIECES):
                    raise ValueError(
                        f"online: {name} compares piece by piece, and '{self.tokenizer}' has other pieces than its "
                        f"base (added_pieces: {tokenizer.added_pieces}, trim: {str(tokenizer.trim).lower()}): use a "
                        "stored signal, a tokenizer with added_pieces: 0 and trim: false, or the objective "
                        "universal_logits"
                    )

    def check_signal(self, signal: Teach | None) -> None:
        """Check that the signal is one that the objectives learn from, of this teacher and this corpus."""
        kind = signal.signal if signal else "online" if self.online else None
        formats = plugins.constant("stages.distill.families", self.family, "EXAMPLES")
        by_objective = {name: _signals(name) for name in self.objectives}
        for name, signals in by_objective.items():
            if signals and kind not in signals:
                raise ValueError(
                    f"objectives: {name} learns from a teacher's {' or '.join(signals)}; "
                    f"this student has {f'its {kind}' if kind else 'no signal'}"
                )
            if kind in signals and signals[kind] not in formats:
                raise ValueError(
                    f"objectives: from {kind}, {name} learns by {signals[kind]}, which students of family "
                    f"'{self.family}' do not read; they read: {', '.join(formats)}"
                )
        if kind and not any(by_objective.values()):
            raise ValueError(f"no objective learns from the teacher's {kind}: leave it out, or add one that does")
        learners = [name for name, signals in by_objective.items() if signals]
        if signal and len(learners) < len(by_objective) and _signal_constant(signal, "REPLACES_TEXT"):
            on_text = next(name for name in by_objective if name not in learners)
            raise ValueError(
                f"objectives: {on_text} is on the text, which is here what the teacher wrote and {learners[0]} "
                "learns; leave it out"
            )
        any_teacher = signal and _signal_constant(signal, "ANY_STUDENT")
        teacher = self.teacher if any_teacher else signal.teacher if signal else None
        if signal and (teacher, signal.corpus) != (self.teacher, self.corpus):
            raise ValueError(
                f"signal: it holds the outputs of '{signal.teacher}' on corpus '{signal.corpus}', "
                f"but the student's teacher is '{self.teacher}' and its corpus '{self.corpus}'"
            )


def _fits(objective: str, family: str) -> bool:
    signals, formats = _signals(objective), plugins.constant("stages.distill.families", family, "EXAMPLES")
    families = plugins.constant("stages.distill.objectives", objective, "FAMILIES", (family,))
    return family in families and (not signals or not set(signals.values()).isdisjoint(formats))


def _signals(objective: str) -> dict[str, str]:
    """Give the kinds of signal that an objective can learn from, each with the format of examples that it needs."""
    signals: dict[str, str] = plugins.constant("stages.distill.objectives", objective, "SIGNALS")
    return signals


def _signal_constant(signal: Teach, constant: str) -> bool:
    return bool(plugins.constant("stages.teach.signals", signal.signal, constant, False))
