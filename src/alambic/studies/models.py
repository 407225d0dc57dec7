"""Models beside the bootstrap: mixed models with crossed people and items, McNemar, mediation.

Each says why it gives nothing where data do not allow it.
"""

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import statsmodels.api as sm
from statsmodels.regression.mixed_linear_model import MixedLM
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.mediation import Mediation
from statsmodels.tools.sm_exceptions import ConvergenceWarning

from alambic.studies.answers import Reply
from alambic.studies.trials import Trials

FEWEST_PEOPLE = 5  # of a mixed model or a mediation: with fewer, a variance between people is a guess
SMALL = 1e-6  # a variance below is on the boundary


@dataclass(frozen=True)
class Effect:
    """An effect with its interval; `why` says why there is none. Variances are of people, items and the rest."""

    value: float | None = None
    low: float | None = None
    high: float | None = None
    p: float | None = None
    people: int = 0
    items: int = 0
    why: str = ""
    of_people: float | None = None
    of_items: float | None = None
    of_rest: float | None = None


def mixed_effect(trials: Trials, values: np.ndarray, first: str, second: str, *, confidence: float) -> Effect:
    """Fit values (one per trial, NaN where there is none) by condition, with crossed random people and items.

    Gives the difference of `first` and `second`. For answers that are right or wrong this is a linear probability
    model: its effect is a difference of shares, and its interval a Wald interval. The variational fit of a logistic
    model has intervals that are too narrow (half as wide as they ought to be), so that it is not used.
    """
    chosen = np.isin(trials.condition, [first, second]) & ~np.isnan(values)
    people, items = (len(set(each[chosen].tolist())) for each in (trials.person, trials.item))
    counts = {"people": people, "items": items}
    if len(set(trials.condition[chosen].tolist())) < 2:
        return Effect(why="one_condition", **counts)
    if people < FEWEST_PEOPLE or items < FEWEST_PEOPLE:
        return Effect(why="few_people" if people < FEWEST_PEOPLE else "few_items", **counts)
    if all(np.ptp(values[chosen & (trials.condition == each)]) < SMALL for each in (first, second)):
        return Effect(why="alike_within", **counts)
    frame = pd.DataFrame(
        {
            "value": values[chosen],
            "of": (trials.condition[chosen] == first).astype(float),
            "person": trials.person[chosen],
            "item": trials.item[chosen],
            "all": 1,
        }
    )
    variances = {"person": "0 + C(person)", "item": "0 + C(item)"}
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)  # told below: whether it converged, and at what
            model = MixedLM.from_formula("value ~ of", frame, groups="all", re_formula="0", vc_formula=variances)
            fitted = model.fit(method="powell")  # by gradients it stops early where a variance is near 0
    except np.linalg.LinAlgError:
        return Effect(why="singular", **counts)
    low, high = (float(each) for each in fitted.conf_int(alpha=1 - confidence).loc["of"])
    value, p = float(fitted.params["of"]), float(fitted.pvalues["of"])
    if not fitted.converged or not np.isfinite([value, low, high]).all():
        return Effect(why="no_convergence", **counts)
    spread = dict(zip(fitted.model.exog_vc.names, map(float, fitted.vcomp), strict=True))
    boundary = "boundary" if min(spread.values()) < SMALL else ""
    return Effect(value, low, high, p, people, items, boundary, spread["person"], spread["item"], float(fitted.scale))


@dataclass(frozen=True)
class Changed:
    """How answers changed at sight of the advice; p by McNemar's exact test, None where none changed."""

    gained: int  # wrong alone, right at the end
    lost: int
    pairs: int
    p: float | None


def changed_answers(trials: Trials, condition: str) -> Changed:
    """Compare own and final answer of the same trial (McNemar 1947, exact).

    The test takes trials as independent, which answers of one person are not: the interval of the bootstrap decides.
    """
    of = (trials.condition == condition) & (trials.own != "") & (trials.final != "") & trials.advised
    of = of & ~trials.delegated
    own, final = trials.own_right[of], trials.final_right[of]
    gained, lost = int((~own & final).sum()), int((own & ~final).sum())
    table = [[int((own & final).sum()), lost], [gained, int((~own & ~final).sum())]]
    p = float(mcnemar(table, exact=True).pvalue) if gained + lost else None
    return Changed(gained, lost, int(of.sum()), p)


@dataclass(frozen=True)
class Mediated:
    """What of an effect goes through a mediator: the parts by it and beside it, and the whole."""

    indirect: Effect
    direct: Effect
    total: Effect


