"""HAL's API as it answers: cursors, waits that it asks for, broken connections, errors; and harvests that go on."""

import json
import threading
from urllib.parse import parse_qs, urlsplit

import pytest
from test_downloads import Handler, Server

from alambic.data import downloads
from alambic.data.documents import read_documents
from alambic.data.inputs import Inputs
from alambic.data.rejected import Rejections
from alambic.errors import UserError
from alambic.settings import Collect
from alambic.stages.collect.run import run
from alambic.stages.collect.sources import hal

DEPOSITS = [
    {
        "docid": str(n),
        "halId_s": f"hal-{n:08d}",
        "uri_s": f"https://hal.science/hal-{n:08d}",
        "fr_title_s": [f"Étude {n}"],
        "fr_abstract_s": [f"Résumé de l'étude {n}."],
        "submittedDate_tdate": "2024-05-01T10:00:00Z",
        "domain_s": ["sdv.mhep"],
        **({"licence_s": "http://creativecommons.org/licenses/by-nc/4.0/"} if n == 3 else {}),
    }
    for n in range(7)
]


class Solr(Handler):
    """Pages by cursor, as Solr does: the last cursor comes back with no deposit."""

    def do_GET(self) -> None:
        asked = parse_qs(urlsplit(self.path).query)
        if "cursorMark" in asked:
            start, rows = int(asked["cursorMark"][0].strip("*") or 0), int(asked["rows"][0])
            found = DEPOSITS[start : start + rows]
            body = {"response": {"numFound": 7, "docs": found}, "nextCursorMark": f"{min(7, start + rows)}"}
            self.server.pages[self.path] = ("application/json", json.dumps(body).encode())
        super().do_GET()


@pytest.fixture
def server(tmp_path, monkeypatch):
    monkeypatch.setattr(downloads, "DOWNLOADS", tmp_path / "downloads")
    monkeypatch.setattr(downloads, "FIRST_WAIT", 0.01)
    running = Server()
    running.RequestHandlerClass = Solr
    threading.Thread(target=running.serve_forever, daemon=True).start()
    yield running
    running.shutdown()


def found(server, **options):
    return list(hal.fetch(query="domain_t:sdv.mhep", until="2024-12-31", url=server.url + "/search/", **options))


def test_every_deposit_comes_once_with_its_terms(server, tmp_path):
    settings = Collect(source="hal", query="x", until="2024-12-31", url=server.url + "/search/", page_size=3, pause=0.0)
    facts = run(settings, Inputs(), tmp_path)
    read = list(read_documents(tmp_path))
    assert [one.id for one in read] == [one["halId_s"] for one in DEPOSITS]
    assert read[0].text == "Étude 0\n\nRésumé de l'étude 0." and read[0].date == "2024-05-01"
    assert facts["licences"] == {"CC-BY-NC-4.0": 1, hal.LICENCE: 6}
    first = parse_qs(urlsplit(server.asked[0][0]).query)
    assert first["fq"][0] == "submittedDate_tdate:[* TO 2024-12-31T23:59:59Z]" and first["sort"] == ["docid asc"]


def test_waits_that_are_asked_for_and_broken_answers_lose_nothing(server):
    server.faults = [("status", (429, {"Retry-After": "0"})), ("status", (503, {})), ("", None), ("status", (500, {}))]
    assert len(found(server, page_size=2, pause=0.0)) == 7


def test_an_interrupted_harvest_goes_on_and_a_whole_one_asks_nothing(server):
    server.faults = [("", None), ("", None), *[("status", (503, {}))] * downloads.ATTEMPTS]
    with pytest.raises(UserError, match="try again later"):
        found(server, page_size=2, pause=0.0)
    before = len(server.asked)
    assert len(found(server, page_size=2, pause=0.0)) == 7
    assert len(server.asked) == before + 3, "two of the five pages were there"
    assert len(found(server, page_size=2, pause=0.0)) == 7 and len(server.asked) == before + 3


def test_requests_are_apart_by_the_pause(server, monkeypatch):
    waits = []
    monkeypatch.setattr("alambic.stages.collect.pages.time.sleep", waits.append)
    found(server, page_size=4, pause=1.5)
    assert waits == [0, 1.5, 1.5]


