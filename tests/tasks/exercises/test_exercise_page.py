"""The page with exercises in a real browser: by keyboard, at 320 pixels, offline, and where it was left."""

import pytest
from browsing import chromium, silent_page

from alambic.tasks.exercises.exercise import multiple_choice, open_question
from alambic.tasks.exercises.page import write_page

EXERCISES = [
    (
        "1",
        multiple_choice(
            "Quel médicament <b>fluidifie</b> ?", [("warfarine", True), ("ANTICONSTITUTIONNELLEMENT" * 3, False)]
        ),
    ),
    ("2", multiple_choice("Lesquels ?", [("a", True), ("b", True), ("c", False)])),
    ("3", open_question("De quel chapitre relève l'asthme ?", ["Chapitre X"])),
]


@pytest.fixture(scope="module")
def context(tmp_path_factory):
    with chromium() as browser:
        opened = browser.new_context(viewport={"width": 320, "height": 640}, offline=True)
        yield opened
        opened.close()


@pytest.mark.slow
def test_a_person_tries_exercises_by_keyboard(context, tmp_path):
    file = tmp_path / "exercises.html"
    file.write_text(write_page(EXERCISES), encoding="utf-8")
    with silent_page(context, file) as page:
        page.focus("button")
        page.keyboard.press("Enter")
        page.wait_for_selector("#question")
        assert page.inner_text("#question") == EXERCISES[0][1].question, "no HTML of a model is run"
        assert page.evaluate("document.activeElement.tagName") == "H2"
        page.get_by_label("warfarine").focus()
        page.keyboard.press("Space")
        page.get_by_role("button", name="Vérifier").press("Enter")
        assert page.inner_text("#result") == "✓ Juste."
        assert page.evaluate("document.documentElement.scrollWidth") <= 320
        page.get_by_role("button", name="Suivant").press("Enter")
        page.get_by_label("a", exact=True).press("Space")
        page.get_by_role("button", name="Vérifier").press("Enter")
        assert page.inner_text("#result") == "✗ Non. Réponse attendue : a ; b"
        page.get_by_label("English").check()
        assert page.inner_text("#result") == "✗ No. Expected: a ; b" and page.title() == "Exercises"
    with silent_page(context, file) as page:  # where it was left, in the language that was chosen
        assert page.inner_text("#result") == "✗ No. Expected: a ; b"
        page.get_by_label("b", exact=True).check()
        assert page.inner_text("#result") == "", "a new answer is not judged yet"
        page.get_by_role("button", name="Check").click()
        assert page.inner_text("#result") == "✓ Right."
        page.get_by_role("button", name="Next").click()
        page.get_by_label("Your answer").fill(" CHAPITRE  x. ")
        page.get_by_role("button", name="Check").click()
        page.get_by_role("button", name="Next").click()
        assert page.inner_text("#score") == "3 right of 3 checked, 3 exercises."
        page.get_by_role("button", name="Start again").click()
        page.get_by_role("button", name="Begin").click()
        assert page.locator("input:checked:not([name=language])").count() == 0
