"""Entities that nest reach their metric through the file of predictions; ranks are resampled by whole units."""

import json
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import spearmanr

from alambic.data.documents import Document
from alambic.data.inputs import Inputs
from alambic.data.predictions import PredictedExamples, write_predictions
from alambic.settings import Dataset, Evaluate
from alambic.stages.evaluate import run as evaluating
from alambic.tasks.flat_entities import tagged
from alambic.tasks.head import load_head
from alambic.tasks.perturb.edits import Edit, apply

ANNOTATIONS = "T1\tDISO 0 21\tcancer du sein gauche\nT2\tANAT 10 14\tsein\nT3\tDISO 25 31\tfièvre\n"
TEXT = "cancer du sein gauche et fièvre"


def scored(folder: Path, part: PredictedExamples, metrics: list[str]) -> dict[str, dict]:
    """Evaluate a file of predictions; give the rows over all seeds, by metric."""
    write_predictions(folder, [part], labels=[], rules="")
    settings = Evaluate(
        predictions="x",
        dataset=Dataset(task="icd10_labels", data={"labels": "x"}),
        metrics=metrics,
        resamples=300,
    )
    evaluating.run(settings, Inputs(predictions=[folder]), folder)
    rows = json.loads((folder / "scores.json").read_text())
    return {row["metric"]: row for row in rows if row["seed"] == "all"}


def test_what_flat_tags_cannot_hold_is_not_found(tmp_path: Path) -> None:
    example = tagged(
        Document("1", TEXT, "x", "", "", metadata={"annotations": ANNOTATIONS}), flat="longest", gaps="first"
    )
    assert example.spans == ((0, 4, "DISO"), (2, 3, "ANAT"), (5, 6, "DISO"))
    part = PredictedExamples(
        "d", "test", ["1"], [example.gold], [""], [{}], [[]], {"1": [example.gold]}, spans=[example.spans]
    )
    rows = scored(tmp_path, part, ["entity_f1", "nested_entity_f1", "partial_entity_f1"])
    assert rows["entity_f1"]["value"] == rows["partial_entity_f1"]["value"] == 1
    assert rows["nested_entity_f1"]["value"] == pytest.approx(2 * 2 / (2 + 3))


def test_tags_that_hold_all_entities_are_read_for_them(tmp_path: Path) -> None:
    part = PredictedExamples(
        "d", "test", ["1"], [("B-A", "O")], [""], [{}], [[]], {"1": [("B-A", "B-B")]}
    )  # fmt: skip
    assert scored(tmp_path, part, ["nested_entity_f1"])["nested_entity_f1"]["value"] == pytest.approx(2 / 3)


def test_nested_entities_follow_a_changed_text() -> None:
    example = tagged(
        Document("1", TEXT, "x", "", "", metadata={"annotations": ANNOTATIONS}), flat="longest", gaps="first"
    )
    head = load_head("token_classification", ("O", "B-DISO", "I-DISO", "B-ANAT", "I-ANAT"))
    changed = head.perturb(example, apply(TEXT, [Edit(0, 0, "Un "), Edit(10, 14, "seinn")]))
    assert changed.spans == ((1, 5, "DISO"), (3, 4, "ANAT"), (6, 7, "DISO"))


def test_the_real_corpus_nests(test_data: Path) -> None:
    """The task sees every entity of QUAERO's files, a fifth of which lie in another one."""
    flat = nested = annotated = 0
    for file in sorted((test_data / "quaero" / "dev" / "MEDLINE").glob("*.txt"))[:200]:
        annotations = file.with_suffix(".ann").read_text()
        document = Document(file.stem, file.read_text(), "x", "", "", metadata={"annotations": annotations})
        example = tagged(document, flat="longest", gaps="covering")
        assert example.spans is not None
        flat += sum(tag.startswith("B-") for tag in example.gold)
        nested += len(example.spans)
        annotated += len({tuple(line.split("\t")[1:2]) for line in annotations.splitlines() if line.startswith("T")})
    assert nested <= annotated < nested * 1.05  # two gapped ones may cover the same words
    assert flat < nested * 0.9


def test_ranks_of_whole_units_are_resampled(tmp_path: Path) -> None:
    random = np.random.default_rng(3)
    gold = random.integers(0, 6, 90).astype(float)
    given = gold + random.normal(0, 2, 90)
    part = PredictedExamples(
        "d", "test", [str(n) for n in range(90)], [str(value) for value in gold], [str(n // 3) for n in range(90)],
        [{}] * 90, [[]] * 90, {"1": [str(value) for value in given], "2": [str(value) for value in gold]},
    )  # fmt: skip
    row = scored(tmp_path, part, ["spearman", "edrm"])["spearman"]
    expected = spearmanr(gold, given).statistic
    assert row["value"] == pytest.approx((expected + 1) / 2)
    assert expected - 0.2 < row["low"] < row["value"] < row["high"] <= 1 + 1e-12
    assert "|resampled=units|" in row["signature"]
