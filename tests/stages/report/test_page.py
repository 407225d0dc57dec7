"""The page in a real browser: every control works, nothing is loaded, nothing overflows, on screens and on paper."""

import csv
import io
from pathlib import Path

import pytest
from browsing import chromium
from made_artifacts import demo, make_all

ENGLISH, FRENCH = "Results", "Résultats"


@pytest.fixture(scope="module")
def address(tmp_path_factory) -> str:
    """Write the report of made artifacts, and give the address of its page."""
    folder = tmp_path_factory.mktemp("page")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        made = make_all(demo())
        return (folder / made.report.folder / "report.html").as_uri()


@pytest.fixture(scope="module")
def browser():
    """Start the browser once."""
    with chromium() as opened:
        yield opened


@pytest.fixture
def open_page(browser, address):
    """Open the page in a window of some width; whatever it says or asks for in the meantime fails the test."""
    messages: list[str] = []
    requests: list[str] = []
    contexts = []

    def opened(width: int = 1280, **options):
        context = browser.new_context(viewport={"width": width, "height": 800}, **options)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: messages.append(message.text))
        page.on("pageerror", lambda error: messages.append(str(error)))
        page.on("request", lambda request: requests.append(request.url))
        page.goto(address)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert messages == [] and {url for url in requests if not url.startswith("data:")} <= {address}


def shown(page, selector: str) -> int:
    """Count the elements that one can see."""
    visible = "selector => [...document.querySelectorAll(selector)].filter(e => e.getClientRects().length).length"
    return page.evaluate(visible, selector)


@pytest.mark.slow
@pytest.mark.parametrize("width", [320, 360, 1280])
@pytest.mark.parametrize("language", ["en", "fr"])
def test_nothing_is_wider_than_the_screen(open_page, width, language):
    page = open_page(width)
    page.check(f"#language-{language}")
    for fold in page.query_selector_all(".fold"):
        fold.check()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    wide = "[...document.querySelectorAll('.table, .example, figure')].filter(e => e.scrollWidth > e.clientWidth + 1)"
    assert page.evaluate(f"{wide}.length") == 0
    score = page.query_selector("#results td.n .value")
    assert score.is_visible() and score.bounding_box()["x"] + score.bounding_box()["width"] <= width


@pytest.mark.slow
def test_the_reader_s_language_and_choice_decide(open_page):
    page = open_page(locale="fr-FR")
    assert page.inner_text("#results h2") == FRENCH and page.evaluate("document.documentElement.lang") == "fr"
    page.check("#language-en")
    assert page.inner_text("#results h2") == ENGLISH and shown(page, "main .fr") == 0
    assert page.get_attribute("svg.panel", "aria-label").startswith("Quality against size")
    page.reload()
    assert page.is_checked("#language-en") and page.inner_text("#results h2") == ENGLISH


@pytest.mark.slow
@pytest.mark.parametrize("scripts", [True, False])
def test_it_can_be_read_in_both_languages_with_and_without_scripts(open_page, scripts):
    page = open_page(java_script_enabled=scripts)
    assert page.inner_text("#results h2") == ENGLISH
    page.check("#language-fr")
    assert page.inner_text("#results h2") == FRENCH and shown(page, "main .en") == 0
    folded = "#results .folded"
    assert not page.is_visible(folded)
    page.check("#fold-every-measure")
    assert page.is_visible(folded)
    assert page.is_visible(".filters") is scripts


@pytest.mark.slow
def test_filters_hide_what_is_not_chosen_in_tables_and_drawings(open_page):
    page = open_page()
    rows, drawings = "#results tbody tr[data-model~='control']", "svg.panel g[data-model='control']"
    before, points = shown(page, rows), shown(page, drawings)
    assert before and points
    page.uncheck("input[name=model][value=control]")
    assert shown(page, rows) == shown(page, drawings) == shown(page, "[data-model~='control']") == 0
    assert "control" in page.inner_text(".filtered")
    assert shown(page, "#results tbody tr[data-model~='student']")
    columns = shown(page, "#results thead th")
    page.uncheck("input[name=task][value=entities]")
    assert shown(page, "#results thead th") < columns and shown(page, "[data-task='entities']") == 0
    page.uncheck("input[name=family][value=encoder]")
    assert shown(page, "[data-model~='student']") == 0 and shown(page, "#results tbody tr[data-model='dictionary']")
    page.click("button[type=reset]")
    page.wait_for_function("document.querySelector('.filtered').textContent === ''")
    assert (shown(page, rows), shown(page, drawings)) == (before, points)


@pytest.mark.slow
def test_values_are_shown_where_one_points(open_page):
    page = open_page()
    point = page.query_selector("#results svg.panel g[data-model='student'] .point")
    point.scroll_into_view_if_needed()
    point.hover()
    tip = page.inner_text("#tip")
    assert tip == point.evaluate("p => p.parentNode.dataset.tip") and tip.startswith("student: 0.") and "13.6" in tip
    page.keyboard.press("Escape")
    assert not page.is_visible("#tip")
    page.check("#language-fr")
    point.hover(force=True)
    page.mouse.move(0, 0)
    point.hover()
    assert page.inner_text("#tip").startswith("student: 0,") and "." not in page.inner_text("#tip")
    shown_score = page.inner_text("#results td.n .value >> nth=0") + page.inner_text("#results tbody")
    assert "0," in shown_score and "0." not in shown_score


@pytest.mark.slow
def test_every_link_leads_somewhere_and_every_download_is_the_table(open_page, tmp_path):
    page = open_page()
    for link in page.query_selector_all("nav a"):
        assert page.query_selector(link.get_attribute("href")) is not None
        link.click()
    assert page.evaluate("scrollY") > 0
    with page.expect_download() as download:
        page.click("#results .downloads a >> nth=0")
    rows = list(csv.reader(io.StringIO(Path(download.value.path()).read_text(encoding="utf-8"))))
    assert download.value.suggested_filename == "results.csv"
    assert {"student", "control", "e5"} <= {row[0] for row in rows[1:]} and len({len(row) for row in rows}) == 1
    with page.expect_download() as download:
        page.click("#results .downloads a >> nth=1")
    latex = Path(download.value.path()).read_text(encoding="utf-8")
    assert latex.startswith(r"\begin{tabular}")
    assert latex.count(r"\\") == len(rows)


@pytest.mark.slow
def test_paper_has_all_of_it_within_its_frame(open_page, tmp_path):
    pypdfium2 = pytest.importorskip("pypdfium2")
    page = open_page()
    page.emulate_media(media="print")
    folded = page.query_selector_all(".folded")
    assert folded and all(each.is_visible() for each in folded) and not page.is_visible("nav")
    page.set_viewport_size({"width": 690, "height": 900})  # the width of an A4 page within its margins
    wide = page.evaluate(
        "[...document.querySelectorAll('table, figure, pre, p, ul')].filter(e => e.getBoundingClientRect().right > 691)"
        ".map(e => e.className + e.textContent.slice(0, 40))"
    )
    assert wide == []
    paper = tmp_path / "report.pdf"
    page.pdf(path=paper, format="A4")
    document = pypdfium2.PdfDocument(paper)
    text = "".join(each.get_textpage().get_text_range() for each in document)
    assert "Every measure" in text and "Fingerprint" in text and "LicenseRef-WHO-ATIH-ICD-10" in text
    document.close()
    assert shown(page, ".filters") == 0
    page.evaluate("document.querySelector('input[name=model][value=control]').click()")
    assert page.inner_text(".filters").strip() == "Not shown: control"  # paper, too, says what it leaves out
