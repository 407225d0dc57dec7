"""`serve`: the answers of `apply` over HTTP, within limits, no text in any log, and its page in a real browser."""

import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from fastapi.testclient import TestClient
from made_models import made_model

from alambic.commands.apply.answers import Answerer
from alambic.commands.serve.application import Limits, application

TEXT = "Fièvre 😀 et toux, paracétamol <b>."


@pytest.fixture(scope="module")
def tagger(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made_model(tmp_path_factory.mktemp("tagger"), "token_classification")


class Slow:
    """Takes its time, and says how many it answered at once."""

    def __init__(self, seconds: float) -> None:
        self.seconds, self.at_once, self.most = seconds, 0, 0

    reads_pairs = False

    def answer(self, texts: list[str], seconds: list[str]) -> list[dict]:
        self.at_once += 1
        self.most = max(self.most, self.at_once)
        time.sleep(self.seconds)
        self.at_once -= 1
        return [{"labels": []} for _ in texts]


def client(model: object, **limits: float) -> TestClient:
    return TestClient(application(model, name="m", limits=Limits(**limits)))  # type: ignore[arg-type]


def test_the_answers_are_those_of_the_model(tagger: Path):
    answerer = Answerer(tagger)
    given = client(answerer).post("/answer", json={"texts": [TEXT, "Toux."]})
    assert given.status_code == 200
    assert given.json() == {"answers": answerer.answer([TEXT, "Toux."])}


@pytest.mark.parametrize(
    ("body", "status", "reason"),
    [
        ({"texts": []}, 422, "texts"),
        ({"texts": "SECRET"}, 422, "texts"),
        ({"texts": [1, {"a": "SECRET"}]}, 422, "texts"),
        ({"text": ["SECRET"]}, 422, "texts"),
        ({"texts": ["SECRET"], "seconds": ["SECRET"]}, 422, "reads one text"),
        ({"texts": ["SECRET", "  "]}, 422, "texts.1 is empty"),
        ({"texts": ["SECRET"] * 5}, 413, "5 texts, at most 4"),
        ({"texts": ["SECRET" * 20]}, 413, "120 characters, at most 100"),
        ({"texts": ["SECRET" * 10_000]}, 413, "bytes"),
    ],
)
def test_what_is_not_answered_is_said_without_its_text(body: object, status: int, reason: str):
    given = client(Slow(0), texts=4, characters=100).post("/answer", json=body)
    assert given.status_code == status
    assert reason in given.json()["detail"] and "SECRET" not in given.text


def test_a_body_without_a_length_is_read_no_further_than_it_may_go():
    sent = []

    def endless() -> Iterator[bytes]:
        while len(sent) < 10_000:
            sent.append(1)
            yield b"x" * 1000

    given = client(Slow(0), characters=100).post("/answer", content=endless())
    assert given.status_code == 413


def test_a_model_of_pairs_is_asked_about_two_texts(tmp_path: Path):
    answerer = Answerer(made_model(tmp_path, "pair_classification"))
    asked = client(answerer)
    given = asked.post("/answer", json={"texts": [TEXT, TEXT], "seconds": ["Toux.", "Fièvre."]})
    assert given.json() == {"answers": answerer.answer([TEXT, TEXT], ["Toux.", "Fièvre."])}
    assert given.json()["answers"][0] != given.json()["answers"][1]
    for seconds, reason in (([], "0 seconds for 1 texts"), ([" "], "seconds.0 is empty")):
        refused = asked.post("/answer", json={"texts": [TEXT], "seconds": seconds})
        assert refused.status_code == 422 and reason in refused.json()["detail"]
    assert asked.get("/health").json()["pairs"] is True


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b"[" * 5000, b'{"texts": ["\\ud800"]}'])
def test_no_body_ends_in_a_server_error(tagger: Path, body: bytes):
    given = client(Answerer(tagger)).post("/answer", content=body, headers={"Content-Type": "application/json"})
    assert given.status_code in (200, 413, 422)


