"""What a document holds besides its text: columns, nested values, annotations, identifiers."""

import json
import random
from typing import Any

import pytest
from faker import Faker
from fuzzing import examples, fuzz
from hypothesis import given, settings
from hypothesis import strategies as st
from synthetic_letters import made

from alambic.data.documents import Document
from alambic.stages.clean.personal.columns import kind_of_column
from alambic.stages.clean.steps.personal_data import step

TEXT = "Mme Dupont Marie, tél. 06 12 34 56 78, tousse depuis trois jours."


def document(text: str = TEXT, **fields: Any) -> Document:
    return Document(**{"id": "1", "text": text, "source": "s", "url": "", "licence": "CC0-1.0", **fields})


def columns(options: dict[str, Any] | None = None, text: str = TEXT, **metadata: Any) -> dict[str, Any]:
    return step(**(options or {}))(document(text, metadata=metadata)).metadata


@pytest.mark.parametrize(
    ("column", "kind"),
    [
        ("nom_patient", "NOM"),
        ("Prénom", "NOM"),
        ("lastName", "NOM"),
        ("NomDeNaissance", "NOM"),
        ("date_naissance", "DATE_NAISSANCE"),
        ("tel_portable", "TELEPHONE"),
        ("code_postal", "ADRESSE"),
        ("NIR", "NIR"),
        ("ipp", "IDENTIFIANT"),
        ("id_patient", "IDENTIFIANT"),
        ("medecin", "NOM"),
        ("nom_commercial", ""),
        ("file_name", ""),
        ("chapter", ""),
        ("wording", ""),
    ],
)
def test_the_name_of_a_column_tells_what_it_holds(column: str, kind: str) -> None:
    assert kind_of_column(column) == kind


def test_columns_are_masked_whole_or_dropped() -> None:
    given_columns = {"nom": "Petit", "telephone": "", "service": "cardiologie", "note": "vu par le Dr Martin"}
    assert columns(**given_columns) == {**given_columns, "nom": "<NOM>", "note": "vu par le Dr <NOM>"}
    assert columns({"personal_columns": "drop"}, nom="Petit", service="x") == {"service": "x"}
    assert columns({"columns": ["lieu"]}, lieu="3e gauche") == {"lieu": "<PERSONNEL>"}
    assert columns({"keep": ["NOM"]}, nom="Petit") == {"nom": "Petit"}


def test_nested_values_are_masked_and_what_is_not_personal_stays_letter_by_letter() -> None:
    nested = json.dumps({"patient": {"nom": "DUPONT", "age": 45}, "notes": ["Dr Martin", {"ipp": 12345678}]})
    assert json.loads(columns(dossier=nested)["dossier"]) == {
        "patient": {"nom": "<NOM>", "age": 45},
        "notes": ["Dr <NOM>", {"ipp": "<IDENTIFIANT>"}],
    }
    clean = '{ "a":1,\n"b": [true, null, 2.50]}'
    assert columns(value=clean)["value"] == clean
    assert "\\ud800" in columns(value='["\\ud800", "Dr Martin"]')["value"]  # half a sign can still be written
    deep = "[" * 100_000 + '"Dr Martin"' + "]" * 100_000
    assert "Martin" not in columns(value=deep)["value"]


def test_what_a_column_tells_is_masked_in_the_text_and_in_other_columns() -> None:
    masked = step()(document("La patiente quillivere va bien.", metadata={"nom": "QUILLIVERE", "file": "quillivere"}))
    assert masked.text == "La patiente <NOM> va bien." and masked.metadata["file"] == "<NOM>"


