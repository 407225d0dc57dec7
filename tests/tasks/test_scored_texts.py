"""Whatever a task scores on, with whatever options, is among the texts that every corpus leaves out."""

import importlib
import json

import pytest
from few_certificates import certificates
from test_tasks import collected, icd_rows

from alambic import plugins
from alambic.planning.source_digest import source_digests
from alambic.settings import Collect, ScoredTexts, Task
from alambic.settings.test_set_names import names_of_test_sets


def brat(folder, prefix):
    note = {"annotations": "T1\tDISO 0 3\tabc", "subset": "EMEA"}
    return collected(folder, [(f"abc {prefix} {number}", note) for number in range(9)])


def labelled(folder, prefix):
    return collected(folder, [(f" texte {prefix} {number}", {"specialities": "a|b"}) for number in range(9)])


def names(folder, *texts):
    return collected(folder, [(text, {"wording": "long", "chapter": "IX"}) for text in texts])


def silver_texts(folder):
    drugs = ("aspirine", "ibuprofene", "digoxine", "warfarine")
    return collected(folder, [(f"Risque de chute sous {drug}, cas {n}.", {}) for n in range(12) for drug in drugs])


def abstract(number):
    return (
        f"La toux de {number} patients suivis\n\nUne étude de {number} patients qui toussent. Conclusion : la toux de "
        f"{number} patients passe."
    )


ANSWERS = {"labels": "a|b", "annotations": "T1\tX 0 4\tToux\n"}
OWN = [
    (f"Toux {n}.", {**ANSWERS, "target": f"Une toux, {n}.", "label": "ab"[n % 2], "second": f"Il tousse, {n}."})
    for n in range(30)
]
QUESTION = {"choices": '{"a": "un rhume", "b": "une angine"}', "correct": "a"}
SPLITS = ("train", "dev", "test")


def exercise(text):
    return {"question": f"Que dit {text} ?", "choices": json.dumps({"a": f"dit {text}", "b": "rien"}), "correct": "a"}


# Of each task: its data, and options under which its test texts may be others.
TASKS = {
    "icd10_labels": (
        lambda folder: {"labels": collected(folder / "icd", icd_rows())},
        [{}, {"target": "category"}, {"test_share": 0.4, "test_limit": 5}, {"seed": 3, "train_limit": 20}],
    ),
    "quaero_entities": (
        lambda folder: {split: brat(folder / split, split) for split in SPLITS},
        [{}, {"score_on": "dev"}, {"test_limit": 3, "seed": 2}],
    ),
    "document_labels": (
        lambda folder: {split: labelled(folder / split, split) for split in SPLITS},
        [{}, {"score_on": "dev"}, {"test_limit": 3, "seed": 2}],
    ),
    **{
        name: (
            lambda folder: {"train": collected(folder / "own", OWN)},
            [{}, {"test_limit": 3}, {"dev_share": 0.2, "calibration_share": 0.1, "seed": 4}],
        )
        for name in ("text_labels", "text_multilabels", "text_pairs", "entities", "written_texts")
    },
    "death_certificates": (
        certificates,
        [
            {},
            {"train_years": ["2020"], "test_years": ["2021", "2022"], "seed": 2},
            {"train_share": 0.2, "test_limit": 3},
        ],
    ),
    "text_similarity": (
        lambda folder: {"train": collected(folder / "own", [(text, {**more, "score": "2.5"}) for text, more in OWN])},
        [{}, {"test_limit": 3}, {"dev_share": 0.2, "calibration_share": 0.1, "seed": 4}],
    ),
    "multiple_choice_questions": (
        lambda folder: {"train": collected(folder / "own", [(text, QUESTION) for text, _ in OWN])},
        [{}, {"answers": "one"}, {"test_limit": 3}, {"dev_share": 0.2, "calibration_share": 0.1, "seed": 4}],
    ),
    "normalised_wordings": (
        lambda folder: {"labels": collected(folder / "icd", icd_rows())},
        [{}, {"chapters": ["II"], "test_limit": 3}, {"test_share": 0.4, "dev_share": 0.2, "seed": 3}],
    ),
    "denoised_texts": (
        lambda folder: {
            "texts": collected(
                folder / "texts", [(f"Une toux sèche, jour {n}. Il tousse {n} fois.", {}) for n in range(30)]
            ),
            "wordings": collected(folder / "icd", icd_rows()),
        },
        [{}, {"typos": 0.2, "abbreviated": 0.5, "test_limit": 3}, {"longest": 20, "dev_share": 0.3, "seed": 3}],
    ),
    "summaries": (
        lambda folder: {
            "texts": collected(folder / "texts", [(abstract(n), {"title": f"Titre {n}"}) for n in range(30)])
        },
        [
            {"shortest_text": 5},
            {"shortest_text": 5, "shortest_summary": 2, "title_column": "title", "test_limit": 3},
            {"shortest_text": 5, "summary": "conclusion", "dev_share": 0.3, "seed": 3},
        ],
    ),
    "exercises": (
        lambda folder: {"train": collected(folder / "own", [(text, exercise(text)) for text, _ in OWN])},
        [{}, {"source": "right_answers"}, {"test_limit": 3}, {"dev_share": 0.2, "calibration_share": 0.1, "seed": 4}],
    ),
    "silver_entities": (
        lambda folder: {
            "texts": silver_texts(folder / "texts"),
            "drugs": names(folder / "drugs", "aspirine", "ibuprofene", "digoxine", "warfarine"),
            "diseases": names(folder / "diseases", "bradycardie"),
        },
        [{}, {"unseen_share": 0.5, "seed": 2}, {"test_share": 0.5, "test_limit": 3}, {"shortest": 9}],
    ),
}


