"""Orphadata and the French MeSH: XML in the shape of their editions, over a server that falters, in little memory."""

import gzip
import tracemalloc
from collections.abc import Iterator
from importlib import import_module
from io import BytesIO
from pathlib import Path

import pytest
from serving import Site, collected, serving

from alambic.errors import UserError
from alambic.planning.licences.expression import parts
from alambic.planning.licences.table import TABLE
from alambic.stages.collect.elements import read_elements, read_root


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    with serving(tmp_path, monkeypatch) as running:
        yield running


JDBOR = """<?xml version="1.0" encoding="{encoding}"?>
<JDBOR date="2026-06-23 07:57:31" version="1.3.42 / 4.1.8 [2025-03-03]" copyright="Orphanet (c) 2026">
  <Availability>
    <Licence>
      <FullName lang="fr">Creative Commons Attribution 4.0 International</FullName>
      <ShortIdentifier>{licence}</ShortIdentifier>
    </Licence>
  </Availability>
  <DisorderList count="2">{disorders}</DisorderList>
</JDBOR>
"""
DISORDER = """
    <Disorder id="17601">
      <OrphaCode>{code}</OrphaCode>
      <ExpertLink lang="fr">http://www.orpha.net/consor/cgi-bin/OC_Exp.php?lng=fr&amp;Expert={code}</ExpertLink>
      <Name lang="fr">Dysplasie épiphysaire de {code}</Name>
      <DisorderType id="21394"><Name lang="fr">Maladie</Name></DisorderType>
      <SynonymList count="2">
        <Synonym lang="fr">Maladie de {code}</Synonym>
        <Synonym lang="fr">MDE{code}</Synonym>
      </SynonymList>
      <ExternalReferenceList count="1">
        <ExternalReference id="155366">
          <Source>ICD-10</Source>
          <Reference>Q77.3</Reference>
          <DisorderMappingRelation id="21541">
            <Name lang="fr">NTBT (le terme ORPHA est plus spécifique que le terme dans la cible)</Name>
          </DisorderMappingRelation>
        </ExternalReference>
      </ExternalReferenceList>
      <DisorderDisorderAssociationList count="1">
        <DisorderDisorderAssociation>
          <TargetDisorder id="9"><OrphaCode>9</OrphaCode><Name lang="fr">Une autre</Name></TargetDisorder>
        </DisorderDisorderAssociation>
      </DisorderDisorderAssociationList>
      <SummaryInformationList count="1">
        <SummaryInformation id="63385" lang="fr">
          <TextSectionList count="1">
            <TextSection id="83697" lang="fr">
              <TextSectionType id="16907"><Name lang="fr">Définition</Name></TextSectionType>
              <Contents>Une maladie rare due au gène &lt;i&gt;COMP&lt;/i&gt; &amp;amp; à d'autres.</Contents>
            </TextSection>
          </TextSectionList>
        </SummaryInformation>
      </SummaryInformationList>
    </Disorder>"""


def jdbor(*codes: int, licence: str = "CC-BY-4.0", encoding: str = "UTF-8") -> bytes:
    disorders = "".join(DISORDER.format(code=code) for code in codes)
    return JDBOR.format(disorders=disorders, licence=licence, encoding=encoding).encode(encoding)


@pytest.mark.parametrize("encoding", ["UTF-8", "ISO-8859-1"], ids=["of today", "of 2019"])
def test_each_disorder_gives_its_name_synonyms_and_definition(encoding: str, site: Site) -> None:
    options = site.put(jdbor(58, 166024, encoding=encoding), "fr_product1.xml")
    site.faults = [("status", (302, {"Location": f"{site.url}/x.xml"})), ("break", 999), ("status", (429, {}))]
    found = {one.id: one for one in collected("orphadata", **options)}
    assert list(found) == [f"{c}/{p}" for c in (58, 166024) for p in ("name", "synonym/0", "synonym/1", "definition")]
    name = found["166024/name"]
    assert (name.text, name.date, name.licence) == ("Dysplasie épiphysaire de 166024", "2026-06-23", "CC-BY-4.0")
    assert name.metadata == {
        "part": "name", "orpha": "166024", "type": "Maladie", "references": "ICD-10:Q77.3 (NTBT)",
    }  # fmt: skip
    assert name.url.endswith("lng=fr&Expert=166024")
    assert found["58/definition"].text == "Une maladie rare due au gène COMP & à d'autres."


