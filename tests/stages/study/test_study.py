"""The stage `study`: items are balanced, every person meets every condition, and no page tells what is right."""

import json
import re
from collections import Counter

import numpy as np
import pyarrow as pa
import pytest
from made_studies import made_study, own_table
from toy_tasks import collected

from alambic.data.documents import write_table
from alambic.data.inputs import Inputs
from alambic.data.predictions import PredictedExamples, write_predictions
from alambic.errors import UserError
from alambic.settings import Task
from alambic.stages.study.false_explanations import falsified
from alambic.studies.items import Explanation
from alambic.tasks.loading import load_task

OPEN = {"kind": "choose_label", "generated": None, "practice": 0, "attention": 0}


def data_of(protocol, participant):
    page = (protocol.folder / "forms" / f"{participant}.html").read_text(encoding="utf-8")
    return json.loads(re.search('id="form-data">(.*?)</script>', page).group(1))["data"]


@pytest.fixture(scope="module")
def protocol(tmp_path_factory):
    """Eight people: two Latin squares."""
    return made_study(tmp_path_factory.mktemp("made") / "study", people=8, items=16, wrong_advice=0.25, attention=2)


def main_rows(protocol):
    return [shown for shown in protocol.plan if protocol.items[shown.item].kind == "main"]


def test_each_condition_is_in_each_block_as_often_and_each_item_under_each_condition(protocol):
    blocks = Counter((shown.block, shown.condition) for shown in protocol.plan if shown.block)
    assert {block for block, _ in blocks} == {1, 2, 3, 4}
    people = Counter(
        (block, condition)
        for _, block, condition in {
            (shown.participant, shown.block, shown.condition) for shown in protocol.plan if shown.block
        }
    )
    assert set(people.values()) == {2} and len(people) == 16
    assert set(Counter((shown.item, shown.condition) for shown in main_rows(protocol)).values()) == {2}
    assert set(Counter((shown.participant, shown.item) for shown in protocol.plan).values()) == {1}


def test_each_block_has_as_many_wrong_answers_of_the_model_and_is_as_sure(protocol):
    wrong, sure = Counter(), {}
    for shown in main_rows(protocol):
        item = protocol.items[shown.item]
        wrong[shown.participant, shown.block] += not item.advice_right
        sure.setdefault((shown.participant, shown.block), []).append(item.confidence)
    assert set(wrong.values()) == {1}
    means = [np.mean(values) for values in sure.values()]
    assert max(means) - min(means) < 0.1, "the sure and the unsure are shared out"


def test_ranks_count_through_the_page_and_practice_comes_first(protocol):
    for participant in protocol.participants:
        rows = [shown for shown in protocol.plan if shown.participant == participant]
        assert [shown.rank for shown in rows] == list(range(1, 21))
        assert [shown.block for shown in rows] == sorted(shown.block for shown in rows)
        assert [protocol.items[shown.item].kind for shown in rows[:2]] == ["practice", "practice"]
        assert {shown.condition for shown in rows[:2]} == {"explanation:rule"}


def test_no_page_tells_which_answer_is_right_or_which_explanation_is_false(protocol):
    for participant in protocol.participants:
        page = (protocol.folder / "forms" / f"{participant}.html").read_text(encoding="utf-8")
        assert "false_explanation" not in page and "advice_right" not in page
        data = data_of(protocol, participant)
        for step in data["items"]:
            item = protocol.items[step["item"]]
            assert ("right" in step) == (item.kind == "practice")
            with_model = protocol.condition(participant, step["block"]) != "alone" and item.kind != "attention"
            assert ("advice" in step) == with_model
            if item.kind == "main":
                assert set(step) <= {
                    *("block", "rank", "item", "kind", "condition", "text", "image", "question", "options"),
                    *("advice", "advice_first", "explanation"),
                }
        assert {step["condition"] for step in data["items"]} == set(protocol.codes.values())


def test_options_stand_in_the_order_of_the_alphabet_whichever_is_right(protocol):
    assert {item.options for item in protocol.items.values()} == {("A", "B")}
    main = [item for item in protocol.items.values() if item.kind == "main"]
    assert all(item.advice_right == (item.right == item.advice) for item in main)


