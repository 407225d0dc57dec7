"""Which artifact each item makes, from what, and where: the whole pipeline at a glance.

Imports no stage code and nothing heavy: every Slurm job computes the plan again.
"""

import contextlib
import json
from pathlib import Path
from typing import Any

from alambic import settings
from alambic.data.model_checks import read_object
from alambic.errors import UserError
from alambic.planning.artifact import Artifact
from alambic.planning.licences.release import check_release, finetuned_name, licence_reports, released_licence
from alambic.planning.licences.shown_texts import tasks_with_shown_texts
from alambic.planning.rejected_share import check_rejected
from alambic.settings import (
    DICTIONARY,
    STAGES,
    Experiment,
    FinetuneSection,
    StageSettings,
    identity,
    references,
)
from alambic.settings.few_shot import resolved_rows
from alambic.settings.local_paths import local_paths
from alambic.settings.student_checks import check_student

RESULTS = Path("results")


class Plan(dict[str, Artifact]):
    """Every artifact of an experiment by name, in the order in which data flows."""

    def __init__(self, experiment: Experiment) -> None:
        super().__init__()
        self.experiment = experiment
        self.licence_reports = licence_reports(experiment)
        check_release(experiment, self.licence_reports)
        for stage in STAGES:
            for item, section in experiment.items(stage).items():
                self._add(stage, item, self._resolved(section, f"{stage}.{item}"))
        self._check_students()
        for item, source in experiment.collect.items():
            check_rejected(item, self[f"collect/{item}"].manifest, source.max_rejected)
        for task in sorted(experiment.tasks, key=lambda name: bool(experiment.tasks[name].reader)):
            self._add_task(task)
        for item, explained in experiment.explain.items():
            self._add("explain", item, explained.resolved(experiment.tasks, experiment.seeds))
        for stage, items in (("calibrate", experiment.calibrate), ("study", experiment.study)):
            for item, asked in items.items():
                self._add(stage, item, asked.resolved(experiment.tasks))
        for item in experiment.release.models:
            self._add_release(item)
        self._add_report()

    @property
    def report(self) -> Artifact:
        """The artifact that shows all the others."""
        return self[f"report/{self.experiment.name}"]

    def fetched(self, model: str) -> Artifact:
        """Give the fetched model whose shape a teacher has: itself, or what it was adapted from."""
        adapted = self.experiment.adapt.get(model)
        return self[f"fetch/{adapted.base if adapted else model}"]

    def configuration(self, model: str) -> dict[str, Any] | None:
        """Read the config.json of a fetched or adapted model, or of the local folder that it will be copied from.

        None where neither is there, or where the local one is no configuration, of which the preflight speaks.
        """
        fetched = self.fetched(model)
        if (fetched.folder / "config.json").exists():
            return read_object(fetched.folder / "config.json")
        for _, path, _ in local_paths(fetched.settings):
            with contextlib.suppress(UserError, OSError):
                return read_object(Path(path).expanduser() / "config.json")
        return None

    @property
    def results(self) -> Path:
        """The folder with the files that scripts may rely on."""
        return RESULTS / self.experiment.name

    def _check_students(self) -> None:
        """Check each student against its teacher, where that is there already; the stage itself checks it again."""
        for item, student in self.experiment.distill.items():
            try:
                if (config := self.configuration(student.teacher)) is not None:
                    check_student(student, config)
            except UserError as error:
                raise UserError(f"distill.{item}: {error}") from error

    def _resolved(self, section: StageSettings, item: str) -> StageSettings:
        """Put into a corpus's settings the test sets that it must not hold, and into a student's its licence report."""
        if isinstance(section, settings.Distill):
            return section.model_copy(update={"licence_report": self.licence_reports[item]})
        if isinstance(section, settings.Clean) and section.decontaminate:
            return section.model_copy(update={"excluded": self._test_sets()})
        return section

    def _test_sets(self) -> list[settings.ScoredTexts]:
        """List what selects the tasks' test texts, once each, in an order that the tasks' names do not alter."""
        by_identity: dict[str, settings.ScoredTexts] = {}
        for name, task in self.experiment.tasks.items():
            texts = settings.ScoredTexts.of(name, task)
            data = {role: self[f"collect/{source}"].fingerprint for role, source in texts.data.items()}
            key = json.dumps([identity(texts), data], sort_keys=True)
            names = f"{by_identity[key].name}, {name}" if key in by_identity else name
            by_identity[key] = texts.model_copy(update={"name": names})
        return [by_identity[key] for key in sorted(by_identity)]

    def _add(self, stage: str, item: str, section: StageSettings) -> str:
        inputs: dict[str, list[Artifact]] = {}
        for reference in references(section):
            names = [reference.name if s == "*" else f"{s}/{reference.name}" for s in reference.stages]
            inputs.setdefault(reference.role, []).append(next(self[name] for name in names if name in self))
        self[f"{stage}/{item}"] = Artifact(stage, item, section, inputs)
        return item

    def _add_task(self, name: str) -> None:
        """Fine-tune every model on one task and score it; the dictionary, where it has one, needs no fine-tuning."""
        task, evaluate, finetune = self.experiment.tasks[name], self.experiment.evaluate, self.experiment.finetune
        for model in task.models_of(finetune.models) if finetune else ():
            assert finetune
            finetuned = [self._add_finetuned(model, name, seed, finetune) for seed in finetune.seeds]
            self._add_scored(model, name, finetuned=finetuned, seeds=finetune.seeds, task=task.answered_by(model))
        if DICTIONARY in evaluate.baselines and task.baseline:
            self._add_scored(DICTIONARY, name, task=task)
        for system, given in ((system, each[name]) for system, each in evaluate.predictions.items() if name in each):
            self._add_scored(system, name, predictions=given, task=task)
        for row, shown in resolved_rows(self.experiment.predict.few_shot, name, task).items():
            self._add_scored(row, name, few_shot=shown, task=task.answered_by(row, shown.form))
        self._add_speed(name)

    def _add_scored(self, system: str, name: str, **answering: Any) -> None:
        """Answer one task by one system, and score its answers; a part for calibration only where one asks for it."""
        task, evaluate = self.experiment.tasks[name], self.experiment.evaluate
        asked = any(name == item.task and system in item.systems for item in self.experiment.calibrate.values())
        predict = settings.Predict(calibration=asked or not task.sets_calibration_apart, **answering)
        section = settings.Evaluate(
            predictions=self._add("predict", f"{system}/{name}", predict),
            dataset=settings.Dataset.of(task),
            **{name: getattr(task, name) for name in ("metrics", "reader", "scorer")},
            resamples=evaluate.resamples,
            confidence=evaluate.confidence,
        )
        self._add("evaluate", f"{system}/{name}", section)

    def _add_speed(self, name: str) -> None:
        """Time, in one process, what is scored on one task: the first seed of each model, and the dictionary."""
        task, speed = self.experiment.tasks[name], self.experiment.speed
        models = task.models_of(self.experiment.finetune.models) if self.experiment.finetune else []
        baseline = task.baseline if DICTIONARY in self.experiment.evaluate.baselines else None
        if speed.rounds and (models or baseline):
            section = settings.Speed(
                finetuned=[f"{model}/{name}/seed{self.experiment.seeds[0]}" for model in models],
                models=models,
                task=task.answered_by(models[0] if models else "").as_learnt(),
                baseline=baseline,
                rounds=speed.rounds,
                int8=speed.int8,
                metrics=task.metrics if speed.int8 else [],
                heads=sorted({*map(task.head_of, models)}),
            )
            self._add("speed", name, section)

    def _add_finetuned(self, model: str, task: str, seed: int, finetune: FinetuneSection) -> str:
        """Fine-tune a model on a task; a teacher that helps is fine-tuned before it, and predicts the corpus."""
        name = f"{model}/{task}/seed{seed}"
        if f"finetune/{name}" in self:
            return name
        section = settings.Finetune(
            model=model,
            task=self.experiment.tasks[task].answered_by(model).as_learnt().without_score_limits(),
            recipe=self.experiment.recipe_of(self.experiment.tasks[task], model),
            seed=seed,
        )
        if (distillation := finetune.task_distillation.get(model)) is not None:
            signal = self._add_signal(model, distillation, task, seed, finetune)
            section = section.model_copy(update={"signal": signal, **distillation.of_finetuning})
        report = self._licence_report(model, task)
        return self._add("finetune", name, section.model_copy(update={"licence_report": report}))

    def _add_signal(
        self, model: str, distillation: settings.TaskDistillation, task: str, seed: int, finetune: FinetuneSection
    ) -> str:
        """Store what a fine-tuned teacher says of a corpus, once for all models that learn the same from it."""
        of = distillation.teacher_task or task
        teacher = self._add_finetuned(distillation.teacher, of, seed, finetune)
        section = distillation.stored_signal(teacher, head=self.experiment.tasks[of].head_of(distillation.teacher))
        name = f"{teacher}/{distillation.corpus}"
        if (stored := self.get(f"teach/{name}")) and stored.settings != section:
            name += f"/{model}"
        return name if f"teach/{name}" in self else self._add("teach", name, section)

    def _add_release(self, item: str) -> None:
        """Make a fine-tuned model ready, with its scores and the licences behind it."""
        released = self.experiment.release.models[item]
        task, report = self.experiment.tasks[released.task], self._licence_report(released.model, released.task)
        seed = self.experiment.seeds[0] if released.seed is None else released.seed
        weights = [each.path[-1].removeprefix("fetch.") for each in report.ingredients if each.kind == "weights"]
        section = settings.Release(
            name=item,
            finetuned=f"{released.model}/{released.task}/seed{seed}",
            predictions=f"{released.model}/{released.task}",
            evaluation=f"{released.model}/{released.task}",
            weights=list(dict.fromkeys(weights)),
            task=task.answered_by(released.model).as_learnt(),
            metrics=task.metrics,
            seed=seed,
            onnx=released.onnx,
            licence=released_licence(item, released, report),
            licence_report=report,
        )
        self._add("release", item, section)

    def _licence_report(self, model: str, task: str) -> settings.LicenceReport:
        return self.licence_reports.get(finetuned_name(model, task)) or settings.LicenceReport()

    def _add_report(self) -> None:
        section, promote, tasks = self.experiment.report, self.experiment.promote, self.experiment.tasks
        report = settings.Report(
            experiment=self.experiment.name,
            **{name: getattr(section, name) for name in ("title", "compare", "replicates", "judgements")},
            chosen=section.sections,
            texts=tasks_with_shown_texts(self.experiment),
            promote=promote.resolved(tasks) if promote else None,
            metrics=sorted({metric for task in tasks.values() for metric in task.metrics}),
            licence_reports=self.licence_reports,
            items=list(self),
        )
        self._add("report", self.experiment.name, report)
