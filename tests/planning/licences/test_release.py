"""What may be released follows from what it is made from, by every way, before any job runs."""

import copy
from pathlib import Path

import pytest
import yaml

from alambic.errors import UserError
from alambic.planning.licences.expression import parts, terms_of
from alambic.planning.licences.provenance import citation
from alambic.planning.licences.release import not_open
from alambic.planning.licences.table import ALIASES, TABLE
from alambic.planning.plan import Plan
from alambic.settings import Collect, read_experiment
from alambic.settings.lock import locked

EXPERIMENTS = Path(__file__).parents[3] / "config" / "experiments"


def source(licence: str) -> dict[str, str]:
    return {"source": "folder", "path": "texts", "digest": "0" * 64, "licence": licence}


def model(licence: str) -> dict[str, str]:
    return {"origin": "folder", "path": "model", "digest": "0" * 64, "licence": licence}


def experiment(
    release: str, *, texts: str = "CC-BY-4.0", base: str = "MIT", teacher: str = "MIT", **more: object
) -> dict:
    """Describe a student of another teacher than the one whose tokenizer it has."""
    student = {"family": "causal", "teacher": "gemma", "tokenizer": "medical", "corpus": "medical", "signal": "said"}
    return {
        "name": "tiny",
        "release": release,
        "collect": {"texts": source(texts)},
        "clean": {"medical": {"sources": ["texts"]}},
        "fetch": {"base": model(base), "gemma": model(teacher)},
        "tokenizer": {"medical": {"base": "base", "corpus": "medical"}},
        "teach": {"said": {"teacher": "gemma", "corpus": "medical", "signal": "next_tokens"}},
        "distill": {"student": {**student, "initial": "random", "objectives": {"forward_kl": {}}}},
        **more,
    }


def refusal(content: dict) -> str:
    """Give the error that planning raises; fail where it raises none."""
    with pytest.raises(UserError) as error:
        Plan(read_experiment(content))
    return str(error.value)


@pytest.mark.parametrize(
    ("release", "allowed"),
    [
        ("open", {}),
        ("open", {"texts": "etalab-2.0 AND CC-BY-4.0", "teacher": "Apache-2.0"}),
        ("open", {"texts": "CC-BY-SA-4.0"}),
        ("open", {"texts": "CC BY 4.0", "teacher": "apache-2.0", "base": "mit"}),
        ("research", {"texts": "CC-BY-NC-4.0"}),
        ("research", {"teacher": "gemma"}),
        ("research", {"teacher": "llama3.2"}),
        ("none", {"texts": "my own words", "teacher": "llama2", "base": "CC-BY-ND-4.0"}),
    ],
)
def test_what_the_terms_allow_is_planned(release, allowed):
    assert Plan(read_experiment(experiment(release, **allowed)))["distill/student"]


@pytest.mark.parametrize(
    ("release", "made_from", "expected"),
    [
        ("open", {"texts": "CC-BY-NC-4.0"}, ["<- clean.medical <- collect.texts: CC-BY-NC-4.0: no commercial use"]),
        (
            "open",
            {"teacher": "gemma"},
            ["distill.student <- teach.said <- fetch.gemma: LicenseRef-Gemma", "stays under its"],
        ),
        (
            "open",
            {"base": "gemma"},
            ["distill.student <- tokenizer.medical <- fetch.base: LicenseRef-Gemma", "restricts"],
        ),
        ("open", {"teacher": "CC-BY-NC-4.0"}, ["teach.said <- fetch.gemma: CC-BY-NC-4.0", "not open"]),
        (
            "research",
            {"teacher": "llama2"},
            ["teach.said <- fetch.gemma: LicenseRef-Llama-2", "forbid that other models"],
        ),
        ("research", {"texts": "CC-BY-4.0 AND CC-BY-ND-4.0"}, ["collect.texts: CC-BY-ND-4.0: nothing made from it"]),
        ("research", {"texts": "LicenseRef-user-agreement"}, ["it may not be passed on"]),
        ("open", {"texts": "GFDL", "base": "CC-BY-SA-4.0"}, ["GFDL-1.3-or-later", "CC-BY-SA-4.0", "their own licence"]),
        ("research", {"texts": "CC-BY-NC-4.0", "base": "CC-BY-SA-4.0"}, ["the first forbids commercial use"]),
        (
            "research",
            {"texts": "wtf-1.0"},
            ["collect.texts: wtf-1.0", "no terms are known", "licences:", "commercial: true"],
        ),
        ("open", {"texts": "MIT OR GPL-3.0-only"}, ["'MIT OR GPL-3.0-only'", "that you chose"]),
    ],
)
def test_what_they_forbid_is_refused_with_the_way(release, made_from, expected):
    said = refusal(experiment(release, **made_from))
    for part in expected:
        assert part in said


