"""What is measured of people who decide with a model: each measure as sums over trials, and what is made of them.

A trial is one item as one person answered it. *Own* is the answer before any advice, *advice* the model's answer,
*final* the answer at the end, which is the model's where the item was handed over. Time that ran out without an answer
counts as an answer that is not right, and has no part in measures of reliance or time.

Sources: Schemmer et al. 2023, "Appropriate Reliance on AI Advice: Conceptualization and the Effect of Explanations"
(RAIR, RSR); Bansal et al. 2021, "Does the Whole Exceed its Parts?" (complementary performance); Parasuraman and
Manzey 2010, "Complacency and Bias in Human Use of Automation" (automation bias).
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from alambic.statistics.bootstrap import Combine
from alambic.studies.trials import ALONE, Trials

Unit = Literal["share", "difference", "seconds"]
Values = Callable[[Trials], list[np.ndarray]]

SUBSTITUTION_SECONDS = 3.0
SENSITIVITY_SECONDS = (1.0, 2.0, 3.0, 5.0, 8.0, 12.0)  # thresholds at which substitution is told too


@dataclass(frozen=True)
class Measure:
    """One measure.

    `values` gives what is summed, per trial; `combine` makes the value of sums (..., k), NaN where it has no meaning.
    `needs_advice`: it has no meaning in the condition alone. `compared`: its differences between conditions are tested;
    not so of what only describes, or says what another measure says.
    """

    name: str
    values: Values
    combine: Combine
    unit: Unit = "share"
    needs_advice: bool = True
    compared: bool = True

    @property
    def bounds(self) -> tuple[float, float]:
        """Give the smallest and the largest value that there can be."""
        return {"share": (0.0, 1.0), "difference": (-1.0, 1.0), "seconds": (0.0, np.inf)}[self.unit]

    def counts(self, trials: Trials, chosen: np.ndarray) -> np.ndarray:
        """Sum the values of the chosen trials (a flag per trial): (people, items, k)."""
        return trials.sums(*(np.where(chosen, each, 0) for each in self.values(trials)))


def ratio(sums: np.ndarray) -> np.ndarray:
    """Divide the first sum by the second; NaN where there is nothing to divide by."""
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(sums[..., 0] / np.where(sums[..., 1] > 0, sums[..., 1], np.nan))


def complement(sums: np.ndarray) -> np.ndarray:
    """Give 1 less the ratio."""
    return np.asarray(1 - ratio(sums))


def geometric_mean(sums: np.ndarray) -> np.ndarray:
    """Give exp of the mean of logarithms."""
    return np.asarray(np.exp(ratio(sums)))


def better_of_two(sums: np.ndarray) -> np.ndarray:
    """Give the team's share less the larger of the person's and the model's: sums (team, n, person, n, model, n)."""
    alone, model = ratio(sums[..., 2:4]), ratio(sums[..., 4:6])
    return np.asarray(ratio(sums[..., 0:2]) - np.maximum(alone, model))


def accuracy(trials: Trials) -> list[np.ndarray]:
    """Share of final answers that are right."""
    return [trials.final_right, np.ones(len(trials))]


def model_accuracy(trials: Trials) -> list[np.ndarray]:
    """Share of the same trials on which the model is right."""
    return [trials.advice_right, np.ones(len(trials))]


def own_accuracy(trials: Trials) -> list[np.ndarray]:
    """Share of answers before any advice that are right."""
    return [trials.own_right, trials.own != ""]


def time(trials: Trials) -> list[np.ndarray]:
    """Geometric mean of the seconds from the start of an item to the final answer.

    Of logarithms, for times are skewed: one long pause does not decide. Trials without a time are left out.
    """
    known = (trials.seconds > 0) & ~trials.timed_out
    return [np.where(known, np.log(np.where(known, trials.seconds, 1.0)), 0.0), known]


def relative_ai_reliance(trials: Trials) -> list[np.ndarray]:
    """RAIR: of trials that were wrong alone and whose advice was right, the share that ended right.

    Schemmer et al. 2023, equation 1. Trials that were handed over have no final answer of the person: left out.
    """
    of = _decided(trials) & ~trials.own_right & trials.advice_right
    return [of & trials.final_right, of]


def relative_self_reliance(trials: Trials) -> list[np.ndarray]:
    """RSR: of trials that were right alone and whose advice was wrong, the share that stayed right.

    Schemmer et al. 2023, equation 2.
    """
    of = _decided(trials) & trials.own_right & ~trials.advice_right
    return [of & trials.final_right, of]


