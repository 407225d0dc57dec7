"""Splits without leaks, silver annotation by its rule, brat offsets, and windows that lose no word."""

import os
import unicodedata
from pathlib import Path

import pytest
from pydantic import ValidationError

from alambic.data.documents import Document, write_documents
from alambic.errors import UserError
from alambic.settings import Task
from alambic.stages.collect import tables
from alambic.tasks import flat_entities
from alambic.tasks.baseline import fit_baseline
from alambic.tasks.connected_groups import components
from alambic.tasks.datasets import document_labels, icd10_labels, quaero_entities, silver_entities
from alambic.tasks.examples import Example
from alambic.tasks.iob2 import Span, from_tags, repair, to_tags, without
from alambic.tasks.words import fold, word_offsets

CORPORA = Path(os.environ.get("ALAMBIC_TEST_DATA", Path(__file__).parents[2] / "../shared/corpora"))


def collected(folder, rows):
    folder.mkdir(parents=True, exist_ok=True)
    documents = (Document(str(n), text, "t", "", "CC0-1.0", metadata=meta) for n, (text, meta) in enumerate(rows))
    write_documents(documents, folder)
    return folder


def icd_rows():
    organs = ["foie", "rein", "coeur", "poumon", "rate", "os", "peau", "oeil", "nez", "sein", "colon", "thyroide"]
    for number, organ in enumerate(organs):
        for kind in range(8):
            code = f"A{number:02d}.{kind}"
            for extra in ("", "0"):
                meta = {"code": code + extra, "category": code[:3], "chapter": "I" if number % 2 else "II"}
                long = f"Atteinte {kind} du {organ}{', forme ' + extra if extra else ''}"
                yield long, {**meta, "wording": "long"}
                yield fold(long).upper(), {**meta, "wording": "short"}
    for number, cause in enumerate(("Chute", "Morsure", "Noyade", "Brulure")):
        for place in range(6):
            meta = {"code": f"W{number:02d}.{place}", "category": f"W{number:02d}", "chapter": "XX"}
            yield f"{cause}, domicile{place}", {**meta, "wording": "long"}
            yield f"{cause.upper()} DOM. {place}", {**meta, "wording": "short"}


@pytest.mark.parametrize("target", ["chapter", "category"])
def test_no_wording_subcategory_or_template_of_the_test_is_in_training(tmp_path, target):
    data = icd10_labels.load(collected(tmp_path / "icd", icd_rows()), target=target, test_share=0.3)
    rows = dict(icd_rows())
    train, test = data.train, [example for name in ("long", "short") for example in data.test[name]]
    assert len(train) > 50 and len(test) > 20

    def traits(example):
        meta = rows[example.text]
        return {fold(example.text), icd10_labels.stem(example.text, meta["chapter"]), meta["code"][:5]}

    seen = set().union(*map(traits, train))
    assert not seen & set().union(*map(traits, test))
    assert {example.gold for example in test} <= {example.gold for example in train}


def test_chosen_chapters_keep_their_side_of_the_split(tmp_path):
    folder = collected(tmp_path / "icd", icd_rows())
    whole = icd10_labels.load(folder, target="category", test_share=0.3)
    some = icd10_labels.load(folder, target="category", test_share=0.3, chapters=["II", "XX"])
    meta = dict(icd_rows())

    def of_these(examples):
        return [example for example in examples if meta[example.text]["chapter"] in ("II", "XX")]

    assert some.train == of_these(whole.train) and 0 < len(some.train) < len(whole.train)
    assert some.test == {name: of_these(examples) for name, examples in whole.test.items()}


def test_a_chapter_that_is_no_roman_number_is_refused_with_the_experiment():
    with pytest.raises(ValidationError, match="chapters"):
        Task(task="icd10_labels", data={"labels": "icd10"}, chapters=["9"])


def test_a_chapter_without_labels_is_refused(tmp_path):
    with pytest.raises(UserError, match="no chapter IX"):
        icd10_labels.load(collected(tmp_path / "icd", icd_rows()), chapters=["I", "IX"])


@pytest.mark.parametrize(
    ("label", "chapter", "expected"),
    [
        ("Chute, domicile, en pratiquant un sport", "XX", "chute"),
        ("Diabète, avec coma", "IV", "diabete, avec coma"),
        ("Noyade, rue ou route", "XIX", "noyade"),
    ],
)
def test_a_stem_drops_what_a_template_varies(label, chapter, expected):
    assert icd10_labels.stem(label, chapter) == expected


