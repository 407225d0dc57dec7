"""`study analyse` and `study power`, from files to files."""

import csv
import json
import re
import sys
from dataclasses import asdict, replace

import pytest
from made_studies import made_study

from alambic.__main__ import parse
from alambic.commands.study.analyse import COLUMNS, analyse_study
from alambic.errors import UserError
from alambic.stages.report.phrases import LANGUAGES
from alambic.studies.design_file import read_design
from alambic.studies.exclusions import decide_who_counts
from alambic.studies.items import write_items
from alambic.studies.merging import Merged, merge, write_merged
from alambic.studies.participants import FollowExplanations
from alambic.studies.population import Population
from alambic.studies.records import COLUMNS as COLUMNS_OF_PAGES
from alambic.studies.results import Options
from alambic.studies.simulated import Design, rehearse, simulate

CONDITIONS = ("alone", "advice", "explanation:lime", "false_explanation")
QUICK = Options(resamples=200)


@pytest.fixture(scope="module")
def study():
    population = Population([FollowExplanations(0.9, 0.2)], delegates=0.1, inattentive=0.3)
    return simulate(Design(12, 24, CONDITIONS, can_delegate=True, expertise=("novice", "expert")), population, seed=1)


@pytest.fixture(scope="module")
def folder(study, tmp_path_factory):
    folder = tmp_path_factory.mktemp("tables")
    write_merged(Merged(study.tables, [], 0, {}), folder)
    write_items(study.items.values(), folder)
    (folder / "protocol.json").write_text(json.dumps({"digest": "simulated", "settings": {}}))
    return folder


@pytest.fixture(scope="module")
def analysed(folder, tmp_path_factory):
    output = tmp_path_factory.mktemp("analysed")
    return output, list(analyse_study(folder, output, options=QUICK))


def run(*words):
    sys.argv = ["alambic", *map(str, words)]
    arguments = parse()
    arguments.run(arguments)


def test_the_table_has_every_row_and_no_nan(analysed):
    rows = list(csv.DictReader((analysed[0] / "analysis.csv").open()))
    assert tuple(rows[0]) == COLUMNS
    assert {"accuracy", "rair", "rsr", "delegation", "substitution_at", "mediation:trust"} <= {
        row["measure"] for row in rows
    }
    for row in rows:
        assert not {"nan", "inf", "-inf", "None"} & set(row.values())
        assert row["estimate"] or row["note"].startswith("not estimable, because")
    excluded = re.search(r"(\d+) answered less than 50", analysed[1][0])
    assert excluded and int(excluded[1]) > 0


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_says_all_in_both_languages_and_asks_no_network(analysed, language):
    page = (analysed[0] / "study.html").read_text()
    assert "http://" not in page and "https://" not in page and "<script src" not in page
    assert page.count(f'class="{language}"') > 50
    assert {"Surconfiance", "Over-reliance"} <= set(re.findall(r"Surconfiance|Over-reliance", page))
    assert page.count("<svg") >= 5 and "{" + "measure" not in page


@pytest.mark.parametrize(("name", "words"), [("methods.md", "were left out"), ("methods.fr.md", "ont été écartées")])
def test_the_text_for_a_paper_is_filled_with_the_numbers_of_the_study(analysed, name, words):
    text = (analysed[0] / name).read_text()
    assert words in text and "12 pe" in text and "200" in text and "Schemmer" in text
    assert not re.search(r"\{\{|\}\}|None|nan\b|<span", text)


def test_the_same_answers_give_the_same_files(folder, analysed, tmp_path):
    list(analyse_study(folder, tmp_path, options=QUICK))
    for name in ("analysis.csv", "study.html", "methods.md", "methods.fr.md"):
        assert (tmp_path / name).read_bytes() == (analysed[0] / name).read_bytes()


def test_one_person_gives_a_page_too(study, folder, tmp_path):
    (first, *_) = decide_who_counts(study.tables, study.items).included
    one = replace(study.tables, answers=[each for each in study.tables.answers if each.participant == first])
    write_merged(Merged(one, [], 0, {}), tmp_path)
    list(analyse_study(tmp_path, tmp_path / "out", study=str(folder), options=QUICK))
    assert "one person says nothing of others" in (tmp_path / "out" / "study.html").read_text()