def test_terms_may_be_declared_but_not_those_of_a_known_licence():
    ours = {"LicenseRef-ours": {"commercial": True, "attribution": False}}
    assert Plan(read_experiment(experiment("open", texts="LicenseRef-ours", licences=ours)))
    theirs = {"LicenseRef-ours": {"commercial": False}}
    assert "no commercial use" in refusal(experiment("open", texts="LicenseRef-ours", licences=theirs))
    assert "known already" in refusal(experiment("none", licences={"cc-by-nc-4.0": {"commercial": True}}))
    assert "did you mean 'commercial'" in refusal(experiment("none", licences={"x": {"comercial": True}}))


def test_an_architecture_is_nobodys_but_weights_and_words_are_somebodys():
    content = experiment("open", teacher="llama2")
    student = content["distill"]["student"]
    del student["signal"], content["teach"]
    student["objectives"] = {"cross_entropy": {}}
    assert Plan(read_experiment(content))
    student["initial"] = "teacher"
    assert "distill.student <- fetch.gemma: LicenseRef-Llama-2: a policy restricts its use" in refusal(content)
    content["release"] = "research"
    assert Plan(read_experiment(content))
    student.update(online=True, objectives={"reverse_kl": {}})
    content["tokenizer"]["medical"] |= {"added_pieces": 0, "trim": False}  # or the teacher reads other pieces
    assert "forbid that other models learn" in refusal(content)


def test_an_adapted_teacher_says_what_its_texts_and_its_base_allow():
    content = experiment("open", teacher="gemma")
    content["adapt"] = {"french": {"base": "gemma", "corpus": "other"}}
    content["collect"]["other"] = source("CC-BY-NC-4.0")
    content["clean"]["other"] = {"sources": ["other"]}
    content["teach"]["said"]["teacher"] = content["distill"]["student"]["teacher"] = "french"
    said = refusal(content)
    assert "teach.said <- adapt.french <- fetch.gemma: LicenseRef-Gemma: what learns" in said
    assert "teach.said <- adapt.french <- clean.other <- collect.other: CC-BY-NC-4.0: no commercial use" in said


def test_where_no_student_is_made_the_corpus_is_what_is_released():
    content = {"name": "tiny", "release": "open", "collect": {"texts": source("CC-BY-NC-4.0")}}
    content["clean"] = {"medical": {"sources": ["texts"]}}
    assert "clean.medical <- collect.texts: CC-BY-NC-4.0: no commercial use" in refusal(content)


def tuned(release: str = "none", *, texts: str = "CC-BY-4.0", task: str = "CC-BY-4.0", **finetune: object) -> dict:
    """Describe a student that is fine-tuned on a task whose data are collected apart."""
    content = experiment(release, texts=texts)
    content["collect"] |= {"train": source(task), "test": source("LicenseRef-user-agreement")}
    data = {"train": "train", "dev": "test", "test": "test"}
    content["tasks"] = {"field": {"task": "document_labels", "data": data}}
    content["finetune"] = {"models": ["student", "base"], "seeds": [1, 2], **finetune}
    return content


def report_of(content: dict, name: str):
    return Plan(read_experiment(content)).licence_reports[name]


