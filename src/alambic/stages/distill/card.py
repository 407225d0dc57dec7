"""The model card that travels with a student."""

from pathlib import Path
from typing import Any

from alambic.data.inputs import Inputs
from alambic.data.manifest import FILE, Manifest
from alambic.settings import Distill, LicenceReport

NOT_IN_FINGERPRINT = "the wording of a model card"


def write_card(output: Path, *, settings: Distill, inputs: Inputs, facts: dict[str, Any]) -> None:
    """Write README.md: what the student is, what it was made from, and under which terms its sources stand."""
    teacher = Manifest.read(inputs.one("teacher") / FILE)
    corpus = Manifest.read(inputs.one("corpus") / FILE)
    licences = corpus.facts.get("licences", {})
    terms = settings.licence_report
    weights = [f"{name} x {options['weight']:g}" for name, options in settings.objectives.items()]
    lines = [
        "---",
        "language: fr",
        "library_name: transformers",
        "tags: [medical, distillation]",
        "---",
        "",
        f"# A French medical {settings.family.replace('_', '-')} model, distilled by Alambic",
        "",
        f"{facts['parameters']:,} parameters, of which {facts['embedding_parameters']:,} are embeddings; "
        f"{facts['layers']} layers of width {facts['hidden_size']}; {facts['vocabulary']:,} pieces.",
        "",
        f"- Teacher: {teacher.item}, fingerprint {teacher.fingerprint[:16]}, "
        f"licence {teacher.facts.get('licence', 'unknown')}",
        f"- Initial weights: {_origin(settings)}",
        f"- Objectives: {', '.join(weights)}",
        f"- Corpus: fingerprint {corpus.fingerprint[:16]}, {facts['training']['examples']:,} sequences",
        "",
        "## Sources and their terms",
        "",
        *(
            f"- {ingredient.kind}: {' <- '.join(ingredient.path)}: {ingredient.licence or 'no licence stated'}"
            for ingredient in terms.ingredients
        ),
        "",
        "Of the corpus, as counted: " + ", ".join(f"{name}: {n:,} documents" for name, n in sorted(licences.items())),
        "",
        *_to_cite(terms),
        *_release(terms),
    ]
    (output / "README.md").write_text("\n".join(lines), encoding="utf-8")


def _origin(settings: Distill) -> str:
    if settings.initial == "teacher":
        layers = f"the teacher's, its layers {', '.join(map(str, settings.layers)) or '(all)'}"
        sizes = settings.width.sizes if settings.width else {}
        stay = ", ".join(f"{name.removeprefix('num_').replace('_', ' ')} {value}" for name, value in sizes.items())
        return f"{layers}{f'; of its units those that say most on the corpus: {stay}' if stay else ''}"
    return f"random, in the shape of {settings.architecture or 'the teacher'}"


def _to_cite(terms: LicenceReport) -> list[str]:
    cited = dict.fromkeys(ingredient.cite for ingredient in terms.ingredients if ingredient.cite)
    return ["## To cite", "", *(f"- {cite}" for cite in cited), ""] if cited else []


def _release(terms: LicenceReport) -> list[str]:
    """Say how the model may be passed on; stricter readings are taken, and this is no legal advice."""
    lines = ["## Release", ""]
    for use, against in (("any use", terms.against_open), ("research", terms.against_research)):
        lines += [
            f"Nothing known stands against a release for {use}." if not against else f"Against a release for {use}:"
        ]
        lines += ["", *(f"- {problem}" for problem in against), *([""] if against else [])]
    if terms.licences:
        lines += [f"Under one of: {', '.join(terms.licences)}.", ""]
    if any(ingredient.terms.attribution for ingredient in terms.ingredients if ingredient.terms):
        lines += ["The authors of the sources above must be named.", ""]
    return lines
