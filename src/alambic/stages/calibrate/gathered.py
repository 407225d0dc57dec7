"""The units of each purpose: to fit the confidence on, to calibrate on, to test on, and others to look at."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from alambic.data.inputs import Inputs
from alambic.errors import UserError, nearest
from alambic.settings import Calibrate
from alambic.stages.calibrate.answered import AnsweredExamples, read_answers
from alambic.stages.calibrate.nearest_wordings import NearestWordings, whole_text, wordings_of
from alambic.stages.calibrate.units import Groups, Units, groups_of, joined, number_units, units_of
from alambic.tasks.examples import TaskData
from alambic.tasks.loading import load_task
from alambic.tasks.sampling import draw

CALIBRATION, TEST = "calibration", "test"


@dataclass(frozen=True)
class Gathered:
    """Units by purpose, and the examples of those that are calibrated and tested on, each with its unit's name."""

    fit: Units
    calibration: Units
    test: Units
    others: Mapping[str, Units]  # further test sets by name, as those with noise
    examples: Sequence[tuple[AnsweredExamples, Sequence[str]]]
    group_of: Groups


def gather(settings: Calibrate, inputs: Inputs) -> Gathered:
    """Read what the systems answered, and share out the units by the hash of their names.

    A task without a part for calibration gives a share of its test units. UserError where a purpose has no units.
    """
    calibrating, testing = read_answers(inputs["predictions"], settings.systems, CALIBRATION, TEST)
    clean = [part for part in calibrating if not part.is_perturbed]
    judged = _judged(testing, settings.datasets)
    group_of = groups_of(clean or judged, settings.groups, from_answer=settings.groups_from == "answer")
    data = load_task(settings.task, inputs)
    wordings = wordings_of(data)
    units = {
        (part.split, part.dataset): units_of(
            part, _nearest(part, data, wordings), group_of=group_of, periods=settings.periods
        )
        for part in (*clean, *testing)
    }
    tested = joined([units[TEST, part.dataset] for part in judged])
    if clean:
        calibration = joined([units[CALIBRATION, part.dataset] for part in clean])
    else:
        apart = _drawn(tested, settings.seed, "calibration", share=settings.shares.calibration)
        calibration, tested = tested.where(apart), tested.where(~apart)
    fitting = _drawn(calibration, settings.seed, "fit", share=settings.shares.fit)
    gathered = Gathered(
        fit=calibration.where(fitting),
        calibration=calibration.where(~fitting),
        test=tested,
        others={p.dataset: units[TEST, p.dataset] for p in testing if all(p is not part for part in judged)},
        examples=[(part, _unit_names(part)) for part in (*clean, *judged)],
        group_of=group_of,
    )
    for purpose in ("fit", "calibration", "test"):
        if not len(getattr(gathered, purpose)):
            raise UserError(
                f"calibrate: {len(calibration)} calibration and {len(tested)} test units leave none for '{purpose}': "
                "give the task more of them, or change `shares`"
            )
    return gathered


def _judged(testing: Sequence[AnsweredExamples], chosen: Sequence[str]) -> list[AnsweredExamples]:
    """Take the test sets that are named, or all but the perturbed ones; UserError where one is not there."""
    names = [part.dataset for part in testing]
    for name in chosen:
        if name not in names:
            raise UserError(f"calibrate: datasets: no test set '{name}'; {nearest(name, names)}")
    return [part for part in testing if (part.dataset in chosen if chosen else not part.is_perturbed)]


def _drawn(units: Units, seed: int, purpose: str, *, share: float) -> np.ndarray:
    return np.array([draw(seed, purpose, name) < share for name in units.names], dtype=bool)


def _unit_names(part: AnsweredExamples) -> list[str]:
    names, unit_of = number_units(part.units)
    return [f"{part.dataset}/{names[unit]}" for unit in unit_of]


def _nearest(part: AnsweredExamples, data: TaskData, wordings: NearestWordings | None) -> np.ndarray | None:
    if wordings is None:
        return None
    of_split = data.test if part.split == TEST else data.calibration
    by_id = {example.id: example for example in of_split[part.dataset]}
    return wordings.similarity([whole_text(by_id[name]) for name in part.ids])
