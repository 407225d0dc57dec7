"""A whole experiment: its sections, and the names that must agree between them."""

from collections import Counter
from collections.abc import Iterable, Mapping
from functools import cached_property
from pathlib import Path
from shlex import quote
from typing import Annotated, Self

from pydantic import Field, ValidationError, model_validator

from alambic import plugins
from alambic.errors import nearest
from alambic.plugins import LocalPath
from alambic.settings.base import ItemName, Settings, StageSettings, describe
from alambic.settings.calibrate import CalibrateItem, check_calibrate
from alambic.settings.corpus import Clean, Collect, Fetch, Tokenizer
from alambic.settings.explain import ExplainItem, check_explain
from alambic.settings.few_shot import check_few_shot
from alambic.settings.models import Adapt, Recipe, Teach
from alambic.settings.parsing import shortened
from alambic.settings.promotion import PromoteSection
from alambic.settings.references import Reference, references
from alambic.settings.release import ReleaseSection
from alambic.settings.replicates import check_replicates
from alambic.settings.sections import EvaluateSection, FinetuneSection, PredictSection, ReportSection, SpeedSection
from alambic.settings.stages import MODEL_STAGES, STAGES
from alambic.settings.student import Distill
from alambic.settings.study import StudyItem, check_study
from alambic.settings.task import DICTIONARY, Task
from alambic.settings.task_heads import check_accepted, check_named_models, check_reader, check_scorer, check_taught
from alambic.settings.terms import Terms
from alambic.settings.test_set_names import names_of_test_sets

RESOLVED = ("calibrate", "explain", "study")  # stages whose section the plan completes with tasks and their answers


