"""The tables of the public database of medicines, as the site and data.gouv.fr serve them."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from serving import Site, collected, serving, zipped

from alambic.data.rejected import Rejections
from alambic.errors import UserError
from alambic.stages.collect.bdpm_files import iso

NAMES = (
    "60000001\tALPHA 300 000 UI POUR CENT, pommade\tpommade\tcutanée\tAutorisation active\tProcédure nationale\t"
    "Commercialisée\t12/03/1998\t\t\t LABORATOIRE UN\tNon\r\n"
    "\r\n"
    "60000002\tBÊTA 1 mg/mL, solution buvable « sans sucre »\tsolution buvable\torale;rectale\tAutorisation active\t"
    "Procédure centralisée\tCommercialisée\t28/10/2005\t\tEU/1/04/276\t LABORATOIRE DEUX (PAYS-BAS)\tOui\r\n"
)
OPINIONS = (
    "60000001\tCT-14856\tRenouvellement d'inscription (CT)\t20160706\tModéré\tLe service médical rendu par ALPHA reste "
    'modéré.<br>"Sans amélioration" &amp; sans   alternative.\n'
    "60000002\tCT-14856\tRenouvellement d'inscription (CT)\t20160706\tModéré\tLe service médical rendu par ALPHA reste "
    'modéré.<br>"Sans amélioration" &amp; sans   alternative.\n'
    "suite d'une ligne coupée\n"
    "60000002\tCT-19927\tInscription (CT)\t20221214\tImportant\tLe SMR de BÊTA est important dans l’AMM.\t\n"
)
SUMMARIES = (
    "Code_CIS\tRCP_html\n"
    '60000001\t"<div id=""textDocument""><p class=""AmmAnnexeTitre1"">4.1. Indications</p>\n'
    '<p class=""AmmCorpsTexte"">Délai d\x92élimination \x96 voir&nbsp;4.2</p></div>"\n'
    "60000002\t\n"
    '60000003\t"<div><table><tr><td>Rare</td><td>Toux</td></tr></table></div>"\n'
)


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    with serving(tmp_path, monkeypatch) as running:
        yield running


@pytest.mark.parametrize("encoding", ["cp1252", "utf-8", "utf-8-sig"])
def test_names_come_with_their_columns_in_either_encoding(encoding: str, site: Site) -> None:
    options = site.put(NAMES.encode(encoding), "CIS_bdpm.txt")
    site.faults = [("status", (302, {"Location": f"{site.url}/download/file/CIS_bdpm.txt"})), ("break", 40)]
    first, second = collected("bdpm", table="specialities", **options)
    assert (first.id, first.text, first.date) == (
        "specialities/60000001", "ALPHA 300 000 UI POUR CENT, pommade", "1998-03-12",
    )  # fmt: skip
    assert second.text == "BÊTA 1 mg/mL, solution buvable « sans sucre »"
    assert first.metadata["holder"] == "LABORATOIRE UN" and second.metadata["monitored"] == "Oui"
    assert first.url.endswith("/medicament/60000001/extrait") and first.licence == "LicenseRef-BDPM"


def test_opinions_are_sentences_given_once(site: Site) -> None:
    rejections = Rejections()
    options = site.put(OPINIONS.encode("cp1252"), "CIS_HAS_SMR_bdpm.txt")
    found = collected("bdpm", rejections, table="smr", **options)
    assert [(one.id, one.text, one.date) for one in found] == [
        (
            "smr/60000001/1",
            'Le service médical rendu par ALPHA reste modéré.\n"Sans amélioration" & sans alternative.',
            "2016-07-06",
        ),
        ("smr/60000002/4", "Le SMR de BÊTA est important dans l’AMM.", "2022-12-14"),
    ]
    (cut,) = rejections.first
    assert cut.place.endswith("CIS_HAS_SMR_bdpm.txt:3") and cut.reason == "it begins with no code"
    assert rejections.left_out == {"texts that another row has too": 1}


def test_summaries_are_whole_and_repaired(site: Site) -> None:
    options = site.put(zipped({"CIS_RCP.csv": SUMMARIES.encode()}), "CIS_RCP.zip")
    first, second = collected("bdpm", table="rcp", **options)
    assert (first.id, first.text) == ("rcp/60000001", "4.1. Indications\nDélai d’élimination – voir 4.2")
    assert (second.id, second.text) == ("rcp/60000003", "Rare Toux")
    assert first.metadata == {"table": "rcp", "cis": "60000001"}


def test_every_table_is_read_by_its_columns(site: Site) -> None:
    lines = {
        "presentations": "60000001\t3000001\tplaquette de 30 comprimés\tActive\tOui\t03/10/2016\t3400930000011\t"
        "oui\t65%\t25,14\t26,16\t1,02\t\n",
        "reimbursement": "60000001\t3000001\tplaquette\tActive\tDéclaration\t03/10/2016\t3400930000011\toui\t30%;65%\t"
        "25,14\t26,16\t1,02\tCe médicament est pris en charge :<br>- asthme\n",
        "substances": "60000001\tcomprimé\t00769\tDIOSMINE\t450 mg\tun comprimé\tFT\t1\t\n",
        "generics": "1501\tSITAGLIPTINE 50 mg - JANUVIA 50 mg, comprimé\t60000001\t1\t16\n",
        "prescription": "60000001\tréservé à l'usage professionnel DENTAIRE\n",
        "asmr": "60000001\tCT-1\tInscription (CT)\t20160706\tV\tALPHA n'apporte pas d'amélioration.\n",
        "warnings": "60000001\t2022-11-18\t2026-10-18\t<a href='https://ansm.sante.fr/x'>Risque d'erreur</a>\n",
    }
    expected = {
        "presentations": "plaquette de 30 comprimés",
        "reimbursement": "Ce médicament est pris en charge :\n- asthme",
        "substances": "DIOSMINE",
        "generics": "SITAGLIPTINE 50 mg - JANUVIA 50 mg, comprimé",
        "prescription": "réservé à l'usage professionnel DENTAIRE",
        "asmr": "ALPHA n'apporte pas d'amélioration.",
        "warnings": "Risque d'erreur",
    }
    for table, line in lines.items():
        (found,) = collected("bdpm", table=table, **site.put(line.encode("cp1252"), "x.txt"))
        assert (found.text, found.metadata["cis"]) == (expected[table], "60000001")


@pytest.mark.parametrize(
    ("table", "content", "message"),
    [
        ("prescription", b"60000001\tliste I\tliste II\n", "x.txt:1: 3 cells, expected cis, condition"),
        ("rcp", b"60000001\t<p>Toux</p>\n", "expected the columns Code_CIS and RCP_html"),
        ("rcp", b'Code_CIS\tRCP_html\n60000001\t"<p>Toux', r"x.txt:2: a quotation mark is opened and not closed"),
    ],
)
def test_another_shape_is_named(table: str, content: bytes, message: str, site: Site) -> None:
    with pytest.raises(UserError, match=message):
        collected("bdpm", table=table, **site.put(content, "x.txt"))


def test_a_table_without_an_address_asks_for_one() -> None:
    with pytest.raises(UserError, match="knows no address of its table 'warnings'"):
        collected("bdpm", table="warnings", sha256="1" * 64)


@pytest.mark.parametrize(
    ("date", "expected"), [("31/12/2024", "2024-12-31"), ("20241231", "2024-12-31"), ("2024-12-31", "2024-12-31"),
                           ("", ""), ("en cours", "")],
)  # fmt: skip
def test_dates_are_iso(date: str, expected: str) -> None:
    assert iso(date) == expected


def test_a_summary_that_a_lone_quotation_mark_opens_is_counted(site: Site) -> None:
    rejections = Rejections(1.0)
    content = 'Code_CIS;RCP_html\n60000001;"<p>Toux\n60000002;<p>Fièvre\n60000003;<p>Fin"\n60000004;"<p>Un</p>"\n'
    found = collected("bdpm", rejections, table="rcp", **site.put(content.encode(), "x.csv"))
    assert ([one.text for one in found], rejections.rejected) == (["Un"], 3)
    assert rejections.first[0].place.endswith("x.csv:2-4")


def test_a_zip_with_two_tables_is_refused(site: Site) -> None:
    content = zipped({"CIS_RCP.csv": SUMMARIES.encode(), "CIS_RCP_2.csv": b""})
    with pytest.raises(UserError, match=r"holds a second table, 'CIS_RCP_2\.csv'"):
        collected("bdpm", table="rcp", **site.put(content, "CIS_RCP.zip"))
