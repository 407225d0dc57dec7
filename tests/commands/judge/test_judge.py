"""Blind forms for judges: nothing tells whose a text is, answers come back, and what is computed of them is right."""

import csv
import io
import json
import re
import shutil
import subprocess
import sys

import numpy as np
import pytest
from browsing import chromium, silent_page

from alambic.commands.judge.new import Choices, make_forms
from alambic.commands.judge.read import read_judgements
from alambic.commands.judge.specification import read_specification
from alambic.data.predictions import PredictedExamples, write_predictions
from alambic.errors import UserError

ITEMS = [f"case/{n}" for n in range(12)]
TWO_QUESTIONS = """
title: {fr: Jugement, en: Judgement}
instructions: {fr: Jugez., en: Judge.}
criteria:
  faithful:
    question: {fr: "Fidèle ?", en: "Faithful?"}
    low: {fr: "non", en: "no"}
    high: {fr: "oui", en: "yes"}
  usable:
    question: {fr: "Utilisable ?", en: "Usable?"}
    scale: 2
    level: nominal
    low: {fr: "non", en: "no"}
    high: {fr: "oui", en: "yes"}
"""


def predictions(folder, mark):
    """Write predictions of texts that bear a mark, as `predict` does."""
    folder.mkdir(parents=True)
    written = {"1": [f"{mark} de {name}" for name in ITEMS], "2": ["seed two"] * len(ITEMS)}
    blank = [""] * len(ITEMS)
    part = PredictedExamples(
        "test", "test", ITEMS, [f"vrai de {n}" for n in ITEMS], blank, [{}] * 12, [[]] * 12, written
    )
    write_predictions(folder, [part], labels=(), rules="")
    return str(folder)


@pytest.fixture(scope="module")
def systems(tmp_path_factory):
    """A student with predictions, and a teacher with a file, which lacks an item and has one that is empty."""
    folder = tmp_path_factory.mktemp("outputs")
    rows = [{"id": name, "written": f"beta de {name}"} for name in ITEMS[1:]]
    (folder / "teacher.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    (folder / "texts.jsonl").write_text(
        "".join(json.dumps({"id": name, "text": f"<b>Le texte</b> {name}"}) + "\n" for name in ITEMS), encoding="utf-8"
    )
    (folder / "form.yaml").write_text(TWO_QUESTIONS, encoding="utf-8")
    return folder, {"student": predictions(folder / "student", "alpha"), "teacher": str(folder / "teacher.jsonl")}


def choices(folder, **more):
    given = {
        "form": str(folder / "form.yaml"), "reference": "", "texts": str(folder / "texts.jsonl"), "judges": 2,
        "items": 10, "seed": 3, "system_seed": "", "language": "fr",
    }  # fmt: skip
    return Choices(**{**given, **more})


@pytest.fixture
def made(systems, tmp_path):
    folder, named = systems
    make_forms(named, choices(folder), tmp_path / "forms")
    return tmp_path / "forms"


def data_of(page):
    return json.loads(re.search('id="form-data">(.*?)</script>', page.read_text(encoding="utf-8")).group(1))["data"]


def answers(key, judge, value, *, leave_out=0):
    """Fill in a form: `value(system, item)` for each criterion."""
    stream = io.StringIO()
    writer = csv.writer(stream)
    writer.writerow(["form", "judge", "item", "position", "criterion", "value", "seconds"])
    for place in key["judges"][judge][leave_out:]:
        for position, system in zip("ABC", place["order"], strict=True):
            for criterion in ("faithful", "usable"):
                writer.writerow(
                    [key["form"], judge, place["item"], position, criterion, value(system, place["item"]), "2.5"]
                )
    return stream.getvalue()


def test_a_form_names_no_system_and_says_every_text_once(capsys, made):
    key = json.loads((made / "key.json").read_text())
    for judge in ("judge1", "judge2"):
        page = (made / f"{judge}.html").read_text(encoding="utf-8")
        assert not re.search("student|teacher|reference", page)
        items = data_of(made / f"{judge}.html")["items"]
        assert len(items) == 10 and ITEMS[0] not in {item["id"] for item in items}
        for item, order in zip(items, key["judges"][judge], strict=True):
            begin = {"student": "alpha", "teacher": "beta", "reference": "vrai"}
            assert item["texts"] == [f"{begin[name]} de {item['id']}" for name in order["order"]]
            assert item["source"] == f"<b>Le texte</b> {item['id']}"
    assert key["judges"]["judge1"] != key["judges"]["judge2"]
    assert "1 items are left out" in capsys.readouterr().out