def test_an_attention_check_says_in_both_languages_what_to_answer(protocol):
    checks = [item for item in protocol.items.values() if item.kind == "attention"]
    assert len(checks) == 2
    for item in checks:
        assert f"« {item.right} »" in item.text and f"“{item.right}”" in item.text and item.advice == ""


def test_the_same_seed_makes_the_same_study_and_another_one_another(tmp_path):
    first, again, other = (made_study(tmp_path / name, seed=seed) for name, seed in (("a", 1), ("b", 1), ("c", 2)))
    assert first.digest == again.digest != other.digest
    pages = [(each.folder / "forms" / "p001.html").read_bytes() for each in (first, again, other)]
    assert pages[0] == pages[1] != pages[2]


def test_a_word_of_the_consent_is_another_protocol(tmp_path):
    other = {"fr": "Autre.", "en": "Other."}
    assert made_study(tmp_path / "a").digest != made_study(tmp_path / "b", consent=other).digest


def test_generated_cases_are_right_by_their_rule_and_the_model_as_often_as_is_stated(tmp_path):
    content = json.loads(
        (made_study(tmp_path / "a", generated={"pool": 200, "accuracy": 0.7}).folder / "protocol.json").read_text()
    )
    assert content["pool"] == 200 and content["pool_accuracy"] == 0.7
    whole = made_study(tmp_path / "b", generated={"pool": 200, "shown": 0.99, "clues": 9})
    for item in whole.items.values():
        if item.kind == "main":
            points = Counter()
            for name, weight, side in re.findall(r"^(\w) \((\d)\): (.)$", item.text, re.MULTILINE):
                points[side] += int(weight)
                assert name in "CDEFGHIJK"
            hidden = points.pop("?")
            assert hidden and points[item.right] + hidden > sum(points.values()) / 2


def test_a_generated_model_that_is_surer_is_right_more_often(tmp_path):
    protocol = made_study(tmp_path / "a", generated={"pool": 400}, items=160, wrong_advice=0.2, confidence="drawn")
    main = [item for item in protocol.items.values() if item.kind == "main"]
    sure, unsure = ([item.advice_right for item in main if (item.confidence > 0.9) == high] for high in (True, False))
    assert np.mean(sure) > np.mean(unsure) + 0.1


def test_matched_items_are_right_and_wrong_with_like_confidence(tmp_path):
    gaps = {}
    for how in ("spread", "matched"):
        protocol = made_study(tmp_path / how, generated={"pool": 400}, items=40, confidence=how)
        main = [item for item in protocol.items.values() if item.kind == "main"]
        means = [np.mean([item.confidence for item in main if item.advice_right == right]) for right in (True, False)]
        gaps[how] = means[0] - means[1]
    assert abs(gaps["matched"]) < 0.01 < gaps["spread"]


def test_images_are_in_the_page_and_their_signs_in_its_text(tmp_path):
    protocol = made_study(tmp_path / "study", kind="image_classes", generated={"clues": 5, "pool": 100})
    step = data_of(protocol, "p001")["items"][0]
    assert step["image"].startswith("data:image/svg+xml;base64,")
    item = protocol.items[step["item"]]
    assert (protocol.folder / item.image).read_text().startswith("<svg")
    assert set(item.text) <= set("●■?\n") and len(item.text.split("\n")) == 5
    (explained,) = item.explanations
    assert all(item.text[start:end] in "●■?" for start, end in zip(explained.starts, explained.ends, strict=True))


def test_a_false_explanation_has_the_values_of_the_true_one_on_other_words():
    true = Explanation("rule", (0, 5, 8, 15), (4, 7, 14, 20), (0.9, 0.5, -0.1, 0.3))
    false = falsified(true)
    assert false.values == (-0.1, 0.5, 0.9, 0.3), "the short word keeps its value"
    assert falsified(Explanation("rule", (0, 1), (1, 2), (1.0, 0.0))).values == (0.0, 1.0)


ROWS = [
    {
        "id": f"line {n}",
        "text": f"cas numéro {n}",
        "right": f"R{n % 3}",
        "advice": f"R{n % 3 if n % 2 else (n + 1) % 3}",
        "confidence": f"0,{n + 1:02d}",
        "explanation:own": "0.1 -0.2 0,7",
    }
    for n in range(12)
]