def test_components_join_through_others():
    assert components({"a": [1], "b": [2], "c": [1, 2], "d": [3]}) == {"a": "a", "b": "a", "c": "a", "d": "d"}


def silver(tmp_path, **options):
    drugs = [(name, {"atc": "X"}) for name in ("aspirine", "ibuprofene", "DIGOXINE", "warfarine", "METEOXANE 5 MG")]
    diseases = [("Bradycardie, sans précision", "IX"), ("Insuffisance rénale aiguë", "XIV"), ("Chute", "XX")]
    texts = [
        f"Risque de {d} avec l'{m}, n° {n}."
        for n in range(12)
        for d in ("bradycardies", "chute", "insuffisance rénale aiguë")
        for m in ("aspirine", "ibuprofène", "digoxine", "warfarine")
    ]
    return silver_entities.load(
        collected(tmp_path / "t", [(text, {}) for text in texts]),
        collected(tmp_path / "d", drugs),
        collected(tmp_path / "i", [(t, {"wording": "long", "chapter": c}) for t, c in diseases]),
        **options,
    )


def test_silver_follows_its_rule_and_holds_names_out(tmp_path):
    data = silver(tmp_path, unseen_share=0.4, seed=2)

    def forms(examples):
        return {
            (fold(e.text[e.words[a][0] : e.words[b - 1][1]]), label)
            for e in examples
            for a, b, label in from_tags(e.gold)
        }

    seen, unseen = forms(data.train), forms(data.test["silver_unseen"])
    assert data.train and unseen and not seen & unseen
    assert forms(data.test["silver"]) >= unseen
    assert {form for form, _ in seen | forms(data.test["silver"])} == {
        *("aspirine", "ibuprofene", "digoxine", "warfarine"),
        *("bradycardies", "insuffisance renale aigue"),
    }
    dictionary = fit_baseline(silver_entities.BASELINE, data.train)
    example = data.train[0]
    assert dictionary.predict([example]) == [example.gold]
    assert all(set(without(t, e.ignored)) == {"O"} for e in data.test["silver_unseen"] for t in dictionary.predict([e]))


@pytest.mark.parametrize(
    ("spans", "flat", "expected"),
    [
        ([Span(0, 5, "A"), Span(2, 4, "B")], "longest", [Span(0, 5, "A")]),
        ([Span(0, 5, "A"), Span(2, 4, "B")], "shortest", [Span(2, 4, "B")]),
        ([Span(6, 8, "A"), Span(0, 5, "A")], "longest", [Span(0, 5, "A"), Span(6, 8, "A")]),
        ([Span(0, 5, "B"), Span(0, 5, "A")], "longest", [Span(0, 5, "A")]),
    ],
)
def test_nested_entities_are_flattened_by_the_named_rule(spans, flat, expected):
    assert flat_entities.flatten(spans, flat=flat) == expected


@pytest.mark.parametrize(("gaps", "expected"), [("covering", Span(0, 15, "DISO")), ("first", Span(0, 7, "DISO"))])
def test_gaps_are_closed_by_the_named_rule(gaps, expected):
    ann = "T1\tDISO 0 7;11 15\tdouleur bras\n#1\tAnnotatorNotes T1\tC0\n"
    assert flat_entities.read_spans(ann, "douleur du bras", gaps=gaps) == [expected]


def test_offsets_that_miss_their_text_are_refused():
    with pytest.raises(UserError, match="T1 1 8 reads 'douleur'"):
        flat_entities.read_spans("T1\tDISO 1 8\tdouleur\n", "douleur du bras", gaps="first")


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        (("I-A", "I-A"), ("B-A", "I-A")),
        (("B-A", "I-B", "O", "I-B"), ("B-A", "B-B", "O", "B-B")),
        (("B-A", "B-A", "I-A"), ("B-A", "B-A", "I-A")),
    ],
)
def test_tags_are_made_well_formed(tags, expected):
    assert repair(tags) == expected


def test_spans_touch_words():
    words = word_offsets("l'aspirine forte")
    assert to_tags(words, [Span(2, 10, "X")]) == ("O", "O", "B-X", "O")
    assert without(("B-X", "I-X", "B-X"), frozenset({1})) == ("O", "O", "B-X")


