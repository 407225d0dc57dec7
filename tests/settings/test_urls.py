"""Addresses lose the secrets that they carry; settings refuse them."""

import pytest

from alambic.settings import Collect
from alambic.settings.corpus import Fetch
from alambic.settings.urls import has_secret, public


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("https://me:word@site/a?token=x&n=1", "https://site/a?n=1"),
        ("https://me:w@rd@site/a", "https://site/a"),
        ("https://me@site/a", "https://site/a"),
        ("https://site/a?n=1&X-Amz-Signature=ab%2F&X-Amz-Security-Token=q", "https://site/a?n=1"),
        ("https://site/a?access%5Ftoken=q", "https://site/a"),
        ("https://site/a?n=1;api_key=2;b=3#id_token=4", "https://site/a?n=1;b=3"),
        ("failed for url: /a?sig=t0k (Caused by X)", "failed for url: /a (Caused by X)"),
        ("https://site/api?code=AbC123==&n=1", "https://site/api?n=1"),
        ("https://a.blob/x?sv=2021-08-06&sp=r&sig=a%2Fb%3D", "https://a.blob/x?sp=r"),
        ("https://site/go?to=https%3A%2F%2Fu%3Ap%40s%2Fa&n=1", "https://site/go?n=1"),
        ("see <https://u:p@site/a?n=2>, then go", "see <https://site/a?n=2>, then go"),
    ],
)
def test_secrets_leave_an_address(given: str, shown: str) -> None:
    assert public(given) == shown
    assert public(shown) == shown and not has_secret(shown)


@pytest.mark.parametrize(
    "url",
    [
        "https://site/a?author=x&q=*%3A*#z",
        "https://site/@user/a",
        "https://site/a?icd_code=J18&code_cim=J18&q=100%25",
        "https://site/a?keyword=toux&monkey=1",
        "a@b.fr: why?",
    ],
)
def test_other_addresses_stay(url: str) -> None:
    assert public(url) == url and not has_secret(url)


@pytest.mark.parametrize(
    ("option", "url"),
    [("url", "http://user:s3cr3t@127.0.0.1/d.csv"), ("url", "http://127.0.0.1/d.csv?token=s3cr3t"),
     ("url", "https://127.0.0.1/d.csv?a=1&apikey=s3cr3t"), ("url", "https://u:s3cr3t@[::1]/a.csv")],
)  # fmt: skip
def test_settings_with_a_secret_are_refused_with_the_way_to_give_it(option: str, url: str) -> None:
    with pytest.raises(ValueError, match=r"~/\.netrc .* environment variable ALAMBIC_TOKEN_") as raised:
        Collect.model_validate({"source": "web_file", option: url, "sha256": "0" * 64, "licence": "MIT"})
    assert "s3cr3t" not in str(raised.value.errors()[0]["msg"])  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "url", ["https://[bad/a.csv", "https:///a.csv", "https://site:99999/a.csv", "https://site:x/a"]
)
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="is no address: expected"):
        Collect.model_validate({"source": "web_file", "url": url, "sha256": "0" * 64, "licence": "MIT"})


def test_origins_of_models_refuse_secrets_too() -> None:
    with pytest.raises(ValueError, match="was given with a password or a token"):
        Fetch.model_validate({
            "origin": "folder", "path": "https://u:p@site/a", "digest": "0" * 64, "licence": "MIT", "language": "fr",
        })  # fmt: skip