def test_a_table_of_own_items_is_read_with_its_explanations(tmp_path):
    table = own_table(tmp_path / "own", ROWS)
    conditions = ["alone", "explanation:own"]
    protocol = made_study(tmp_path / "study", **OPEN, table=table, conditions=conditions, wrong_advice=0.5)
    item = next(item for item in protocol.items.values() if item.source == "line 3")
    assert (item.text, item.right, item.advice_right, item.options) == ("cas numéro 3", "R0", True, ("R0", "R1", "R2"))
    assert item.confidence == pytest.approx(0.04)
    assert item.explanations[0].starts == (0, 4, 11) and item.explanations[0].values[1] == pytest.approx(-0.2)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"id": "line 1"}, "comes twice"),
        ({"right": " "}, "row 2: no right"),
        ({"text": " "}, "row 2: neither text nor image"),
        ({"image": "../secret.png"}, "row 2: '../secret.png': expected a file beside the table"),
        ({"confidence": "1.2"}, "row 2: confidence 1.2: expected a number from 0 to 1"),
        ({"confidence": "sure"}, "row 2: 'sure' is no number"),
        ({"explanation:own": "1 2"}, "row 2: explanation:own has 2 numbers for 3 words"),
        ({"options": "R7|R8"}, "row 2: right 'R0' is none of the options R7, R8"),
        ({"explanation:own": ""}, "line 0 has no explanation by 'own'"),
    ],
)
def test_a_table_that_cannot_be_used_is_one_error(tmp_path, changes, expected):
    table = own_table(tmp_path / "own", [ROWS[0] | changes, *ROWS[1:]])
    with pytest.raises(UserError, match=expected):
        made_study(
            tmp_path / "study", **OPEN, table=table, items=12, conditions=["alone", "explanation:own"], wrong_advice=0.5
        )


def test_too_few_wrong_answers_and_unknown_confidence_are_errors(tmp_path):
    table = own_table(tmp_path / "own", [{**row, "advice": row["right"]} for row in ROWS])
    two = {"conditions": ["alone", "advice"], "table": table, **OPEN}
    with pytest.raises(UserError, match="0 items with wrong answers of the model, expected 4"):
        made_study(tmp_path / "a", **two, wrong_advice=0.5)
    two["table"] = own_table(tmp_path / "own", [{**row, "confidence": ""} for row in ROWS])
    with pytest.raises(UserError, match="expected `confidence: drawn`"):
        made_study(tmp_path / "b", **two, wrong_advice=0.5)
    assert made_study(tmp_path / "c", **two, wrong_advice=0.5, confidence="drawn").participants[-1] == "p004"


def test_a_table_that_is_not_the_one_that_was_named_is_an_error(tmp_path):
    table = own_table(tmp_path / "own", ROWS) | {"sha256": "0" * 64}
    with pytest.raises(UserError, match=r"has the sha256 .*expected 0000"):
        made_study(tmp_path / "study", **OPEN, table=table, conditions=["alone", "advice"])


def test_a_line_to_be_read_has_no_options_which_would_tell_it(tmp_path):
    rows = [{**row, "text": "", "image": "line.png", "explanation:own": ""} for row in ROWS]
    table = own_table(tmp_path / "own", rows)
    (tmp_path / "own" / "line.png").write_bytes(b"\x89PNG")
    chosen = {**OPEN, "kind": "read_line", "attention": 1}
    protocol = made_study(tmp_path / "study", **chosen, table=table, conditions=["alone", "advice"])
    assert {item.options for item in protocol.items.values()} == {()}
    assert all(
        not re.search(r"R\d", json.dumps(step)) for step in data_of(protocol, "p001")["items"] if "advice" not in step
    )


def attributions(folder, kind, cases):
    """Write what `explain` does: rows of (example, text, gold, target, probability)."""
    rows, texts = [], []
    for example, text, gold, target, probability in cases:
        words = [match.span() for match in re.finditer(r"\S+", text)]
        texts.append({"dataset": "test", "example": example, "text": text, "gold": gold})
        for method in ("lime", "random"):
            rows.append(
                {
                    "dataset": "test",
                    "example": example,
                    "system": "student",
                    "seed": "1",
                    "method": method,
                    "method_seed": 0,
                    "target": target,
                    "probability": probability,
                    "seconds": 0.1,
                    "starts": [start for start, _ in words],
                    "ends": [end for _, end in words],
                    "values": [float(len(method) + n) for n in range(len(words))],
                }
            )
    folder.mkdir()
    write_table(pa.Table.from_pylist(rows), folder / "attributions.parquet")
    write_table(pa.Table.from_pylist(texts), folder / "explained_texts.parquet")
    return Inputs(explained=[folder])


