"""The systems of the experiment on certificates, in small: made certificates, a part of the real table, tiny models."""

from pathlib import Path

import pytest
from scoring import predict_and_score
from writers import tiny_encoder, tiny_writer

from alambic.data.documents import write_documents
from alambic.data.example_scores import MARGIN, SEQUENCE, read_top_scores
from alambic.data.inputs import Inputs
from alambic.planning.plan import Plan
from alambic.settings import Finetune, Recipe, Task
from alambic.settings.experiment_file import load_experiment
from alambic.stages.collect.sources import icd10_fr, synthetic_certificates
from alambic.stages.finetune import run as finetuning

METRICS = ["code_f1", "certificate_exact", "written_chrf"]
SYSTEMS = {"label_retrieval": tiny_encoder, "code_generation": lambda folder: tiny_writer(folder, "encoder_decoder")}


@pytest.fixture(scope="module")
def inputs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Path]]:
    """Collect twenty certificates a year, and the labels of two chapters."""
    folder = tmp_path_factory.mktemp("certificates")
    made, table = folder / "certificates", folder / "table"
    for path in (made, table):
        path.mkdir()
    write_documents(synthetic_certificates.fetch(certificates=20, years=3, training_years=1), made)
    labels = icd10_fr.fetch(external_causes=0)
    write_documents((label for label in labels if label.metadata["chapter"] in ("IX", "X")), table)
    return {"certificates": [made], "labels": [table]}


@pytest.mark.parametrize("head", SYSTEMS)
def test_each_system_codes_whole_certificates(tmp_path: Path, inputs: dict[str, list[Path]], head: str) -> None:
    task = Task(
        task="death_certificates",
        data={"certificates": "x", "labels": "y"},
        train_years=["2018"],
        dev_years=["2019"],
        calibration_years=["2019"],
        test_years=["2020"],
        metrics=METRICS,
        head=head,
    )
    tuned = tmp_path / "tuned"
    tuned.mkdir()
    base = SYSTEMS[head](tmp_path / "base")
    recipe = Recipe(batch_size=16, epochs=3, learning_rate=3e-3, max_length=64)
    finetuning.run(Finetune(model="m", task=task, recipe=recipe, seed=1), Inputs({**inputs, "model": [base]}), tuned)
    rows, told = predict_and_score(tmp_path, task, Inputs({**inputs, "finetuned": [tuned]}), finetuned=["a"], seeds=[1])
    scored = {row["metric"] for row in rows}
    assert scored == {"code_f1", "certificate_exact"} | ({"written_chrf"} if head == "code_generation" else set())
    assert told["certificates_learnt"] == 20
    labels = {*next(iter(read_top_scores(tmp_path / "predicted", split="calibration").values()))[0]}
    assert ({SEQUENCE, MARGIN} <= labels) == (head == "code_generation")


def test_the_experiment_has_each_system_from_scratch_pretrained_and_distilled() -> None:
    plan = Plan(load_experiment("certificates"))
    for model, head in (("encoder", "label_retrieval"), ("writer_pretrained", "code_generation")):
        for share in (1, 5, 20, 100):
            settings = plan[f"finetune/{model}/certificates_{share}/seed1"].settings
            assert isinstance(settings, Finetune) and settings.task.head == head
    assert "predict/dictionary/certificates_1" in plan


def test_what_the_first_look_makes_is_a_part_of_the_whole() -> None:
    whole, first_look = (Plan(load_experiment(name)) for name in ("certificates", "certificates_small"))
    assert {name for name in first_look if whole.get(name) is None} == {"report/certificates_small"}
    assert all(whole[name].fingerprint == made.fingerprint for name, made in first_look.items() if name in whole)
