"""Which students are promoted, from counts as evaluations leave them."""

import json
from dataclasses import replace

import numpy as np
import pytest
from evaluated_models import IDS, TASK, TEXTS, Evaluated

from alambic.settings.promotion import CountingTask, PromoteSection
from alambic.stages.evaluate.metrics import brier
from alambic.stages.report.comparison import compare_all
from alambic.stages.report.promotion import decide, write_promotion
from alambic.stages.report.unit_counts import with_replicates
from alambic.statistics.counts import CountsTable


@pytest.fixture
def evaluated(tmp_path) -> Evaluated:
    made = Evaluated(tmp_path)
    made.add("teacher", 0.85)
    made.add("student", 0.84)
    made.add("control", 0.70)
    return made


def test_a_student_near_its_teacher_and_above_the_control_is_promoted(evaluated, tmp_path):
    promotion = evaluated.decide()
    assert promotion.promoted == ["student"]
    write_promotion(promotion, tmp_path / "promoted.json")
    content = json.loads((tmp_path / "promoted.json").read_text())
    assert content["promoted"] == ["student"]
    assert content["asked"]["margin"] == 0.05 and content["asked"]["confidence_of_each_interval"] == 0.95
    near, above = content["students"]["student"]["evidence"]
    assert (near["claim"], near["against"], near["margin"], near["outcome"]) == (
        "non-inferior", "teacher", 0.05, "shown"
    )  # fmt: skip
    assert -0.05 < near["lower"] < near["difference"] < near["upper"] and near["shortfall"] == 0
    assert (above["claim"], above["against"], above["margin"], above["outcome"]) == ("superior", "control", 0, "shown")
    assert above["lower"] > 0 and above["examples"] == above["units"] == TEXTS and above["trainings"] == [3, 3]


def test_what_is_missing_is_told_with_what_would_decide(tmp_path):
    made = Evaluated(tmp_path, texts=60)
    for model, quality in (("teacher", 0.85), ("student", 0.84), ("control", 0.70)):
        made.add(model, quality)
    (decision,) = made.decide(margin=0.01).decisions
    assert not decision.promoted
    (near,) = decision.missing
    assert near.kind == "non-inferior" and near.claim is not None and near.claim.outcome == "not shown"
    assert near.claim.shortfall == pytest.approx(-0.01 - near.claim.lower)


def test_a_student_that_lost_too_much_is_refuted_and_no_number_of_texts_would_help(evaluated):
    evaluated.add("weak", 0.72)
    (decision,) = evaluated.decide(students=["weak"]).decisions
    assert not decision.promoted
    near = decision.evidence[0]
    assert near.claim is not None and near.claim.outcome == "refuted"
    assert near.examples_needed is None and near.claim.needed.seeds is None


def test_as_good_as_its_teacher_is_not_enough_without_a_gain_over_the_control(evaluated):
    evaluated.add("equal", 0.84)
    (decision,) = evaluated.decide(control="equal").decisions
    assert [each.kind for each in decision.missing] == ["superior"]
    assert decision.missing[0].examples_needed is None or decision.missing[0].examples_needed > TEXTS


def test_every_test_set_that_is_not_perturbed_counts(tmp_path):
    made = Evaluated(tmp_path)
    for model, quality in (("teacher", 0.85), ("student", 0.84), ("control", 0.70)):
        made.add(model, quality, datasets=("long", "short", "long+typos"))
    shown = made.decide().decisions[0].evidence
    assert [each.measure[1] for each in shown] == ["long", "long", "short", "short"]
    named = made.decide(tasks={TASK: CountingTask(metric="accuracy", datasets=["long+typos"])}).decisions[0].evidence
    assert {each.measure[1] for each in named} == {"long+typos"}


@pytest.mark.parametrize(
    ("counting", "reason"),
    [
        (CountingTask(metric="accuracy", datasets=["lnog", "long"]), "no such test set was scored; did you mean"),
        (CountingTask(metric="macro_f1"), "no score by macro_f1"),
    ],
)
def test_what_was_not_scored_promotes_nobody_and_stops_no_report(evaluated, tmp_path, counting, reason):
    promotion = evaluated.decide(tasks={TASK: counting})
    assert promotion.promoted == []
    first = promotion.decisions[0].evidence[0]
    assert reason in first.refused and not first.shown
    write_promotion(promotion, tmp_path / "promoted.json")
    rows = json.loads((tmp_path / "promoted.json").read_text())["students"]["student"]["evidence"]
    assert rows[0]["outcome"] == "not tested" and reason in rows[0]["refused"]
    assert all(row["outcome"] == "shown" for row in rows if row["dataset"] == "long" and not row["refused"])