def test_a_combining_mark_belongs_to_the_letter_before_it():
    composed = "une fièvre élevée"
    decomposed = unicodedata.normalize("NFD", composed)
    examples = []
    for text in (composed, decomposed):
        words = word_offsets(text)
        mention = f"T1\tDISO 4 {len(text)}\t{text[4:]}\n"
        spans = flat_entities.flatten(flat_entities.read_spans(mention, text, gaps="covering"), flat="longest")
        examples.append(Example("x", text, to_tags(words, spans), words))
    assert [example.gold for example in examples] == [("O", "B-DISO", "I-DISO")] * 2
    assert [unicodedata.normalize("NFC", decomposed[a:b]) for a, b in examples[1].words] == composed.split()
    for fitted in examples:
        assert fit_baseline("entity_dictionary", [fitted]).predict(examples) == [examples[0].gold] * 2


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("e\u0301te\u0301", ["e\u0301te\u0301"]),
        ("l'e\u0301te\u0301.", ["l", "'", "e\u0301te\u0301", "."]),
        (" \u0301a", ["\u0301", "a"]),  # of no letter
        ("-\u0301a", ["-\u0301", "a"]),
        ("❤\ufe0f a", ["❤\ufe0f", "a"]),
        ("नमस्ते जी", ["नमस्ते", "जी"]),
    ],
)
def test_words_keep_their_marks(text, expected):
    assert [text[start:end] for start, end in word_offsets(text)] == expected


def test_quaero_is_read_to_the_character(tmp_path):
    source = CORPORA / "quaero"
    if not source.exists():
        pytest.skip("QUAERO is not here: set ALAMBIC_TEST_DATA to the folder that holds quaero/")
    folders = {}
    for split in ("train", "dev"):
        rows = [
            (
                f.read_bytes().decode(),
                {"annotations": f.with_suffix(".ann").read_bytes().decode(), "subset": f.parent.name},
            )
            for f in sorted((source / split).rglob("*.txt"))
        ]
        folders[split] = collected(tmp_path / split, rows)
    data = quaero_entities.load(folders["train"], folders["dev"], folders["dev"])
    assert {name: len(examples) for name, examples in data.test.items()} == {"EMEA": 12, "MEDLINE": 832}
    assert len(data.labels) == 21
    forms = {
        fold(e.text[e.words[a][0] : e.words[b - 1][1]])
        for e in data.train
        for a, b, tag in from_tags(e.gold)
        if tag == "CHEM"
    }
    assert {"prialt", "principe actif"} <= forms


def test_morfitt_is_read_with_its_twelve_specialities(tmp_path):
    source = CORPORA / "morfitt"
    if not source.exists():
        pytest.skip("MORFITT is not here: set ALAMBIC_TEST_DATA to the folder that holds morfitt/")
    folders = {}
    for split in ("train", "dev"):
        (tmp_path / split).mkdir()
        read = tables.read_documents(
            source / f"{split}.tsv",
            f"{split}.tsv",
            text_column="abstract",
            id_column="identifier",
            source="morfitt",
            licence="CC-BY-SA-4.0",
            language="fr",
        )
        write_documents(read, tmp_path / split)
        folders[split] = tmp_path / split
    data = document_labels.load(folders["train"], folders["dev"], folders["dev"], score_on="dev")
    assert (len(data.train), len(data.test["dev"]), len(data.labels)) == (1514, 1022, 12)
    assert not any(example.text.startswith(" ") for example in data.train)
    assert data.facts == {"test_texts_with_unknown_labels": 0}
    assert sum(len(example.gold) for example in data.train) > 1.3 * len(data.train)


def test_a_document_without_its_labels_is_refused(tmp_path):
    source = collected(tmp_path / "d", [("texte", {"speciality": "a"})])
    with pytest.raises(UserError, match="no label in column 'specialities'; its columns: speciality"):
        document_labels.load(source, source, source)


def test_documents_of_another_source_are_refused(tmp_path):
    source = collected(tmp_path / "d", [("Toux", {"chapter": "I", "category": "A00"})])
    with pytest.raises(UserError, match=r"no annotations in its metadata \(category, chapter\): expected .* brat"):
        quaero_entities.load(source, source, source)
    with pytest.raises(UserError, match="holds no ICD-10 labels with 'chapter'"):
        icd10_labels.load(source)
    with pytest.raises(UserError, match="'0' of `diseases` is no label of ICD-10"):
        silver_entities.load(source, source, source)
