"""Corpora of French medical benchmarks in the layout of their publishers: on small files, and the real ones at hand."""

import json
from collections.abc import Iterator
from pathlib import Path
from random import Random

import numpy as np
import pytest
from serving import Site, collected, serving, zipped
from test_e3c import ROOT, entity, packed, xmi

from alambic.data.documents import Document, write_documents
from alambic.data.local_data import folder_digest
from alambic.data.rejected import Rejections
from alambic.errors import UserError
from alambic.stages.collect.published_parts import part
from alambic.tasks.datasets import entities, multiple_choice_questions, text_labels, text_similarity


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    with serving(tmp_path, monkeypatch) as running:
        yield running


def brought(folder: Path, files: dict[str, str]) -> dict[str, str]:
    """Put files into a folder as a user who has the agreement; give the options that name it."""
    for name, content in files.items():
        path = folder / "data" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
    return {"path": str(folder / "data"), "digest": folder_digest(folder / "data")}


def written(folder: Path, documents: list[Document]) -> Path:
    folder.mkdir()
    write_documents(documents, folder)
    return folder


def marked(document: Document) -> list[tuple[str, str]]:
    lines = [line.split("\t") for line in document.metadata["annotations"].splitlines() if line.startswith("T")]
    return [(line[1].split()[0], line[2]) for line in lines]


def test_parts_are_those_of_the_published_loaders() -> None:
    """As they draw: a list of names, the global generator at 4, three shuffles, numpy's split."""
    names = [str(number) for number in range(101)]
    Random(4)
    drawn, draws = list(names), Random(4)
    draws.shuffle(drawn), draws.shuffle(drawn), draws.shuffle(drawn)
    train, dev, test = np.split(drawn, [int(101 * 0.70), int(101 * 0.80)])
    expected = {"train": [*train], "dev": [*dev], "test": [*test], "all": names}
    for split, allowed in expected.items():
        assert part(names, split) == [name for name in names if name in allowed]
    assert len(part(names, "dev", (0.8333,))) == 101 - int(101 * 0.8333)