@pytest.mark.parametrize("body", [b"<html>maintenance</html>", b'{"error": {"msg": "undefined field"}}'])
def test_an_answer_that_is_none_is_shown(server, body):
    class Other(Handler):
        def do_GET(self) -> None:
            self.server.pages[self.path] = ("application/json", body)
            super().do_GET()

    server.RequestHandlerClass = Other
    with pytest.raises(UserError, match=r"maintenance|undefined field"):
        found(server)
    server.RequestHandlerClass = Solr
    server.pages.clear()
    assert len(found(server)) == 7, "it was not kept as if it were a page"


@pytest.mark.parametrize(
    ("stated", "expected"),
    [
        ("http://creativecommons.org/licenses/by/", hal.LICENCE),
        ("https://creativecommons.org/licenses/by-sa/4.0/", "CC-BY-SA-4.0"),
        ("https://creativecommons.org/publicdomain/zero/1.0/", "CC0-1.0"),
        ("http://hal.archives-ouvertes.fr/licences/copyright/", hal.LICENCE),
        ("", hal.LICENCE),
    ],
)
def test_licences_are_named_as_spdx_does(stated, expected):
    assert hal._licence(stated, hal.LICENCE) == expected


def answering(server, change):
    """Answer as Solr does, with `change` made to each answer, which it is given with the cursor that was asked for."""

    class Changed(Solr):
        def do_GET(self) -> None:
            asked = parse_qs(urlsplit(self.path).query)
            start, rows = int(asked["cursorMark"][0].strip("*") or 0), int(asked["rows"][0])
            answer = {"response": {"numFound": 7, "docs": DEPOSITS[start : start + rows]}}
            answer["nextCursorMark"] = f"{min(7, start + rows)}"
            change(answer, start)
            self.server.pages[self.path] = ("application/json", json.dumps(answer).encode())
            super(Solr, self).do_GET()

    server.RequestHandlerClass = Changed


@pytest.mark.parametrize("repeated", ["*", "2", "4"])
def test_a_cursor_that_comes_again_is_an_error_and_no_endless_harvest(server, repeated):
    answering(server, lambda answer, start: answer.update(nextCursorMark=repeated) if start == 4 else None)
    for _ in range(2):
        with pytest.raises(UserError, match="the API repeats its cursor"):
            found(server, page_size=2, pause=0.0)
    answering(server, lambda answer, start: None)
    assert len(found(server, page_size=2, pause=0.0)) == 7, "the page was not kept"


def test_deposits_without_end_are_an_error(server):
    answering(server, lambda answer, start: answer.update(response={"numFound": 7, "docs": DEPOSITS[:2]},
                                                          nextCursorMark=f"{start + 1}"))  # fmt: skip
    with pytest.raises(UserError, match="8 deposits came, numFound says 7: remove /"):
        found(server, page_size=2, pause=0.0)


@pytest.mark.parametrize("lost", ["short", "ends", "none"])
def test_deposits_that_do_not_come_are_counted(server, lost):
    def change(answer, start):
        if start == (0 if lost == "none" else 4):
            answer["response"]["docs"] = answer["response"]["docs"][:1] if lost == "short" else []

    answering(server, change)
    rejections = Rejections(1.0)
    given = {"query": "domain_t:sdv.mhep", "until": "2024-12-31", "url": server.url + "/search/"}
    came = len(list(hal.fetch(rejections, **given, page_size=2, pause=0.0)))
    assert came == {"short": 6, "ends": 4, "none": 0}[lost] and rejections.rejected == 7 - came
    assert f"{came} deposits came, numFound says 7: remove /" in rejections.first[0].reason
    with pytest.raises(UserError, match=f"{came} deposits came, numFound says 7"):
        found(server, page_size=2, pause=0.0)


def test_a_deposit_that_goes_while_they_come_is_none_that_is_lost(server):
    def change(answer, start):
        if start >= 4:
            answer["response"]["numFound"] = 6
            answer["response"]["docs"] = [one for one in answer["response"]["docs"] if one is not DEPOSITS[5]]

    answering(server, change)
    assert len(found(server, page_size=2, pause=0.0)) == 6


@pytest.mark.parametrize("change", [{"responseHeader": {"partialResults": True}}, {"partialResults": "omitted"}])
def test_a_part_of_a_page_is_not_kept(server, change):
    answering(server, lambda answer, start: answer.update(change) if start == 2 else None)
    with pytest.raises(UserError, match="partialResults"):
        found(server, page_size=2, pause=0.0)
    answering(server, lambda answer, start: None)
    assert len(found(server, page_size=2, pause=0.0)) == 7
