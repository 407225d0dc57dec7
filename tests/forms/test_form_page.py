"""The shell of a form: what it holds cannot break out of it, and every word is there in each language."""

import json
import re

import pytest

from alambic.errors import UserError
from alambic.forms.page import Form, as_script, render

HOSTILE = "</script><script>alert(1)</script><!-- & \u2028"


def test_no_text_ends_the_script_that_holds_it():
    written = as_script({"text": HOSTILE})
    assert json.loads(written) == {"text": HOSTILE}
    assert not re.search("[<>&\u2028]", written)


def test_a_title_is_text():
    page = render(Form("f", {"fr": HOSTILE, "en": "x"}, [HOSTILE], {}, "/* own */"))
    assert page.count("<script") == 3 and "alert(1)</script>" not in page
    assert "/* own */" in page and 'lang="fr"' in page


def test_a_word_without_one_of_the_languages_is_an_error():
    with pytest.raises(UserError, match="end has no wording in 'en'"):
        render(Form("f", {"fr": "a", "en": "a"}, [], {"end": {"fr": "Fin"}}, ""))
