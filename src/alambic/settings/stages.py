"""What an item of each stage may set, one class per stage."""

from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import (
    Field,
    NonNegativeFloat,
    NonNegativeInt,
    PositiveFloat,
    PositiveInt,
    field_validator,
    model_validator,
)

from alambic import plugins
from alambic.errors import nearest
from alambic.plugins import Location
from alambic.settings.base import Plugged, Refers, Settings, Share, check_options
from alambic.settings.terms import Bill
from alambic.settings.width import Width


class Collect(Plugged):
    """Bring the documents of one source."""

    plugin_field: ClassVar[str] = "source"
    plugin_folder: ClassVar[str] = "collect.sources"
    source: str = Field(description="a module of collect/sources")


class Fetch(Plugged):
    """Bring one pretrained model, at a pinned revision."""

    plugin_field: ClassVar[str] = "origin"
    plugin_folder: ClassVar[str] = "fetch.origins"
    origin: str = Field(description="a module of fetch/origins")


class Tokenizer(Settings):
    """Fit a model's tokenizer to a corpus: learn medical pieces, drop the pieces that French never uses."""

    base: Annotated[str, Refers("fetch")]
    corpus: Annotated[str, Refers("clean")]
    added_pieces: NonNegativeInt = Field(1000, description="how many pieces to learn from the corpus")
    minimum_count: PositiveInt = Field(5, description="a learnt piece must be seen that often in the corpus")
    trim: bool = Field(True, description="drop the base pieces that neither the corpus nor general French uses")
    general_pieces: NonNegativeInt = Field(
        8000, description="how many of the base's most frequent pieces in French letters stay, whatever the corpus says"
    )


class Teach(Plugged):
    """Store what a teacher says about a corpus."""

    plugin_field: ClassVar[str] = "signal"
    plugin_folder: ClassVar[str] = "teach.signals"
    teacher: Annotated[str, Refers("fetch", "adapt")]
    corpus: Annotated[str, Refers("clean")]
    signal: str = Field(description="a module of teach/signals")
    documents_per_shard: PositiveInt = Field(2000, description="a killed job loses one shard at most")


class Optimization(Settings):
    """How weights are trained; the batch is global, whatever the number of ranks."""

    batch_size: PositiveInt = Field(32, description="sequences per optimizer step, over all ranks")
    epochs: PositiveInt = 1
    learning_rate: PositiveFloat = 5e-4
    weight_decay: NonNegativeFloat = 0.01
    warmup: Share = Field(0.06, description="share of the steps over which the learning rate grows")
    max_gradient_norm: PositiveFloat = 1.0
    precision: Literal["fp32", "bf16", "fp16"] = "fp32"


class Adapt(Optimization):
    """Let a causal model go on learning on a corpus, so that it teaches its domain better."""

    base: Annotated[str, Refers("fetch")]
    corpus: Annotated[str, Refers("clean")]
    method: Literal["lora", "full"] = "lora"
    rank: PositiveInt = Field(16, description="of the low-rank changes, for lora")
    alpha: PositiveInt = Field(32, description="by which, over the rank, the low-rank changes are multiplied")
    merge: Annotated[float, Field(gt=0, le=1)] = Field(1.0, description="share of the change that is kept")
    sequence_length: PositiveInt = Field(512, description="tokens; longer documents are cut into several sequences")
    seed: NonNegativeInt = 0


class OnPolicy(Settings):
    """How much of what a student learns it writes itself."""

    share: Annotated[float, Field(gt=0, le=1)] = Field(0.5, description="of the sequences, drawn anew in each epoch")
    new_tokens: PositiveInt = Field(64, description="what it writes at most")
    temperature: PositiveFloat = Field(1.0, description="at which it draws")