def test_one_request_is_computed_at_a_time_and_the_others_wait():
    model = Slow(0.2)
    with client(model) as asked:
        threads = [
            threading.Thread(target=asked.post, args=("/answer",), kwargs={"json": {"texts": ["a"]}}) for _ in "abc"
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert model.most == 1


def test_who_waits_too_long_is_told_to_come_again():
    with client(Slow(1.0), seconds=0.1) as asked:
        first = threading.Thread(target=asked.post, args=("/answer",), kwargs={"json": {"texts": ["a"]}})
        first.start()
        time.sleep(0.3)
        given = asked.post("/answer", json={"texts": ["a"]})
        first.join()
    assert given.status_code == 503 and given.headers["Retry-After"]


def test_a_request_ends_when_its_time_is_over():
    given = client(Slow(0.2), seconds=0.1).post("/answer", json={"texts": ["a"] * 40})
    assert given.status_code == 503 and "after 16 of 40 texts" in given.json()["detail"]


def test_the_interface_describes_itself_and_nothing_comes_from_elsewhere():
    asked = client(Slow(0))
    described = asked.get("/openapi.json").json()
    assert set(described["paths"]) == {"/answer", "/health"}
    for path in ("/", "/docs", "/page/try.js", "/page/docs.js", "/page/style.css"):
        given = asked.get(path)
        assert given.status_code == 200 and "default-src 'self'" in given.headers["Content-Security-Policy"]
        assert not re.search(r"""(?:src|href)=["'](?:https?:)?//|url\(""", given.text)


@pytest.fixture(scope="module")
def server(tagger: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """The command itself, with its log."""
    log = tmp_path_factory.mktemp("serve") / "log.txt"
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "alambic", "serve", str(tagger), "--port", str(port)]
    with log.open("w") as stream:
        process = subprocess.Popen(command, stdout=stream, stderr=stream)
    url = f"http://127.0.0.1:{port}"
    try:
        for _ in range(600):
            try:
                httpx2.get(f"{url}/health")
                break
            except httpx2.HTTPError:
                assert process.poll() is None, log.read_text()
                time.sleep(0.2)
        yield url, log
    finally:
        process.send_signal(signal.SIGINT)
        assert process.wait(30) in (0, -signal.SIGINT, 1), log.read_text()


@pytest.mark.slow
def test_no_text_is_logged(server: tuple[str, Path]):
    url, log = server
    for body in ({"texts": ["SECRET"]}, {"texts": ["SECRET", " "]}, {"SECRET": 1}):
        httpx2.post(f"{url}/answer?SECRET", json=body)
    assert "SECRET" not in log.read_text() and "Traceback" not in log.read_text()


@pytest.mark.slow
def test_a_person_tries_the_model_in_a_browser(server: tuple[str, Path], tagger: Path):
    sync_api = pytest.importorskip("playwright.sync_api")
    browser = shutil.which("chromium")
    if browser is None:
        pytest.skip("no chromium on this machine: apt-get install chromium")
    url, _ = server
    (expected,) = Answerer(tagger).answer([TEXT])
    assert expected["entities"]
    with sync_api.sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=browser, args=["--no-sandbox"])
        page = opened.new_page(viewport={"width": 320, "height": 640})
        messages: list[str] = []
        page.on("console", lambda message: messages.append(message.text))
        page.on("pageerror", lambda error: messages.append(str(error)))
        requests: list[str] = []
        page.on("request", lambda request: requests.append(request.url))
        page.goto(url)
        page.fill("#text", TEXT)
        page.keyboard.press("Control+Enter")
        page.wait_for_selector("#answer mark")
        shown = [
            (mark.evaluate("m => m.firstChild.data"), mark.query_selector("b").inner_text())
            for mark in page.query_selector_all("#answer mark")
        ]
        assert shown == [(entity["text"], entity["label"]) for entity in expected["entities"]]
        assert page.evaluate("document.documentElement.scrollWidth") <= 320
        page.goto(f"{url}/docs")
        page.wait_for_selector("h2")
        assert "POST /answer" in page.inner_text("#paths")
        opened.close()
    assert not messages and all(request.startswith(url) for request in requests)
