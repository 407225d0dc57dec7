"""What the card of a model says of the licences behind it."""

from pathlib import Path

from alambic.settings import LicenceReport

NOT_IN_FINGERPRINT = "the wording of a model card"

SOURCES, RELEASE = "## Sources and their terms", "## Release"


def add_licences(folder: Path, report: LicenceReport) -> None:
    """Append the licence section to the card in `folder`, README.md; what an earlier attempt appended goes first."""
    path = folder / "README.md"
    card = path.read_text(encoding="utf-8") if path.exists() else ""
    own = card.partition(SOURCES)[0].rstrip("\n")
    lines = [*([own, ""] if own else []), SOURCES, "", *ingredient_lines(report), "", *terms_lines(report)]
    path.write_text("\n".join(lines), encoding="utf-8")


def ingredient_lines(report: LicenceReport) -> list[str]:
    """List each text and model that a model is made from, with its path and its licence."""
    return [
        f"- {ingredient.kind}: {' <- '.join(ingredient.path)}: {ingredient.licence or 'no licence stated'}"
        for ingredient in report.ingredients
    ]


def terms_lines(report: LicenceReport) -> list[str]:
    """Say whom to cite, and how the model may be passed on: stricter readings, and no legal advice."""
    cited = dict.fromkeys(ingredient.cite for ingredient in report.ingredients if ingredient.cite)
    lines = ["## To cite", "", *(f"- {cite}" for cite in cited), ""] if cited else []
    lines += [RELEASE, "", f"Verdict: {report.verdict}.", ""]
    for use, against in (("any use", report.against_open), ("research", report.against_research)):
        lines += [
            f"Nothing known stands against a release for {use}." if not against else f"Against a release for {use}:"
        ]
        lines += ["", *(f"- {problem}" for problem in against), *([""] if against else [])]
    if report.licences:
        lines += [f"Under one of: {', '.join(report.licences)}.", ""]
    if any(ingredient.terms.attribution for ingredient in report.ingredients if ingredient.terms):
        lines += ["The authors of the sources above must be named.", ""]
    return lines