@pytest.mark.parametrize(
    ("task", "verdict", "problem"),
    [
        ("CC-BY-4.0", "nothing known stands against a release for any use", ""),
        ("CC-BY-NC-4.0", "for research only", "finetune.student/field <- collect.train: CC-BY-NC-4.0: no commercial"),
        ("CC-BY-ND-4.0", "not to be released as it is", "collect.train: CC-BY-ND-4.0: nothing made from it"),
        ("nobody-1.0", "not to be released as it is", "collect.train: nobody-1.0: no terms are known"),
    ],
)
def test_a_fine_tuned_model_owes_to_the_data_of_its_task(task, verdict, problem):
    report = report_of(tuned(task=task), "finetune.student/field")
    assert report.verdict == verdict
    assert any(problem in line for line in report.against_open) or not problem
    paths = {" <- ".join(ingredient.path): ingredient.kind for ingredient in report.ingredients}
    assert paths["finetune.student/field <- collect.train"] == "text"
    assert paths["finetune.student/field <- distill.student <- clean.medical <- collect.texts"] == "text"
    assert paths["finetune.student/field <- distill.student <- teach.said <- fetch.gemma"] == "outputs"
    assert not any("collect.test" in path for path in paths)  # which is scored alone
    assert report_of(tuned(task=task), "distill.student").verdict.startswith("nothing known")


def test_other_wordings_of_codes_are_scored_alone():
    content = tuned()
    content["collect"]["wordings"] = source("GPL-3.0-or-later")
    data = {"certificates": "train", "labels": "train", "wordings": "wordings"}
    heads = dict.fromkeys(("student", "base"), "multilabel_classification")
    content["tasks"] = {"field": {"task": "death_certificates", "data": data, "heads": heads}}
    paths = [ingredient.path for ingredient in report_of(content, "finetune.student/field").ingredients]
    assert any("collect.train" in path for path in paths) and not any("collect.wordings" in path for path in paths)


def test_a_lexicon_under_a_share_alike_licence_and_a_text_that_forbids_commerce_exclude_each_other():
    content = tuned(texts="CC-BY-NC-4.0")
    content["collect"] |= {"lexicon": source("GPL-3.0-only"), "prose": source("CC-BY-4.0"), "names": source("CC0-1.0")}
    data = {"texts": "prose", "drugs": "lexicon", "diseases": "names"}
    content["tasks"] = {"drugs": {"task": "silver_entities", "data": data}}
    student = report_of(content, "finetune.student/drugs")
    both = "collect.lexicon: GPL-3.0-only: the first forbids commercial use"
    assert any(both in line for line in student.against_research)
    assert student.verdict == "not to be released as it is"
    base = report_of(content, "finetune.base/drugs")  # which read no text but the task's
    assert base.licences == ["GPL-3.0-only"] and not base.against_open


def test_a_teacher_that_helps_to_fine_tune_counts_too():
    helped = {"taught": {"model": "student", "teacher": "gemma", "corpus": "more"}}
    content = tuned(models=["gemma", "taught"], task_distillation=helped)
    content["fetch"]["gemma"] = model("llama2")
    content["distill"]["student"].pop("signal")
    content["distill"]["student"]["objectives"] = {"cross_entropy": {}}
    del content["teach"]
    content["collect"]["others"] = source("CC-BY-NC-4.0")
    content["clean"]["more"] = {"sources": ["others"]}
    report = report_of(content, "finetune.taught/field")
    teacher = "finetune.taught/field <- finetune.gemma/field <- fetch.gemma: LicenseRef-Llama-2: its terms forbid"
    assert any(teacher in line for line in report.against_research)
    corpus = "finetune.taught/field <- clean.more <- collect.others: CC-BY-NC-4.0"
    assert any(corpus in line for line in report.against_open)


