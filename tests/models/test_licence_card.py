"""A card says of a model's licences the same whatever wrote the rest of it."""

from alambic.models.card import add_licences
from alambic.settings import LicenceReport
from alambic.settings.terms import Ingredient, Terms

TEXT = Ingredient(path=["finetune.a/b", "collect.c"], kind="text", licence="CC-BY-NC-4.0", cite="Durand 2024",
                  terms=Terms(commercial=False))  # fmt: skip
REPORT = LicenceReport(ingredients=[TEXT], against_open=["collect.c: no commercial use"])


def test_the_licences_are_appended_once(tmp_path):
    add_licences(tmp_path, REPORT)
    alone = (tmp_path / "README.md").read_text()
    (tmp_path / "README.md").write_text("# A model\n\nHow it is called.\n")
    for _ in range(2):  # a second attempt
        add_licences(tmp_path, REPORT)
    assert (tmp_path / "README.md").read_text() == "# A model\n\nHow it is called.\n\n" + alone
    for line in ("- text: finetune.a/b <- collect.c: CC-BY-NC-4.0", "Verdict: for research only.", "- Durand 2024",
                 "- collect.c: no commercial use", "Nothing known stands against a release for research."):  # fmt: skip
        assert line in alone.splitlines()
