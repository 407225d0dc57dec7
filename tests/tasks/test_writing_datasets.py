"""Pairs of a text and what is to be written: no code, sentence or abstract on two sides, and what is odd is counted."""

import csv
import os
from pathlib import Path

import pytest
from test_tasks import collected, icd_rows

from alambic.errors import UserError
from alambic.tasks.baseline import fit_baseline
from alambic.tasks.datasets import denoised_texts, normalised_wordings, summaries
from alambic.tasks.datasets._entity_names import EntityNames
from alambic.tasks.examples import Example
from alambic.tasks.words import fold

CORPORA = Path(os.environ.get("ALAMBIC_TEST_DATA", Path(__file__).parents[2] / "../shared/corpora"))


def all_of(data):
    return [*data.train, *data.dev.get("dev", []), *data.test["test"]]


# ---- wordings


def test_each_code_has_its_pair_on_one_side_with_all_that_is_alike(tmp_path):
    data = normalised_wordings.load(collected(tmp_path, icd_rows()), test_share=0.3, dev_share=0.2)
    codes = [{example.attributes["code"][:5] for example in part} for part in (data.train, data.dev["dev"])]
    codes.append({example.attributes["code"][:5] for example in data.test["test"]})
    assert all(codes) and not codes[0] & codes[1] and not codes[0] & codes[2] and not codes[1] & codes[2]
    assert len(all_of(data)) == 12 * 16 + 4 * 6
    for example in all_of(data):
        assert example.id == example.attributes["code"] and example.unit
        assert data.label_texts[example.id] == (example.gold, example.text)
    for cause in ("Chute", "Morsure", "Noyade", "Brulure"):
        groups = {example.unit for example in all_of(data) if example.gold.startswith(cause)}
        assert len(groups) == 1, "an external cause is drawn with all its places"


def test_chapters_are_chosen_after_the_split(tmp_path):
    source = collected(tmp_path, icd_rows())
    whole, some = (normalised_wordings.load(source, chapters=chapters) for chapters in ([], ["II"]))
    assert [e.id for e in some.test["test"]] == [e.id for e in whole.test["test"] if e.attributes["chapter"] == "II"]
    assert some.label_texts == whole.label_texts, "what is written is looked up among all labels"
    with pytest.raises(UserError, match="has no chapter XII"):
        normalised_wordings.load(source, chapters=["XII"])


def test_one_wording_alone_makes_no_pair(tmp_path):
    rows = [(text, meta) for text, meta in icd_rows() if meta["wording"] == "long"]
    with pytest.raises(UserError, match=r"no ICD-10 labels in both wordings.*wordings: \[long, short\]"):
        normalised_wordings.load(collected(tmp_path, rows))


PAIRS = [
    ("INSUF. RENALE AIGUE", "Insuffisance rénale aiguë"),
    ("INSUF. CARD.", "Insuffisance cardiaque"),
    ("T.M. DU REIN", "Tumeur maligne du rein"),
    ("FRACT. FERMEE DIAPH. FEM.", "Fracture fermée de la diaphyse fémorale"),
    ("ANEMIE, SAI", "Anémie, sans précision"),
    ("MALADIE A VIH", "Maladie à VIH"),
]


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("INSUF. RENALE", "Insuffisance rénale"),  # an abbreviation, and accents
        ("T.M. AIGUE DU REIN", "Tumeur maligne aiguë du rein"),  # initials
        ("ANEMIE, CARD.", "Anémie, cardiaque"),  # the sign stays
        ("VIH (FERMEE)", "VIH (fermée)"),  # capitals that are more than a beginning
        ("ZONA", "Zona"),  # unknown
        ("", ""),
        (" , ", ","),
    ],
)
def test_the_dictionary_writes_out_what_training_pairs_show(text, written):
    baseline = fit_baseline("wording_dictionary", [Example(str(n), *pair) for n, pair in enumerate(PAIRS)])
    assert baseline.predict([Example("x", text, "")]) == [written]