def test_the_same_seed_makes_the_same_forms(systems, made, tmp_path):
    folder, named = systems
    make_forms(named, choices(folder), tmp_path / "again")
    make_forms(named, choices(folder, seed=4), tmp_path / "other")
    pages = [(tmp_path / name / "judge1.html").read_bytes() for name in ("forms", "again", "other")]
    assert pages[0] == pages[1] != pages[2]


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"form": "summarise"}, "no form"),
        ({"items": 0}, "1 item or more"),
        ({"judges": 100_000_000}, "expected 1 to 1000 judges"),
        ({"system_seed": "9"}, "no seed '9'"),
        ({"reference": "nowhere.csv"}, "does not exist"),
    ],
)
def test_what_cannot_be_is_an_error(systems, tmp_path, more, message):
    folder, named = systems
    with pytest.raises(UserError, match=message):
        make_forms(named, choices(folder, **more), tmp_path / "forms")
    assert not (tmp_path / "forms").exists()


def test_forms_that_judges_may_have_begun_are_not_written_over(systems, made):
    folder, named = systems
    with pytest.raises(UserError, match="exists"):
        make_forms(named, choices(folder), made)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("scale: 2", "scale: 12"), "criteria.usable.scale"),
        (("level: nominal", "level: ranks"), "criteria.usable.level"),
        (('fr: "oui", en', 'fr: "", en'), "high.fr"),
        (("instructions:", "instruction:"), "instruction"),
        (("title: {", "title: }"), "no YAML"),
    ],
)
def test_a_form_that_is_wrong_says_where(tmp_path, change, message):
    (tmp_path / "form.yaml").write_text(TWO_QUESTIONS.replace(*change), encoding="utf-8")
    with pytest.raises(UserError, match=message):
        read_specification(str(tmp_path / "form.yaml"))


@pytest.mark.parametrize("name", ["summaries", "exercises"])
def test_the_forms_that_come_along_are_forms(name):
    assert len(read_specification(name).criteria) == 4


def test_means_are_those_of_the_systems_whatever_the_order(made, tmp_path, capsys):
    """Judge 2 is one point harsher, except that it cannot go below 1; the teacher is better than the student by one."""
    key = json.loads((made / "key.json").read_text())
    values = {"student": 1, "teacher": 2, "reference": 2}
    for judge, less in (("judge1", 0), ("judge2", 1)):
        content = answers(key, judge, lambda system, item, less=less: max(1, values[system] - less))
        (tmp_path / f"{judge}.csv").write_text(content, encoding="utf-8")
    read_judgements(
        made / "key.json",
        [tmp_path / "judge1.csv", tmp_path / "judge2.csv"],
        tmp_path / "out",
        resamples=200,
        confidence=0.95,
    )
    content = json.loads((tmp_path / "out" / "judgements.json").read_text())
    assert (content["judges"], content["answers"], content["answers_missing"]) == (2, 120, 0)
    faithful = content["criteria"][0]
    assert {each["system"]: each["value"] for each in faithful["systems"]} == {
        "student": 1,
        "teacher": 1.5,
        "reference": 1.5,
    }
    (difference,) = [
        each for each in faithful["differences"] if {each["first"], each["second"]} == {"student", "teacher"}
    ]
    assert abs(difference["value"]) == 0.5 and difference["low"] == difference["high"] == difference["value"]
    rows = list(csv.DictReader((tmp_path / "out" / "judgements.csv").open(encoding="utf-8")))
    assert {(row["system"], row["value"]) for row in rows if row["judge"] == "judge1"} == {
        ("student", "1"), ("teacher", "2"), ("reference", "2"),
    }  # fmt: skip
    assert "alpha" in capsys.readouterr().out


def test_intervals_are_those_of_items_drawn_whole(made, tmp_path):
    """The student's values are 1 and 5 by item, so its mean varies with the items that are drawn: no judge varies."""
    key = json.loads((made / "key.json").read_text())
    for judge in ("judge1", "judge2"):
        content = answers(key, judge, lambda system, item: 1 + (system == "student" and int(item[5:]) % 2))
        (tmp_path / f"{judge}.csv").write_text(content, encoding="utf-8")
    files = [tmp_path / "judge1.csv", tmp_path / "judge2.csv"]
    read_judgements(made / "key.json", files, tmp_path / "out", resamples=2000, confidence=0.95)
    (student,) = [
        each
        for each in json.loads((tmp_path / "out" / "judgements.json").read_text())["criteria"][0]["systems"]
        if each["system"] == "student"
    ]
    odd = [int(item["item"][5:]) % 2 for item in key["judges"]["judge1"]]
    share = np.mean(odd)
    assert student["value"] == pytest.approx(1 + share)
    half = 1.96 * np.sqrt(share * (1 - share) / len(odd))
    assert student["high"] - student["low"] == pytest.approx(2 * half, rel=0.25)
    agreement = json.loads((tmp_path / "out" / "judgements.json").read_text())["criteria"][0]["agreement"]
    assert agreement == {"krippendorff_alpha": 1.0, "level": "ordinal", "texts_judged_twice": 30}


