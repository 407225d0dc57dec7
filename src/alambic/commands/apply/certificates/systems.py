"""Which systems code: one alone, or all those whose answers a calibration was fitted on."""

import logging
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from alambic.commands.apply.answers import Answerer, find_model
from alambic.commands.apply.certificates.coder import Coder, System
from alambic.commands.artifact_folders import find_artifact
from alambic.data.inputs import Inputs
from alambic.data.lineage import FOLDER_LENGTH, artifacts_beside
from alambic.data.manifest import FILE, Manifest
from alambic.data.predictions import NAME as PREDICTIONS
from alambic.data.predictions import Answer
from alambic.errors import UserError
from alambic.models.opening import open_config
from alambic.settings import Task
from alambic.stages.calibrate.nearest_wordings import wordings_of
from alambic.tasks.datasets.death_certificates import HEADS
from alambic.tasks.examples import Example, TaskData
from alambic.tasks.head import Prediction, saved_name
from alambic.tasks.loading import load_task
from alambic.tasks.predictors import WithoutModel
from alambic.tasks.words import fold

log = logging.getLogger("alambic")

OF_SEEDS = {"probability_by_other_seeds", "agreement_of_seeds"}  # signals that need the other seeds
OF_SYSTEMS = {"agreement_of_systems"}
OF_WORDINGS = {"nearest_wording"}


@dataclass(frozen=True)
class Source:
    """Where a system is: a fine-tuned model's folder, or the name of a baseline without one."""

    model: Path | None
    baseline: str = ""
    engine: str = "auto"

    def check(self) -> None:
        """UserError where it is no model that codes."""
        if self.model is not None and (name := saved_name(open_config(self.model))) not in HEADS:
            raise UserError(
                f"{self.model} answers by '{name}': certificates are coded by a model of a death_certificates task "
                f"({', '.join(HEADS)}), or by the dictionary, predict/dictionary/TASK"
            )


@dataclass(frozen=True)
class Chosen:
    """The systems that are to code, and the task's data as far as they need it."""

    seeds: Sequence[Source]
    others: Sequence[Source] = ()
    data: TaskData | None = None
    compares: bool = False  # texts with those of training

    def prepare(self, *, lowest: float = 2.0, explains: bool = False) -> Callable[[], Coder]:
        """Learn what is learnt from training texts, once; give what opens the models, in any process forked later."""
        names = {source.baseline for source in (*self.seeds, *self.others) if source.baseline}
        data = self.data
        assert data is not None or not (names or explains or self.compares)
        dictionaries = {name: Dictionary(WithoutModel(name, data)) for name in names} if data else {}
        wordings = wordings_of(data) if data and (explains or self.compares) else None
        codes_of = _codes_of(data) if data and explains else None

        def opened(source: Source) -> System:
            if source.model is None:
                return dictionaries[source.baseline]
            return Model(Answerer(source.model, engine=source.engine))

        def make() -> Coder:
            seeds, others = ([opened(source) for source in each] for each in (self.seeds, self.others))
            return Coder(seeds, others, wordings=wordings, codes_of=codes_of, lowest=lowest)

        return make


class Model:
    """A fine-tuned model that codes texts."""

    def __init__(self, answerer: Answerer) -> None:
        self.answerer = answerer
        self.labels = tuple(answerer.head.labels)

    def predict(self, texts: Sequence[str]) -> list[Prediction]:
        """Code each text."""
        return self.answerer.predict(texts)


class Dictionary:
    """A baseline that codes texts."""

    labels: tuple[str, ...] = ()

    def __init__(self, baseline: WithoutModel) -> None:
        self.baseline = baseline

    def predict(self, texts: Sequence[str]) -> list[Prediction]:
        """Code each text."""
        return self.baseline.predict([Example(str(place), text, ()) for place, text in enumerate(texts)])


def choose_systems(
    artifact: str, *, engine: str, calibration: Path | None, signals: Sequence[str], explains: bool
) -> Chosen:
    """Find what codes; with a calibration, all systems that its `signals` are about.

    UserError where one of them is not there, or the calibration is that of another system.
    """
    folder, record = find_system(artifact)
    if engine != "auto" and record is not None and record.stage == "predict":
        raise UserError(
            f"--engine {engine}: {artifact} is the dictionary, which has no weights and needs no engine: leave it out"
        )
    if calibration is not None:
        chosen = _of_calibration(folder, record, calibration, set(signals), engine)
    elif record is not None and record.stage == "predict":
        chosen = Chosen([Source(None, record.settings["baseline"])], data=_data(folder))
    else:
        chosen = Chosen([Source(folder, engine=engine)])
        if explains:
            chosen = replace(chosen, data=_data_of_model(folder, record))
    for source in (*chosen.seeds, *chosen.others):
        source.check()
    return chosen


def is_dictionary(artifact: str) -> bool:
    """Tell whether what is to code is the answers of a baseline, such as predict/dictionary/TASK."""
    answers = find_artifact(artifact, PREDICTIONS)
    return answers is not None and bool(Manifest.read(answers / FILE).settings.get("baseline"))