def test_the_dictionary_without_any_pair_writes_in_lower_case():
    assert fit_baseline("wording_dictionary", []).predict([Example("x", "INSUF. CARD.", "")]) == ["Insuf. card."]


# ---- noise

NOTES = [
    (f"Le patient {name} présente une insuffisance rénale. Il est hospitalisé à Lyon. Oui. {'Très long ' * 40}.", {})
    for name in "Aubry Blanc Caron Denis Evrard Faure Gérard Henry Imbert Joly Klein Leroy Marin Noël Olivier".split()  # noqa: SIM905
]


def test_noise_is_seeded_and_a_sentence_is_on_one_side(tmp_path):
    source = collected(tmp_path, NOTES)
    options = {"typos": 0.1, "test_share": 0.3, "dev_share": 0.2}
    data = denoised_texts.load(source, **options)
    again, other = denoised_texts.load(source, **options), denoised_texts.load(source, seed=1, **options)
    assert [e.text for e in all_of(again)] == [e.text for e in all_of(data)] != [e.text for e in all_of(other)]
    parts = [{fold(str(e.gold)) for e in part} for part in (data.train, data.dev["dev"], data.test["test"])]
    assert all(parts) and len(set().union(*parts)) == sum(map(len, parts))
    units = [{e.unit for e in part} for part in (data.train, data.test["test"])]
    assert not units[0] & units[1]
    changed = [e.text != e.gold for e in all_of(data)]
    assert any(changed) and data.facts["test_texts_without_noise"] == sum(e.text == e.gold for e in data.test["test"])
    assert data.facts["sentences_too_long"] == data.facts["sentences_too_short"] == len(NOTES)
    # "Il est hospitalisé à Lyon." is in all documents: it is scored, and in no other part.
    assert data.facts["in_other_parts"] == 2 and data.facts["sentences_given_twice"] == len(NOTES) - 3
    assert "diacritics:0.3" in data.conversion and "typos:0.1" in data.conversion


def test_noise_of_abbreviations_needs_labels_and_differs_by_side(tmp_path):
    source = collected(tmp_path / "notes", NOTES)
    with pytest.raises(UserError, match=r"abbreviated: give `wordings`"):
        denoised_texts.load(source, abbreviated=1.0)
    with pytest.raises(UserError, match="every rate is 0"):
        denoised_texts.load(source, typos=0.0, diacritics=0.0)
    rows = []
    for number, (long, short) in enumerate([("insuffisance rénale", "INSUF. REN."), ("patient", "PAT.")] * 2):
        rows += [(long, {"code": f"A{number}", "wording": "long"}), (short, {"code": f"A{number}", "wording": "short"})]
    labels = collected(tmp_path / "labels", rows)
    data = denoised_texts.load(source, labels, typos=0.0, diacritics=0.0, abbreviated=1.0)
    by_side = [
        {word for e in part for word in e.text.split() if word.endswith(".")}
        for part in (data.train, data.test["test"])
    ]
    shortened = [{word for word in side if word.lower() in ("insuf.", "ren.", "pat.")} for side in by_side]
    assert any(shortened) and not shortened[0] & shortened[1]


def test_the_copy_is_what_is_left_to_do():
    assert fit_baseline("copied_text", []).predict([Example("1", " touxx \n", "toux"), Example("2", "", "x")]) == [
        "touxx",
        "",
    ]


# ---- summaries

BODY = " ".join(f"mot{number}" for number in range(45)) + "."