def test_what_may_not_be_released_of_fine_tuned_models_is_told_and_refused_where_they_are_released():
    plan = Plan(read_experiment(tuned("open", task="CC-BY-NC-4.0")))
    why = "finetune.student/field <- collect.train: CC-BY-NC-4.0"
    line = f"finetune.student/field and 1 more: for research only: {why}"  # the base, too, learns from the task
    assert any(line in shown for shown in not_open(plan.licence_reports))
    assert not list(not_open(Plan(read_experiment(tuned())).licence_reports))
    assert why in refusal(tuned("open", task="CC-BY-NC-4.0", released=True))
    assert Plan(read_experiment(tuned("research", task="CC-BY-NC-4.0", released=True)))
    assert plan["finetune/student/field/seed1"].settings.licence_report.verdict == "for research only"
    assert "finetune.student/field" in plan.report.settings.licence_reports


def released(terms: str = "open", *, task: str = "CC-BY-4.0", **more: object) -> dict:
    """Describe an experiment that makes one of its fine-tuned models ready to be passed on."""
    named = {"ready": {"model": "student", "task": "field", **more}}
    return {**tuned(task=task), "release": {"terms": terms, "models": named}}


def test_a_model_is_made_ready_with_its_scores_and_its_report():
    plan = Plan(read_experiment(released(seed=2)))
    made = plan["release/ready"]
    assert {
        role: [each.name for each in of] for role, of in made.inputs.items() if role in ("finetuned", "evaluation")
    } == {
        "finetuned": ["finetune/student/field/seed2"],
        "evaluation": ["evaluate/student/field"],
    }
    assert made.settings.licence_report == plan.licence_reports["finetune.student/field"]
    assert "release/ready" in plan.report.settings.items
    assert Plan(read_experiment(released()))["release/ready"].settings.seed == 1


def test_weights_bring_their_licence_files():
    content = released()
    content["release"]["models"]["ready"]["model"] = "base"
    assert [each.name for each in Plan(read_experiment(content))["release/ready"].inputs["weights"]] == ["fetch/base"]


def test_a_model_whose_licences_refuse_it_is_made_ready_for_nobody():
    """The other fine-tuned models, which nobody passes on, may be made of the same data."""
    why = "finetune.student/field <- collect.train: CC-BY-NC-4.0: no commercial use"
    assert why in refusal(released(task="CC-BY-NC-4.0"))
    assert Plan(read_experiment(released("research", task="CC-BY-NC-4.0")))["release/ready"]
    content = {**tuned(task="CC-BY-NC-4.0"), "release": {"terms": "open"}}
    assert Plan(read_experiment(content)), "`terms` alone speak of the students"


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"terms": "none"}, "write `terms: open`"),
        ({"model": "pupil"}, "release.models.ready.model: no model named 'pupil' among finetune.models"),
        ({"model": "gemma"}, "release.models.ready.model: no model named 'gemma' among finetune.models"),
        ({"task": "fields"}, "did you mean 'field'"),
        ({"seed": 7}, "release.models.ready.seed: 7: expected one of finetune.seeds, [1, 2]"),
        ({"sed": 7}, "did you mean 'seed'"),
    ],
)
def test_a_wrong_name_is_one_error(change, expected):
    content = released()
    for key, value in change.items():
        target = content["release"] if key == "terms" else content["release"]["models"]["ready"]
        target[key] = value
    assert expected in refusal(content)


def test_a_licence_is_chosen_among_those_that_the_sources_leave():
    plan = Plan(read_experiment(released(task="CC-BY-SA-4.0")))
    assert plan["release/ready"].settings.licence == "CC-BY-SA-4.0"
    assert Plan(read_experiment(released(licence="MIT")))["release/ready"].settings.licence == "MIT"
    error = refusal(released(task="CC-BY-SA-4.0", licence="MIT"))
    assert "release.models.ready.licence: 'MIT': its sources allow CC-BY-SA-4.0 or" in error


def test_the_terms_of_a_tasks_data_alter_no_fine_tuned_model():
    declared = {"licences": {"LicenseRef-ours": {"commercial": False}}}
    plans = [Plan(read_experiment({**tuned(task="LicenseRef-ours"), **more})) for more in ({}, declared)]
    names = ["finetune/student/field/seed1", "evaluate/student/field"]
    assert [plans[0][name].fingerprint for name in names] == [plans[1][name].fingerprint for name in names]