def test_parts_choose(site: Site) -> None:
    found = collected("orphadata", parts=["definition"], **site.put(gzip.compress(jdbor(58)), "fr_product1.xml.gz"))
    assert [one.id for one in found] == ["58/definition"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (jdbor(58, licence="CC-BY-NC-4.0"), "states the licence 'CC-BY-NC-4.0', the experiment says 'CC-BY-4.0'"),
        (b"<html><body>maintenance</body></html>", "its root is html, expected JDBOR"),
        (jdbor(58)[:-40], "no whole XML file"),
    ],
    ids=["other terms", "a page", "cut short"],
)
def test_another_file_is_no_edition_of_orphadata(content: bytes, message: str, site: Site) -> None:
    with pytest.raises(UserError, match=message):
        collected("orphadata", **site.put(content, "fr_product1.xml"))


# As the editions of 2022 and 2023 are, by public code that reads them.
RECORD = """
<DescriptorRecord DescriptorClass="1">
  <DescriptorUI>{ui}</DescriptorUI>
  <DescriptorName><StringUS>Abdominal Injuries</StringUS><StringFR>Traumatismes de l'abdomen</StringFR></DescriptorName>
  <AllowableQualifiersList><AllowableQualifier><QualifierReferredTo><QualifierUI>Q000097</QualifierUI>
    <QualifierName><StringUS>blood</StringUS><StringFR>sang</StringFR></QualifierName>
  </QualifierReferredTo></AllowableQualifier></AllowableQualifiersList>
  <TreeNumberList><TreeNumber>C26.017</TreeNumber><TreeNumber>C26.018</TreeNumber></TreeNumberList>
  <ConceptList><Concept PreferredConceptYN="Y"><ConceptUI>M0000008</ConceptUI>
    <ConceptName><StringUS>Abdominal Injuries</StringUS><StringFR>Traumatismes de l'abdomen</StringFR></ConceptName>
    <ScopeNote>General or unspecified injuries.</ScopeNote>
    <TranslatorsScopeNote>Lésions, générales ou sans précision.</TranslatorsScopeNote>
    <TermList>
      <Term ConceptPreferredTermYN="Y"><TermUI>T000015</TermUI><StringUS>Abdominal Injuries</StringUS>
        <StringFR>Traumatismes de l'abdomen</StringFR></Term>
      <Term ConceptPreferredTermYN="N"><TermUI>T000014</TermUI><StringUS>Injuries, Abdominal</StringUS></Term>
      <Term ConceptPreferredTermYN="N"><TermUI>fre0113338</TermUI><StringFR>Lésions abdominales</StringFR></Term>
      <Term ConceptPreferredTermYN="N"><TermUI>fre0113339</TermUI><StringFR>Lésions abdominales</StringFR></Term>
    </TermList>
  </Concept></ConceptList>
</DescriptorRecord>"""
OLD_RECORD = """
<DescriptorRecord DescriptorClass="1">
  <DescriptorUI>D000007</DescriptorUI>
  <DescriptorName><String>Abdominal Injuries[Traumatismes de l'abdomen]</String></DescriptorName>
  <ConceptList><Concept PreferredConceptYN="Y"><ConceptUI>M0000008</ConceptUI>
    <TermList>
      <Term ConceptPreferredTermYN="Y"><TermUI>T000015</TermUI><String>Abdominal Injuries</String></Term>
      <Term ConceptPreferredTermYN="Y"><TermUI>fre0037777</TermUI><String>Traumatismes de l'abdomen</String></Term>
      <Term ConceptPreferredTermYN="N"><TermUI>fre0113338</TermUI><String>Lésions
        abdominales</String></Term>
    </TermList>
  </Concept></ConceptList>
</DescriptorRecord>"""