@pytest.mark.parametrize(
    ("text", "summary", "expected"),
    [
        (f"Un titre de quatre mots\n\n{BODY}", "title", (BODY, "Un titre de quatre mots")),
        (f"{BODY} Conclusion : la toux passe en trois jours.", "conclusion", (BODY, "La toux passe en trois jours.")),
        (
            f"{BODY} CONCLUSIONS: La toux passe vite. Mots-clés : toux, rhume.",
            "conclusion",
            (BODY, "La toux passe vite."),
        ),
        (f"{BODY} En conclusion, la toux passe vite.", "conclusion", (BODY, "La toux passe vite.")),
    ],
)
def test_a_text_and_its_summary_are_told_apart(tmp_path, text, summary, expected):
    numbered = [(text.replace("mots", "mots " + "abcdefghij"[n]).replace("mot1 ", f"mot{n}x "), {}) for n in range(10)]
    data = summaries.load(collected(tmp_path, [*numbered, (text, {})]), summary=summary, test_share=0.4)
    pairs = [(e.text, e.gold) for e in all_of(data)]
    assert expected in pairs and len(pairs) == 11


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (BODY, "texts_without_summary"),
        (f"{BODY} Les conclusions de ces études divergent beaucoup.", "texts_without_summary"),
        (f"{BODY} Conclusion : rien.", "summaries_too_short"),
        ("Court. Conclusion : la toux passe vite.", "texts_too_short"),
        ("Conclusion : la toux passe vite.", "texts_too_short"),
    ],
)
def test_what_has_no_summary_is_left_out_and_counted(tmp_path, text, reason):
    good = [(f"{BODY} {n} jours. Conclusion : la toux passe vite, {n}.", {}) for n in range(10)]
    facts = summaries.load(collected(tmp_path / "some", [*good, (text, {})]), summary="conclusion").facts
    assert facts[reason] == 1 and sum(facts.values()) == 1
    with pytest.raises(UserError, match=rf"has a conclusion .*'{reason}': 1"):
        summaries.load(collected(tmp_path / "none", [(text, {})]), summary="conclusion")


def test_titles_may_stand_in_a_column_and_equal_ones_stay_together(tmp_path):
    rows = [(f"{BODY} {n}", {"title": f"Une toux de la sorte {n // 2}"}) for n in range(40)]
    data = summaries.load(collected(tmp_path, rows), title_column="title", test_share=0.3)
    sides = [{e.gold for e in part} for part in (data.train, data.test["test"])]
    assert all(sides) and not sides[0] & sides[1]
    with pytest.raises(UserError, match=r"has a title .*give `title_column`"):
        summaries.load(collected(tmp_path / "none", rows))


def test_names_of_drugs_and_diseases_come_with_the_data(tmp_path):
    texts = collected(tmp_path / "texts", [(f"Une toux, la sorte {n}\n\n{BODY} {n}", {}) for n in range(20)])
    drugs = collected(tmp_path / "drugs", [(name, {"atc": "N02BE01"}) for name in ("paracetamol", "DOLIPRANE")])
    diseases = collected(tmp_path / "icd", [("Fièvre, sans précision", {"wording": "long", "chapter": "XVIII"})])
    names = EntityNames.of(summaries.load(texts, drugs, diseases).label_texts)
    assert {" ".join(name) for name in names.in_text("Fièvre sous Doliprane et paracétamol.")} == {
        "fievre", "doliprane", "paracetamol",
    }  # fmt: skip
    assert names.is_named(("doliprane",), ["du", "paracetamol"])
    with pytest.raises(UserError, match="give both"):
        summaries.load(texts, drugs)


def test_the_lead_is_the_first_sentence():
    examples = [Example("1", "Vu par le Dr. Roux. Pas de toux.", ""), Example("2", "  ", "")]
    assert fit_baseline("first_sentence", []).predict(examples) == ["Vu par le Dr. Roux.", ""]


def test_conclusions_of_morfitts_abstracts(tmp_path):
    """Authors label few: about a hundred of 2,536, which is why titles are the default."""
    files = [CORPORA / "morfitt" / f"{split}.tsv" for split in ("train", "dev")]
    if not all(file.exists() for file in files):
        pytest.skip("MORFITT is not here")
    rows = []
    for file in files:
        with file.open(encoding="utf-8", newline="") as lines:
            rows += [(row["abstract"].strip(), {}) for row in csv.DictReader(lines, delimiter="\t")]
    data = summaries.load(collected(tmp_path, rows), summary="conclusion", test_share=0.5)
    found = all_of(data)
    assert 80 < len(found) < 160 and data.facts["texts_without_summary"] > 2300
    assert all("onclusion" not in str(example.gold)[:12] for example in found)