def test_what_judges_left_out_is_counted(made, tmp_path):
    key = json.loads((made / "key.json").read_text())
    (tmp_path / "a.csv").write_text(answers(key, "judge1", lambda *_: 1, leave_out=4), encoding="utf-8")
    read_judgements(made / "key.json", [tmp_path / "a.csv"], tmp_path / "out", resamples=50, confidence=0.95)
    content = json.loads((tmp_path / "out" / "judgements.json").read_text())
    assert (content["answers"], content["answers_missing"], content["judges_without_answers"]) == (36, 84, ["judge2"])
    assert content["criteria"][0]["agreement"]["krippendorff_alpha"] is None
    assert content["criteria"][0]["systems"][0]["items"] == 6


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("judge1", "judge7", "not in the forms of this key"),
        (",A,", ",D,", "expected A to C"),
        (",faithful,1,", ",faithful,6,", "1 to 5"),
        (",faithful,1,", ",honest,1,", "not in the forms of this key"),
        (",faithful,1,", ",faithful,1,=", "seconds '=.*expected a number such as 12.5"),
    ],
)
def test_an_answer_that_is_not_of_these_forms_is_an_error(made, tmp_path, old, new, message):
    key = json.loads((made / "key.json").read_text())
    content = answers(key, "judge1", lambda *_: 1).replace(old, new)
    (tmp_path / "a.csv").write_text(content, encoding="utf-8")
    with pytest.raises(UserError, match=message):
        read_judgements(made / "key.json", [tmp_path / "a.csv"], tmp_path / "out", resamples=10, confidence=0.95)


def test_what_a_spreadsheet_makes_of_answers_is_read(made, tmp_path):
    key = json.loads((made / "key.json").read_text())
    content = answers(key, "judge1", lambda *_: 1)
    (tmp_path / "a.csv").write_text(content, encoding="utf-8")
    saved = content.replace(",A,", ",a ,").replace(",faithful,1,", ",faithful,1.0 ,")
    (tmp_path / "b.csv").write_text(f"sep=,\n{saved}", encoding="utf-8")
    for name in "ab":
        read_judgements(made / "key.json", [tmp_path / f"{name}.csv"], tmp_path / name, resamples=10, confidence=0.95)
    assert (tmp_path / "b/judgements.csv").read_text() == (tmp_path / "a/judgements.csv").read_text()