def test_a_study_as_the_stage_makes_it_is_rehearsed_read_and_analysed(tmp_path):
    """What simulated people answer is what pages export, and `study read` takes it all."""
    protocol = made_study(tmp_path / "made", people=8, items=16, delegate=True)
    answered = rehearse(protocol, Population([FollowExplanations(0.9, 0.3)], delegates=0.1), seed=0)
    assert len(answered.answers) == len(protocol.plan)
    merged = merge([_exported(answered, protocol, tmp_path)], protocol)
    assert merged.rejected == [] and merged.missing == {} and merged.absent == []
    assert sorted(map(str, merged.tables.answers)) == sorted(map(str, answered.answers))
    write_merged(merged, tmp_path / "tables")
    list(analyse_study(tmp_path / "tables", tmp_path / "out", study=str(tmp_path / "made"), options=QUICK))
    rows = list(csv.DictReader((tmp_path / "out" / "analysis.csv").open()))
    assert {"explanation:rule", "false_explanation"} <= {row["condition"] for row in rows if row["estimate"]}
    assert read_design(tmp_path / "made").items == 16


def _exported(tables, protocol, folder):
    """Write answers as a page exports them: one file, conditions by their codes."""
    empty = dict.fromkeys(COLUMNS_OF_PAGES, "")
    rows = []
    for record, each in (
        *(("about", each) for each in tables.about),
        *(("answer", each) for each in tables.answers),
        *(("questionnaire", each) for each in tables.questionnaire),
    ):
        cells = {
            name: "" if value is None else int(value) if isinstance(value, bool) else value
            for name, value in asdict(each).items()
        }
        if "condition" in cells:
            cells["condition"] = protocol.codes[each.condition]
        rows.append(empty | cells | {"record": record})
    path = folder / "all.csv"
    with path.open("w", newline="") as stream:
        writer = csv.DictWriter(stream, COLUMNS_OF_PAGES)
        writer.writeheader()
        writer.writerows(rows)
    return path


def test_without_the_study_nothing_says_what_is_right(study, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_merged(Merged(study.tables, [], 0, {}), tmp_path / "tables")
    with pytest.raises(UserError, match="give --study ITEM"):
        list(analyse_study(tmp_path / "tables", tmp_path / "out"))
    made = tmp_path / "artifacts" / "study" / "one" / "0123"
    made.mkdir(parents=True)
    write_items(study.items.values(), made)
    (made / "protocol.json").write_text(json.dumps({"digest": "simulated"}))
    assert list(analyse_study(tmp_path / "tables", tmp_path / "out", options=QUICK))
    (made / "protocol.json").write_text(json.dumps({"digest": "other"}))
    with pytest.raises(UserError, match="is of protocol other"):
        list(analyse_study(tmp_path / "tables", tmp_path / "out", study=str(made)))


@pytest.mark.parametrize(
    ("option", "value"),
    [("--resamples", "10"), ("--confidence", "95"), ("--attention", "2"), ("--substitution-seconds", "0")],
)
def test_options_that_cannot_be_are_errors(folder, tmp_path, option, value):
    with pytest.raises(UserError, match=f"{option} {value}"):
        run("study", "analyse", folder, "--output", tmp_path, option, value)


def test_power_prints_a_line_for_each_effect_and_number(tmp_path, capsys):
    settings = {"people": 6, "items": 12, "conditions": ["advice", "explanation:lime"], "wrong_advice": 0.5}
    path = tmp_path / "experiment.yaml"
    path.write_text(json.dumps({"study": {"one": settings}}))
    run("study", "power", path, "--effect", "-0.3", "0.0", "--people", "4", "8", "--studies", "3")
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("# assumed: accuracy 0.7")
    rows = list(csv.DictReader(lines[1:]))
    assert [(row["effect"], row["people"]) for row in rows] == [("-0.3", "4"), ("-0.3", "8"), ("0", "4"), ("0", "8")]
    assert {row["contrast"] for row in rows} == {"explanation:lime against advice"}
