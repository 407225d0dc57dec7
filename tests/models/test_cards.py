"""What a hub reads of a card, and what people read in two languages, out of the same numbers."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from huggingface_hub import DatasetCard, ModelCard
from made_artifacts import demo, make_all

from alambic.commands.card import card_of
from alambic.data.artifact import complete
from alambic.data.energy import Energy
from alambic.data.lineage import Lineage, lineage
from alambic.data.manifest import Manifest
from alambic.errors import UserError
from alambic.models.card import WORDS, Result, Words, emissions, energy_lines, front_matter, model_data
from alambic.planning.plan import Plan


@pytest.fixture
def plan(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Plan:
    """The whole demo, each job of which used two watt-hours but the teacher's, which was not measured."""
    monkeypatch.chdir(tmp_path)
    made = make_all(demo())
    for artifact in made.values():
        record = Manifest.read(artifact.manifest)
        energy = Energy(cpu_kwh=0.002, co2e_g=0.1, seconds=1.0, method="cpu: tdp").record()
        used = {} if artifact.stage == "teach" else {"energy": energy}
        complete(artifact.folder, replace(record, run={**record.run, **used}))
    return made


def test_a_lineage_holds_everything_once_and_counts_what_is_gone(plan: Plan):
    made = plan["finetune/student/icd_chapter/seed1"]
    found = lineage(made.folder)
    names = {f"{each.stage}/{each.item}" for each in found.manifests}
    assert {"distill/student", "teach/e5_states", "clean/medical", "collect/icd10", "fetch/e5"} <= names
    assert len(found.manifests) == len({each.fingerprint for each in found.manifests}) and not found.missing
    plan["fetch/e5"].manifest.unlink()
    (plan["fetch/e5"].folder / ".manifest").unlink()
    assert lineage(made.folder).missing == 1
    assert lineage(plan["fetch/e5"].folder) == Lineage([], 1)


def test_energy_counts_each_step_once_and_says_what_was_not_measured(plan: Plan):
    behind = lineage(plan["distill/student"].folder)
    measured = [each for each in behind.manifests if each.stage != "teach"]
    assert emissions(behind)["emissions"] == pytest.approx(0.1 * len(measured))
    text = "\n".join(energy_lines(behind, Words("en")))
    assert f"{0.002 * len(measured):.4g} kWh" in text and "| distill | 1 | 0.002 | 0.1 |" in text
    assert "1 of its steps were not measured" in text and "teach" not in text
    assert emissions(Lineage()) is None and energy_lines(Lineage(), Words("fr")) == ["Non mesurée.", ""]


def test_the_hub_reads_scores_base_models_datasets_and_emissions(plan: Plan):
    behind = lineage(plan["distill/student"].folder)
    on_hub = Manifest.read(plan["fetch/e5"].manifest)
    hub = replace(on_hub, settings={"origin": "hub", "model": "almanach/camembert-bio-base"}, fingerprint="f" * 64)
    rows = replace(
        on_hub, stage="collect", settings={"source": "hub_dataset", "dataset": "org/corpus"}, fingerprint="e"
    )
    data = model_data(
        name="entities-fr",
        pipeline="token-classification",
        lineage=replace(behind, manifests=[*behind.manifests, hub, rows]),
        licence="CC-BY-SA-4.0",
        results=[Result("token-classification", "EMEA", "entity_f1", 0.61234567, 0.58, 0.64)],
    )
    card = ModelCard("\n".join([*front_matter(data), "# A model"]))
    read = card.data
    assert read.base_model == ["almanach/camembert-bio-base"] and read.datasets == ["org/corpus"]
    assert (read.license, read.language, read.library_name) == ("cc-by-sa-4.0", "fr", "transformers")
    (result,) = read.eval_results
    assert (result.metric_type, result.metric_name, result.metric_value) == ("f1", "entity_f1", 0.612346)
    assert result.metric_args == {"confidence_interval": [0.58, 0.64]} and result.dataset_name == "EMEA"
    assert read.co2_eq_emissions["emissions"] > 0 and read.co2_eq_emissions["source"] == "cpu: tdp"
    assert "distillation" in read.tags
    other = ModelCard("\n".join(front_matter(model_data(name="x", pipeline="fill-mask", lineage=Lineage())))).data
    assert (other.license, other.license_link) == ("other", "README.md") and other.eval_results is None


def test_both_languages_say_the_same_things():
    phrases = json.loads(WORDS.read_text(encoding="utf-8"))
    for key, of in phrases.items():
        assert of.keys() == {"en", "fr"}, key
        places = [{part.partition("}")[0] for part in text.split("{")[1:]} for text in of.values()]
        assert places[0] == places[1], key


def test_a_corpus_has_a_card_that_the_hub_reads(plan: Plan):
    text = card_of(demo(), "clean/medical")
    card = DatasetCard(text)
    assert card.data.language == "fr" and card.data.license == "other" and card.data.size_categories == "1K<n<10K"
    for part in ("# medical", "| icd10_fr | 37,186 | 9,029 | 66,744 |", "LicenseRef-WHO-ATIH-ICD-10: 9,029 documents",
                 "Cossin", "23 for icd_chapter", 'load_dataset("parquet"', "# En français", "kWh"):  # fmt: skip
        assert part in text, part
    assert str(plan["clean/medical"].folder) not in text


def test_a_card_of_nothing_is_told(plan: Plan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    with pytest.raises(UserError, match=r"clean/medicale.*clean/medical"):
        card_of(demo(), "clean/medicale")
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    with pytest.raises(UserError, match="not finished"):
        card_of(demo(), "clean/medical")
