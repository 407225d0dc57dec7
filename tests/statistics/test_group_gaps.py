"""Gaps between groups: what is known by hand, what chance alone gives, and whom nobody can judge."""

import numpy as np
import pytest
from fairlearn.metrics import MetricFrame
from sklearn.metrics import accuracy_score

from alambic.stages.evaluate.metrics import accuracy, entity_f1, macro_f1
from alambic.statistics.groups import SMALLEST, Counted, change_of_gaps, grouped, ratio_interval, score_by_group

DRAWN = {"resamples": 400, "confidence": 0.95}


def counted(right: np.ndarray) -> Counted:
    """Count right answers, (seeds, examples)."""
    return Counted(np.stack([right, np.ones_like(right)], axis=2).astype(float), accuracy.combine)


def answers(shares: dict[str, float], size: int, *, seed: int = 0) -> tuple[Counted, list[str], list[str]]:
    generator = np.random.default_rng(seed)
    values = [name for name in shares for _ in range(size)]
    right = np.array([[generator.random() < shares[name] for name in values] for _ in range(2)])
    return counted(right), [str(n) for n in range(len(values))], values


def test_scores_are_those_of_fairlearn_and_of_the_metric_itself():
    gold = [str(n % 3) for n in range(120)]
    predicted = [str(n % 3) if n % 5 else "0" for n in range(120)]
    values = ["woman" if n % 4 else "man" for n in range(120)]
    whole = accuracy.score(gold, predicted)
    found = score_by_group(
        Counted(whole.counts[None], accuracy.combine), [str(n) for n in range(120)], "sex", values, **DRAWN
    )
    frame = MetricFrame(metrics=accuracy_score, y_true=gold, y_pred=predicted, sensitive_features=values)
    assert {group.name: group.value for group in found.groups} == pytest.approx(dict(frame.by_group))
    assert found.difference == pytest.approx(frame.difference())
    scored = macro_f1.score(gold, predicted)
    by_label = score_by_group(
        Counted(scored.counts[None], macro_f1.combine), [str(n) for n in range(120)], "sex", values, **DRAWN
    )
    women = [n for n in range(120) if values[n] == "woman"]
    expected = macro_f1.score([gold[n] for n in women], [predicted[n] for n in women]).value
    assert next(group.value for group in by_label.groups if group.name == "woman") == pytest.approx(expected)


def test_entities_are_scored_within_their_documents():
    gold = [["B-X", "I-X", "O"], ["O", "B-X", "O"]] * 60
    predicted = [["B-X", "I-X", "O"], ["O", "O", "O"]] * 60
    counts = entity_f1.score(gold, predicted).counts[None]
    units = [f"document{n // 4}" for n in range(120)]
    values = ["old" if n // 4 % 2 else "young" for n in range(120)]
    found = score_by_group(Counted(counts, entity_f1.combine), units, "age_class", values, resamples=50, confidence=0.9)
    assert [(group.units, group.examples) for group in found.groups] == [(15, 60), (15, 60)]
    assert not any(group.judged for group in found.groups) and found.difference is None
    assert [group.value for group in found.groups] == pytest.approx([2 / 3, 2 / 3])


def test_a_gap_that_is_there_is_seen_and_one_that_is_not_is_not():
    told, units, values = answers({"female": 0.6, "male": 0.9}, 300)
    found = score_by_group(told, units, "sex", values, **DRAWN)
    female = found.groups[0]
    assert female.gap.value < -0.2 and female.gap.high < 0 and female.gap.p < 0.01 and found.difference_p < 0.01
    assert female.score.low < female.value < female.score.high
    assert female.gap.value == pytest.approx(-found.groups[1].gap.value)


def test_chance_alone_is_called_a_gap_as_seldom_as_the_level_says():
    seen = by_interval = 0
    for seed in range(60):
        told, units, values = answers({"a": 0.7, "b": 0.7, "c": 0.7}, 60, seed=seed)
        found = score_by_group(told, units, "chapter", values, resamples=200, confidence=0.95)
        seen += found.difference_p < 0.05
        by_interval += sum(not group.gap.low <= 0 <= group.gap.high for group in found.groups)
    # Of 60 draws 3 are expected, of 180 intervals 9; the bounds are passed once in ten thousand tries.
    assert seen <= 11 and by_interval <= 24


def test_documents_are_drawn_and_not_their_sentences():
    """The sentences of a document are right or wrong together: an interval over sentences would be far too narrow."""
    generator = np.random.default_rng(0)
    documents = 50
    right = np.repeat(generator.random((1, documents)) < 0.5, 20, axis=1)
    units = [str(n // 20) for n in range(20 * documents)]
    values = ["a" if n // 20 % 2 else "b" for n in range(20 * documents)]
    together = score_by_group(counted(right), units, "x", values, **DRAWN).groups[0].score
    apart = score_by_group(counted(right), [str(n) for n in range(1000)], "x", values, **DRAWN).groups[0].score
    assert together.high - together.low > 3 * (apart.high - apart.low)


def test_small_groups_are_named_and_unknown_examples_counted():
    told, units, values = answers({"a": 0.5, "b": 0.5}, 60)
    for n in range(10):
        values[n] = "rare"
    for n in range(10, 15):
        values[n] = ""
    found = score_by_group(told, units, "source", values, **DRAWN)
    assert [group.name for group in found.too_small] == ["rare"] and found.too_small[0].units == 10 < SMALLEST
    assert found.unknown == 5 and found.draws.keys() == {"a", "b"}
    assert score_by_group(told, units, "x", ["same"] * 120, **DRAWN) is None
    assert score_by_group(told, units, "x", [str(n) for n in range(120)], **DRAWN) is None  # identifiers are no groups


def test_what_distillation_did_to_a_gap_is_paired():
    generator = np.random.default_rng(1)
    values = ["female", "male"] * 200
    units = [str(n) for n in range(400)]
    hard = generator.random(400)
    teacher = counted((hard < 0.8)[None])
    women = np.array([value == "female" for value in values])
    student = counted((hard < np.where(women, 0.6, 0.78))[None])
    before, after = (score_by_group(each, units, "sex", values, **DRAWN) for each in (teacher, student))
    moved = change_of_gaps(after, before, confidence=0.95)
    assert moved["female"].value == pytest.approx(after.groups[0].gap.value - before.groups[0].gap.value)
    assert moved["female"].high < 0 and moved["female"].p < 0.05
    # Paired, the change is known better than either gap: most texts are right or wrong for both.
    gap = after.groups[0].gap
    assert moved["female"].high - moved["female"].low < 0.8 * (gap.high - gap.low)
    assert change_of_gaps(before, before, confidence=0.95)["male"].value == 0


def test_numbers_of_many_values_are_cut_into_parts_of_as_many():
    parts = grouped([str(n) for n in range(90)] + [""])
    assert parts.count("≤ 29") == parts.count("> 29, ≤ 59") == parts.count("> 59") == 30
    assert parts[-1] == ""
    assert grouped(["1", "2", "1"]) == ["1", "2", "1"] and grouped([f"x{n}" for n in range(20)])[3] == "x3"


def test_the_interval_of_a_share_and_of_a_difference():
    told, units, _ = answers({"a": 0.7}, 400)
    share = ratio_interval(told, units, **DRAWN)
    assert share.low < share.value < share.high and share.high - share.low < 0.15 and share.p is None
    none = ratio_interval(told, units, minus=told, **DRAWN)
    assert (none.value, none.low, none.high) == (0, 0, 0) and none.p == 1