def test_sentences_of_e3c_cut_entities_at_their_ends(site: Site) -> None:
    text = "Toux sèche 😀. Fièvre et asthénie."  # the sign counts two in UIMA
    units = [len(text[:place].encode("utf-16-le")) // 2 for place in (0, 13, 14, 20, 24, 32, len(text))]
    start, end, begin, fever, late, last, whole = units
    content = xmi(
        text,
        f'<custom:Sentence xmi:id="1" sofa="12" begin="{start}" end="{end}"/>',
        f'<custom:Sentence xmi:id="2" sofa="12" begin="{begin}" end="{whole}"/>',
        entity(0, 10, entityID="C0850149"),
        entity(begin, fever),
        entity(5, fever, kind="EVENT"),
        entity(late, last),
    )
    options = site.put(zipped({f"{ROOT}/data_annotation/French/layer1/FR1.xml": content}))
    first, second = collected("e3c_sentences", layer="layer1", **options)
    assert (first.id, first.text, second.text) == ("layer1/FR1/0", "Toux sèche 😀.", "Fièvre et asthénie.")
    assert marked(first) == [("CLINENTITY", "Toux sèche")] and first.metadata["document"] == "layer1/FR1"
    assert marked(second) == [("CLINENTITY", "Fièvre"), ("CLINENTITY", "asthénie")]
    events = collected("e3c_sentences", layer="layer1", entities=["EVENT"], **options)
    assert [marked(one) for one in events] == [[("EVENT", "sèche 😀.")], [("EVENT", "Fièvre")]]
    with pytest.raises(UserError, match="layer2 has no test part"):
        collected("e3c_sentences", layer="layer2", split="test", **options)


def test_sentences_of_the_real_cases(site: Site, test_data: Path, tmp_path: Path) -> None:
    options = site.put(zipped(packed(test_data)))
    found = {
        split: collected("e3c_sentences", layer="layer1", split=split, **options)
        for split in ("all", "train", "dev", "test")
    }
    sizes = {split: len(documents) for split, documents in found.items()}
    assert sizes["all"] == 504 == sizes["train"] + sizes["dev"] + sizes["test"]  # as the corpus's own IOB file has
    assert sizes["train"] == int(504 * 0.70)
    assert sum(len(marked(one)) for one in found["all"]) >= 596
    data = entities.load(*(written(tmp_path / split, found[split]) for split in ("train", "dev", "test")))
    assert data.labels == ("O", "B-CLINENTITY", "I-CLINENTITY")


def test_the_corpus_own_iob_file_is_read_by_settings_alone(test_data: Path, tmp_path: Path) -> None:
    """Sentences whose words and tags stand a line, apart by a blank."""
    file = test_data / "e3c_ner" / "layer1_train.iob"
    options = {"path": str(file), "digest": folder_digest(file), "licence": "CC-BY-NC-4.0", "format": "conll"}
    found = collected("annotated_texts", **options)
    assert len(found) == 504 and sum(len(marked(one)) for one in found) == 569
    data = entities.load(written(tmp_path / "e3c", found))
    assert data.labels == ("O", "B-ety", "I-ety") and len(data.train) + len(data.test["test"]) == 504


MANTRA = """<?xml version="1.0" encoding="UTF-8"?>
<Corpus lang="fr" source="EMEA">
 <document id="d1">
  <unit id="d1.u1"><text>ZYPREXA traite la schizophrénie.</text>
   <e cui="C0171023" grp="CHEM" id="d1.u1.e1" len="7" offset="0" src="MSH" type="T109">ZYPREXA</e>
   <e cui="C0036341" grp="DISO" id="d1.u1.e2" len="13" offset="18" src="MSH" type="T048">schizophrénie</e>
  </unit>
  <unit id="d1.u2"><text>Ne pas avaler.</text></unit>
 </document>
 <document id="d2">
  <unit id="d2.u1"><text>Le foie du patient</text>
   <e cui="C0023884" grp="anat" id="d2.u1.e1" len="4" offset="3">foie</e>
   <e cui="C0030705" grp="LIVB" id="d2.u1.e2" len="7" offset="11">patient</e>
  </unit>
 </document>
</Corpus>
"""


def test_mantra_has_units_of_three_collections(site: Site) -> None:
    files = {
        f"GSC-v1.1/{name}_GSC_fr_man.xml": MANTRA.replace("d1", name).encode() for name in ("EMEA", "Medline", "Patent")
    }
    options = site.put(zipped(files | {"GSC-v1.1/EMEA_GSC_de_man.xml": b"<Corpus/>"}), "GSC-v1.1.zip")
    found = collected("mantra_gsc", subset="medline", **options)
    assert [one.id for one in found] == ["Medline.u1", "Medline.u2", "d2.u1"]
    assert marked(found[0]) == [("CHEM", "ZYPREXA"), ("DISO", "schizophrénie")] and marked(found[1]) == []
    assert marked(found[2]) == [("ANAT", "foie"), ("LIVB", "patient")]
    assert found[2].metadata["subset"] == "medline" and found[2].metadata["document"] == "d2"
    assert len(collected("mantra_gsc", subset="emea", split="train", **options)) == 2


def test_a_unit_of_mantra_whose_offsets_lie_is_rejected(site: Site) -> None:
    wrong = MANTRA.replace('offset="3"', 'offset="4"')
    options = site.put(zipped({"GSC-v1.1/EMEA_GSC_fr_man.xml": wrong.encode()}))
    rejections = Rejections(most=1.0)
    assert len(collected("mantra_gsc", rejections, subset="emea", **options)) == 2
    (rejected,) = rejections.first
    assert "unit d2.u1" in rejected.place and "not 'foie'" in rejected.reason


NEGATION = """1\t0\tPas\tpas\tADV\tPas\t_
1\t1\tde\tde\tPRP\t_\tB_scope_neg
1\t2\tfièvre\tfièvre\tNOM\t_\tI_scope_neg
1\t3\t.\t.\tSENT\t_\t_

2\t0\tToux\ttoux\tNOM\t***
2\t1\t38\t@card@\tNUM\t***
"""
SPECULATION = """1\t0\tPas\tpas\tADV\t***
1\t1\tde\tde\tPRP\t***
1\t2\tfièvre\tfièvre\tNOM\t***
1\t3\t.\t.\tSENT\t***

2\t0\tToux\ttoux\tNOM\tB_xcope_inc
2\t1\t38\t@card@\tNUM\tI_xcope_inc_

3\t0\tPeut-être\tpeut-être\tADV\t_
3\t1\tgrippal\tgrippal\tADJ\tB_xcope_inc
"""


def test_cas_is_read_for_each_of_its_tasks(tmp_path: Path) -> None:
    options = brought(tmp_path, {"corpora/CAS_neg.txt": NEGATION, "corpora/CAS_spec.txt": SPECULATION}) | {
        "corpus": "cas"
    }
    labelled = collected("cas_essai", **options)
    assert [(one.id, one.text, one.metadata["label"]) for one in labelled] == [
        ("cas/1", "Pas de fièvre .", "negation"),
        ("cas/2", "Toux 38", "speculation"),
        ("cas/3", "Peut-être grippal", "speculation"),
    ]
    assert text_labels.load(written(tmp_path / "cls", labelled), test_share=0.3).labels
    negated = collected("cas_essai", annotation="negation", **options)
    assert [marked(one) for one in negated] == [[("scope_neg", "de fièvre")], []]
    doubted = collected("cas_essai", annotation="speculation", **options)
    assert [marked(one) for one in doubted] == [[], [("xcope_inc", "Toux 38")], [("xcope_inc", "grippal")]]
    words = collected("cas_essai", annotation="parts_of_speech", **options)
    assert [one.id for one in words] == ["cas/1", "cas/2", "cas/3"]
    assert marked(words[0]) == [("ADV", "Pas"), ("PRP", "de"), ("NOM", "fièvre"), ("SENT", ".")]


def test_a_sentence_with_both_marks_and_the_slips_of_essai(tmp_path: Path) -> None:
    both = SPECULATION.replace("1\t0\tPas\tpas\tADV\t***", "1\t0\tPas\tpas\tADV\t_").replace(
        "1\t1\tde\tde\tPRP\t***", "1\t1\tde\tde\tPRP\tv"
    )
    both = both.replace("1\t2\tfièvre\tfièvre\tNOM\t***", "1\t2\tfièvre\tfièvre\tNOM\tI_scope_spec_").replace(
        "1\t3\t.\t.\tSENT\t***", "1\t3\t.\t.\tSENT\tz"
    )
    options = brought(tmp_path, {"ESSAI_neg.txt": NEGATION, "ESSAI_spec.txt": both}) | {"corpus": "essai"}
    assert collected("cas_essai", **options)[0].metadata["label"] == "negation_speculation"
    assert marked(collected("cas_essai", annotation="speculation", **options)[0]) == [("scope_spec", "de fièvre")]


def test_a_line_of_cas_that_is_none_is_rejected_and_a_missing_file_named(tmp_path: Path) -> None:
    broken = NEGATION + "x\tfièvre\n4\t0\tToux\ttoux\tNOM\tQ_scope\n"
    options = brought(tmp_path, {"CAS_neg.txt": broken, "CAS_spec.txt": SPECULATION}) | {"corpus": "cas"}
    rejections = Rejections(most=1.0)
    assert len(collected("cas_essai", rejections, annotation="negation", **options)) == 2
    assert [one.place for one in rejections.first] == ["CAS_neg.txt:8", "CAS_neg.txt:9"]
    with pytest.raises(UserError, match=r"0 files ESSAI_neg\.txt, expected one: ask the authors"):
        collected("cas_essai", **{**options, "corpus": "essai"})


def test_clister_joins_its_tables(tmp_path: Path) -> None:
    sentences = {f"filepdf-{n}_{m}": f"Phrase {m} du cas {n}." for n in range(6) for m in (1, 2)}
    rows = "".join(f"filepdf-{n}_1_cas\tfilepdf-{n}_2_cas\t{n},5\n".replace(",", ".") for n in range(6))
    files = {
        "train.csv": "id_1\tid_2\tsim\n" + rows,
        "id_to_sentence_train.json": json.dumps(sentences),
        "test.csv": "id_1\tid_2\tsim\nfilepdf-0_1_x\tfilepdf-0_2_x\t3\nfilepdf-0_1_x\tfilepdf-9_2_x\t3\n",
        "id_to_sentence_test.json": json.dumps(sentences),
    }
    options = brought(tmp_path, files)
    found = {split: collected("clister", split=split, **options) for split in ("train", "dev", "train_file")}
    assert [len(found[split]) for split in found] == [4, 2, 6]
    first = found["train_file"][0]
    assert (first.text, first.metadata["second"]) == ("Phrase 1 du cas 0.", "Phrase 2 du cas 0.")
    assert first.metadata["score"] == "0.5" and first.metadata["document"] == "filepdf-0"
    rejections = Rejections(most=1.0)
    assert (
        len(collected("clister", rejections, split="test", **options)) == 1
        and "filepdf-9_2" in rejections.first[0].reason
    )
    data = text_similarity.load(*(written(tmp_path / split, found[split]) for split in ("train", "dev", "train_file")))
    assert data.labels == ("similarity",) and sorted(e.gold for e in data.test["test"]) == [
        "0.5",
        "1.5",
        "2.5",
        "3.5",
        "4.5",
        "5.5",
    ]


PAIRS = """<?xml version="1.0" encoding="UTF-8"?><doc>
<paire id="-1" moy="5" vote="5" scores="5,5,5"><source>Exemple.</source><cible>Exemple.</cible></paire>
<paire id="1" moy="4.2" vote="4" scores="4,4,5,4,4"><source>Il a mal.</source><cible>Il souffre.</cible></paire>
<paire id="2" moy="0.0" vote="0" scores="0,0,0,0,0"><source>Il a mal.</source><cible>Il neige.</cible></paire>
<paire id="3" moy="x" vote="0" scores="0"><source>Il a mal.</source><cible>Il neige.</cible></paire></doc>"""
THREES = """<?xml version="1.0" encoding="UTF-8"?><doc><ensemble id="7" cible="2"><source>Prendre un comprimé.</source>
<cible num="1">Ne rien prendre.</cible><cible num="2">Avaler un comprimé.</cible><cible num="3">Il pleut.</cible>
</ensemble></doc>"""


def test_deft_2020_has_pairs_and_threes(tmp_path: Path) -> None:
    options = brought(tmp_path, {"t1-train.xml": PAIRS, "t2-test.xml": THREES})
    rejections = Rejections(most=1.0)
    first, second = collected("deft2020", rejections, task="similarity", split="train_file", **options)
    assert (first.text, first.metadata["second"], first.metadata["score"]) == ("Il a mal.", "Il souffre.", "4.2")
    assert second.metadata["score"] == "0.0" and rejections.first[0].place == "t1-train.xml, paire 3"
    (three,) = collected("deft2020", task="nearest", split="test", **options)
    assert three.text == "Prendre un comprimé.\n(1) Ne rien prendre.\n(2) Avaler un comprimé.\n(3) Il pleut."
    folder = written(tmp_path / "nearest", [three])
    data = multiple_choice_questions.load(folder, test=folder, answers="one")
    (example,) = data.train
    assert (example.text, example.gold, dict(example.choices)["2"]) == (
        "Prendre un comprimé.",
        "2",
        "Avaler un comprimé.",
    )
    with pytest.raises(UserError, match=r"0 files t1-test\.xml.*ask the organisers"):
        collected("deft2020", task="similarity", split="test", **options)


DEFT = {
    "distribution-corpus.txt": "fichier\t2019\t2020\t2021\n"
    "f-1.txt\ttrain 2019\ttrain 2020\ttrain 2021\nf-2.txt\ttest 2019\t-\ttest 2021\nf-3.txt\ttrain 2019\t-\t-\n",
    "evaluations/ref-train-deft2021.txt": "f-1.ann\ttumeurs\tcancer\nf-1.ann\tdigestif\tfoie\n"
    "f-1.ann\ttumeurs\tcancer\n",
    "evaluations/ref-test-deft2021.txt": "f-2.ann\tvirales\tgrippe\n",
    "DEFT-cas-cliniques/f-1.txt": "Homme de 45 ans, cancer du foie.",
    "DEFT-cas-cliniques/f-1.ann": "T1\tage 9 15\t45 ans\nT2\tpathologie 17 31\tcancer du foie\n"
    "T3\tanatomie 27 31\tfoie\nA1\tassertion T2 present\nR1\tdans Arg1:T2 Arg2:T3\n",
    "DEFT-cas-cliniques/f-2.txt": "Grippe.",
    "DEFT-cas-cliniques/f-2.ann": "T1\tpathologie 0 6\tGrippe\n",
    "DEFT-cas-cliniques/f-3.txt": "Un cas.",
    "DEFT-cas-cliniques/f-3.ann": "",
}


def test_deft_2019_and_2021_share_a_folder(tmp_path: Path) -> None:
    options = brought(tmp_path, {f"DEFT2021-cas-cliniques/{name}": content for name, content in DEFT.items()})
    of_2019 = collected("deft_cases", edition=2019, split="train_texts", **options)
    assert [(one.id, marked(one)) for one in of_2019] == [("f-1", [("age", "45 ans")]), ("f-3", [])]
    (of_2021,) = collected("deft_cases", edition=2021, split="train_texts", **options)
    assert marked(of_2021) == [("pathologie", "cancer du foie"), ("anatomie", "foie")]
    (profile,) = collected("deft_cases", edition=2021, task="profiles", split="train_texts", **options)
    assert profile.metadata["specialities"] == "tumeurs|digestif"
    assert [one.id for one in collected("deft_cases", edition=2021, split="test", **options)] == ["f-2"]
    with pytest.raises(UserError, match="the profiles are those of 2021"):
        collected("deft_cases", edition=2019, task="profiles", split="test", **options)
    # Nested entities stay beside the flat tags.
    data = entities.load(written(tmp_path / "deft", [of_2021]), test=tmp_path / "deft")
    (example,) = data.train
    assert example.gold[5:8] == ("B-pathologie", "I-pathologie", "I-pathologie")
    assert example.spans == ((5, 8, "pathologie"), (7, 8, "anatomie"))


def test_a_text_of_deft_that_is_not_there_is_rejected(tmp_path: Path) -> None:
    options = brought(tmp_path, {name: content for name, content in DEFT.items() if "f-3" not in name})
    rejections = Rejections(most=1.0)
    assert len(collected("deft_cases", rejections, edition=2019, split="train_texts", **options)) == 1
    assert rejections.first[0].place == "f-3.txt" and "lacks its .txt" in rejections.first[0].reason


def test_diamed_leaves_out_cases_without_a_chapter(site: Site) -> None:
    case = {
        "identifier": "c1", "title": "Un cas", "clinical_case": " Douleur thoracique. ", "topic": ["Cardiologie"],
        "keywords": ["douleur"], "domain": ["médecine"], "collected_at": "2021-01-01", "published_at": "2014-01-02",
        "source_url": "https://example.org/c1", "source_name": "PAMJ", "license": "CC BY", "figures": [],
        "local_figures": [], "icd-10": "I00-I99  Diseases of the circulatory system",
    }  # fmt: skip
    without = [
        {**case, "identifier": f"c{n}", "icd-10": mark} for n, mark in enumerate(["nan", None, "Aucune annotation"], 2)
    ]
    several = {**case, "identifier": "c9", "icd-10": "Plusieurs cas cliniques dans le texte"}
    files = {
        "splits/validation.json": json.dumps([case, *without, several, {"identifier": "c0"}]).encode(),
        "figures/a.jpg": b"x",
    }
    rejections = Rejections(most=1.0)
    (found,) = collected("diamed", rejections, split="dev", **site.put(zipped(files)))
    assert (found.id, found.text, found.metadata["label"]) == ("c1", "Douleur thoracique.", case["icd-10"])
    assert found.metadata["journal"] == "PAMJ" and found.url == "https://example.org/c1" and found.date == "2014-01-02"
    assert rejections.left_out == {"cases without one chapter": 4} and rejections.rejected == 1


def test_pxcorpus_has_intents_and_entities(site: Site) -> None:
    texts = [f"aspirine {n} mg" for n in range(10)]
    conll = "\n\n".join(f"aspirine\tB-drug\n{n}\tB-d_dos_val\nmg\tI-d_dos_val" for n in range(10)) + "\n\n"
    intents = ["medical_prescription"] * 9 + ["negate"]
    files = {"seq.in": "\n".join(texts), "seq.label": "\n".join(intents) + "\n", "PxSLU_conll.txt": conll}
    options = site.put(zipped({f"pxslu/{name}": content.encode() for name, content in files.items()}), "pxslu.zip")
    found = collected("pxcorpus", **options)
    assert found[3].text == texts[3] and marked(found[3]) == [("drug", "aspirine"), ("d_dos_val", "3 mg")]
    assert found[9].metadata["label"] == "negate"
    assert [len(collected("pxcorpus", split=split, **options)) for split in ("train", "dev", "test")] == [7, 1, 2]
    short = zipped({"seq.in": b"a", "seq.label": b"b\nc", "PxSLU_conll.txt": conll.encode()})
    with pytest.raises(UserError, match="1 texts, 2 intents, 10 tagged texts: expected as many of each"):
        collected("pxcorpus", **site.put(short))


@pytest.mark.parametrize("answers", ["several", "one"])
def test_the_real_questions_are_those_of_the_task(site: Site, test_data: Path, tmp_path: Path, answers: str) -> None:
    folders = {}
    for split in ("train", "dev"):
        options = site.put((test_data / "frenchmedmcqa" / f"{split}.json").read_bytes(), f"{split}.json")
        folders[split] = written(tmp_path / split, collected("frenchmedmcqa", split=split, url=options["url"]))
    data = multiple_choice_questions.load(folders["train"], test=folders["dev"], answers=answers)  # type: ignore[arg-type]
    sizes = len(data.train), len(data.test["test"])
    assert all(len(e.choices) == 5 and e.text.strip() for e in data.train)
    if answers == "several":
        assert sizes == (2171, 312) and all(isinstance(e.gold, tuple) for e in data.train)
    else:
        left_out = data.facts["questions_with_several_right_answers_left_out"]
        assert sum(sizes) + left_out == 2171 + 312 and all(isinstance(e.gold, str) for e in data.train)
    scored = list(multiple_choice_questions.scored_texts(folders["train"], test=folders["dev"]))
    assert len(scored) == 2 * 312 and not any(text.startswith("a. ") for text in scored)
