"""Rows by models: changed answers, mixed models, mediation."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from alambic.studies.answers import Tables
from alambic.studies.measures import in_condition
from alambic.studies.models import Effect, changed_answers, mediation, mixed_effect, questions_with_numbers
from alambic.studies.results import Note, Options, Row, pairs
from alambic.studies.trials import ADVICE, Trials


def rows_of_changes(trials: Trials) -> Iterator[Row]:
    """Tell how answers changed at sight of the advice."""
    for condition in trials.advised_conditions:
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


def rows_of_mixed_models(trials: Trials, options: Options) -> Iterator[Row]:
    """Tell the contrasts of accuracy and time again, by mixed models."""
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


def rows_of_mediation(trials: Trials, tables: Tables, options: Options) -> Iterator[Row]:
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