def test_every_task_is_looked_at():
    assert sorted(TASKS) == plugins.names("tasks.datasets")


@pytest.mark.parametrize(("name", "options"), [(name, chosen) for name, (_, all_) in TASKS.items() for chosen in all_])
def test_what_is_scored_is_left_out_and_what_is_learnt_is_not(tmp_path, name, options):
    data = TASKS[name][0](tmp_path)
    task = Task(task=name, data={role: role for role in data}, **options)
    wanted = ScoredTexts.of(name, task)
    module = importlib.import_module(f"alambic.tasks.datasets.{name}")
    left_out = list(module.scored_texts(**{role: data[role] for role in wanted.data}, **wanted.options))
    loaded = module.load(**data, **task.options)
    scored = {example.text for examples in loaded.test.values() for example in examples}
    assert scored and scored <= set(left_out)
    assert not {example.text for example in loaded.train} & set(left_out)
    named = names_of_test_sets(task, {role: Collect.model_validate({"source": "icd10_fr"}) for role in data})
    assert named is None or {*loaded.test} <= {*named}, "a promotion may name them before any data are there"


@pytest.mark.parametrize("name", plugins.names("tasks.datasets"))
def test_what_selects_test_texts_knows_no_examples_and_no_head(name):
    """So that neither a new field of an example nor another loss makes a corpus anew."""
    modules = set(source_digests([f"alambic.tasks.datasets.{name}:scored_texts"]))
    assert not modules & {"alambic.tasks.examples", "alambic.tasks.head", "alambic.tasks.iob2"}


@pytest.mark.parametrize(
    ("name", "options", "expected"),
    [
        ("silver_entities", {}, ["silver", "silver_unseen"]),
        ("icd10_labels", {}, ["long", "short"]),
        ("document_labels", {"score_on": "dev"}, ["dev"]),
        ("quaero_entities", {"subsets": ["EMEA", "MEDLINE"]}, ["EMEA", "MEDLINE"]),
        ("quaero_entities", {}, None),  # as the documents say
        ("death_certificates", {"train_years": ["2020"], "test_years": ["2021"]}, ["year_2021", "other_wordings"]),
        ("death_certificates", {}, None),
    ],
)
def test_the_settings_name_the_test_sets_where_they_can(name, options, expected):
    inputs = plugins.signature("tasks.datasets", name).inputs
    task = Task(task=name, data={role: role for role in inputs}, **options)
    assert names_of_test_sets(task, {"labels": Collect.model_validate({"source": "icd10_fr"})}) == expected


def test_a_source_that_gives_one_wording_makes_one_test_set_and_its_perturbed_ones():
    task = Task(task="icd10_labels", data={"labels": "icd10"}, perturb={"slips": {"typos": {}}})
    one = {"icd10": Collect.model_validate({"source": "icd10_fr", "wordings": ["long"]})}
    assert names_of_test_sets(task, one) == ["long", "long+slips"]
    another = {"icd10": Collect.model_validate({"source": "icd11_fr"})}
    assert names_of_test_sets(task, another) is None