def test_share_alike_leaves_a_choice_of_licences():
    made = Plan(read_experiment(experiment("open", texts="CC-BY-SA-3.0", base="CC-BY-SA-4.0")))
    assert made["distill/student"].settings.licence_report.licences == ["CC-BY-SA-4.0"]


PINNED = {"sha256": "1" * 64, "url": "https://example.org/file"}


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        ({"source": "mesh_fr", **PINNED}, "collect.texts: CC-BY-NC-4.0: no commercial use"),
        ({"source": "e3c", "layer": "layer3", **PINNED}, "collect.texts: CC-BY-NC-4.0: no commercial use"),
        ({"source": "orphadata", **PINNED}, ""),
        ({"source": "has", **PINNED}, ""),
        ({"source": "bdpm", "table": "rcp", **PINNED}, ""),
    ],
    ids=["mesh", "e3c", "orphadata", "has", "bdpm"],
)
def test_what_forbids_commercial_use_enters_no_open_release(made, expected):
    content = {**experiment("open"), "collect": {"texts": made}}
    if expected:
        assert expected in refusal(content)
        content["release"] = "research"
    plan = Plan(read_experiment(content))
    (cited,) = {one.cite for one in plan["distill/student"].settings.licence_report.ingredients if one.kind == "text"}
    assert cited, "the source says what must be cited"


def test_neither_release_nor_terms_nor_citations_alter_a_result():
    plain = Plan(read_experiment(experiment("none")))
    told = experiment("open", licences={"LicenseRef-ours": {"commercial": True}}, cite={"texts": "Durand 2024"})
    other = Plan(read_experiment(told))
    for name in plain:
        if not name.startswith("report/"):
            assert plain[name].fingerprint == other[name].fingerprint
    assert plain.report.fingerprint != other.report.fingerprint  # which shows them
    assert "Durand 2024" in {one.cite for one in other["distill/student"].settings.licence_report.ingredients}


def test_a_wrong_name_under_cite_is_refused():
    assert "did you mean 'texts'" in refusal(experiment("none", cite={"text": "Durand 2024"}))


def test_what_is_to_be_cited_is_read_where_the_source_says_it():
    assert citation(Collect(source="icd10_fr")).endswith("EDS-NLP, doi:10.5281/zenodo.6424993")


@pytest.mark.parametrize("name", ["demo", "reference", "smoke", "partages"])
def test_the_terms_of_every_shipped_source_and_model_are_known(name):
    content = locked(yaml.safe_load((EXPERIMENTS / f"{name}.yaml").read_text(encoding="utf-8")), {})
    for student in Plan(read_experiment(content)).report.settings.licence_reports.values():
        assert student.ingredients and all(one.terms for one in student.ingredients)
        assert any("no commercial use" in problem for problem in student.against_open)
    refused = copy.deepcopy(content)
    refused["release"] = "open"
    assert "collect.icd10: LicenseRef-WHO-ATIH-ICD-10: no commercial use" in refusal(refused)


def test_the_table_is_consistent():
    assert set(ALIASES.values()) <= set(TABLE)
    assert all(name == name.strip() and parts(name) == [name] for name in TABLE)
    for terms in TABLE.values():
        assert terms.commercial or terms.outputs != "free"
        assert all(terms_of(name, {}) is not None for name in terms.share_alike)


def test_one_reason_of_many_models_is_one_line_that_counts_them():
    content = tuned(texts="CC-BY-NC-4.0")
    field = content["tasks"]["field"]
    content["tasks"] |= {f"field{number}": field for number in range(9)}
    reports = Plan(read_experiment(content)).licence_reports
    concerned = [name for name, report in reports.items() if name.startswith("finetune.") and report.against_open]
    assert len(concerned) == 10
    (line,) = not_open(reports)
    assert line.startswith("finetune.student/field and 9 more: for research only: finetune.student/field <- ")
    assert "collect.texts: CC-BY-NC-4.0: no commercial use" in line
