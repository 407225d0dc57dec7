"""The analysis of a study: one row per measure, condition or contrast, with its interval or why there is none."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256

import numpy as np

from alambic.statistics.bootstrap import Combine
from alambic.statistics.crossed_bootstrap import Drawn, Found, draw_crossed, estimate_crossed
from alambic.statistics.multiple_testing import benjamini_hochberg
from alambic.studies import measures
from alambic.studies.answers import Tables
from alambic.studies.exclusions import FEWEST_PASSED, People, decide_who_counts
from alambic.studies.measures import Measure, applies, in_condition, standard_measures
from alambic.studies.models import (
    Effect,
    advised_conditions,
    changed_answers,
    mediation,
    mixed_effect,
    questions_with_numbers,
)
from alambic.studies.trials import ADVICE, ALONE, FALSE_EXPLANATION, StudyItem, Trials, make_trials

Values = Mapping[str, float | int | str]
OF_HANDED_OVER = ("delegated_accuracy", "delegation_gain")
SECOND_OPINIONS = ("accuracy_mixed", "time_mixed")  # of contrasts that are tested already


@dataclass(frozen=True)
class Note:
    """A remark by its key, which the words of the page and of the table say in each language."""

    key: str
    values: Values = field(default_factory=dict)


@dataclass(frozen=True)
class Row:
    """One result. `contrast` is "" or what the condition is compared with; a ratio for times, else a difference."""

    measure: str
    condition: str
    contrast: str
    estimate: float | None
    low: float | None = None
    high: float | None = None
    p: float | None = None
    corrected_p: float | None = None
    people: int = 0
    items: int = 0
    notes: Sequence[Note] = ()
    threshold: float | None = None  # of substitution, in seconds


@dataclass(frozen=True)
class Options:
    """How a study is analysed; all of it is to be fixed before the answers are seen."""

    resamples: int = 4000
    confidence: float = 0.95
    substitution_seconds: float = measures.SUBSTITUTION_SECONDS
    fewest_passed: float = FEWEST_PASSED
    only: Sequence[str] = ()  # measures by name, by the bootstrap alone: for simulations; none: all there is


@dataclass(frozen=True)
class Analysis:
    """All that was found, and of whom."""

    rows: Sequence[Row]
    people: People
    trials: Trials
    options: Options

    def row(self, measure: str, condition: str, contrast: str = "") -> Row:
        """Give a row; KeyError where there is none."""
        for row in self.rows:
            if (row.measure, row.condition, row.contrast) == (measure, condition, contrast):
                return row
        raise KeyError((measure, condition, contrast))


def analyse(tables: Tables, items: Mapping[str, StudyItem], options: Options | None = None) -> Analysis:
    """Measure all that there is to measure; what cannot be estimated is a row that says why."""
    options = options or Options()
    people = decide_who_counts(tables, items, fewest_passed=options.fewest_passed)
    trials = make_trials(tables, items, included=people.included)
    if len(trials) == 0:
        return Analysis([Row("accuracy", "", "", None, notes=[Note("no_answers")])], people, trials, options)
    bootstrap = Bootstrap(trials, options)
    rows = [*_of_conditions(bootstrap), *_contrasts(bootstrap)]
    if not options.only:
        rows += [*_sensitivity(bootstrap), *_biases(bootstrap), *_changes(trials)]
        rows += [*_mixed(trials, options), *_mediations(trials, tables, options)]
    return Analysis(_corrected(rows), people, trials, options)


class Bootstrap:
    """The same draws of people and items for every row, so that rows can be compared."""

    def __init__(self, trials: Trials, options: Options) -> None:
        measured = standard_measures(substitution_seconds=options.substitution_seconds)
        self.measures = [each for each in measured if not options.only or each.name in options.only]
        digest = sha256("\n".join([*trials.people, *trials.items]).encode()).hexdigest()
        self.trials, self.options = trials, options
        self.drawn: Drawn = draw_crossed(len(trials.people), trials.strata, resamples=options.resamples, digest=digest)

    def of(self, measure: Measure, chosen: np.ndarray) -> Found:
        """Estimate a measure of the chosen trials."""
        return self._estimate(measure.counts(self.trials, chosen), measure.combine, measure.bounds)

    def difference(self, measure: Measure, first: np.ndarray, second: np.ndarray) -> Found:
        """Estimate a measure of the first trials less that of the second; for times, the first by the second."""
        counts = [measure.counts(self.trials, chosen) for chosen in (first, second)]
        missing = next((chosen for chosen, each in zip(("first", "second"), counts, strict=True) if not each.any()), "")
        if missing:
            return Found(None, why="no_answers")
        k = counts[0].shape[2]
        combine, bounds = _less(measure.combine, k), (-1.0, 1.0)
        if measure.unit == "seconds":
            combine, bounds = _less(measures.ratio, k), (-np.inf, np.inf)
        elif measure.unit == "difference":
            bounds = (-2.0, 2.0)
        found = self._estimate(np.concatenate(counts, axis=2), combine, bounds)
        return _exponential(found) if measure.unit == "seconds" else found

    def _estimate(self, counts: np.ndarray, combine: Combine, bounds: tuple[float, float]) -> Found:
        return estimate_crossed(counts, combine, self.drawn, confidence=self.options.confidence, bounds=bounds)


def _less(combine: Combine, k: int) -> Combine:
    def less(sums: np.ndarray) -> np.ndarray:
        return np.asarray(combine(sums[..., :k]) - combine(sums[..., k:]))

    return less


def _exponential(found: Found) -> Found:
    value, low, high = (None if each is None else float(np.exp(each)) for each in (found.value, found.low, found.high))
    return replace(found, value=value, low=low, high=high)


def pairs(conditions: Sequence[str]) -> list[tuple[str, str]]:
    """List what is compared: advice with alone, each explanation with advice and with the false one.

    Where no condition shows advice without an explanation, explanations are compared with alone.
    """
    explained = [each for each in conditions if each not in (ALONE, ADVICE)]
    found = [(ADVICE, ALONE)] if {ADVICE, ALONE} <= set(conditions) else []
    if ADVICE in conditions:
        found += [(each, ADVICE) for each in explained]
    elif ALONE in conditions:
        found += [(each, ALONE) for each in explained]
    if FALSE_EXPLANATION in conditions:
        found += [(each, FALSE_EXPLANATION) for each in explained if each != FALSE_EXPLANATION]
    return found


def _of_conditions(bootstrap: Bootstrap) -> Iterator[Row]:
    trials = bootstrap.trials
    nothing_handed_over = not trials.delegated.any()
    for measure in bootstrap.measures:
        if nothing_handed_over and measure.name in OF_HANDED_OVER:
            yield Row(measure.name, "", "", None, notes=[Note("none_handed_over")])
            continue
        for condition in trials.conditions:
            if applies(measure, condition):
                found = bootstrap.of(measure, in_condition(trials, condition))
                tested = measure.unit == "difference"  # 0 has a meaning
                row = _row(measure.name, condition, "", found, tested=tested)
                yield replace(row, notes=[*row.notes, *_left_out(measure, trials, condition)])


def _left_out(measure: Measure, trials: Trials, condition: str) -> list[Note]:
    """Count the trials that have no part in a measure, where one would look for them."""
    of = in_condition(trials, condition)
    if measure.name == "accuracy" and (late := int((of & trials.timed_out & (trials.final == "")).sum())):
        return [Note("timed_out", {"n": late})]
    if measure.name == "time" and (without := int((of & ~(trials.seconds > 0)).sum())):
        return [Note("without_time", {"n": without})]
    if measure.name in ("rair", "rsr") and (handed := int((of & trials.delegated).sum())):
        return [Note("handed_over", {"n": handed})]
    return []


def _contrasts(bootstrap: Bootstrap) -> Iterator[Row]:
    trials = bootstrap.trials
    for measure in bootstrap.measures:
        if measure.name in OF_HANDED_OVER and not trials.delegated.any():
            continue
        for first, second in pairs(trials.conditions):
            if measure.name == "agreement_with_wrong" and (first, second) == (FALSE_EXPLANATION, ADVICE):
                continue  # that is `confirmation`
            if measure.compared and applies(measure, first) and applies(measure, second):
                found = bootstrap.difference(measure, in_condition(trials, first), in_condition(trials, second))
                yield _row(measure.name, first, second, found, tested=True)


def _sensitivity(bootstrap: Bootstrap) -> Iterator[Row]:
    """Tell substitution at other thresholds: a result that hangs on one is none."""
    trials = bootstrap.trials
    for seconds in measures.SENSITIVITY_SECONDS:
        measure = Measure("substitution_at", measures.substitution(seconds), measures.ratio)
        for condition in advised_conditions(trials):
            row = _row(measure.name, condition, "", bootstrap.of(measure, in_condition(trials, condition)))
            yield replace(row, threshold=seconds, notes=[*row.notes, Note("threshold", {"seconds": seconds})])


def _biases(bootstrap: Bootstrap) -> Iterator[Row]:
    """Tell the three biases, each a difference of how often wrong advice is what people end with."""
    trials = bootstrap.trials
    wrong = Measure("agreement_with_wrong", measures.agreement_with_wrong, measures.ratio)
    false, plain = (in_condition(trials, each) for each in (FALSE_EXPLANATION, ADVICE))
    if false.any() and plain.any():
        yield _row("confirmation", FALSE_EXPLANATION, ADVICE, bootstrap.difference(wrong, false, plain), tested=True)
    else:
        yield Row("confirmation", FALSE_EXPLANATION, ADVICE, None, notes=[Note("not_in_design")])
    if trials.advice_first.any() and (trials.advised & ~trials.advice_first).any():
        after = trials.advised & ~trials.advice_first
        found = bootstrap.difference(wrong, trials.advice_first, after)
        yield _row("anchoring", "advice_first", "alone_first", found, tested=True)
    else:
        yield Row("anchoring", "advice_first", "alone_first", None, notes=[Note("one_order")])
    levels = trials.levels
    if len(levels) < 2:
        yield Row("automation_bias", "", "", None, notes=[Note("one_level")])
    for level in levels:
        chosen = np.asarray(trials.of_expertise == level)
        yield _row("automation_bias", level, "", bootstrap.of(wrong, chosen))
    for level in levels[1:]:
        first, second = (np.asarray(trials.of_expertise == each) for each in (level, levels[0]))
        yield _row("automation_bias", level, levels[0], bootstrap.difference(wrong, first, second), tested=True)


def _row(measure: str, condition: str, contrast: str, found: Found, *, tested: bool = False) -> Row:
    notes = [Note(found.why)] if found.why else []
    p = found.p if tested else None
    return Row(
        measure, condition, contrast, found.value, found.low, found.high, p, None, found.people, found.items, notes
    )


def _changes(trials: Trials) -> Iterator[Row]:
    for condition in advised_conditions(trials):
        changed = changed_answers(trials, condition)
        of = in_condition(trials, condition)
        counts = {"people": len(set(trials.person[of].tolist())), "items": len(set(trials.item[of].tolist()))}
        if not changed.pairs:
            yield Row("changed_answers", condition, "own", None, notes=[Note("no_own_answer")], **counts)
            continue
        note = Note("gained_lost", {"gained": changed.gained, "lost": changed.lost, "pairs": changed.pairs})
        notes = [note, Note("mcnemar" if changed.p is not None else "no_change")]
        share = (changed.gained - changed.lost) / changed.pairs
        yield Row("changed_answers", condition, "own", share, p=changed.p, notes=notes, **counts)


def _mixed(trials: Trials, options: Options) -> Iterator[Row]:
    known = (trials.seconds > 0) & ~trials.timed_out
    logs = np.where(known, np.log(np.where(known, trials.seconds, 1.0)), np.nan)
    for name, values in (("accuracy_mixed", trials.final_right.astype(float)), ("time_mixed", logs)):
        for first, second in pairs(trials.conditions):
            effect = mixed_effect(trials, values, first, second, confidence=options.confidence)
            row = _effect_row(name, first, second, effect)
            if name == "time_mixed":
                row = replace(row, estimate=_exp(row.estimate), low=_exp(row.low), high=_exp(row.high))
            yield row


def _exp(value: float | None) -> float | None:
    return None if value is None else float(np.exp(value))


def _mediations(trials: Trials, tables: Tables, options: Options) -> Iterator[Row]:
    """Ask of each numbered question whether it carries the effect of an explanation on taking the advice."""
    follows = trials.advised & ~trials.delegated & (trials.final != "")
    values = np.where(follows, (trials.final == trials.advice).astype(float), np.nan)
    questions = questions_with_numbers(tables.questionnaire)
    explained = [pair for pair in pairs(trials.conditions) if pair[1] == ADVICE]
    if not questions or not explained:
        yield Row("mediation", "", "", None, notes=[Note("no_questions" if explained else "not_in_design")])
    for question in questions:
        for first, second in explained:
            found = mediation(
                trials, tables.questionnaire, question, values, first, second, confidence=options.confidence
            )
            yield _effect_row(f"mediation:{question}", first, second, found.indirect)
            yield replace(_effect_row(f"not_mediated:{question}", first, second, found.direct), p=None)


def _effect_row(measure: str, first: str, second: str, effect: Effect) -> Row:
    notes = [Note(effect.why)] if effect.why else []
    if effect.of_people is not None and effect.of_items is not None and effect.of_rest is not None:
        variances = {"people": effect.of_people, "items": effect.of_items, "rest": effect.of_rest}
        notes.append(Note("variances", {name: f"{value:.3g}" for name, value in variances.items()}))
    return Row(
        measure,
        first,
        second,
        effect.value,
        effect.low,
        effect.high,
        effect.p,
        None,
        effect.people,
        effect.items,
        notes,
    )


def _corrected(rows: Sequence[Row]) -> list[Row]:
    """Correct the p of all rows that have one, as one family (Benjamini and Hochberg 1995).

    Mixed models test again what has been tested: they have no place in the family.
    """
    tested = [row.p for row in rows if row.p is not None and row.measure not in SECOND_OPINIONS]
    corrected = iter(benjamini_hochberg(tested))
    return [
        row if row.p is None or row.measure in SECOND_OPINIONS else replace(row, corrected_p=next(corrected))
        for row in rows
    ]
