"""No message and no record shows a credential, and none hides a word that is none."""

import time

import pytest

from alambic.errors import names_secret, redacted


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("GET https://user:pa55@site/a.csv failed", "GET https://site/a.csv failed"),
        ("//user@site/a", "//site/a"),
        ("https://site/a?n=1&access_token=abc&m=2", "https://site/a?n=1&access_token=***&m=2"),
        ("https://s3/x?X-Amz-Signature=abc&X-Amz-Date=1", "https://s3/x?X-Amz-Signature=***&X-Amz-Date=1"),
        ("{'Authorization': 'Bearer abcdefgh12345678'}", "{'Authorization': 'Bearer ***'}"),
        ("token hf_abcdefghijklmnopqrstuvwxyz is invalid", "token *** is invalid"),
        ("see postgresql://me:secret@host/x?a=1&pwd=b", "see postgresql://host/x?a=1&pwd=***"),
        ("GET https://a.blob/x?sv=2021-08-06&sp=r&sig=a%2Fb%3D", "GET https://a.blob/x?sv=***&sp=r&sig=***"),
        ("https://site/go?to=https%3A%2F%2Fs%2Fa%3Fjeton%3Dabc&n=1", "https://site/go?to=***&n=1"),
        ("\\u0026mdp=abc", "\\u0026mdp=***"),
        ("login failed, password: 'tr0ub4dor', retry", "login failed, password: '***', retry"),
        ("PGPASSWORD=tr0ub4dor psql", "PGPASSWORD=*** psql"),
        ("mot de passe : tr0ub4dor", "mot de passe : ***"),
        ("x-api-key: 0123456789", "x-api-key: ***"),
        ("got eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.dozjgNryP4J3 back", "got *** back"),
        ("AKIAIOSFODNN7EXAMPLE and github_pat_11ABCDEFG0123456789abc", "*** and ***"),
        ("a secret of mine: correct-horse-battery", "a secret of mine: ***"),
    ],
)
def test_credentials_are_hidden(text, expected, monkeypatch):
    monkeypatch.setenv("SITE_PASSWORD", "correct-horse-battery")
    assert redacted(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "https://site/a?icd_code=J18&code_cim=J18&code_postal=75002&codes=1&tokenizer=a&max_tokens=5&secretariat=b",
        "https://site/a?author=a&keyword=b&passage=c&passe_temps=d&signe=e&sort_key=f&q=100%25",
        "max_tokens=512, special tokens: <pad>",
        "le mot de passe manque",
        "5 tokens?",
        "basic information",
        "the bearer of news",
        "a@b.fr",
        "sk-learn",
        "https://site/a?page=2",
        "hf_model",
    ],
)
def test_other_words_stay(text, monkeypatch):
    monkeypatch.setenv("TOKENIZERS_PARALLELISM", "information")
    monkeypatch.setenv("HF_TOKEN", "a@b")  # too short to be one
    monkeypatch.setenv("HF_TOKEN_PATH", "https://site")
    assert redacted(text) == text


def test_nested_values_are_hidden_and_others_stay():
    nested = {"url": "https://u:p@s/", "n": [1, None, {"x": ("//u@s",)}]}
    assert redacted(nested) == {"url": "https://s/", "n": [1, None, {"x": ["//s"]}]}


SECRET_NAMES = (
    "code", "mdp", "user_mdp", "jeton", "motdepasse", "mot_de_passe", "motDePasse", "mot-passe", "pass", "db_pass",
    "pwd", "pw", "passphrase", "passcode", "auth", "auth_key", "authToken", "sig", "sign", "sv", "X-Amz-Signature",
    "X-Amz-Credential", "X-Amz-Security-Token", "X-Goog-Signature", "AWSAccessKeyId", "Policy", "key",
    "apiKey", "x-api-key", "subscription-key", "AccountKey", "SharedAccessSignature", "client_secret",
    "client_assertion", "code_verifier", "authorization_code", "jsessionid", "PHPSESSID", "ticket", "SAMLResponse",
    "otp", "cl%C3%A9", "cle_api", "access%5Ftoken", "access%255Ftoken", "rlkey", "bearer",
)  # fmt: skip


@pytest.mark.parametrize("name", SECRET_NAMES)
def test_parameters_that_bear_a_secret_are_known_by_their_names(name):
    assert names_secret(name) and names_secret(name.upper())
    assert redacted(f"GET /a?{name}=t0k&n=1") == f"GET /a?{name}=***&n=1"


@pytest.mark.parametrize(
    "piece", ["//a", "?token", "a_", "bearer ", "authorization: ", "?a=%2", "&", "eyJa", "password", "mdp:"]
)
def test_the_time_for_a_text_grows_with_its_length(piece):
    def seconds(pieces):
        text, start = piece * pieces, time.process_time()
        redacted(text)
        return time.process_time() - start

    short, long = (min(seconds(pieces) for _ in range(3)) for pieces in (2_000, 64_000))
    assert long < 32 * 8 * max(short, 1e-4)  # a square of the length would make it 32 x 32
