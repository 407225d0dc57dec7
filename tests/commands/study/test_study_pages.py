"""A person goes through a study in a real browser, offline: by keyboard, on a small screen, killed and begun again."""

import contextlib
import os
import re
import shutil
import signal
from pathlib import Path

import pytest
from browsing import chromium, silent_page
from made_studies import answer_all, made_study, own_table, settled
from playwright.sync_api import Error

from alambic.studies.merging import merge

SMALL_SCREEN = {"width": 320, "height": 640}
LONG_WORD = "anti" + "constitutionnellement" * 4


@pytest.fixture(scope="module")
def protocol(tmp_path_factory):
    return made_study(tmp_path_factory.mktemp("made") / "study", delegate=True)


@pytest.fixture(scope="module")
def browser():
    with chromium() as opened:
        yield opened


def page_of(protocol, participant="p001"):
    return protocol.folder / "forms" / f"{participant}.html"


@pytest.fixture
def context(browser):
    opened = browser.new_context(offline=True, viewport=SMALL_SCREEN)
    yield opened
    opened.close()


def exported(page, path):
    with page.expect_download() as download:
        page.locator("#export").press("Enter")
    download.value.save_as(path)
    return path


def tab_to(page, selector, *, most=60):
    """Press the tabulator until an element has the focus."""
    for _ in range(most):
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"no {selector} within {most} tabs: {page.inner_text('main')}")


def by_keyboard(page):
    """Answer what is shown by keys alone; each question with its first option."""
    for name in page.evaluate("[...new Set([...document.querySelectorAll('main input')].map((one) => one.name))]"):
        tab_to(page, f'input[name="{name}"]')
        page.keyboard.press("Space")
    tab_to(page, "main form button[type=submit], main > button")
    page.keyboard.press("Enter")


def test_a_whole_study_by_keyboard_alone_on_a_small_screen_offline(protocol, context, tmp_path):
    with silent_page(context, page_of(protocol)) as page:
        seen = []
        while not page.locator("#done").count():
            seen.append(settled(page))
            assert page.evaluate("document.documentElement.scrollWidth") <= 320, page.inner_text("main")
            by_keyboard(page)
            settled(page)
            assert page.evaluate("document.activeElement.matches('h2, h3')"), "what is new is read first"
        assert seen[:2] == ["Consentement", "Consigne"] and seen.count("Quelques questions sur cette partie") == 4
        assert page.inner_text("#done").startswith("11 cas sur 11.")
        page.locator("summary").press("Enter")
        page.locator("#copy").focus()
        path = exported(page, tmp_path / "p001.csv")
        copied = page.input_value("#copy")
        assert copied.splitlines() == path.read_text(encoding="utf-8-sig").splitlines()
    merged = merge([path], protocol)
    assert (merged.rejected, merged.missing) == ([], {})
    for answer in merged.tables.answers:
        item = protocol.items[answer.item]
        with_model = answer.condition != "alone" and item.kind != "attention"
        assert answer.advice == (item.advice if with_model else "")
        assert answer.answer == item.options[0] and answer.alone_answer == (item.options[0] if with_model else "")
        assert answer.seconds is not None and 0 < answer.seconds < 60
        assert (answer.alone_seconds is not None) == with_model
        is_explained = with_model and answer.condition not in ("alone", "advice")
        assert (answer.explanation_seconds is not None) == is_explained
        assert not is_explained or answer.explanation_seconds <= answer.seconds + 0.1
        assert answer.alone_confidence == (None if item.kind == "attention" else 1)
    assert [about.expertise for about in merged.tables.about] == ["novice"]


def kill(profile):
    """Kill the browser that this test started with its own profile, as a crash does."""
    for process in Path("/proc").iterdir():
        if process.name.isdigit():
            try:
                words = (process / "cmdline").read_bytes().decode(errors="replace").split("\0")
            except OSError:
                continue
            if f"--user-data-dir={profile}" in words and not any(word.startswith("--type=") for word in words):
                os.kill(int(process.name), signal.SIGKILL)


