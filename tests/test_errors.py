"""No message and no record shows a credential, and none hides a word that is none."""

import time

import pytest

from alambic.errors import redacted


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("GET https://user:pa55@site/a.csv failed", "GET https://site/a.csv failed"),
        ("//user@site/a", "//site/a"),
        ("https://site/a?n=1&access_token=abc&m=2", "https://site/a?n=1&access_token=***&m=2"),
        ("https://s3/x?X-Amz-Signature=abc&X-Amz-Date=1", "https://s3/x?X-Amz-Signature=***&X-Amz-Date=1"),
        ("{'Authorization': 'Bearer abcdefgh12345678'}", "{'Authorization': 'Bearer ***'}"),
        ("token hf_abcdefghijklmnopqrstuvwxyz is invalid", "token *** is invalid"),
        ("a secret of mine: correct-horse-battery", "a secret of mine: ***"),
    ],
)
def test_credentials_are_hidden(text, expected, monkeypatch):
    monkeypatch.setenv("SITE_PASSWORD", "correct-horse-battery")
    assert redacted(text) == expected


@pytest.mark.parametrize(
    "text",
    ["5 tokens?", "basic information", "the bearer of news", "a@b.fr", "sk-learn", "https://site/a?page=2", "hf_model"],
)
def test_other_words_stay(text, monkeypatch):
    monkeypatch.setenv("TOKENIZERS_PARALLELISM", "information")
    monkeypatch.setenv("HF_TOKEN", "a@b")  # too short to be one
    monkeypatch.setenv("HF_TOKEN_PATH", "https://site")
    assert redacted(text) == text


def test_nested_values_are_hidden_and_others_stay():
    nested = {"url": "https://u:p@s/", "n": [1, None, {"x": ("//u@s",)}]}
    assert redacted(nested) == {"url": "https://s/", "n": [1, None, {"x": ["//s"]}]}


@pytest.mark.parametrize("piece", ["//a", "?token", "a_", "bearer ", "authorization: "])
def test_the_time_for_a_text_grows_with_its_length(piece):
    def seconds(pieces):
        text, start = piece * pieces, time.process_time()
        redacted(text)
        return time.process_time() - start

    short, long = (min(seconds(pieces) for _ in range(3)) for pieces in (2_000, 64_000))
    assert long < 32 * 8 * max(short, 1e-4)  # a square of the length would make it 32 x 32
