"""The report from real files, as a browser without a network sees it."""

import csv
import html
import io
import json
import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from urllib.parse import unquote

import pytest
from made_artifacts import demo, make_all

from alambic.data.inputs import Inputs
from alambic.data.manifest import Manifest
from alambic.errors import UserError
from alambic.planning.plan import Plan
from alambic.settings import Report
from alambic.settings.promotion import PromoteSection
from alambic.settings.release import ReleaseSection
from alambic.stages.report.run import run

COLUMNS = ["model", "task", "dataset", "split", "metric", "signature", "value", "low", "high", "seed"]


@pytest.fixture(scope="module")
def plan(tmp_path_factory) -> Plan:
    folder = tmp_path_factory.mktemp("report")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        made = make_all(demo())
    made.root = folder  # type: ignore[attr-defined]
    return made


@pytest.fixture
def folder(plan, monkeypatch) -> Path:
    monkeypatch.chdir(plan.root)
    return plan.report.folder


def english(page: str) -> str:
    """Give a page as a reader of English has it, on one line."""
    page = re.sub(r'<span class="fr" lang="fr">.*?</span>', "", page, flags=re.DOTALL)
    return " ".join(re.sub(r'<span class="en" lang="en">(.*?)</span>', r"\1", page, flags=re.DOTALL).split())


def without_tags(page: str) -> str:
    """Give a page's text alone, without what only a narrow screen shows."""
    page = re.sub(r'<span class="label".*?</span>', " ", page, flags=re.DOTALL)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())


def test_scores_have_the_promised_columns_and_a_row_per_seed(folder):
    with (folder / "scores.csv").open(newline="") as stream:
        header, *rows = csv.reader(stream)
    assert header == COLUMNS
    seeds = {tuple(row[:2]): [] for row in rows}
    for row in rows:
        if row[2] in ("long", "silver"):
            seeds[tuple(row[:2])].append(row[-1])
    assert seeds[("student", "icd_chapter")] == ["1", "2", "3", "all"]
    assert seeds[("dictionary", "entities")] == ["all"]


def test_summary_fits_and_marks_silver(folder):
    text = (folder / "summary.txt").read_text()
    lines = text.splitlines()
    assert len({len(line) for line in lines if set(line) <= {"-", " "} and line}) == 1
    student = next(line for line in lines if line.startswith("student"))
    assert "13.6 M" in student and re.search(r"0\.\d{3} \[0\.\d{3}, 0\.\d{3}\]", student)
    assert re.search(r"0\.\d{3}\* \[", student) and "* silver" in text


def test_the_report_says_what_was_removed_because_of_which_task(plan, folder, tmp_path):
    page = english((folder / "report.html").read_text())
    assert "entities (9 test texts): 0 documents; icd_chapter (400 test texts): 23 documents, of icd10_fr 23." in page
    assert "not decontaminated" not in page
    corpus = plan["clean/medical"]
    whole = corpus.manifest.read_text()
    record = Manifest.read(corpus.manifest)
    decontamination = {**record.facts["decontamination"], "off": True}
    declined = replace(record, facts={**record.facts, "decontamination": decontamination}).dump()
    assert declined != whole
    corpus.manifest.unlink()  # a second name of the file keeps the content
    corpus.manifest.write_text(declined)
    try:
        run(
            plan.report.settings,
            Inputs({"artifacts": [made.folder for made in plan.report.inputs["artifacts"]]}),
            tmp_path,
        )
    finally:
        corpus.manifest.write_text(whole)
    assert "not decontaminated" in (tmp_path / "report.html").read_text()


def test_the_report_shows_by_which_way_each_licence_got_in(folder):
    page = english((folder / "report.html").read_text())
    assert "<b>distill.student</b>: not to be released as it is" in page
    assert "distill.student ← teach.e5_states ← fetch.e5 outputs MIT" in without_tags(page)
    assert "collect.icd10: LicenseRef-WHO-ATIH-ICD-10: no commercial use" in page