def test_a_browser_that_is_killed_loses_no_answer_and_goes_on_there(protocol, browser, tmp_path):
    profile = str(tmp_path / "profile")
    options = {
        "executable_path": shutil.which("chromium"),
        "args": ["--no-sandbox"],
        "viewport": SMALL_SCREEN,
        "offline": True,
    }
    before, heading = 0, ""
    for answers in (9, 8):
        context = browser.browser_type.launch_persistent_context(profile, **options)
        page = context.new_page()
        page.goto(page_of(protocol).as_uri())
        if before:
            assert settled(page) == heading, "what was shown when it was killed"
        answer_all(page, most=answers)
        heading = settled(page)
        before += answers
        kill(profile)
        with contextlib.suppress(Error):  # it may have noticed already that its browser is gone
            context.close()
    context = browser.browser_type.launch_persistent_context(profile, **options)
    with silent_page(context, page_of(protocol)) as page:
        assert settled(page) == heading
        answer_all(page)
        path = exported(page, tmp_path / "p001.csv")
    context.close()
    merged = merge([path], protocol)
    assert (merged.rejected, merged.missing) == ([], {}) and len(merged.tables.answers) == 11


def test_without_consent_nothing_is_kept(protocol, context):
    with silent_page(context, page_of(protocol)) as page:
        page.locator("#disagree").press("Enter")
        assert "Rien n’a été enregistré" in page.inner_text("#refused")
        assert page.evaluate("Object.keys(localStorage)") == [] and kept(page) == []
        assert not page.locator("#export").count()


def kept(page):
    """Read all keys of all databases that the page has."""
    return page.evaluate("""async () => {
      const ended = (request) => new Promise((done) => { request.onsuccess = () => done(request.result); });
      const keys = [];
      for (const { name } of await indexedDB.databases()) {
        const base = await ended(indexedDB.open(name));
        for (const store of base.objectStoreNames)
          keys.push(...await ended(base.transaction(store).objectStore(store).getAllKeys()));
        base.close();
      }
      return keys;
    }""")


def test_consent_asks_first_what_a_person_is(protocol, context):
    with silent_page(context, page_of(protocol)) as page:
        page.locator("#agree").press("Enter")
        assert page.inner_text(".missing") == "Il manque une réponse : Vous êtes"
        assert page.evaluate("document.activeElement.name") == "expertise"


def test_whoever_stops_has_all_erased_after_a_second_question(protocol, context):
    with silent_page(context, page_of(protocol)) as page:
        answer_all(page, most=8)
        assert "about" in kept(page)
        page.locator("#withdraw").press("Enter")
        page.get_by_role("button", name="Non, revenir").press("Enter")
        assert settled(page) != "Effacé" and "about" in kept(page)
        page.locator("#withdraw").press("Enter")
        page.locator("#erase").press("Enter")
        page.wait_for_selector("#erased")
        assert kept(page) == [] and page.evaluate("Object.keys(localStorage)") == []
        page.reload()
        assert settled(page) == "Consentement"


def to_first_item(page):
    """Go to the first item: consent, instructions, the beginning of practice."""
    answer_all(page, most=3)


def test_what_was_answered_stays_when_the_language_changes(protocol, context):
    with silent_page(context, page_of(protocol)) as page:
        to_first_item(page)
        page.locator('input[name="answer"]').nth(1).check()
        page.get_by_label("English").check()
        assert page.inner_text("h2") == "1 of 11" and page.evaluate("document.documentElement.lang") == "en"
        assert page.locator('input[name="answer"]').nth(1).is_checked()
        page.get_by_role("button", name="Confirm").press("Enter")
        assert page.inner_text(".missing") == "An answer is missing: How sure are you?"
        page.reload()
        assert settled(page) == "1 of 11"