def mediation(
    trials: Trials,
    replies: Sequence[Reply],
    question: str,
    values: np.ndarray,
    first: str,
    second: str,
    *,
    confidence: float,
    repetitions: int = 1000,
    seed: int = 0,
) -> Mediated:
    """Ask whether the answer to a question carries the effect of `first` against `second` on values per trial.

    Within people: of each person who saw both conditions, the mean of the values and of the replies in each, less the
    person's mean of both. Two linear models, and the average causal mediation effect of Imai et al. 2010 (statsmodels),
    with a covariance that is clustered by person. It has a causal meaning only if nothing else moves both the mediator
    and the outcome, which no design with one questionnaire can show.
    """
    frame = _by_person(trials, replies, question, values, (first, second))
    people = len(frame) // 2
    why = ""
    if people < FEWEST_PEOPLE:
        why = "few_people_with_replies"
    elif frame["mediator"].abs().max() < SMALL:
        why = "mediator_alike"
    elif frame["outcome"].abs().max() < SMALL:
        why = "outcome_alike"
    elif _is_collinear(frame):
        why = "mediator_is_condition"
    if why:
        nothing = Effect(why=why, people=people)
        return Mediated(nothing, nothing, nothing)
    clustered = {"cov_type": "cluster", "cov_kwds": {"groups": frame["person"].to_numpy()}}
    outcome, mediator = frame["outcome"].to_numpy(), frame["mediator"].to_numpy()
    exposed = sm.add_constant(frame["of"].to_numpy())
    fitted = Mediation(  # by places of columns: by formulas each repetition takes 30 ms
        sm.OLS(outcome, np.column_stack([exposed, mediator])),
        sm.OLS(mediator, exposed),
        (1, 1),
        2,
        outcome_fit_kwargs=clustered,
        mediator_fit_kwargs=clustered,
    ).fit(method="parametric", n_rep=repetitions, rng=seed)
    rows = fitted.summary(alpha=1 - confidence)
    names = ("ACME (average)", "ADE (average)", "Total effect")
    smallest = 2 / (repetitions + 1)  # no finite number of draws shows a p of 0
    return Mediated(*(_effect(rows.loc[name], people, smallest) for name in names))


def _by_person(
    trials: Trials, replies: Sequence[Reply], question: str, values: np.ndarray, pair: tuple[str, str]
) -> pd.DataFrame:
    """Give two rows for each person with both conditions: outcome, mediator (less the person's mean), `of` 1 or 0."""
    means: dict[tuple[str, str], float] = {}
    for condition in pair:
        for number, name in enumerate(trials.people):
            of = (trials.condition == condition) & (trials.person == number) & ~np.isnan(values)
            if of.any():
                means[name, condition] = float(values[of].mean())
    stated = _stated(replies, question)
    rows = []
    for person in trials.people:
        places = [(person, condition) for condition in pair]
        if not all(place in means and place in stated for place in places):
            continue
        middle_value = sum(means[place] for place in places) / 2
        middle_reply = sum(stated[place] for place in places) / 2
        for place in places:
            is_first = float(place[1] == pair[0])
            rows.append((person, is_first, means[place] - middle_value, stated[place] - middle_reply))
    return pd.DataFrame(rows, columns=["person", "of", "outcome", "mediator"])


def _stated(replies: Sequence[Reply], question: str) -> Mapping[tuple[str, str], float]:
    """Give the mean reply of each person in each condition; replies that are no number are left out."""
    found: dict[tuple[str, str], list[float]] = {}
    for reply in replies:
        if reply.question == question and reply.answer.isdecimal():
            found.setdefault((reply.participant, reply.condition), []).append(float(reply.answer))
    return {place: sum(values) / len(values) for place, values in found.items()}


def _is_collinear(frame: pd.DataFrame) -> bool:
    """Tell whether the replies differ by condition alone: then nothing says which of the two moves the outcome."""
    by_condition = frame.groupby("of")["mediator"].transform("mean")
    return bool((frame["mediator"] - by_condition).abs().max() < SMALL)


def _effect(row: pd.Series, people: int, smallest: float) -> Effect:
    value, low, high, p = (float(each) for each in row)
    return Effect(value, low, high, max(p, smallest), people)


def questions_with_numbers(replies: Sequence[Reply]) -> list[str]:
    """List the questions that were answered by numbers, in the order in which they first occur."""
    return list(dict.fromkeys(reply.question for reply in replies if reply.answer.isdecimal()))
