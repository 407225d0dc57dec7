"""What a student may set: its family, what it begins with, and what it learns from."""

from typing import Annotated, Any, Literal, Self

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
from alambic.settings.base import Names, Refers, Settings, check_options
from alambic.settings.models import Teach
from alambic.settings.optimization import Optimization
from alambic.settings.terms import Bill
from alambic.settings.width import Width


class OnPolicy(Settings):
    """How much of what a student learns it writes itself."""

    share: Annotated[float, Field(gt=0, le=1)] = Field(0.5, description="of the sequences, drawn anew in each epoch")
    new_tokens: PositiveInt = Field(64, description="what it writes at most")
    temperature: PositiveFloat = Field(1.0, description="at which it draws")


class Distill(Optimization):
    """Train a student on a corpus, with a teacher's stored signal or without."""

    family: Annotated[str, Names("stages.distill.families")] = Field(
        "encoder", description="a module of distill/families: what kind of model the student is"
    )
    teacher: Annotated[str, Refers("fetch", "adapt")] = Field(
        description="gives the architecture, and the initial weights"
    )
    tokenizer: Annotated[str, Refers("tokenizer")]
    corpus: Annotated[str, Refers("clean")]
    signal: Annotated[str | None, Refers("teach")] = None
    online: bool = Field(False, description="the teacher reads beside the student, and nothing of it is stored")
    on_policy: OnPolicy | None = Field(
        None, description="the student writes a share of the text itself, and the teacher beside it corrects it"
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
    terms: Annotated[Bill, Location()] = Field(
        Bill(), description="what its card says it owes, as the plan fills it in"
    )
    seed: NonNegativeInt = 0

    @field_validator("objectives", mode="after")
    @classmethod
    def check_objectives(cls, objectives: dict[str, Any]) -> dict[str, Any]:
        """Check each objective's options, and the weight that every objective has."""
        checked = {}
        for name, options in objectives.items():
            own = dict(options or {})
            weight = own.pop("weight", 1.0)
            if not isinstance(weight, int | float) or weight < 0:
                raise ValueError(f"{name}.weight: {weight!r}: expected a number of at least 0")
            checked[name] = {"weight": float(weight), **check_options("stages.distill.objectives", name, own)}
        return checked

    @field_validator("initial_vectors", mode="before")
    @classmethod
    def check_initial_vectors(cls, chosen: Any) -> dict[str, Any]:
        """Check the one method that is named, alone or with its options."""
        methods = {chosen: {}} if isinstance(chosen, str) else chosen
        if not isinstance(methods, dict) or len(methods) != 1:
            known = ", ".join(plugins.names("stages.distill.initial_vectors"))
            raise ValueError(f"{chosen!r}: expected one method, alone or with its options; one of: {known}")
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
        beside = [
            name
            for name in self.objectives
            if "online" in plugins.constant("stages.distill.objectives", name, "SIGNALS")
        ]
        apart = [name for name in beside if plugins.constant("stages.distill.objectives", name, "ANY_TOKENIZER", False)]
        if apart and len(beside) > len(apart):
            raise ValueError(
                f"objectives: for {apart[0]} the teacher reads in tokens of its own, for the others of {beside} in the "
                "student's; leave one of the two out"
            )
        self._check_on_policy(apart)
        possible = plugins.constant("stages.distill.families", self.family, "SIGNALS")
        for name in self.objectives:
            if not _fits(name, self.family, possible):
                known = [one for one in plugins.names("stages.distill.objectives") if _fits(one, self.family, possible)]
                raise ValueError(
                    f"objectives: {name} is not for students of family '{self.family}'; those that are: "
                    + ", ".join(known)
                )
        return self

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

    def _check_on_policy(self, apart: list[str]) -> None:
        if self.on_policy is None:
            return
        if not plugins.constant("stages.distill.families", self.family, "WRITES", False):
            raise ValueError(f"on_policy: a student of family '{self.family}' writes nothing; leave it out")
        if not self.online:
            raise ValueError(
                "on_policy: no stored signal speaks of what the student will write; set `online: true`, or leave it out"
            )
        if apart:
            raise ValueError(f"on_policy: for {apart[0]} the teacher reads the text in tokens of its own")

    def check_signal(self, signal: Teach | None) -> None:
        """Check that what the teacher says is what the objectives learn from, of this teacher and this text."""
        found = signal.signal if signal else "online" if self.online else None
        wanted = {name: plugins.constant("stages.distill.objectives", name, "SIGNALS") for name in self.objectives}
        for name, signals in wanted.items():
            if signals and found not in signals:
                raise ValueError(
                    f"objectives: {name} learns from a teacher's {' or '.join(signals)}; "
                    f"this student has {f'its {found}' if found else 'no signal'}"
                )
        if found and not any(wanted.values()):
            raise ValueError(f"no objective learns from the teacher's {found}: leave it out, or add one that does")
        if found == "generated_texts" and "cross_entropy" in self.objectives:
            raise ValueError(
                "objectives: cross_entropy is on the text, which is here what the teacher wrote and sequence_level "
                "learns; leave it out"
            )
        of_any = signal and plugins.constant("stages.teach.signals", signal.signal, "ANY_STUDENT", False)
        heard = self.teacher if of_any else signal.teacher if signal else None
        if signal and (heard, signal.corpus) != (self.teacher, self.corpus):
            raise ValueError(
                f"signal: it is what '{signal.teacher}' says of corpus '{signal.corpus}', "
                f"but the student's teacher is '{self.teacher}' and its corpus '{self.corpus}'"
            )


def _fits(objective: str, family: str, possible: tuple[str, ...]) -> bool:
    signals = plugins.constant("stages.distill.objectives", objective, "SIGNALS")
    families = plugins.constant("stages.distill.objectives", objective, "FAMILIES", (family,))
    return family in families and (not signals or not set(signals).isdisjoint(possible))