def test_practice_says_what_was_right_and_the_model_is_shown_after_the_first_answer(protocol, context):
    step = next(shown for shown in protocol.plan if shown.participant == "p001")
    item = protocol.items[step.item]
    with silent_page(context, page_of(protocol)) as page:
        to_first_item(page)
        assert not page.locator(".model").count() and not page.locator(".for, .against").count()
        answer_all(page, most=1)
        model = page.locator("section.model")
        assert model.locator("h3").inner_text() == f"Réponse du modèle : {item.advice}"
        assert "Votre première réponse : A" in model.inner_text()
        assert page.locator(".source .for, .source .against").count() > 0
        (explained,) = item.explanations
        strongest = max(range(len(explained.values)), key=lambda place: explained.values[place])
        words = item.text[explained.starts[strongest] : explained.ends[strongest]]
        assert f"« {words} »" in page.inner_text(".in-words"), "what colours say stands there in words"
        answer_all(page, most=1)
        right = item.right == "A"
        assert page.inner_text("#feedback") == (
            "C’est juste : A." if right else f"La bonne réponse était : {item.right}."
        )


def test_an_item_can_be_handed_to_the_model_before_and_after_its_answer(protocol, context, tmp_path):
    with silent_page(context, page_of(protocol)) as page:
        handed = 0
        while not page.locator("#done").count():
            if page.locator("#delegate").count() and (handed % 2 == 0 or page.locator(".model").count()):
                page.locator("#delegate").press("Enter")
                handed += 1
            else:
                answer_all(page, most=1)
            settled(page)
        path = exported(page, tmp_path / "p001.csv")
    merged = merge([path], protocol)
    assert (merged.rejected, merged.missing) == ([], {})
    delegated = [answer for answer in merged.tables.answers if answer.delegated]
    assert len(delegated) == handed == 8 and {answer.answer for answer in delegated} == {""}
    assert {bool(answer.advice) for answer in delegated} == {True, False}
    assert all(bool(answer.advice) == bool(answer.alone_answer) for answer in delegated)


def test_when_time_is_over_the_page_goes_on_and_says_so(browser, tmp_path):
    protocol = made_study(
        tmp_path / "study", seconds=1, conditions=["advice"], items=2, people=1, practice=0, attention=0
    )
    context = browser.new_context(offline=True, viewport=SMALL_SCREEN)
    with silent_page(context, page_of(protocol)) as page:
        to_first_item(page)
        status = page.wait_for_selector("#status:not(:empty)", state="attached").inner_text()
        assert re.fullmatch("Il reste [01] s.", status), "a screen reader hears of it"
        page.wait_for_selector(".model")
        assert "Vous n’avez pas donné de première réponse" in page.inner_text(".model")
        page.wait_for_selector('h2:text-is("2 sur 2")')
        answer_all(page)
        path = exported(page, tmp_path / "p001.csv")
    context.close()
    merged = merge([path], protocol)
    assert merged.rejected == []
    first = merged.tables.answers[0]
    assert (first.timed_out, first.answer, first.alone_answer) == (True, "", "")
    assert first.seconds >= 1 and first.alone_seconds >= 1


def test_seconds_do_not_count_while_the_page_is_hidden(protocol, browser):
    context = browser.new_context(offline=True)
    with silent_page(context, page_of(protocol)) as page:
        to_first_item(page)
        hide = """(state) => {
          Object.defineProperty(document, "visibilityState", { get: () => state, configurable: true });
          document.dispatchEvent(new Event("visibilitychange"));
        }"""
        counted = "Form.get('draft/1').alone"
        page.evaluate(hide, "hidden")
        before = page.evaluate(counted)
        page.wait_for_timeout(1000)
        assert page.evaluate(counted) == before
        page.evaluate(hide, "visible")
        page.wait_for_timeout(500)
        assert page.evaluate(counted) > before
    context.close()