def test_where_lower_is_better_a_larger_error_is_a_loss(tmp_path):
    """Squared distances in place of right answers: the student with the smaller ones is the better."""
    assert brier.BETTER == "lower"
    made = Evaluated(tmp_path, metric="brier")
    for model, error in (("teacher", 0.15), ("student", 0.16), ("control", 0.30)):
        made.add(model, error)
    assert made.decide().promoted == ["student"]
    assert made.decide(teacher="control", control="teacher").promoted == []
    near = made.decide().decisions[0].evidence[0]
    assert near.claim is not None and near.claim.difference < 0


def test_a_system_without_seeds_is_what_it_is(evaluated):
    evaluated.add("dictionary", 0.60, seeds=1)
    (decision,) = evaluated.decide(control="dictionary").decisions
    assert decision.promoted and decision.evidence[1].seeds == (3, 1)


def test_other_test_texts_are_no_evidence(evaluated, tmp_path):
    other = Evaluated(tmp_path / "other", texts=50)
    other.add("stranger", 0.99)
    evaluated.artifacts += other.artifacts
    evaluated.scores += other.scores
    (decision,) = evaluated.decide(students=["stranger"]).decisions
    assert not decision.promoted and "same units" in decision.evidence[0].refused


def test_seeds_that_differ_stand_in_the_way_unless_the_claim_is_of_the_weights(tmp_path):
    """Three fine-tunings of which one failed: on average near the teacher's score, from any seed it is not shown."""
    made = Evaluated(tmp_path)
    made.add("teacher", 0.80)
    made.add("control", 0.50)
    made.add("student", 0.80)
    table = CountsTable()
    for seed, quality in enumerate((0.88, 0.86, 0.68)):
        right = (made.hardness < quality).astype(float)
        counts = np.stack([right, np.ones(TEXTS)], axis=1)
        table.add(counts, ids=IDS, units=(), seed=str(seed), measured=("long", "test", "accuracy"))
    table.write(made.folder / "student")
    assert made.decide().promoted == []
    near = made.decide().decisions[0].evidence[0]
    assert near.claim is not None and near.claim.needed.units is None and near.claim.needed.seeds
    assert made.decide(generalize_to_seeds=False).promoted == ["student"]


def test_a_student_distilled_from_several_seeds_varies_with_them(evaluated):
    """Two distillations that differ by 0.08: what is seen of one is not shown of the recipe."""
    evaluated.add("again", 0.76)
    groups = {"recipe": ["student", "again"]}
    scores, resamples = with_replicates(evaluated.scores, evaluated.resamples, groups, confidence=0.95)
    (group,) = [score for score in scores if score.model == "recipe"]
    parts = [score.value for score in evaluated.scores if score.model in groups["recipe"]]
    assert group.value == pytest.approx(np.mean(parts))
    pairs = [("recipe", "control"), ("student", "control")]
    counts = evaluated.counts(groups)
    of_recipe, of_one = compare_all(pairs, scores, resamples, confidence=0.95, counts=counts)
    assert of_recipe.standard_error > 1.3 * of_one.standard_error
    assert of_recipe.units == TEXTS and of_recipe.randomization_p < 0.01
    tasks = {TASK: CountingTask(metric="accuracy")}
    section = PromoteSection(students=["recipe"], teacher="teacher", control="control", margin=0.1, tasks=tasks)
    near, _ = decide(section, evaluated.scores, counts).decisions[0].evidence
    assert near.seeds == (2, 3) and near.claim is not None and near.claim.outcome == "not shown"


def test_nothing_is_promoted_where_nothing_is_asked(tmp_path):
    write_promotion(None, tmp_path / "promoted.json")
    assert json.loads((tmp_path / "promoted.json").read_text()) == {"asked": None, "promoted": [], "students": {}}


def test_of_a_few_units_no_difference_is_tested(tmp_path):
    for number, refused in ((9, True), (10, False)):
        made = Evaluated(tmp_path / str(number), texts=number)
        made.add("student", 0.9)
        made.add("control", 0.2)
        (result,) = compare_all(
            [("student", "control")], made.scores, made.resamples, confidence=0.95, counts=made.counts()
        )
        assert bool(result.refused) is refused and (result.p is None) is refused
        assert not refused or f"{number} test units" in result.sentence


def test_scores_computed_in_different_ways_decide_nothing(evaluated):
    evaluated.scores = [
        replace(score, signature="accuracy|lenient") if score.model == "student" else score
        for score in evaluated.scores
    ]
    (decision,) = evaluated.decide().decisions
    assert not decision.promoted
    assert {each.refused for each in decision.evidence} == {"the two scores were computed in different ways"}
