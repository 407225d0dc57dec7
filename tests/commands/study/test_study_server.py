"""A room of people: what the server acknowledged is kept when it is killed, nobody sees another, each leaves once."""

import csv
import json
import signal
import socket
import sqlite3
import stat
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx2
import pytest
from browsing import chromium
from made_studies import answer_all, made_study, settled
from starlette.testclient import TestClient

from alambic.commands.study.application import application
from alambic.commands.study.export import erase, export
from alambic.commands.study.store import Store
from alambic.errors import UserError
from alambic.studies.merging import merge

ABOUT = {"key": "about", "value": {"expertise": "novice", "consented": 1}}


@pytest.fixture(scope="module")
def protocol(tmp_path_factory):
    return made_study(tmp_path_factory.mktemp("made") / "study")


@pytest.fixture
def store(protocol, tmp_path):
    opened = Store(tmp_path / "answers.sqlite", protocol, make=True)
    yield opened
    opened.close()


def entered(store, participant="p001"):
    """Give a browser of somebody who entered his code."""
    client = TestClient(application(store), base_url="http://testserver")
    answer = client.post("/enter", data={"code": store.codes()[participant]}, follow_redirects=False)
    assert answer.status_code == 303 and "HttpOnly" in answer.headers["set-cookie"]
    assert "samesite=strict" in answer.headers["set-cookie"].lower()
    return client


def answer_to(protocol, participant, rank):
    """Give what a page sends of an item."""
    (shown,) = [each for each in protocol.plan if (each.participant, each.rank) == (participant, rank)]
    item = protocol.items[shown.item]
    value = {
        "block": shown.block,
        "rank": rank,
        "item": shown.item,
        "kind": item.kind,
        "alone_answer": "",
        "condition": protocol.codes[shown.condition],
        "alone_seconds": "",
        "alone_confidence": "",
        "advice": "",
        "delegated": 0,
        "answer": item.right,
        "seconds": "2.00",
        "explanation_seconds": "",
        "timed_out": 0,
        "language": "fr",
        "finished_at": "2026-12-01T10:00:00.000Z",
    }
    return {"key": f"answer/{rank}", "value": value}


def saved_in(page):
    return json.loads(page.text.split('id="form-saved">')[1].split("</script>")[0])


def test_a_code_opens_the_page_of_one_participant_with_what_he_answered(protocol, store):
    client = entered(store, "p002")
    page = client.get("/study")
    assert '"participant": "p002"' in page.text and saved_in(page) == {}
    for content in (ABOUT, answer_to(protocol, "p002", 1)):
        assert client.post("/record", json=content).json() == {"kept": content["key"]}
    assert saved_in(client.get("/study")) == {
        "about": ABOUT["value"],
        "answer/1": answer_to(protocol, "p002", 1)["value"],
    }
    assert saved_in(entered(store, "p001").get("/study")) == {}, "nobody sees another's"
    assert saved_in(entered(store, "p002").get("/study")).keys() == {"about", "answer/1"}, "at another machine too"


def test_nobody_enters_without_a_code(store):
    client = TestClient(application(store))
    assert client.get("/study", follow_redirects=False).headers["location"] == "/"
    assert client.post("/record", json=ABOUT).status_code == 403
    assert client.post("/withdraw", json={}).status_code == 403
    for code in ("", "AAAAAAAA", "p001", "' OR 1=1 --", "\ud800".encode("utf-8", "surrogatepass"), "x" * 10_000):
        answer = client.post("/enter", data={"code": code}, follow_redirects=False)
        assert answer.status_code == 403 and "set-cookie" not in answer.headers
    client.cookies.set("study", "guessed")
    assert client.get("/study", follow_redirects=False).status_code == 303
    assert client.get("/").status_code == 200