def test_advice_comes_first_where_the_protocol_says_so(browser, tmp_path):
    protocol = made_study(tmp_path / "study", alone_first=False, show_confidence=True, conditions=["alone", "advice"])
    context = browser.new_context(offline=True)
    with silent_page(context, page_of(protocol)) as page:
        to_first_item(page)
        assert page.locator(".model").count() and "%" in page.inner_text(".model")
        answer_all(page)
        path = exported(page, tmp_path / "p001.csv")
    context.close()
    merged = merge([path], protocol)
    assert (merged.rejected, merged.missing) == ([], {})
    assert {answer.alone_answer for answer in merged.tables.answers} == {""}


def test_long_words_images_and_written_answers_fit_a_small_screen(browser, tmp_path):
    rows = [{"id": f"{n}", "text": f"{LONG_WORD} <b>{n}</b>", "right": LONG_WORD, "advice": "x"} for n in range(4)]
    table = own_table(tmp_path / "own", rows)
    chosen = {"kind": "read_line", "generated": None, "table": table, "conditions": ["advice"], "items": 4}
    protocol = made_study(
        tmp_path / "study", **chosen, people=1, practice=0, attention=1, confidence="drawn", wrong_advice=1
    )
    context = browser.new_context(offline=True, viewport=SMALL_SCREEN)
    with silent_page(context, page_of(protocol)) as page:
        to_first_item(page)
        for _ in range(9):
            assert page.evaluate("document.documentElement.scrollWidth") <= 320
            assert not page.locator(".source b").count(), "a text is no HTML"
            page.locator("#answer").fill("Été 1")
            if page.locator('input[name="confidence"]').count():
                page.locator('input[name="confidence"]').nth(4).check()
            page.locator("#answer").press("Enter")
            settled(page)
        answer_all(page)
        path = exported(page, tmp_path / "p001.csv")
    context.close()
    merged = merge([path], protocol)
    assert merged.rejected == [] and {answer.answer for answer in merged.tables.answers} == {"Été 1"}


def test_an_image_is_told_in_words_and_explained_on_its_cells(browser, tmp_path):
    protocol = made_study(
        tmp_path / "study", kind="image_classes", generated={"clues": 5, "pool": 100}, conditions=["explanation:rule"],
        items=2, people=1, practice=0, attention=0,
    )  # fmt: skip
    item = protocol.items[protocol.plan[0].item]
    context = browser.new_context(offline=True, viewport=SMALL_SCREEN)
    with silent_page(context, page_of(protocol)) as page:
        to_first_item(page)
        image = page.get_by_role("img")
        assert image.get_attribute("alt") == f"Signes, ligne par ligne : {' / '.join(item.text.splitlines())}"
        assert image.evaluate("(image) => image.naturalWidth") > 0
        assert "● plus de ronds" in page.inner_text("main")
        answer_all(page, most=1)
        explained = item.explanations[0].values
        assert page.locator(".cells > span").count() == 25
        assert page.locator(".cells > .for, .cells > .against").count() == sum(value != 0 for value in explained)
        assert "ligne" in page.inner_text(".in-words")
    context.close()


def test_two_people_at_one_machine_do_not_meet(protocol, context):
    with silent_page(context, page_of(protocol, "p001")) as page:
        answer_all(page, most=6)
    with silent_page(context, page_of(protocol, "p002")) as page:
        assert settled(page) == "Consentement"


UNNAMED = """() => [...document.querySelectorAll("button, input, textarea, section, img, fieldset")]
  .filter((one) => one.matches("fieldset")
    ? !one.querySelector("legend")?.textContent.trim()
    : !(one.labels?.length || one.matches("button") && one.textContent.trim() || one.alt || one.ariaLabel))
  .map((one) => one.outerHTML)"""


def test_every_question_has_a_name_and_every_button_too(protocol, context):
    with silent_page(context, page_of(protocol)) as page:
        while not page.locator("#done").count():
            assert page.evaluate(UNNAMED) == []
            answer_all(page, most=1)
            settled(page)