def agreement_with_wrong(trials: Trials) -> list[np.ndarray]:
    """Share of trials with a wrong advice whose final answer is that advice.

    Unlike 1 - RSR it needs no answer before the advice, so that it is there where advice came first.
    """
    of = trials.advised & ~trials.delegated & (trials.final != "") & ~trials.advice_right & (trials.advice != "")
    return [of & (trials.final == trials.advice), of]


def agreement(trials: Trials) -> list[np.ndarray]:
    """Share of trials with advice whose final answer is that advice."""
    of = trials.advised & ~trials.delegated & (trials.final != "") & (trials.advice != "")
    return [of & (trials.final == trials.advice), of]


def complementarity(trials: Trials) -> list[np.ndarray]:
    """Accuracy of person and model together less the better of the two on the same trials.

    Person alone is the answer before the advice, so that only trials have a part that have one. Above 0, the two
    together do better than either (Bansal et al. 2021).
    """
    of = trials.advised & (trials.own != "")
    return [of & trials.final_right, of, trials.own_right & of, of, trials.advice_right & of, of]


def delegation(trials: Trials) -> list[np.ndarray]:
    """Share of trials that were handed to the model."""
    return [trials.delegated, np.ones(len(trials))]


def delegated_accuracy(trials: Trials) -> list[np.ndarray]:
    """Accuracy of the model on the trials that were handed to it."""
    return [trials.delegated & trials.advice_right, trials.delegated]


def delegation_gain(trials: Trials) -> list[np.ndarray]:
    """Accuracy of the model on what was handed over less that on what was kept: above 0, people chose well."""
    kept = ~trials.delegated
    return [trials.delegated & trials.advice_right, trials.delegated, kept & trials.advice_right, kept]


def difference_of_ratios(sums: np.ndarray) -> np.ndarray:
    """Give one ratio less another: sums (a, n, b, m)."""
    return np.asarray(ratio(sums[..., 0:2]) - ratio(sums[..., 2:4]))


def substitution(threshold: float) -> Values:
    """Share of trials that end with the advice, taken in less than `threshold` seconds from when it was shown.

    Trials in which the person had given the same answer before are left out: to confirm it takes no reading.
    """

    def values(trials: Trials) -> list[np.ndarray]:
        of = trials.advised & ~trials.delegated & (trials.final != "") & ~np.isnan(trials.decision_seconds)
        of = of & (trials.own != trials.advice)
        return [of & (trials.final == trials.advice) & (trials.decision_seconds < threshold), of]

    return values


def _decided(trials: Trials) -> np.ndarray:
    """Tell where a person answered alone, saw the advice, and then answered."""
    return trials.advised & ~trials.delegated & (trials.own != "") & (trials.final != "") & (trials.advice != "")


def standard_measures(*, substitution_seconds: float = SUBSTITUTION_SECONDS) -> list[Measure]:
    """List what is told of each condition, in the order in which it is told."""
    return [
        Measure("accuracy", accuracy, ratio, needs_advice=False),
        Measure("own_accuracy", own_accuracy, ratio, needs_advice=False, compared=False),
        Measure("model_accuracy", model_accuracy, ratio, needs_advice=False, compared=False),
        Measure("time", time, geometric_mean, "seconds", needs_advice=False),
        Measure("rair", relative_ai_reliance, ratio, compared=False),
        Measure("rsr", relative_self_reliance, ratio, compared=False),
        Measure("under_reliance", relative_ai_reliance, complement),
        Measure("over_reliance", relative_self_reliance, complement),
        Measure("agreement", agreement, ratio, compared=False),
        Measure("agreement_with_wrong", agreement_with_wrong, ratio),
        Measure("complementarity", complementarity, better_of_two, "difference"),
        Measure("delegation", delegation, ratio, needs_advice=False),
        Measure("delegated_accuracy", delegated_accuracy, ratio, needs_advice=False, compared=False),
        Measure("delegation_gain", delegation_gain, difference_of_ratios, "difference", needs_advice=False),
        Measure("substitution", substitution(substitution_seconds), ratio),
    ]


def in_condition(trials: Trials, condition: str) -> np.ndarray:
    """Tell which trials are of a condition."""
    return np.asarray(trials.condition == condition)


def applies(measure: Measure, condition: str) -> bool:
    """Tell whether a measure has a meaning in a condition."""
    return not (measure.needs_advice and condition == ALONE)