def test_a_release_is_listed_with_its_sizes_and_scores(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    models = {"ready": {"model": "student", "task": "entities"}}
    experiment = demo()
    released = experiment.model_copy(update={"release": ReleaseSection(terms="research", models=models)})
    monkeypatch.setattr("alambic.planning.plan.check_release", lambda *_: None)  # the labels of ICD-10 forbid it
    made = make_all(released).report.folder
    page, summary = (made / "report.html").read_text(), (made / "summary.txt").read_text()
    line = next(line for line in summary.splitlines() if line.startswith("released ready: "))
    assert "torch 52.4 MB 0.512; onnx 52.6 MB 0.512; onnx int8 13.3 MB 0.507 (artifacts/release/ready/" in line
    section = page.partition('id="releases"')[2].partition("</section>")[0]
    assert all(part in section for part in ("13.3 MB", "0.507", "97.3 % same", "AMD EPYC (avx2)", "[0.400, 0.600]"))
    assert 'href="#releases"' in page


def test_nothing_is_loaded_from_elsewhere(folder):
    page = (folder / "report.html").read_text()
    assert not re.search(
        r"""url\(\s*["']?(?:https?:)?//|@import|<script [a-z]|<iframe|<object|<link (?!rel="icon" href="data:)""", page
    )
    assert not re.search(r"""(?:src|href)=["'](?!#|data:,|data:text/csv;|data:application/x-tex;)""", page)
    assert len(re.search(r"<script>(.*)</script>", page, re.DOTALL)[1].encode()) < 30_000


def test_identifiers_are_unique_and_references_meet(folder):
    page = (folder / "report.html").read_text()
    identifiers = re.findall(r'\bid="([^"]+)"', page)
    assert len(identifiers) == len(set(identifiers))
    referred = set(re.findall(r'href="#([^"]+)"', page)) | set(re.findall(r"url\(#([^)]+)\)", page))
    assert referred <= set(identifiers)


def test_plots_and_tables_can_be_read_aloud(folder):
    page = (folder / "report.html").read_text()
    plots = re.findall(r'<svg class="panel"[^>]*>', page)
    assert len(plots) == 4 + 1 + 2 + 1  # scores, losses of distillation and of fine-tuning, fertility
    assert all('role="img"' in plot and re.search('aria-label="[^"]{20,}"', plot) for plot in plots)
    headers = re.findall(r"<th[ >][^>]*", page)
    assert headers and all("scope=" in header for header in headers)


def test_same_artifacts_same_bytes(plan, folder, tmp_path):
    inputs = Inputs({"artifacts": [made.folder for made in plan.report.inputs["artifacts"]]})
    run(plan.report.settings, inputs, tmp_path)
    for name in ("report.html", "scores.csv", "summary.txt"):
        assert (tmp_path / name).read_bytes() == (folder / name).read_bytes(), name


def test_every_pair_is_tested_when_none_is_named(plan, folder, tmp_path):
    inputs = Inputs({"artifacts": [made.folder for made in plan.report.inputs["artifacts"]]})
    facts = run(plan.report.settings.model_copy(update={"compare": []}), inputs, tmp_path)
    assert facts["comparisons"] == 5 * 4  # two students, control and teacher, on four measures
    assert "student − e5" in (tmp_path / "report.html").read_text()


def test_the_page_says_which_students_are_promoted_and_what_would_decide(plan, folder, tmp_path):
    assert json.loads((folder / "promoted.json").read_text())["asked"] is None
    assert 'id="promotion"' not in (folder / "report.html").read_text()
    inputs = Inputs({"artifacts": [made.folder for made in plan.report.inputs["artifacts"]]})
    asked = PromoteSection(students=["student_taught", "control"], teacher="e5", control="dictionary", margin=0.08)
    promote = asked.resolved(plan.experiment.tasks)
    run(plan.report.settings.model_copy(update={"promote": promote}), inputs, tmp_path)
    page = " ".join((tmp_path / "report.html").read_text().split())
    section = page.partition('id="promotion"')[2].partition("</section>")[0]
    decided = json.loads((tmp_path / "promoted.json").read_text())
    assert decided["promoted"] == ["student_taught"] and decided["asked"]["confidence_of_each_interval"] == 0.975
    assert "<b>student_taught</b> is promoted: all 8 claims are shown" in section
    assert "<b>control</b> is not promoted to replace e5: of 8 claims, 4 not shown" in section
    assert "<b>control</b> n’est pas promu à la place de e5 : sur 8 affirmations, 4 non démontrées" in section
    finding = without_tags(english(page).partition('id="finding"')[2].partition("</section>")[0])
    assert "Promoted in place of e5: student_taught . Every claim that was stated is shown." in finding
    assert re.search(
        r"control is not promoted: 4 of 8 claims are not shown; the evidence falls short by up to 0\.\d+", finding
    )
    assert finding.index("not promoted") < finding.index("of the scores of its teacher")
    assert "✗ refuted" in section and "with this difference no number of examples or seeds" in section
    narrow = PromoteSection(**{**asked.model_dump(exclude={"tasks"}), "margin": 0.04}).resolved(plan.experiment.tasks)
    run(plan.report.settings.model_copy(update={"promote": narrow}), inputs, tmp_path)
    page = " ".join((tmp_path / "report.html").read_text().split())
    assert re.search(r"short by 0\.\d{3}; about [\d.]+ times as many examples and seeds", page)


def test_an_experiment_that_only_collects_has_a_report(plan, folder, tmp_path):
    items = [name for name in plan if name.startswith(("collect/", "clean/"))]
    settings = Report(experiment="texts", items=items, artifacts=items)
    run(settings, Inputs({"artifacts": [plan[name].folder for name in items]}), tmp_path)
    page = (tmp_path / "report.html").read_text()
    assert 'id="corpus"' in page and "Is the difference real?" not in page
    assert (tmp_path / "scores.csv").read_text().strip() == ",".join(COLUMNS)


def test_facts_that_are_missing_leave_cells_empty(plan, folder, tmp_path):
    items, folders = list(plan)[:-1], []
    for name in items:
        copied = tmp_path / name
        shutil.copytree(plan[name].folder, copied)
        bare = replace(Manifest.read(copied / "manifest.json"), facts={}, run={"started": "2026-11-02T09:00:00+00:00"})
        (copied / "manifest.json").write_text(bare.dump())
        folders.append(copied)
    run(plan.report.settings, Inputs({"artifacts": folders}), tmp_path)
    assert "Is the difference real?" in (tmp_path / "report.html").read_text()


def french(page: str) -> str:
    """Give a page as a reader of French has it."""
    page = re.sub(r"""<(span|tspan) class="en" lang="en">.*?</\1>""", "", page, flags=re.DOTALL)
    return re.sub(r"<(style|script)>.*?</\1>", "", page, flags=re.DOTALL)


def test_a_reader_of_french_has_decimal_commas_and_programs_have_points(folder):
    page = french((folder / "report.html").read_text())
    for name in ("finding", "results", "comparisons", "speed", "frugality", "training", "tokenizer", "cost"):
        section = page.partition(f'id="{name}"')[2].partition("</section>")[0]
        assert name == "training" or re.search(r"\d,\d", without_tags(section)), name
        points = re.findall(r".{20}\d\.\d.{10}", without_tags(re.sub(r"<(title|code)>.*?</\1>", "", section)))
        assert points == [], name
    results = page.partition('id="results"')[2].partition("</section>")[0]
    assert re.search(r"\[0,\d{3}\u00a0; 0,\d{3}\]", results)
    assert re.search(r'data-tip="student: 0\.\d+ \[[^"]*" data-tip-fr="student: 0,\d+ \[0,\d+\u00a0; 0,\d+\]', page)
    files = [unquote(each) for each in re.findall(r'href="data:[^,]*,([^"]*)"', results)]
    latex = [each for each in files if each.startswith("\\begin")]
    assert latex and not re.search(r"\d,\d", "".join(latex))
    tables = [list(csv.reader(io.StringIO(each))) for each in files if each not in latex]
    assert tables and all(len({len(row) for row in table}) == 1 for table in tables)


def test_text_from_outside_cannot_become_markup(plan, folder, tmp_path):
    items = ["collect/icd10"]
    settings = Report(experiment="x", title="<script>alert(1)</script>", items=items, artifacts=items)
    run(settings, Inputs({"artifacts": [plan[items[0]].folder]}), tmp_path)
    page = (tmp_path / "report.html").read_text()
    assert page.count("<script") == 1 and page.count("&lt;script&gt;alert(1)&lt;/script&gt;") == 2


def test_names_and_artifacts_must_match(plan, folder, tmp_path):
    settings = plan.report.settings
    with pytest.raises(UserError, match="one folder per item"):
        run(settings, Inputs({"artifacts": []}), tmp_path)
    swapped = [made.folder for made in reversed(plan.report.inputs["artifacts"])]
    with pytest.raises(UserError, match="holds an artifact of stage"):
        run(settings, Inputs({"artifacts": swapped}), tmp_path)


@pytest.mark.slow
def test_a_browser_without_network_shows_it_all(folder, tmp_path):
    browser = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if browser is None:
        pytest.skip("no chromium on this machine: apt-get install chromium")
    command = [
        *(browser, "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"),
        *("--host-resolver-rules=MAP * ~NOTFOUND", f"--user-data-dir={tmp_path / 'browser'}", "--dump-dom"),
        (folder / "report.html").resolve().as_uri(),
    ]
    shown = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True).stdout
    text = html.unescape(re.sub(r"<[^>]+>", " ", shown))
    for wanted in (
        "A French medical encoder, distilled on a laptop",
        "The teacher e5 (12 layers, 117.5\u202fM parameters) was distilled into student (4 layers, 13.6\u202fM",
        "student is better than control on",
        "silver",
        "general French",
        "LicenseRef-WHO-ATIH-ICD-10",
        "accuracy|simulated",
        "38c226122e61",
    ):
        assert wanted in text, wanted
    assert shown.count('<svg class="panel"') == 8 and not re.search(
        r"""(?:src|href)=["']?http|url\(\s*["']?http""", shown
    )