def test_codes_are_read_with_blanks_and_small_letters(store):
    code = store.codes()["p003"].lower()
    client = TestClient(application(store))
    answer = client.post("/enter", data={"code": f" {code[:4]}-{code[4:]} "}, follow_redirects=False)
    assert answer.status_code == 303


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ({"key": "about"}, "expected JSON with key and value"),
        ([], "expected JSON with key and value"),
        ({"key": "answer/1", "value": {}}, "before consent"),
        ({"key": "about", "value": {"expertise": "king", "consented": 1}}, "expertise 'king'"),
        ({"key": "about", "value": {"expertise": "novice", "consented": 1, "name": "Jeanne"}}, "unknown name"),
        ({"key": "about", "value": {"expertise": ["novice"], "consented": 1}}, "expected texts and numbers"),
        ({"key": "draft/1", "value": {}}, "key: expected"),
        ({"key": 3, "value": {}}, "key: expected"),
        ({"key": "answer/../1", "value": {}}, "key: expected"),
    ],
)
def test_what_is_no_answer_is_refused_with_the_reason(store, content, reason):
    answer = entered(store).post("/record", json=content)
    assert answer.status_code == 422 and reason in answer.json()["detail"]
    assert store.saved("p001") == {}


@pytest.mark.parametrize(
    ("key", "changes", "reason"),
    [
        ("answer/1", {"answer": "Z"}, "answer 'Z': expected one of A, B"),
        ("answer/2", {}, "the answer is to the item of rank 1"),
        ("answer/1", {"participant": "p002"}, "unknown participant"),
        ("answer/1", {"item": "i9999"}, "was not shown it"),
        ("answer/1", {"seconds": "1e400"}, "expected seconds"),
        ("answer/1", {"right": "A"}, "unknown right"),
        ("alone/1", {}, "value: expected answer, confidence, seconds, timed_out"),
        ("questionnaire/1", {"trust": 8}, "it is not asked|expected 1 to 7"),
        ("questionnaire/99999", {"load": 3}, "has none of that number"),
    ],
)
def test_an_answer_that_does_not_fit_is_refused(protocol, store, key, changes, reason):
    client = entered(store)
    client.post("/record", json=ABOUT)
    value = changes if key.startswith("questionnaire") else answer_to(protocol, "p001", 1)["value"] | changes
    answer = client.post("/record", json={"key": key, "value": value})
    assert answer.status_code == 422
    assert any(part in answer.json()["detail"] for part in reason.split("|")), answer.json()
    assert store.saved("p001").keys() == {"about"}


def test_only_json_of_the_pages_is_taken(store):
    client = entered(store)
    body = json.dumps(ABOUT)
    for headers, content in (
        ({"content-type": "text/plain"}, body),  # which a page of another site may send
        ({"content-type": "application/json"}, body + "{"),
        ({"content-type": "application/json"}, b"\xff"),
        ({"content-type": "application/json"}, json.dumps({**ABOUT, "more": "x" * 100_000})),
        ({"content-type": "application/json"}, "[" * 50_000),
    ):
        assert client.post("/record", headers=headers, content=content).status_code == 422
    assert store.saved("p001") == {}


def test_of_two_answers_to_one_item_the_first_stands(protocol, store):
    client = entered(store)
    client.post("/record", json=ABOUT)
    first = answer_to(protocol, "p001", 1)
    for seconds in ("2.00", "9.00"):
        again = {**first, "value": first["value"] | {"seconds": seconds}}
        assert client.post("/record", json=again).status_code == 200, "a page that heard nothing sends again"
    assert store.saved("p001")["answer/1"]["seconds"] == "2.00"


def test_answers_of_many_at_once_are_all_kept(protocol, store):
    clients = {name: entered(store, name) for name in protocol.participants}

    def answer(name):
        clients[name].post("/record", json=ABOUT)
        return [
            clients[name].post("/record", json=answer_to(protocol, name, rank)).status_code for rank in range(1, 12)
        ]

    with ThreadPoolExecutor() as pool:
        assert {status for statuses in pool.map(answer, clients) for status in statuses} == {200}
    assert all(len(store.saved(name)) == 12 for name in clients)