def test_half_a_surrogate_pair_is_shown_and_stops_no_form(systems, tmp_path):
    folder, named = systems
    rows = [{"id": name, "written": "gamma \ud800"} for name in ITEMS]
    (tmp_path / "odd.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    make_forms({**named, "odd": str(tmp_path / "odd.jsonl")}, choices(folder), tmp_path / "forms")
    items = data_of(tmp_path / "forms/judge1.html")["items"]
    assert all("gamma \\ud800" in item["texts"] for item in items)


def test_two_answers_to_one_question_are_an_error_and_the_same_twice_is_none(made, tmp_path):
    key = json.loads((made / "key.json").read_text())
    for name, value in (("a", 1), ("b", 1), ("c", 2)):
        (tmp_path / f"{name}.csv").write_text(answers(key, "judge1", lambda *_, v=value: v), encoding="utf-8")
    a, b, c = (tmp_path / f"{name}.csv" for name in "abc")
    read_judgements(made / "key.json", [a, b], tmp_path / "out", resamples=10, confidence=0.95)
    assert json.loads((tmp_path / "out" / "judgements.json").read_text())["answers"] == 60
    with pytest.raises(UserError, match="another value"):
        read_judgements(made / "key.json", [a, c], tmp_path / "out", resamples=10, confidence=0.95)
    with pytest.raises(UserError, match="is no key"):
        read_judgements(a, [a], tmp_path / "out", resamples=10, confidence=0.95)


@pytest.mark.parametrize(("resamples", "confidence"), [(0, 0.95), (10, 95), (10, 0), (10, 1)])
def test_an_interval_that_cannot_be_is_an_error(made, tmp_path, resamples, confidence):
    with pytest.raises(UserError, match=f"--resamples {resamples} --confidence {confidence:g}: expected"):
        read_judgements(made / "key.json", [], tmp_path / "out", resamples=resamples, confidence=confidence)


def test_from_the_command_line(systems, tmp_path):
    folder, named = systems
    run = [sys.executable, "-m", "alambic", "judge"]
    systems_given = [part for name, place in named.items() for part in ("--system", f"{name}={place}")]
    new = [*run, "new", "--form", str(folder / "form.yaml"), "--items", "2", "--judges", "1", "--output", "forms"]
    subprocess.run([*new, *systems_given], cwd=tmp_path, check=True, capture_output=True)
    key = json.loads((tmp_path / "forms/key.json").read_text())
    (tmp_path / "a.csv").write_text(answers(key, "judge1", lambda *_: 1), encoding="utf-8")
    read = [*run, "read", "forms/key.json", "a.csv", "--output", "judged", "--resamples", "20"]
    subprocess.run(read, cwd=tmp_path, check=True, capture_output=True)
    assert (tmp_path / "judged/judgements.json").is_file()
    wrong = subprocess.run([*new, "--system", "student"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (
        wrong.returncode == 1
        and "expected a name and what it wrote" in wrong.stderr
        and "Traceback" not in wrong.stderr
    )


@pytest.mark.slow
def test_a_judge_fills_in_the_form_by_keyboard_and_the_file_comes_back(made, tmp_path):
    """Half of it, then the browser is closed; the rest in another one of the same profile."""
    with chromium() as browser:
        playwright = browser.browser_type
        profile, size = str(tmp_path / "profile"), {"width": 320, "height": 640}
        options = {
            "executable_path": shutil.which("chromium"),
            "args": ["--no-sandbox"],
            "viewport": size,
            "offline": True,
        }
        context = playwright.launch_persistent_context(profile, **options)
        with silent_page(context, made / "judge1.html") as page:
            page.get_by_role("button", name="Commencer").press("Enter")
            page.get_by_role("button", name="Suivant").press("Enter")
            assert page.inner_text(".missing") == "Il manque une réponse : Proposition A : Fidèle ?"
            assert page.evaluate("document.activeElement.name") == "A/faithful", "what lacks an answer has the focus"
            for number in range(5):
                answer_item(page, number)
                assert page.evaluate("document.documentElement.scrollWidth") <= 320
                page.get_by_role("button", name="Suivant").press("Enter")
            assert page.inner_text("h2") == "6 sur 10"
            page.keyboard.press("Tab")
            page.locator('input[name="A/usable"]').first.check()
        context.close()
        context = playwright.launch_persistent_context(profile, **options, accept_downloads=True)
        with silent_page(context, made / "judge1.html") as page:
            assert page.inner_text("h2") == "6 sur 10"
            assert page.locator('input[name="A/usable"]').first.is_checked()
            page.get_by_label("English").check()
            for number in range(5, 10):
                answer_item(page, number)
                page.get_by_role("button", name="Next").press("Enter")
            assert page.inner_text("#done").startswith("10 texts judged of 10")
            with page.expect_download() as download:
                page.get_by_role("button", name="Export the answers (CSV)").press("Enter")
            assert download.value.suggested_filename == "judge1.csv"
            download.value.save_as(tmp_path / "judge1.csv")
        context.close()
    read_judgements(made / "key.json", [tmp_path / "judge1.csv"], tmp_path / "out", resamples=50, confidence=0.95)
    rows = list(csv.DictReader((tmp_path / "out" / "judgements.csv").open(encoding="utf-8")))
    by_system = {row["system"]: row["value"] for row in rows if row["criterion"] == "faithful"}
    assert len(rows) == 60 and by_system == {"student": "2", "teacher": "3", "reference": "5"}
    assert all(float(row["seconds"]) > 0 for row in rows)


def answer_item(page, number):
    """Judge each proposal by whose it is, as its words say: the page itself does not."""
    for letter in "ABC":
        text = page.locator(f'section[aria-label$=" {letter}"] .text').inner_text()
        value = {"alpha": 2, "beta": 3, "vrai": 5}[text.split()[0]]
        page.locator(f'input[name="{letter}/faithful"][value="{value}"]').press("Space")
        page.locator(f'input[name="{letter}/usable"]').nth(number % 2).press("Space")