def test_explained_labels_are_items_with_their_explanations(tmp_path):
    cases = [(f"e{n}", f"texte de {n}", f"L{n % 3}", f"L{n % 3 if n % 2 else 9}", n / 20) for n in range(16)]
    inputs = attributions(tmp_path / "explain", "label", cases)
    chosen = {**OPEN, "explained": "x", "conditions": ["alone", "explanation:lime"], "choices": 3}
    protocol = made_study(tmp_path / "study", inputs=inputs, **chosen)
    for item in protocol.items.values():
        assert item.advice_right == (item.advice != "L9") and len(item.options) == 3
        assert {item.right, item.advice} <= set(item.options)
        assert [each.method for each in item.explanations] == ["lime", "random"]
        assert item.explanations[0].values == (4.0, 5.0, 6.0)


def test_explained_entities_are_accepted_where_the_tags_have_them(tmp_path):
    text = "Fièvre et toux"
    cases = [(f"e{n}", text, "B-DISO|O|B-DISO" if n % 2 else "B-DISO|O|O", "DISO 10-14", n / 20) for n in range(16)]
    inputs = attributions(tmp_path / "explain", "entity", cases)
    chosen = {**OPEN, "kind": "accept_entity", "explained": "x", "conditions": ["alone", "explanation:lime"]}
    protocol = made_study(tmp_path / "study", inputs=inputs, **chosen)
    for item in protocol.items.values():
        assert item.question == "toux → DISO" and item.options == ("accept", "reject") and item.advice == "accept"
        assert item.right == ("accept" if int(item.source.split("/e")[1].split()[0]) % 2 else "reject")


def test_a_method_that_did_not_explain_is_an_error(tmp_path):
    cases = [(f"e{n}", f"texte {n}", "A", "A" if n % 2 else "B", 0.5) for n in range(16)]
    inputs = attributions(tmp_path / "explain", "label", cases)
    with pytest.raises(UserError, match="0 items with wrong answers"):
        made_study(
            tmp_path / "study", inputs=inputs, **OPEN, explained="x", conditions=["alone", "explanation:attention"]
        )


def test_answers_of_a_system_are_items_with_the_texts_of_the_task(tmp_path):
    rows = [(f"note {n} du coeur ou du rein", {"label": ("IX", "XIV")[n % 2]}) for n in range(100)]
    task = Task(task="text_labels", data={"train": "notes"})
    inputs = Inputs(train=[collected(tmp_path / "notes", rows)])
    ((dataset, examples),) = load_task(task, inputs).test.items()
    answers = [str(each.gold) if n % 2 else "II" for n, each in enumerate(examples)]
    blank = [""] * len(examples)
    ids, gold = [each.id for each in examples], [each.gold for each in examples]
    part = PredictedExamples(dataset, "test", ids, gold, blank, [{}] * len(ids), [[]] * len(ids), {"1": answers})
    (tmp_path / "predict").mkdir()
    write_predictions(tmp_path / "predict", [part], labels=["II", "IX", "XIV"], rules="")
    chosen = {**OPEN, "predictions": "student/notes", "task": task, "conditions": ["alone", "advice"]}
    both = Inputs({**inputs, "predictions": [tmp_path / "predict"]})
    protocol = made_study(tmp_path / "study", inputs=both, **chosen, confidence="drawn")
    texts = {f"{dataset}/{each.id}": (each.text, each.gold) for each in examples}
    assert all(texts[item.source] == (item.text, item.right) for item in protocol.items.values())
    assert {item.advice for item in protocol.items.values() if not item.advice_right} == {"II"}
    assert {item.options for item in protocol.items.values()} == {("II", "IX", "XIV")}
    with pytest.raises(UserError, match="task text_labels is about whole texts: expected another kind"):
        made_study(tmp_path / "other", inputs=both, **chosen | {"kind": "accept_entity"}, confidence="drawn")
