"""The experiment on certificates in small, whole: made certificates, tiny models, and what its page tells."""

import csv
import html
import json
import re
from pathlib import Path
from urllib.parse import unquote

import pytest
from stage_runner import run_all
from tiny_models import tiny_bert

from alambic.commands.publish import publish
from alambic.data.local_data import folder_digest
from alambic.data.manifest import Manifest
from alambic.data.model_files import model_digest
from alambic.data.predictions import read_predictions
from alambic.planning.plan import Plan
from alambic.stages.collect.sources import icd10_fr

ROOT = Path(__file__).parents[1]
SHARES = {"certificates_20": 0.2, "certificates_100": 1.0}
MODELS = ["encoder", "encoder_scratch", "writer"]


def experiment() -> dict:
    """Describe the systems of `certificates`, each of the size of a test."""
    student = {
        "teacher": "tiny", "tokenizer": "words", "corpus": "labels", "layers": [1], "objectives": {"cross_entropy": {}},
        "sequence_length": 32, "batch_size": 64, "epochs": 1,
    }  # fmt: skip
    task = {
        "task": "death_certificates",
        "data": {"certificates": "certificates", "labels": "table"},
        "train_years": ["2018"], "dev_years": ["2019"], "test_years": ["2020"],
        "train_limit": 200, "dev_limit": 10, "test_limit": 60,
        "heads": {"writer": "code_generation"},
        "metrics": ["code_f1", "certificate_exact", "underlying_cause"],
    }  # fmt: skip
    whole = {
        "calibration_years": ["2019"],
        "calibration_limit": 120,
        "metrics": [*task["metrics"], "written_chrf"],
        "perturb": {"noise": {"typos": {"rate": 0.1}}},
    }
    return {
        "name": "few_certificates",
        "collect": {
            "table": {
                "source": "folder", "path": "labels", "digest": folder_digest(Path("labels")), "licence": "CC0-1.0",
            },
            "certificates": {
                "source": "synthetic_certificates", "certificates": 400, "years": 3, "training_years": 1,
            },
        },
        "clean": {
            "labels": {
                "sources": ["table"], "steps": {"sample": {"share": 0.1}, "normalise": {}}, "decontaminate": False,
            },
        },
        "fetch": {"tiny": {"origin": "folder", "path": "tiny", "digest": model_digest(Path("tiny")), "licence": "MIT"}},
        "tokenizer": {"words": {"base": "tiny", "corpus": "labels", "added_pieces": 30}},
        "distill": {
            "encoder": student,
            "encoder_scratch": {**student, "initial": "random"},
            "writer": {**student, "family": "encoder_decoder"},
        },
        "tasks": {
            name: {**task, **(whole if share == 1 else {}), "train_share": share} for name, share in SHARES.items()
        },
        "finetune": {"models": MODELS, "seeds": [1], "epochs": 1, "learning_rate": 3e-3, "max_length": 40},
        "evaluate": {"resamples": 200},
        "calibrate": {
            "dictionary": {
                "task": "certificates_100", "systems": ["dictionary"], "datasets": ["year_2020"], "groups": "chapter",
                "alphas": [0.1, 0.4], "resamples": 20,
            },
            "together": {
                "task": "certificates_100", "systems": ["encoder", "writer", "dictionary"], "groups": "chapter",
                "datasets": ["year_2020"], "alphas": [0.1, 0.4], "resamples": 20,
            },
        },
        "speed": {"rounds": 0},
        "report": {"compare": [["encoder", "encoder_scratch"], ["encoder", "dictionary"]]},
    }  # fmt: skip


