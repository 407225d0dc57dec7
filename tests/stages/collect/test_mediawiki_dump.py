"""A dump of a MediaWiki: its articles as text, by category, as a stream."""

import bz2
import gzip
import hashlib
import lzma
import threading
import tracemalloc

import pytest
from test_downloads import Server

from alambic.data import downloads
from alambic.errors import UserError
from alambic.settings import Collect
from alambic.stages.collect.sources import mediawiki_dump

HEAD = (
    '<mediawiki xmlns="http://www.mediawiki.org/xml/export-0.11/" version="0.11" xml:lang="fr">'
    "<siteinfo><sitename>Wikipédia</sitename></siteinfo>"
)
ASTHMA = """{{Infobox Maladie | nom = Asthme}}
L''''asthme''' est une [[maladie chronique|maladie]] des [[bronche]]s.&lt;ref&gt;GINA, 2023.&lt;/ref&gt;

== Traitement ==
* des [[corticoïde]]s inhalés
[[Fichier:Asthme.png|thumb|Une bronche]]
[[Catégorie:Maladie en pneumologie]]
[[Catégorie:Allergologie|Asthme]]"""


def page(number: int, title: str, text: str, space: int = 0, extra: str = "") -> str:
    return (
        f"<page><title>{title}</title><ns>{space}</ns><id>{number}</id>{extra}<revision><id>{number}00</id>"
        f"<timestamp>2026-10-01T00:00:00Z</timestamp><text>{text}</text></revision></page>"
    )


PAGES = [
    page(1, "Asthme", ASTHMA),
    page(2, "Bourg de campagne", "Un bourg. [[Catégorie:Commune]]"),
    page(3, "Discussion:Asthme", "Bonjour [[Catégorie:Maladie]]", space=1),
    page(4, "Maladie asthmatique", "#REDIRECT [[Asthme]]", extra='<redirect title="Asthme" />'),
]


@pytest.fixture
def served(tmp_path, monkeypatch):
    monkeypatch.setattr(downloads, "DOWNLOADS", tmp_path)
    server = Server()
    threading.Thread(target=server.serve_forever, daemon=True).start()

    def serve(content: bytes, name: str = "frwiki-20261001-pages-articles.xml.bz2"):
        server.content = content
        return {"url": f"{server.url}/{name}", "sha256": hashlib.sha256(content).hexdigest()}

    yield serve
    server.shutdown()


def test_articles_become_text_with_their_address(served):
    dump = bz2.compress((HEAD + "".join(PAGES) + "</mediawiki>").encode())
    found = list(mediawiki_dump.fetch(**served(dump)))
    assert [one.metadata["title"] for one in found] == ["Asthme", "Bourg de campagne"]
    asthma = found[0]
    assert asthma.text.startswith("L'asthme est une maladie des bronches.") and "corticoïdes inhalés" in asthma.text
    for left in ("[[", "{{", "Infobox", "Catégorie", "thumb", "GINA"):
        assert left not in asthma.text
    assert (asthma.url, asthma.date, asthma.licence) == (
        "https://fr.wikipedia.org/wiki/Asthme", "2026-10-01", "CC-BY-SA-4.0",
    )  # fmt: skip
    assert found[1].url.endswith("/Bourg_de_campagne") and asthma.metadata["revision"] == "100"


def test_categories_choose_articles(served):
    dump = bz2.compress((HEAD + "".join(PAGES) + "</mediawiki>").encode())
    found = list(mediawiki_dump.fetch(**served(dump), categories=["^maladie", "médecine"]))
    assert [one.id for one in found] == ["1"]
    assert found[0].metadata["categories"] == "Maladie en pneumologie|Allergologie"


@pytest.mark.parametrize("name", ["dump.xml", "dump.xml.gz", "dump.xml.xz"])
def test_dumps_may_be_packed_in_other_ways(served, name):
    pack = {"gz": gzip.compress, "xz": lzma.compress}.get(name.rpartition(".")[2], bytes)
    options = served(pack((HEAD + "".join(PAGES) + "</mediawiki>").encode()), name)
    assert len(list(mediawiki_dump.fetch(**options))) == 2
    assert Collect(source="mediawiki_dump", **options)


def test_a_dump_that_is_cut_short_is_refused(served):
    whole = bz2.compress((HEAD + "".join(PAGES) + "</mediawiki>").encode())
    with pytest.raises(UserError, match="cut short"):
        list(mediawiki_dump.fetch(**served(whole[: len(whole) // 2])))


def test_memory_holds_one_article(served):
    text = "Une phrase de texte médical. " * 300
    dump = (HEAD + "".join(page(n, f"A{n}", text) for n in range(800)) + "</mediawiki>").encode()  # 7 MB
    options = served(dump, "frwiki.xml")
    next(mediawiki_dump.fetch(**options))
    tracemalloc.start()
    assert sum(1 for _ in mediawiki_dump.fetch(**options)) == 800
    assert tracemalloc.get_traced_memory()[1] < 2_000_000
    tracemalloc.stop()