def test_whoever_withdraws_is_erased_and_cannot_enter_again(protocol, store, tmp_path):
    client = entered(store)
    client.post("/record", json=ABOUT)
    mark = "Un texte que personne ne doit retrouver"
    value = {"load": 3, "trust": 3, "understanding": 3}
    client.post("/record", json={"key": "questionnaire/1", "value": value})
    with sqlite3.connect(store.path) as other:
        other.execute("UPDATE records SET value = ? WHERE key = 'about'", (json.dumps({"consented": 1, "note": mark}),))
    other.close()
    assert client.post("/withdraw", json={}).json() == {"erased": True}
    assert store.saved("p001") == {}
    assert client.post("/record", json=ABOUT).status_code == 403
    answer = TestClient(application(store)).post("/enter", data={"code": store.codes()["p001"]})
    assert answer.status_code == 403
    files = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert mark.encode() not in files, "nothing of it is left on the disk"


def complete(protocol, store, participant):
    client = entered(store, participant)
    client.post("/record", json=ABOUT)
    for shown in protocol.plan:
        if shown.participant == participant:
            assert client.post("/record", json=answer_to(protocol, participant, shown.rank)).status_code == 200
    asked = protocol.settings["questionnaire"]
    for key in protocol.expected_keys(participant):
        if key.startswith("questionnaire"):
            alone = protocol.condition(participant, int(key.split("/")[1])) == "alone"
            value = {name: 4 for name in asked if asked[name]["always"] or not alone}
            assert client.post("/record", json={"key": key, "value": value}).status_code == 200
    return client


def test_whoever_has_finished_leaves_nothing_to_the_next_at_the_machine(protocol, store):
    client = complete(protocol, store, "p001")
    assert client.get("/study", follow_redirects=False).headers["location"] == "/"
    assert client.post("/withdraw", json={}).status_code == 403
    assert client.post("/record", json=ABOUT).status_code == 200, "the last answer may be sent twice"
    assert client.post("/enter", data={"code": store.codes()["p001"]}).status_code == 403
    assert "about" in store.saved("p001")


def test_each_participant_is_exported_once_and_marked(protocol, store, tmp_path, capsys):
    complete(protocol, store, "p001")
    entered(store, "p002").post("/record", json=ABOUT)
    item, database = str(protocol.folder), store.path
    export(item, database, tmp_path / "out", unfinished=False, again=False)
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["p001.csv"]
    merged = merge([tmp_path / "out" / "p001.csv"], protocol)
    assert (merged.rejected, merged.missing) == ([], {}) and len(merged.tables.questionnaire) == 10
    before = (tmp_path / "out" / "p001.csv").read_bytes()
    capsys.readouterr()
    export(item, database, tmp_path / "twice", unfinished=False, again=False)
    assert list((tmp_path / "twice").iterdir()) == []
    assert "not again without --again: p001 (20" in capsys.readouterr().out
    export(item, database, tmp_path / "twice", unfinished=True, again=True)
    assert sorted(path.name for path in (tmp_path / "twice").iterdir()) == ["p001.csv", "p002.csv"]
    assert (tmp_path / "twice" / "p001.csv").read_bytes() == before
    assert TestClient(application(store)).post("/enter", data={"code": store.codes()["p002"]}).status_code == 403


def test_whoever_withdraws_after_the_end_is_erased_by_a_command(protocol, store):
    complete(protocol, store, "p001")
    erase(str(protocol.folder), store.path, "p001")
    assert store.saved("p001") == {}
    with pytest.raises(UserError, match="--participant p01: did you mean"):
        erase(str(protocol.folder), store.path, "p01")


def test_a_database_of_another_study_and_no_database_are_errors(protocol, store, tmp_path):
    other = made_study(tmp_path / "other", seed=5)
    with pytest.raises(UserError, match=f"is of protocol {protocol.digest}, this study of {other.digest}"):
        Store(store.path, other, make=True)
    (tmp_path / "text.sqlite").write_text("no database " * 100)
    with pytest.raises(UserError, match="expected a file that `study serve` wrote"):
        Store(tmp_path / "text.sqlite", protocol, make=True)
    with pytest.raises(UserError, match="does not exist: give the file"):
        Store(tmp_path / "none.sqlite", protocol, make=False)


