"""Test texts stay out of a corpus, however they got in; what merely speaks like them stays."""

import dataclasses
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from leaks import CASE, FILLER, LABEL, RETOLD, REWRITTEN, TITLE

from alambic.data.documents import Document, write_documents
from alambic.data.inputs import Inputs
from alambic.planning.plan import Plan
from alambic.settings import Clean, ScoredTexts, read_experiment
from alambic.stages.clean.decontamination.index import Index
from alambic.stages.clean.decontamination.reading import read_words
from alambic.stages.clean.decontamination.text_hashes import TextHasher
from alambic.stages.clean.run import run

TEXTS = [CASE, TITLE, LABEL]


def find(text: str, texts: list[str] = TEXTS, *, salt: bytes = b"") -> str | None:
    """Tell how a text gives away one of the test texts."""
    hasher = TextHasher(salt)
    index = Index(hasher, (("task", hasher.hash_text(read_words(one))) for one in texts))
    paragraphs = [read_words(part) for part in text.split("\n")] if "\n" in text else []
    leak = index.find(read_words(text), paragraphs)
    return leak.how if leak else None


@pytest.mark.parametrize(
    ("leaked", "how"),
    [
        (CASE, "whole text"),
        (TITLE, "whole text"),
        (LABEL, "whole text"),
        (CASE.upper(), "whole text"),
        ("FIEVRE TYPHOIDE SANS PRECISION", "whole text"),
        (
            CASE.replace("œ", "oe").replace("é", "e\u0301").replace("'", "’").replace("1 250", "1\u202f250"),
            "whole text",
        ),
        (CASE.replace("1 250", "1250").replace("'", "\u02bc").replace("300 mg", "300mg"), "whole text"),
        (CASE.replace("angioplastie", "angio\u00adplastie").replace(" ", "\n"), "whole text"),
        (FILLER * 20 + CASE + " " + FILLER * 20, "runs of words"),
        (FILLER * 20 + TITLE.lower() + ". " + FILLER * 20, "runs of words"),
        (FILLER * 3 + CASE[: len(CASE) * 2 // 3] + FILLER * 3, "runs of words"),
        (CASE[: len(CASE) // 3], "runs of words"),
        (RETOLD, "runs of words"),
        (FILLER * 20 + RETOLD + FILLER * 20, "runs of words"),
        (REWRITTEN, "near duplicate"),
        (FILLER * 20 + "\n" + REWRITTEN + "\n" + FILLER * 20, "near duplicate"),
    ],
)
def test_a_planted_leak_is_found(leaked, how):
    assert find(leaked) == how


@pytest.mark.parametrize(
    "text",
    [
        FILLER * 10,
        "Fièvre typhoïde",
        FILLER + LABEL + ". " + FILLER,  # a label of four words may stand in any text
        "Évaluation du traitement chirurgical précoce des hernies discales cervicales chez le sujet âgé",
        # Eight words in a row are shared, as by anybody who writes about an infarction.
        FILLER * 4 + "L'électrocardiogramme montre un sus-décalage du segment ST. " + FILLER * 4,
        "",
    ],
)
def test_what_speaks_alike_stays(text):
    assert find(text) is None


def test_what_a_task_says_all_the_time_tells_nothing():
    manner = (
        "Veuillez lire attentivement l'intégralité de cette notice avant de prendre ce médicament car elle contient "
    )
    drugs = ("du paracétamol", "de l'ibuprofène", "de la codéine", "du tramadol")
    own = "utilisé chez l'adulte contre les douleurs légères ou modérées, à distance des repas, avec un verre d'eau."
    leaflets = [
        f"{manner}{drug}, {own.replace('adulte', f'adulte de {place} ans')}" for place, drug in enumerate(drugs)
    ]
    assert find(manner * 2, leaflets[:2]) == "runs of words"
    assert find(manner * 2, leaflets) is None
    assert find(leaflets[0], leaflets) == "whole text"


def test_a_hundred_words_of_a_book_are_a_leak_though_no_share_of_it():
    letters = "abcdefghij"
    words = ["mot" + "".join(letters[int(figure)] for figure in str(number)) for number in range(6000)]
    book, other = words[:3000], " ".join(words[3000:])
    assert find(f"{other} {' '.join(book[1000:1100])}", [" ".join(book)]) == "runs of words"
    assert find(f"{other} {' '.join(book[1000:1099])}", [" ".join(book)]) is None


def brat(folder: Path, **texts: str) -> None:
    """Write collected brat documents with one entity each."""
    folder.mkdir()
    documents = (
        Document(name, text, "quaero", "", "GFDL-1.3", metadata={"annotations": "T1\tDISO 0 3\t" + text[:3]})
        for name, text in texts.items()
    )
    write_documents(documents, folder)


@pytest.fixture
def inputs(tmp_path: Path) -> Inputs:
    """Give two sources, in which test texts are planted, and the data of a task."""
    brat(tmp_path / "learnt", a="Une phrase que les modèles peuvent apprendre.")
    brat(tmp_path / "scored", b=CASE, c=LABEL)
    planted = {
        "web": [FILLER, f"{FILLER * 5} {CASE}", "FIÈVRE TYPHOÏDE SANS PRÉCISION", REWRITTEN, "Un autre texte."],
        "labels": [LABEL, "Fièvre jaune", "Une phrase que les modèles peuvent apprendre."],
    }
    for name, texts in planted.items():
        (tmp_path / name).mkdir()
        documents = (Document(str(place), text, name, "", "CC0-1.0") for place, text in enumerate(texts))
        write_documents(documents, tmp_path / name)
    found = {"sources": [tmp_path / "web", tmp_path / "labels"]}
    data = {"dev": "scored", "test": "scored"}
    return Inputs({**found, **{f"excluded.0.{role}": [tmp_path / folder] for role, folder in data.items()}})


EXCLUDED = ScoredTexts(name="quaero", task="quaero_entities", data={role: role for role in ("dev", "test")})


def test_the_artifact_lists_what_was_removed_because_of_which_task(inputs, tmp_path):
    facts = run(Clean(sources=["x"], steps={}, held_out=0, excluded=[EXCLUDED]), inputs, tmp_path)
    assert facts["decontamination"] == {
        "off": False,
        "because": {"quaero": {"texts": 2, "removed": {"labels": 1, "web": 3}}},
    }
    assert facts["train"]["documents"] == 4
    dropped = pq.read_table(tmp_path / "dropped-00000.parquet").to_pylist()
    assert [(row["source"], row["id"], row["reason"]) for row in dropped] == [
        ("web", "1", "decontamination: test text of quaero (runs of words)"),
        ("web", "2", "decontamination: test text of quaero (whole text)"),
        ("web", "3", "decontamination: test text of quaero (near duplicate)"),
        ("labels", "0", "decontamination: test text of quaero (whole text)"),
    ]


def test_what_a_step_turns_into_a_test_text_is_found_too(inputs, tmp_path):
    (tmp_path / "web" / "documents-00000.parquet").unlink()
    write_documents([Document("0", "ab " * 5 + LABEL, "web", "", "CC0-1.0")], tmp_path / "web")
    guard = run(Clean(sources=["x"], steps={}, held_out=0, excluded=[EXCLUDED]), inputs, tmp_path)
    assert guard["decontamination"]["because"]["quaero"]["removed"] == {"labels": 1}

    from alambic.stages.clean.decontamination.filter import DecontaminationFilter

    looking = DecontaminationFilter(Clean(sources=["x"], excluded=[EXCLUDED]), inputs)
    document = Document("0", "ab " * 5 + LABEL, "web", "", "CC0-1.0")
    assert looking.check_collected(document) == document
    repaired = dataclasses.replace(document, text=LABEL)
    assert looking.check_cleaned(document.text, repaired) == "test text of quaero (whole text)"


def test_decontamination_may_be_declined_aloud(inputs, tmp_path, caplog):
    facts = run(Clean(sources=["x"], steps={}, held_out=0, decontaminate=False), inputs, tmp_path)
    assert facts["decontamination"] == {"off": True, "because": {}}
    assert facts["train"]["documents"] == 8
    assert "may have read what it is scored on" in caplog.text


EXPERIMENT = {
    "name": "tiny",
    "collect": {"icd10": {"source": "icd10_fr"}, "atc": {"source": "atc_drugs"}},
    "clean": {"medical": {"sources": ["icd10"]}},
    "tasks": {
        "icd": {"task": "icd10_labels", "data": {"labels": "icd10"}, "test_limit": 50},
        "category": {"task": "icd10_labels", "data": {"labels": "icd10"}, "target": "category", "seed": 1},
    },
}


def corpus(**changes: object) -> str:
    """Give the fingerprint of the corpus after changing options of the first task."""
    task = {**EXPERIMENT["tasks"]["icd"], **changes}
    experiment = {**EXPERIMENT, "tasks": {**EXPERIMENT["tasks"], "icd": task}}
    return Plan(read_experiment(experiment))["clean/medical"].fingerprint


@pytest.mark.parametrize(
    "changes",
    [
        {"train_limit": 7},
        {"test_limit": 60},
        {"target": "category"},
        {"metrics": ["accuracy"]},
        {"finetune": {"epochs": 9}},
    ],
)
def test_a_corpus_does_not_depend_on_what_alters_no_test_text(changes):
    assert corpus(**changes) == corpus()


@pytest.mark.parametrize("changes", [{"seed": 3}, {"test_share": 0.3}])
def test_a_corpus_depends_on_the_selection_of_test_texts(changes):
    assert corpus(**changes) != corpus()


def test_a_corpus_depends_neither_on_the_names_nor_on_the_order_nor_on_repetitions_of_tasks():
    first, second = EXPERIMENT["tasks"]["icd"], EXPERIMENT["tasks"]["category"]
    for tasks in ({"z": first, "a": second}, {"b": second, "c": first, "d": {**first, "train_limit": 3}}):
        plan = Plan(read_experiment({**EXPERIMENT, "tasks": tasks}))
        assert plan["clean/medical"].fingerprint == corpus()
    assert sorted(one.name for one in plan["clean/medical"].settings.excluded) == ["b", "c, d"]


def test_every_task_counts_without_being_named_and_none_when_declined():
    plan = Plan(read_experiment(EXPERIMENT))
    assert {one.name for one in plan["clean/medical"].settings.excluded} == {"icd", "category"}
    declined = {**EXPERIMENT, "clean": {"medical": {"sources": ["icd10"], "decontaminate": False}}}
    made = Plan(read_experiment(declined))["clean/medical"]
    assert made.settings.excluded == [] and set(made.inputs) == {"sources"}