def few_labels(folder: Path) -> None:
    """Write the labels of two chapters: a thousand codes, where the table has many times as many."""
    folder.mkdir()
    rows = [
        json.dumps({"text": label.text, "code": label.metadata["code"], "wording": label.metadata["wording"]})
        for label in icd10_fr.fetch(external_causes=0)
        if label.metadata["chapter"] in ("IX", "X")
    ]
    (folder / "labels.jsonl").write_text("\n".join(rows), encoding="utf-8")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory):
    """Run it once; give the plan, in its folder."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("certificates"))
        tiny_bert(Path("tiny"), letters_per_piece=2)
        few_labels(Path("labels"))
        plan = run_all(experiment())
        publish(plan.experiment)
        yield plan


def rows(name: str) -> list[dict[str, str]]:
    return table_of(Path("results/few_certificates", name))


def table_of(path: Path, *, delimiter: str = ",") -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream, delimiter=delimiter))


def test_each_system_is_scored_by_line_by_certificate_and_by_underlying_cause(made: Plan) -> None:
    scored = {(row["model"], row["task"], row["dataset"], row["metric"]): row for row in rows("scores.csv")}
    for model in (*MODELS, "dictionary"):
        for task in SHARES:
            for metric in ("code_f1", "certificate_exact", "underlying_cause"):
                assert 0 <= float(scored[model, task, "year_2020", metric]["value"]) <= 1
    of_dictionary = {task: float(scored["dictionary", task, "year_2020", "code_f1"]["value"]) for task in SHARES}
    assert 0.2 < of_dictionary["certificates_20"] < of_dictionary["certificates_100"]
    written = {model for model, _, _, metric in scored if metric == "written_chrf"}
    assert written == {"writer"}
    assert all("data=synthetic" in row["signature"] for row in scored.values())
    shares = {
        task: Manifest.read(made[f"predict/encoder/{task}"].manifest).facts["certificates_learnt"] for task in SHARES
    }
    assert shares == {"certificates_20": 40, "certificates_100": 200}  # a fifth of what the limit leaves


def test_what_a_machine_may_code_alone(made: Plan) -> None:
    content = json.loads((made["calibrate/dictionary"].folder / "calibration.json").read_text())
    assert content["units"]["test"] == 60 and content["units"]["fit"] + content["units"]["calibration"] == 120
    strict, lax = content["risks"]
    assert (strict["alpha"], lax["alpha"]) == (0.1, 0.4) and strict["coverage"] <= lax["coverage"]
    assert lax["automated"] > 0  # what is looked up as it was written is mostly right
    assert {row["test_set"] for row in content["noise"]} == {"test", "year_2020+noise"}
    assert 30 < sum(group["units"] for group in lax["groups"]) <= 60  # without an answer there is no chapter
    by_calibration = {(row["calibration"], row["allowed_risk"]): row for row in rows("automation.csv")}
    assert float(by_calibration["dictionary", "0.4"]["automated"]) == pytest.approx(lax["coverage"])
    assert by_calibration["together", "0.1"]["others"] == "writer dictionary" and len(by_calibration) == 4


def test_only_what_a_calibration_reads_is_answered_for_it(made: Plan) -> None:
    def splits(item: str) -> set[str]:
        return {part.split for part in read_predictions(made[f"predict/{item}"].folder).parts} - {"dev"}

    assert splits("encoder/certificates_100") == splits("dictionary/certificates_100") == {"test", "calibration"}
    assert splits("encoder_scratch/certificates_100") == {"test"}


def test_the_gain_of_transfer_is_a_row_for_each_model_and_share(made: Plan) -> None:
    found = {(row["model"], float(row["share"])): row for row in rows("transfer.csv")}
    assert found.keys() == {(model, share) for model in (*MODELS, "dictionary") for share in SHARES.values()}
    assert found["encoder", 0.2]["begins_with"] == "pretrained" and found["encoder", 1]["scratch"] == "encoder_scratch"
    assert found["encoder_scratch", 1]["begins_with"] == "scratch" and not found["encoder_scratch", 1]["difference"]
    assert not found["writer", 1]["scratch"] and not found["dictionary", 1]["begins_with"]  # none of its family
    gained = float(found["encoder", 1]["value"]) - float(found["encoder_scratch", 1]["value"])
    assert float(found["encoder", 1]["difference"]) == pytest.approx(gained, abs=1e-6)


def test_the_page_says_synthetic_what_transfer_gains_and_what_is_automated(made: Plan) -> None:
    page = Path("results/few_certificates/report.html").read_text(encoding="utf-8")
    text = " ".join(html.unescape(re.sub(r"<[^>]+>", "", page)).split())
    assert "The texts of certificates_20 and certificates_100 were made by a program" in text
    assert "encoder (pretrained weights) against encoder_scratch, on year 2020:" in text
    assert "may answer" in text and "IX, circulatory system" in text and "IX, appareil circulatoire" in text
    groups = table(page, "groups-certificates_100-year_2020")
    assert {"wording, in training", "chapter", "sex", "age", "typing errors"} <= {row["attribute"] for row in groups}
    chapters = [row["group"] for row in groups if row["attribute"] == "chapter"]
    assert chapters.index("IX, circulatory system") > chapters.index("V, mental disorders")
    assert 'download="groups-certificates_20-year_2020.csv"' not in page  # details are those of the largest share
    drawn = page[page.index('id="transfer"') :]
    assert drawn.count('<svg class="panel"', 0, drawn.index("</section>")) == 2  # a drawing of each family


def table(page: str, name: str) -> list[dict[str, str]]:
    (address,) = re.findall(rf'download="{re.escape(name)}\.csv" href="data:text/csv;charset=utf-8,([^"]*)"', page)
    return list(csv.DictReader(unquote(address).splitlines()))


def test_the_example_of_iris_writes_what_was_answered_and_reads_what_came_back(made: Plan) -> None:
    page = (ROOT / "docs" / "certificates.md").read_text(encoding="utf-8")
    write, read = re.findall(r"^```python\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    for shown, artifact in (
        ("artifacts/collect/certificates/0123456789abcdef", "collect/certificates"),
        ("artifacts/predict/encoder/certificates_100/0123456789abcdef", "predict/dictionary/certificates_100"),
    ):
        assert shown in write
        write = write.replace(shown, str(made[artifact].folder))
    names: dict = {}
    exec(write.replace("year_2019", "year_2020"), names)
    ident = table_of(Path("IDENT.csv"), delimiter=";")
    lines = table_of(Path("MEDCOD.csv"), delimiter=";")
    assert len(ident) == 60 and {row["Sex"] for row in ident} == {"1", "2"} and all(row["Age"] for row in ident)
    assert {row["CertificateKey"] for row in lines} == {row["CertificateKey"] for row in ident}
    with Path("IDENT.csv").open("w", encoding="utf-8", newline="") as stream:  # as Iris fills it in
        writer = csv.writer(stream, delimiter=";")
        writer.writerow([*ident[0], "UCCode"])
        writer.writerows([*row.values(), "I21.9" if place else ""] for place, row in enumerate(ident))
    exec(read, names)
    assert len(names["underlying"]) == 59 and set(names["underlying"].values()) == {"I219"}