class Experiment(Settings):
    """Everything that determines the numbers of one study."""

    name: ItemName
    description: str = ""
    plugins: Annotated[str, LocalPath()] = Field(
        "", description="a folder with plug-ins of your own, with the package's sub-folders, such as tasks/datasets"
    )
    release: ReleaseSection = ReleaseSection()
    licences: dict[str, Terms] = Field({}, description="terms of licences that are in no table")
    cite: dict[ItemName, str] = Field({}, description="what must be cited of a source or model, where it does not say")
    collect: dict[ItemName, Collect]
    clean: dict[ItemName, Clean] = {}
    fetch: dict[ItemName, Fetch] = {}
    adapt: dict[ItemName, Adapt] = {}
    tokenizer: dict[ItemName, Tokenizer] = {}
    teach: dict[ItemName, Teach] = {}
    distill: dict[ItemName, Distill] = {}
    tasks: dict[ItemName, Task] = {}
    finetune: FinetuneSection | None = None
    predict: PredictSection = PredictSection()
    evaluate: EvaluateSection = EvaluateSection()
    calibrate: dict[ItemName, CalibrateItem] = {}
    explain: dict[ItemName, ExplainItem] = {}
    study: dict[ItemName, StudyItem] = {}
    speed: SpeedSection = SpeedSection()
    promote: PromoteSection | None = None
    report: ReportSection = ReportSection()

    def read_from(self, path: Path, *, shipped: bool) -> None:
        """Note the file that this was read from: one of those that are shipped goes by its name."""
        self.__dict__["argument"] = path.stem if shipped else quote(str(path))  # no setting: equal ones stay equal

    @cached_property
    def argument(self) -> str:
        """The word that names this experiment on a command line, as in `make run EXPERIMENT=...`."""
        return self.name

    def items(self, stage: str) -> Mapping[str, StageSettings]:
        """Give a stage's items by name; none of a stage whose items the plan makes, such as `evaluate`."""
        section = getattr(self, stage)
        return section if isinstance(section, dict) and stage not in RESOLVED else {}

    @property
    def models(self) -> list[str]:
        """Name every model that may be fine-tuned: fetched and adapted ones, students."""
        return [name for stage in MODEL_STAGES for name in self.items(stage)]

    @property
    def seeds(self) -> list[int]:
        """List those from which models are fine-tuned."""
        return self.finetune.seeds if self.finetune else []

    @model_validator(mode="after")
    def add_noisy_test_sets(self) -> Self:
        """Give the tasks the test sets of the section `predict`."""
        tasks = dict(self.tasks)
        for name, task in tasks.items() if self.predict.robustness else ():
            assert self.predict.robustness is not None
            try:
                tasks[name] = task.with_robustness(self.predict.robustness)
            except ValueError as error:
                raise ValueError(f"tasks.{name}: predict.{error}") from error
        object.__setattr__(self, "tasks", tasks)
        return self

    @model_validator(mode="after")
    def check_names(self) -> Self:
        """Check that every name refers to an item that exists."""
        sections: dict[str, Mapping[str, Settings]] = {stage: self.items(stage) for stage in STAGES}
        for section, items in {**sections, "tasks": self.tasks}.items():
            _check_case(section, items)
            for item, settings in items.items():
                for reference in references(settings):
                    self._check_reference(f"{section}.{item}.{reference.field}", reference)
        self._check_signals()
        brought = [stage for stage, settings in STAGES.items() if settings.brings]
        for item in self.cite:
            names = [name for stage in brought for name in self.items(stage)]
            if item not in names:
                raise ValueError(f"cite.{item}: no {' or '.join(brought)} item of that name; {nearest(item, names)}")
        self._check_models()
        return self

    def _check_signals(self) -> None:
        """Check that each signal can be stored, and that each student can learn from its own."""
        for item, teach in self.teach.items():
            if teach.head is not None:
                raise ValueError(f"teach.{item}.head: {shortened(teach.head)}: the plan fills it in; leave it out")
            if plugins.constant("stages.teach.signals", teach.signal, "FINETUNED", False):
                raise ValueError(
                    f"teach.{item}.signal: '{teach.signal}' are those of a model that was fine-tuned on a task: name a "
                    "student that learns from them under `finetune.task_distillation`: they are stored by themselves"
                )
        for item, student in self.distill.items():
            try:
                student.check_signal(self.teach[student.signal] if student.signal else None)
                student.check_tokenizer(self.tokenizer[student.tokenizer])
            except ValueError as error:
                raise ValueError(f"distill.{item}.{error}") from error

    def _check_models(self) -> None:
        """Check that each model has a name of its own, and that those exist which are fine-tuned and compared."""
        section = self._finetune_section()
        systems, prompted = self.evaluate.predictions, self.predict.few_shot
        names = Counter([*self.models, *section.task_distillation, *systems, *prompted, DICTIONARY])
        clash = sorted(name for name, times in names.items() if times > 1)
        if clash:
            raise ValueError(
                f"{clash} names two models: a fetched one, an adapted one, a student, one of "
                "`finetune.task_distillation`, of `evaluate.predictions` or of `predict.few_shot`, and "
                f"'{DICTIONARY}' must differ"
            )
        _check_case("models", names)
        check_replicates(self.report.replicates, self.distill, [*names], section.models)
        models = [*section.models, *section.by_model, *(name for pair in self.report.compare for name in pair)]
        for model in models:
            if model in self.report.replicates and model not in section.models:
                continue
            if model not in names or (model in {*systems, *prompted} and model in section.models):
                remedy = nearest(model, list(names))
                raise ValueError(f"finetune.models or report.compare: no model '{model}'; {remedy}")
        for system, by_task in systems.items():
            for task_name, source in by_task.items():
                for given, known in ((task_name, list(self.tasks)), (source, list(self.collect))):
                    if given not in known:
                        raise ValueError(f"evaluate.predictions.{system}: no '{given}'; {nearest(given, known)}")
        check_few_shot(prompted, self.tasks, [*self.fetch])
        for name, distillation in section.task_distillation.items():
            teachers = [each for each in section.models if each not in section.task_distillation]
            choices = {
                "model": self.models,
                "teacher": teachers,
                "corpus": [*self.clean],
                "teacher_task": [*self.tasks],
            }
            distillation.check_names(f"finetune.task_distillation.{name}", choices)
            for item, task in self.tasks.items():
                if name in task.models_of(section.models):
                    of = self.tasks[distillation.teacher_task or item]
                    check_taught(f"tasks.{item}", task, name, distillation.teacher, signal=distillation.signal, of=of)
        for item, task in self.tasks.items():
            _check_case(f"tasks.{item}.perturb", task.perturb)
            check_named_models(f"tasks.{item}", task, names, section.models if self.finetune else [])
            check_scorer(f"tasks.{item}", task, [*self.fetch, *self.adapt, *self.distill])
            check_reader(f"tasks.{item}", task, self.tasks, section.models if self.finetune else [], section.seeds)
            for model in task.models_of(section.models):
                self.recipe_of(task, model)
                base = section.task_distillation[model].model if model in section.task_distillation else model
                check_accepted(f"tasks.{item}", task, model, base, self.distill)
        self._check_released(section)
        scored = self._scored(section)
        for resolved in RESOLVED:
            _check_case(resolved, getattr(self, resolved))
        sets = {name: names_of_test_sets(task, self.collect) for name, task in self.tasks.items()}
        check_calibrate(self.calibrate, scored, self.tasks, self.report.replicates, sets)
        check_explain(self.explain, section.models if self.finetune else [], self.tasks, sets)
        check_study(self.study, scored, {name: item.methods for name, item in self.explain.items()})
        if self.promote is not None:
            self.promote.check(scored, self.tasks, sets, section.seeds)

    def _scored(self, section: FinetuneSection) -> dict[str, list[str]]:
        """List the tasks on which each model, system and group of replicates is scored."""
        scored = {
            model: [name for name, task in self.tasks.items() if model in task.models_of(section.models)]
            for model in (section.models if self.finetune else [])
        }
        scored |= {system: list(by_task) for system, by_task in self.evaluate.predictions.items()}
        scored |= {row: section.answered(row, self.tasks) for row, section in self.predict.few_shot.items()}
        if self.evaluate.baselines:
            scored[DICTIONARY] = [name for name, task in self.tasks.items() if task.baseline]
        replicates = self.report.replicates
        return scored | {
            name: [task for task in self.tasks if all(task in scored[each] for each in members)]
            for name, members in replicates.items()
        }

    def _check_released(self, section: FinetuneSection) -> None:
        """Check that what is released is fine-tuned."""
        _check_case("release.models", self.release.models)
        models = section.models if self.finetune else []
        for item, released in self.release.models.items():
            for field, names in (("model", models), ("task", list(self.tasks))):
                value = getattr(released, field)
                if value not in names:
                    where = " among finetune.models" * (field == "model")
                    raise ValueError(
                        f"release.models.{item}.{field}: no {field} named '{value}'{where}; {nearest(value, names)}"
                    )
            if self.tasks[released.task].models and released.model not in self.tasks[released.task].models:
                raise ValueError(
                    f"release.models.{item}.task: '{released.model}' is not fine-tuned on '{released.task}': name it "
                    f"under tasks.{released.task}.models"
                )
            if released.seed is not None and released.seed not in section.seeds:
                raise ValueError(
                    f"release.models.{item}.seed: {released.seed}: expected one of finetune.seeds, {section.seeds}"
                )

    def _check_reference(self, path: str, reference: Reference) -> None:
        stages = [stage for stage in reference.stages if isinstance(getattr(self, stage), dict)]  # items with names
        items = [item for stage in stages for item in self.items(stage)]
        if reference.name not in items:
            where = " or ".join(stages)
            raise ValueError(f"{path}: no {where} item named '{reference.name}'; {nearest(reference.name, items)}")

    def _finetune_section(self) -> FinetuneSection:
        return self.finetune or FinetuneSection(models=[DICTIONARY])

    def _check_by_model(self, task: Task) -> None:
        name = next((name for name, other in self.tasks.items() if other is task), task.task)
        by_model, where = task.finetune.get("by_model", {}), f"tasks.{name}.finetune.by_model"
        if not isinstance(by_model, dict):
            raise ValueError(f"{where}: {shortened(by_model)}: expected a mapping, such as {{student: {{epochs: 1}}}}")
        models = [*self.models, *self._finetune_section().task_distillation]
        for name, values in by_model.items():
            if name not in models:
                raise ValueError(f"{where}: no model '{name}'; {nearest(name, models)}")
            if not isinstance(values, dict):
                raise ValueError(f"{where}.{name}: {shortened(values)}: expected a mapping, such as {{epochs: 1}}")

    def recipe_of(self, task: Task, model: str) -> Recipe:
        """Join the section `finetune`, what `model` sets otherwise, and what `task` does, which has the last word.

        A task, too, may set something otherwise for a model: `by_model`.
        """
        section = self._finetune_section()
        common = {name: getattr(section, name) for name in Recipe.model_fields}
        if model in section.task_distillation:
            common |= section.by_model.get(section.task_distillation[model].model, {})
        self._check_by_model(task)
        of_task = {name: value for name, value in task.finetune.items() if name != "by_model"}
        by_model = task.finetune.get("by_model", {})
        try:
            return Recipe.model_validate(
                {**common, **section.by_model.get(model, {}), **of_task, **by_model.get(model, {})}
            )
        except ValidationError as error:
            details = [describe(detail, "", list(Recipe.model_fields), Recipe.renamed) for detail in error.errors()]
            raise ValueError(f"finetune of '{model}' on task '{task.task}': {'; '.join(details)}") from error


def _check_case(section: str, names: Iterable[str]) -> None:
    """Refuse names that a file system without capitals takes for one."""
    known: dict[str, str] = {}
    for name in names:
        other = known.setdefault(name.lower(), name)
        if other != name:
            raise ValueError(f"{section}.{name}: differs from '{other}' in capitals alone; expected another name")