def test_annotations_follow_the_text() -> None:
    place = TEXT.index("tousse")
    brat = f"T1\tPER 4 16\tDupont Marie\nT2\tSIGN {place} {place + 6}\ttousse\n#1\tAnnotatorNotes T1\tDr Martin\n"
    spans = json.dumps(
        [{"start": place, "end": place + 6, "text": "tousse"}, {"start": 4, "end": 10, "text": "Dupont"}]
    )
    masked = step()(
        document(metadata={"annotations": brat, "entities": spans, "labels": f'[[{place}, {place + 6}, "S"]]'})
    )
    lines = [line.split("\t") for line in masked.metadata["annotations"].splitlines()]
    for _, kind, words in lines[:2]:
        start, end = map(int, kind.split()[1:])
        assert masked.text[start:end] == words
    assert [line[2] for line in lines] == ["<NOM>", "tousse", "Dr <NOM>"]
    for span in json.loads(masked.metadata["entities"]):
        assert masked.text[span["start"] : span["end"]] == span["text"]
    ((start, end, _),) = json.loads(masked.metadata["labels"])
    assert masked.text[start:end] == "tousse"


def test_annotations_that_do_not_fit_are_dropped_and_counted() -> None:
    mask = step()
    broken = document(
        metadata={"annotations": "T1\tPER 0 6\tDupont\nT2\tX 3 2\t\n", "spans": '[{"start": 5, "end": 900}]'}
    )
    assert mask(broken).metadata == {"annotations": "", "spans": "[]"}
    assert (mask.take_dropped_annotations(), mask.take_dropped_annotations()) == (3, 0)


@pytest.mark.parametrize(
    "identifier",
    [
        "NIR-185057800608491",
        "https://dossier/Dupont-Marie",
        "dupont_jean_1956",
        "patient/8001234567",
        "x?tel=0612345678",
    ],
)
def test_identifiers_that_point_at_a_person_become_pseudonyms(identifier: str) -> None:
    masked = step()(document(id=identifier, url=identifier))
    assert masked.id == masked.url and masked.id.startswith("pseudonym-")
    assert masked.id == step()(document(id=identifier)).id != step()(document(id=identifier + "7")).id
    assert step()(masked) == masked


def test_other_identifiers_stay_unless_all_are_to_go() -> None:
    for identifier in ("leaflets/0123.txt#7", "https://www.has-sante.fr/jcms/c_2671697/fr/fiche", "a", ""):
        assert step()(document(id=identifier)).id == identifier
    assert step(identifiers="all")(document(id="8001234567")).id.startswith("pseudonym-")


def test_pseudonyms_depend_on_the_documents_collected_with_them(tmp_path) -> None:
    mask, found = step(identifiers="all"), []
    for content in (b"a", b"b", b"a"):
        mask.collected = tmp_path / str(len(found))
        mask.collected.write_bytes(content)
        found.append(mask(document()).id)
    assert found[0] == found[2] != found[1]


NAMES = st.sampled_from(["nom", "start", "end", "text", "x"])
PLANTED = ("NOM_ENTIER", "TELEPHONE", "COURRIEL", "NIR", "IBAN")
WHERE = {
    "text": lambda v: {"text": v},
    "id": lambda v: {"id": v},
    "url": lambda v: {"url": f"https://x/{v}"},
    "column": lambda v: {"metadata": {"note": v}},
    "nested": lambda v: {"metadata": {"note": json.dumps([{"x": ["y", v]}], ensure_ascii=False)}},
    "brat": lambda v: {"metadata": {"annotations": f"T1\tA 0 2\tab\n#1\tNote T1\t{v}"}},
}


@fuzz
@settings(max_examples=examples(120), deadline=None)
@given(st.sampled_from(PLANTED), st.sampled_from(sorted(WHERE)), st.integers(0, 10**6))
def test_nothing_planted_survives_anywhere(kind: str, where: str, seed: int) -> None:
    fake = Faker("fr_FR")
    fake.seed_instance(seed)
    value = made(kind, fake, random.Random(seed))
    label = "Patient : " if kind == "NOM_ENTIER" else ""
    mask = step()
    masked = mask(document(**{"text": "Rien.", **WHERE[where](label + value)}))
    assert value not in "\n".join((masked.id, masked.text, masked.url, json.dumps(masked.metadata, ensure_ascii=False)))
    assert mask(masked) == masked


@fuzz
@settings(max_examples=examples(60), deadline=None)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12),
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=4),
        max_leaves=8,
    )
)
def test_any_column_is_taken(value: Any) -> None:
    step()(document(metadata={"spans": json.dumps(value), "annotations": str(value), "raw": value}))
