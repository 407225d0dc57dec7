"""The card of a released model: what it answers, how well in each form, how it is used, and what it owes to whom."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from alambic.models.card import SOURCES, ingredient_lines, terms_lines
from alambic.settings import Release
from alambic.stages.release.licence_texts import named, where
from alambic.stages.release.rescoring import ENGINES, Rescored
from alambic.tasks.head import Head

MOST_LABELS = 60  # that are listed
MEGABYTE = 1_000_000


def write_card(
    folder: Path,
    *,
    settings: Release,
    head: Head[Any],
    scores: Sequence[Rescored],
    sizes: Mapping[str, int],
    facts: Mapping[str, Any],
    licence_files: Iterable[str],
    why_not_onnx: str,
) -> None:
    """Write README.md."""
    listed = ", ".join(head.labels[:MOST_LABELS]) + (", ..." if len(head.labels) > MOST_LABELS else "")
    lines = [
        *_front_matter(settings, onnx=not why_not_onnx),
        f"# {settings.name}",
        "",
        f"A model for French medical text, fine-tuned on {settings.task.task} from seed {settings.seed} and "
        "released by Alambic.",
        "",
        f"{len(head.labels)} labels: {listed}.",
        "",
        "It is no medical device. Its scores are those of the test texts below: on other texts, hospitals and years "
        "they are others. Check it on texts of your own before its answers are used.",
        "",
        "## Results",
        "",
        *_table(scores),
        "",
        *_notes(scores, facts, why_not_onnx),
        "## Files",
        "",
        "| file | size |",
        "|---|---|",
        *(f"| {name} | {size / MEGABYTE:,.1f} MB |" for name, size in sizes.items()),
        "",
        "`sha256sum --check SHA256SUMS` tells whether every file is as it was released. `sbom.cdx.json` lists files, "
        "sources and packages (CycloneDX).",
        "",
        *_usage(folder, head, onnx=not why_not_onnx),
        SOURCES,
        "",
        *ingredient_lines(settings.licence_report),
        "",
        *terms_lines(settings.licence_report),
        *_licences(settings, [*licence_files]),
    ]
    (folder / "README.md").write_text("\n".join(lines).rstrip("\n") + "\n", encoding="utf-8")


def _front_matter(settings: Release, *, onnx: bool) -> list[str]:
    tag = "token-classification" if settings.task.head == "token_classification" else "text-classification"
    known = settings.licence and not settings.licence.startswith("LicenseRef-")
    return [
        "---",
        "language: fr",
        "library_name: transformers",
        f"pipeline_tag: {tag}",
        f"tags: [medical{', onnx' * onnx}]",
        f"license: {settings.licence.lower() if known else 'other'}",
        *([] if known else [f"license_name: {settings.licence or 'see-readme'}", "license_link: README.md"]),
        "---",
        "",
    ]


def _table(scores: Sequence[Rescored]) -> list[str]:
    engines = [name for name in ENGINES if any(score.engine == name for score in scores)]
    by_place = {(score.dataset, score.metric, score.engine): score for score in scores}
    rows = []
    for dataset, metric in dict.fromkeys((score.dataset, score.metric) for score in scores):
        cells = [_cell(by_place.get((dataset, metric, engine))) for engine in engines]
        rows.append(f"| {dataset} | {metric} | {' | '.join(cells)} |")
    titles = {"torch": "torch, single precision", "onnx": "ONNX, single precision", "onnx int8": "ONNX, int8"}
    return [
        f"| test texts | score | {' | '.join(titles[engine] for engine in engines)} |",
        "|---|---|" + "---|" * len(engines),
        *rows,
    ]


def _cell(score: Rescored | None) -> str:
    if score is None:
        return ""
    interval = f" [{score.low:.3f}, {score.high:.3f}]" if score.low is not None and score.high is not None else ""
    same = f" ({score.same_answers:.1%} same)" if score.same_answers is not None else ""
    return f"{score.value:.3f}{interval}{same}"


def _notes(scores: Sequence[Rescored], facts: Mapping[str, Any], why_not_onnx: str) -> list[str]:
    lines = ["In brackets the bootstrap interval over test texts.", ""]
    if why_not_onnx:
        return [*lines, f"There is no ONNX form: {why_not_onnx}.", ""]
    flags = ", ".join(facts["cpu_flags"]) or "none of those that speed up int8"
    return [
        *lines,
        "`same`: the share of texts with the same answer as the model in torch. The ONNX forms were scored with ONNX "
        f"Runtime {facts['onnxruntime']} on one thread of a CPU ({facts['cpu']}; {flags}). Weights in int8 have seven "
        "bits, so that processors without VNNI do not overflow. Score it again on a processor of another kind.",
        "",
    ]


def _usage(folder: Path, head: Head[Any], *, onnx: bool) -> list[str]:
    lines = head.usage(folder)
    asked = "`pip install -r requirements.txt`, then `python example.py`, or what follows."
    with_onnx = [
        "`example_onnx.py` asks the int8 form; it needs numpy, onnxruntime and tokenizers alone.",
        "",
    ]
    return [*lines[:2], asked, "", *(with_onnx if onnx else []), *lines[2:]] if lines else []


def _licences(settings: Release, files: list[str]) -> list[str]:
    chosen = f"It is released under {settings.licence}." if settings.licence else "No licence was chosen for it."
    names = named(settings.licence_report, settings.licence)
    licences = [f"- {where(licence, files)}" for licence in names]
    others = [name for name in files if name.removesuffix(".txt") not in names]
    return [chosen, "", *licences, *(f"- [{name}](LICENSES/{name}), which came with a model" for name in others), ""]