class Running:
    """The command in a process of its own."""

    def __init__(self, folder: Path, database: Path, port: int) -> None:
        command = [sys.executable, "-m", "alambic", "study", "serve", str(folder), "--database", str(database)]
        self.address = f"http://127.0.0.1:{port}"
        self.process = subprocess.Popen([*command, "--port", str(port)], stderr=subprocess.PIPE, text=True)
        for _ in range(600):
            try:
                if httpx2.get(self.address).status_code == 200:
                    return
            except httpx2.TransportError:
                assert self.process.poll() is None, self.process.stderr.read()
                time.sleep(0.1)
        raise AssertionError("the server does not answer")

    def kill(self) -> str:
        self.process.send_signal(signal.SIGKILL)
        return self.process.communicate()[1]


@pytest.fixture
def port():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


def codes_of(database):
    with (database.parent / f"{database.name}.codes.csv").open() as file:
        return {row["participant"]: row["code"] for row in csv.DictReader(file)}


def enter(browser, address, code):
    """Enter a code in a browser of its own; give its page, and what it logs."""
    page = browser.new_context(viewport={"width": 320, "height": 640}).new_page()
    messages: list[str] = []
    page.on("console", lambda message: messages.append(message.text))
    page.on("pageerror", lambda error: messages.append(str(error)))
    page.goto(address)
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    page.get_by_label("Le code que vous avez reçu").fill(code)
    page.keyboard.press("Enter")
    settled(page)
    return page, messages


def test_a_server_that_is_killed_loses_no_answer_and_two_people_do_not_meet(protocol, tmp_path, port):
    database = tmp_path / "answers.sqlite"
    server = Running(protocol.folder, database, port)
    codes = codes_of(database)
    for file in (database, tmp_path / "answers.sqlite.codes.csv"):
        assert stat.S_IMODE(file.stat().st_mode) == 0o600, "nobody else at this machine reads them"
    with chromium() as browser:
        first, messages = enter(browser, server.address, codes["p001"])
        second, others = enter(browser, server.address, codes["p002"])
        answer_all(first, most=12)
        answer_all(second, most=7, option=1)
        log = server.kill()
        assert messages == others == []
        acknowledged = first.evaluate("Object.keys(Form.saved)")
        # What is answered while there is no server is kept by the page, which waits for it.
        for question in first.locator("main form fieldset").all():
            question.locator("input").first.check()
        first.locator("main form button[type=submit], main > button").first.click()
        waiting = first.locator("#not-saved:visible").count() or first.wait_for_selector("#not-saved:visible")
        assert waiting and "Le serveur ne répond pas" in first.inner_text("#not-saved")
        server = Running(protocol.folder, database, port)
        assert codes_of(database) == codes
        first.wait_for_selector("#not-saved:not(:visible)", state="attached", timeout=30_000)
        assert set(acknowledged) < set(first.evaluate("Object.keys(Form.saved)")), "it was sent by itself"
        shown = settled(first)
        first.context.close()  # the browser dies; at another machine the code opens what was answered
        first, messages = enter(browser, server.address, codes["p001"])
        assert settled(first) == shown and set(acknowledged) < set(first.evaluate("Object.keys(Form.saved)"))
        assert answer_all(first) > 0 and answer_all(second, option=1) > 0
        assert first.evaluate("Object.keys(localStorage).length") == 1, (
            "the language is all that is left in the browser"
        )
        first.goto(f"{server.address}/study")
        assert first.url == f"{server.address}/"
        assert messages == others == []
    log += server.kill()
    assert not any(code in log for code in codes.values()), "no code is logged"
    export(str(protocol.folder), database, tmp_path / "out", unfinished=False, again=False)
    merged = merge(sorted((tmp_path / "out").iterdir()), protocol)
    assert (merged.rejected, merged.missing) == ([], {}) and merged.absent == ["p003", "p004"]
    chosen = {name: {a.answer for a in merged.tables.answers if a.participant == name} for name in ("p001", "p002")}
    assert chosen == {"p001": {"A"}, "p002": {"B"}}