def find_system(artifact: str) -> tuple[Path, Manifest | None]:
    """Give the folder of a model, or of the dictionary's answers, with its manifest where there is one.

    UserError where there is neither.
    """
    answers = find_artifact(artifact, PREDICTIONS)
    if answers is None:
        folder = find_model(artifact)
        place = next((each for each in (folder, folder.parent) if (each / FILE).is_file()), None)
        return folder, None if place is None else Manifest.read(place / FILE)
    record = Manifest.read(answers / FILE)
    if not record.settings.get("baseline"):
        raise UserError(
            f"{artifact} holds the answers of a model, and not the model: give its item of `finetune`, such as "
            f"{', '.join(f'finetune/{name}' for name in record.settings.get('finetuned', [])) or 'finetune/...'}"
        )
    return answers, record


def _of_calibration(folder: Path, record: Manifest | None, calibration: Path, signals: set[str], engine: str) -> Chosen:
    """Find the systems that were calibrated; check that the one which is asked for is the first of them."""
    made = Manifest.read(calibration / FILE)
    names = made.settings.get("systems", [])
    store = _Store(calibration)
    answers = [store.folder(fingerprint) for fingerprint in made.inputs["predictions"]]
    systems = [_sources(each, store, name) for each, name in zip(answers, names, strict=True)]
    _check_first(folder, record, answers[0], calibration)
    first, *others = systems
    own = replace(first[0], engine=engine, model=folder if first[0].model else None)
    if engine == "int8":
        raise UserError(
            "--engine int8 with --calibration: weights of eight bits answer otherwise than the model that was "
            "calibrated, so that its guarantee does not hold for them: leave --engine out"
        )
    return Chosen(
        [own, *(first[1:] if signals & OF_SEEDS else [])],
        [system[0] for system in others] if signals & OF_SYSTEMS else [],
        _data(answers[0]),
        compares=bool(signals & OF_WORDINGS),
    )


class _Store:
    """The artifacts that lie under the same `artifacts` as a calibration."""

    def __init__(self, calibration: Path) -> None:
        self.calibration = calibration
        self.known = artifacts_beside(calibration)

    def folder(self, fingerprint: str) -> Path:
        """Give the folder of one; UserError where it is not there."""
        path = self.known.get(fingerprint[:FOLDER_LENGTH])
        if path is None:
            raise UserError(
                f"{self.calibration} was made from an artifact that is not under the same `artifacts`, "
                f"{fingerprint[:FOLDER_LENGTH]}: bring it there, or calibrate again"
            )
        return path.parent


def _sources(answers: Path, store: _Store, name: str) -> list[Source]:
    """Give the seeds of the system whose answers these are, in their order."""
    record = Manifest.read(answers / FILE)
    if baseline := record.settings.get("baseline"):
        return [Source(None, baseline)]
    if not record.inputs.get("finetuned"):
        raise UserError(
            f"the calibration counts on '{name}', whose answers were brought as a file: nothing here can code by it. "
            "Calibrate without it in `systems`"
        )
    return [Source(store.folder(fingerprint)) for fingerprint in record.inputs["finetuned"]]


def _check_first(folder: Path, record: Manifest | None, answers: Path, calibration: Path) -> None:
    """UserError where the system that is asked for is not the one that answered when the calibration was made."""
    answered = Manifest.read(answers / FILE)
    calibrated = answered.inputs.get("finetuned", [answered.fingerprint])[0]
    given = [] if record is None else [record.fingerprint, *(each for of in record.inputs.values() for each in of)]
    if calibrated not in given:
        seeds = answered.settings.get("finetuned") or [answered.item]
        stage = "finetune" if answered.settings.get("finetuned") else "predict"
        raise UserError(
            f"{calibration} says how sure the answers of {stage}/{seeds[0]} are, and {folder} is another one: give "
            "that model, or calibrate this one"
        )


def _data(folder: Path) -> TaskData:
    """Load the task of an artifact from the artifacts that it was made from."""
    record, store = Manifest.read(folder / FILE), _Store(folder)
    try:
        task = Task.model_validate(record.settings["task"])
    except ValidationError as error:
        why = error.errors()[0]["msg"].partition(";")[0]
        raise UserError(
            f"{folder} was made by another version of this project ({why}): use that version, or make it again"
        ) from error
    roles = [*task.data, *(["abbreviations"] if task.abbreviations else [])]
    inputs = Inputs({role: [store.folder(each) for each in record.inputs[role]] for role in roles})
    log.info("reading the training certificates")
    return load_task(task, inputs)


def _data_of_model(folder: Path, record: Manifest | None) -> TaskData:
    if record is None or record.stage != "finetune":
        raise UserError(
            f"--explain shows the training texts that are most like a line, and {folder} does not say what it learnt "
            "from: give an item of `finetune`, or --calibration"
        )
    return _data(folder)


def _codes_of(data: TaskData) -> Callable[[str], str]:
    """Give what tells the codes that a training text mostly has: of "idm" "I219"."""
    counts: dict[str, Counter[Answer]] = {}
    for example in data.train:
        counts.setdefault(fold(example.text), Counter())[example.gold] += 1
    mostly: Mapping[str, Answer] = {text: of.most_common(1)[0][0] for text, of in counts.items()}

    def codes_of(wording: str) -> str:
        codes: Any = mostly.get(wording, ())
        return codes if isinstance(codes, str) else " ".join(codes)

    return codes_of
