"""Rows by the bootstrap over people and items: of each condition, of contrasts, at other thresholds, of biases."""

from collections.abc import Iterator
from dataclasses import replace
from hashlib import sha256

import numpy as np

from alambic.statistics.bootstrap import Combine
from alambic.statistics.crossed_bootstrap import Drawn, Found, draw_crossed, estimate_crossed
from alambic.studies import measures
from alambic.studies.measures import Measure, applies, in_condition, standard_measures
from alambic.studies.results import Note, Options, Row, pairs
from alambic.studies.trials import ADVICE, FALSE_EXPLANATION, Trials

OF_HANDED_OVER = ("delegated_accuracy", "delegation_gain")


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
        symmetric = measure.unit == "difference"
        return self._estimate(measure.counts(self.trials, chosen), measure.combine, measure.bounds, symmetric=symmetric)

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
        found = self._estimate(np.concatenate(counts, axis=2), combine, bounds, symmetric=True)
        return _exponential(found) if measure.unit == "seconds" else found

    def _estimate(self, counts: np.ndarray, combine: Combine, bounds: tuple[float, float], *, symmetric: bool) -> Found:
        confidence = self.options.confidence
        return estimate_crossed(counts, combine, self.drawn, confidence=confidence, bounds=bounds, symmetric=symmetric)


def _less(combine: Combine, k: int) -> Combine:
    def less(sums: np.ndarray) -> np.ndarray:
        return np.asarray(combine(sums[..., :k]) - combine(sums[..., k:]))

    return less


def _exponential(found: Found) -> Found:
    value, low, high = (None if each is None else float(np.exp(each)) for each in (found.value, found.low, found.high))
    return replace(found, value=value, low=low, high=high)


def rows_of_conditions(bootstrap: Bootstrap) -> Iterator[Row]:
    """Tell each measure of each condition."""
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


def rows_of_contrasts(bootstrap: Bootstrap) -> Iterator[Row]:
    """Tell each measure of one condition less that of another."""
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


def rows_of_thresholds(bootstrap: Bootstrap) -> Iterator[Row]:
    """Tell substitution at other thresholds: a result that hangs on one is none."""
    trials = bootstrap.trials
    for seconds in measures.SENSITIVITY_SECONDS:
        measure = Measure("substitution_at", measures.substitution(seconds), measures.ratio)
        for condition in trials.advised_conditions:
            row = _row(measure.name, condition, "", bootstrap.of(measure, in_condition(trials, condition)))
            yield replace(row, threshold=seconds, notes=[*row.notes, Note("threshold", {"seconds": seconds})])


def rows_of_biases(bootstrap: Bootstrap) -> Iterator[Row]:
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