def mesh(*records: str) -> bytes:
    return (
        '<?xml version="1.0" encoding="UTF-8"?><!DOCTYPE DescriptorRecordSet SYSTEM "desc2026.dtd">'
        f'<DescriptorRecordSet LanguageCode="fre">{"".join(records)}</DescriptorRecordSet>'
    ).encode()


def test_mesh_gives_french_terms_once_each_and_notes(site: Site) -> None:
    content = mesh(RECORD.format(ui="D000007"))
    options = site.put(content, "fredesc2026.xml")
    site.faults = [("status", (503, {"Retry-After": "0"})), ("break", len(content) // 2)]
    found = collected("mesh_fr", **options)
    assert [(one.id, one.metadata["part"], one.text) for one in found] == [
        ("D000007/0", "preferred", "Traumatismes de l'abdomen"),
        ("D000007/1", "synonym", "Lésions abdominales"),
        ("D000007/2", "note", "Lésions, générales ou sans précision."),
    ]
    assert found[0].metadata["english"] == "Abdominal Injuries" and found[0].metadata["tree"] == "C26.017|C26.018"
    assert {one.licence for one in found} == {"CC-BY-NC-4.0"}


def test_older_editions_of_mesh_are_read_too(site: Site) -> None:
    found = collected("mesh_fr", **site.put(mesh(OLD_RECORD), "fredesc2017.xml"))
    assert [(one.metadata["part"], one.text) for one in found] == [
        ("preferred", "Traumatismes de l'abdomen"),
        ("synonym", "Lésions abdominales"),
    ]
    assert found[0].metadata["english"] == "Abdominal Injuries"


def test_the_english_mesh_is_refused(site: Site) -> None:
    english = mesh(OLD_RECORD.replace("[Traumatismes de l'abdomen]", "").replace("fre0", "T0"))
    with pytest.raises(UserError, match="no French term of MeSH"):
        collected("mesh_fr", **site.put(english, "desc2026.xml"))


@pytest.mark.parametrize(
    ("source", "content"),
    [
        ("mesh_fr", mesh(*(RECORD.format(ui=f"D{n:06d}") for n in range(500)))),
        ("orphadata", jdbor(*range(500))),
    ],
    ids=["mesh", "orphadata"],
)
def test_memory_holds_one_record(source: str, content: bytes, site: Site) -> None:
    options = site.put(content, "big.xml")  # 1 MB
    fetch = import_module(f"alambic.stages.collect.sources.{source}").fetch
    documents = fetch(**options)
    next(documents)  # the file's digest, whose block is larger than what is tested, has been taken
    tracemalloc.start()
    assert sum(1 for _ in documents) >= 1499
    assert tracemalloc.get_traced_memory()[1] < 1_000_000
    tracemalloc.stop()


def test_elements_are_whole_whatever_their_namespace_and_depth() -> None:
    content = b"<r a='1' xmlns='x'><s/><l><d n='1'><d n='2'/><t>u</t></d><e/></l><l><d n='3'/></l></r>"
    found = [(one.get("n"), len(one)) for one in read_elements(BytesIO(content), "a.xml", "d")]
    assert found == [("1", 2), ("3", 0)]
    assert read_root(BytesIO(content), "a.xml").attrib == {"a": "1"}


@pytest.mark.parametrize("source", ["e3c", "bdpm", "has", "orphadata", "mesh_fr"])
def test_the_licence_table_knows_their_terms(source: str) -> None:
    module = import_module(f"alambic.stages.collect.sources.{source}")
    assert parts(module.LICENCE) == [module.LICENCE] and module.LICENCE in TABLE
    assert TABLE[module.LICENCE].commercial == (source not in ("e3c", "mesh_fr"))