class Distill(Optimization):
    """Train a student on a corpus, with a teacher's stored signal or without."""

    family: str = Field("encoder", description="a module of distill/families: what kind of model the student is")
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
    initial_vectors: dict[str, dict[str, Any]] = Field(
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
    objectives: dict[str, dict[str, Any]] = Field(
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
            checked[name] = {"weight": float(weight), **check_options("distill.objectives", name, own)}
        return checked

    @field_validator("initial_vectors", mode="before")
    @classmethod
    def check_initial_vectors(cls, chosen: Any) -> dict[str, Any]:
        """Check the one method that is named, alone or with its options."""
        methods = {chosen: {}} if isinstance(chosen, str) else chosen
        if not isinstance(methods, dict) or len(methods) != 1:
            known = ", ".join(plugins.names("distill.initial_vectors"))
            raise ValueError(f"{chosen!r}: expected one method, alone or with its options; one of: {known}")
        return {name: check_options("distill.initial_vectors", name, options) for name, options in methods.items()}

    @model_validator(mode="after")
    def check_family(self) -> Self:
        """Check that the family can be trained on each objective."""
        check_options("distill.families", self.family, {})
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
            name for name in self.objectives if "online" in plugins.constant("distill.objectives", name, "SIGNALS")
        ]
        apart = [name for name in beside if plugins.constant("distill.objectives", name, "ANY_TOKENIZER", False)]
        if apart and len(beside) > len(apart):
            raise ValueError(
                f"objectives: for {apart[0]} the teacher reads in tokens of its own, for the others of {beside} in the "
                "student's; leave one of the two out"
            )
        self._check_on_policy(apart)
        possible = plugins.constant("distill.families", self.family, "SIGNALS")
        for name in self.objectives:
            if not _fits(name, self.family, possible):
                known = [one for one in plugins.names("distill.objectives") if _fits(one, self.family, possible)]
                raise ValueError(
                    f"objectives: {name} is not for students of family '{self.family}'; those that are: "
                    + ", ".join(known)
                )
        return self

    def _check_models(self) -> None:
        """Check that the family knows the architecture, and how to make its models narrower."""
        models = plugins.constant("distill.families", self.family, "MODELS")
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
        if not plugins.constant("distill.families", self.family, "WRITES", False):
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
        wanted = {name: plugins.constant("distill.objectives", name, "SIGNALS") for name in self.objectives}
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
        if signal and (signal.teacher, signal.corpus) != (self.teacher, self.corpus):
            raise ValueError(
                f"signal: it is what '{signal.teacher}' says of corpus '{signal.corpus}', "
                f"but the student's teacher is '{self.teacher}' and its corpus '{self.corpus}'"
            )


def _fits(objective: str, family: str, possible: tuple[str, ...]) -> bool:
    signals = plugins.constant("distill.objectives", objective, "SIGNALS")
    families = plugins.constant("distill.objectives", objective, "FAMILIES", (family,))
    return family in families and (not signals or not set(signals).isdisjoint(possible))


class Task(Plugged):
    """What models are compared on: data, a kind of prediction, and metrics."""

    plugin_field: ClassVar[str] = "task"
    plugin_folder: ClassVar[str] = "tasks"
    task: str = Field(description="a module of tasks")
    data: Annotated[dict[str, str], Refers("collect")] = Field(
        {}, description="which collected source serves as which input of the task"
    )
    metrics: list[str] = Field([], description="modules of evaluate/metrics; empty: those that the task names")
    finetune: dict[str, Any] = Field({}, description="what this task sets otherwise than the section `finetune`")
    augment: dict[str, dict[str, Any]] = Field(
        {}, description="modules of perturb/perturbations: each training text gets a copy, changed by them in turn"
    )
    perturb: dict[str, dict[str, dict[str, Any]]] = Field(
        {}, description="names of further test sets, and the perturbations that make each from the others"
    )
    abbreviations: Annotated[str | None, Refers("collect")] = Field(
        None, description="collected labels in two wordings, from which words and their abbreviations are learnt"
    )

    def as_learnt(self) -> Self:
        """Leave out what only scoring reads, so that a new perturbation trains nothing again."""
        return self.model_copy(update={"perturb": {}} | ({} if self.augment else {"abbreviations": None}))

    @model_validator(mode="after")
    def check_metrics(self) -> Self:
        """Take the task's own metrics where none is given, and check that they exist."""
        metrics = self.metrics or list(plugins.constant("tasks", self.task, "METRICS"))
        for name in metrics:
            check_options("evaluate.metrics", name, {})
        object.__setattr__(self, "metrics", metrics)
        return self

    @model_validator(mode="after")
    def check_perturbations(self) -> Self:
        """Check each perturbation's options, and that there is something to learn abbreviations from."""

        def checked(chosen: dict[str, Any]) -> dict[str, Any]:
            found = {name: check_options("perturb.perturbations", name, options) for name, options in chosen.items()}
            if not self.abbreviations and found.keys() & {"abbreviations", "expansions"}:
                raise ValueError("abbreviations: name a collected source of labels in two wordings, such as icd10_fr")
            return found

        object.__setattr__(self, "augment", checked(self.augment))
        object.__setattr__(self, "perturb", {name: checked(chosen) for name, chosen in self.perturb.items()})
        return self

    @model_validator(mode="after")
    def check_data(self) -> Self:
        """Check that every input of the task is given, and no other."""
        wanted = set(plugins.signature("tasks", self.task).inputs)
        for name in self.data.keys() - wanted:
            raise ValueError(f"data: unknown input '{name}' of task '{self.task}'; {nearest(name, wanted)}")
        for name in sorted(wanted - self.data.keys()):
            raise ValueError(f"data: task '{self.task}' needs '{name}': the name of a collected source")
        return self


class ScoredTexts(Task):
    """What of a task determines its test texts, as the plan fills it in: a corpus is made again for nothing else."""

    name: Annotated[str, Location()] = Field("", description="the task's, or the tasks' that share these texts")


class Embargo(Settings):
    """A list of traces of test texts, made by `python -m alambic embargo`."""

    path: Annotated[str, Location()]
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")


class Clean(Settings):
    """Make one corpus from the documents of several sources."""

    sources: Annotated[list[str], Refers("collect")] = Field(min_length=1)
    steps: dict[str, dict[str, Any]] = Field(
        {"normalise": {}, "length": {}, "language": {}, "exact_duplicates": {}, "near_duplicates": {}},
        validate_default=True,  # or a job, which reads them back, would find other options than were planned
        description="modules of clean/steps with their options, in the order in which they are taken",
    )
    decontaminate: bool = Field(True, description="leave out the test texts of every task, and those of `embargo`")
    embargo: list[Embargo] = Field([], description="lists of traces of test texts that are not at hand")
    excluded: list[ScoredTexts] = Field([], description="the tasks' test texts, as the plan fills them in")
    held_out: Share = Field(0.05, description="share of the documents kept apart, chosen by their hash")

    @model_validator(mode="after")
    def check_embargo(self) -> Self:
        """Refuse an embargo that would not be looked at."""
        if self.embargo and not self.decontaminate:
            raise ValueError("embargo: nothing is left out with `decontaminate: false`; remove one of the two")
        return self

    @field_validator("steps", mode="after")
    @classmethod
    def check_steps(cls, steps: dict[str, Any]) -> dict[str, Any]:
        """Check each step's options."""
        return {name: check_options("clean.steps", name, options) for name, options in steps.items()}


class Recipe(Optimization):
    """How a model is fine-tuned on a task."""

    batch_size: PositiveInt = 32
    epochs: PositiveInt = 3
    learning_rate: PositiveFloat = 2e-4
    max_length: PositiveInt = Field(128, description="tokens; longer texts are cut into overlapping windows")
    train_embeddings: bool = Field(False, description="also the table of pieces, most of a small model's weights")


class Finetune(Settings):
    """Fine-tune one model on one task from one seed."""

    model: Annotated[str, Refers("fetch", "adapt", "distill")]
    task: Task
    recipe: Recipe
    seed: NonNegativeInt


class Evaluate(Settings):
    """Score one model, or the dictionary, on one task, over all its seeds."""

    finetuned: Annotated[list[str], Refers("finetune")] = Field([], description="empty: the dictionary")
    task: Task
    metrics: list[str] = []
    seeds: list[NonNegativeInt] = []
    resamples: PositiveInt = 1000
    confidence: Share = 0.95


class Report(Settings):
    """Show an experiment's artifacts on one page."""

    experiment: str
    title: str | None = None
    compare: list[tuple[str, str]] = []
    items: list[str] = Field(description="`stage/item` of every artifact, in the order of the inputs")
    bills: dict[str, Bill] = Field({}, description="what each student is made from, as the plan fills it in")
    artifacts: Annotated[list[str], Refers("*")] = Field(description="the same, as references")
