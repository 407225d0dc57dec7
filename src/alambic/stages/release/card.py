"""The card of a released model: what it answers, how well in each form and for whom, how it is used, what it owes."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from alambic.data.lineage import Lineage
from alambic.models.card import (
    SOURCES,
    Result,
    Words,
    energy_lines,
    front_matter,
    hub_task,
    ingredient_lines,
    interval,
    model_data,
    terms_lines,
)
from alambic.settings import Release
from alambic.settings.robustness import PERTURBED
from alambic.stages.release.licence_texts import named, where
from alambic.stages.release.rescoring import ENGINES, Rescored
from alambic.statistics.groups import SMALLEST, ByGroup, Group
from alambic.tasks.head import Head

MOST_LABELS = 60  # that are listed
MEGABYTE = 1_000_000


@dataclass(frozen=True)
class Evidence:
    """What is known of a model that goes into its card."""

    scores: Sequence[Rescored]
    facts: Mapping[str, Any]
    groups: Mapping[tuple[str, str], Sequence[ByGroup]] = field(default_factory=dict)  # by dataset and metric
    texts: Mapping[str, int] = field(default_factory=dict)  # of each test set
    silver: frozenset[str] = frozenset()  # test sets whose right answers a program gave
    lineage: Lineage = field(default_factory=Lineage)


def write_card(
    folder: Path,
    *,
    settings: Release,
    head: Head[Any],
    evidence: Evidence,
    sizes: Mapping[str, int],
    licence_files: Iterable[str],
    why_not_onnx: str,
) -> None:
    """Write README.md: metadata for the hub, the card in English, and what a hospital must know in French too."""
    english, french = Words("en"), Words("fr")
    lines = [
        *front_matter(_metadata(settings, evidence, onnx=not why_not_onnx)),
        f"# {settings.name}",
        "",
        *_summary(english, settings, head),
        english("in_french"),
        "",
        *_usage(folder, head, onnx=not why_not_onnx),
        *_findings(english, evidence, why_not_onnx),
        "## Files",
        "",
        "| file | size |",
        "|---|---|",
        *(f"| {name} | {size / MEGABYTE:,.1f} MB |" for name, size in sizes.items()),
        "",
        "`sha256sum --check SHA256SUMS` tells whether every file is as it was released. `sbom.cdx.json` lists files, "
        "sources and packages (CycloneDX).",
        "",
        SOURCES,
        "",
        *ingredient_lines(settings.licence_report),
        "",
        *terms_lines(settings.licence_report),
        *_licences(settings, [*licence_files]),
        french("in_french"),
        "",
        *_summary(french, settings, head),
        french("use_above"),
        "",
        *_findings(french, evidence, why_not_onnx),
    ]
    (folder / "README.md").write_text("\n".join(lines).rstrip("\n") + "\n", encoding="utf-8")


def _metadata(settings: Release, evidence: Evidence, *, onnx: bool) -> Any:
    tag = hub_task(settings.task.head)
    of_torch = [score for score in evidence.scores if score.engine == "torch"]
    return model_data(
        name=settings.name,
        pipeline=tag,
        lineage=evidence.lineage,
        licence="" if settings.licence.startswith("LicenseRef-") else settings.licence,
        tags=["onnx"] if onnx else [],
        results=[Result(tag, each.dataset, each.metric, each.value, each.low, each.high) for each in of_torch],
    )


def _summary(words: Words, settings: Release, head: Head[Any]) -> list[str]:
    listed = ", ".join(head.labels[:MOST_LABELS]) + (", ..." if len(head.labels) > MOST_LABELS else "")
    return [
        words("what", task=settings.task.task, seed=settings.seed),
        "",
        words("labels", count=len(head.labels), listed=listed),
        "",
        words("purpose"),
        "",
        words("no_device"),
        "",
    ]


def _findings(words: Words, evidence: Evidence, why_not_onnx: str) -> list[str]:
    """Write what was measured: scores, groups, limits, energy."""
    return [
        words("results"),
        "",
        *_table(evidence.scores, words),
        "",
        *_notes(evidence.facts, why_not_onnx, words),
        words("groups"),
        "",
        *_groups(evidence.groups, words),
        words("limits"),
        "",
        *_limits(evidence, words),
        "",
        words("energy_title"),
        "",
        *energy_lines(evidence.lineage, words),
    ]


def _table(scores: Sequence[Rescored], words: Words) -> list[str]:
    engines = [name for name in ENGINES if any(score.engine == name for score in scores)]
    by_place = {(score.dataset, score.metric, score.engine): score for score in scores}
    rows = []
    for dataset, metric in dict.fromkeys((score.dataset, score.metric) for score in scores):
        cells = [_cell(by_place.get((dataset, metric, engine)), words) for engine in engines]
        rows.append(f"| {dataset} | {metric} | {' | '.join(cells)} |")
    return [
        f"| {words('results_columns')} | {' | '.join(words(engine) for engine in engines)} |",
        "|---|---|" + "---|" * len(engines),
        *rows,
    ]


def _cell(score: Rescored | None, words: Words) -> str:
    if score is None:
        return ""
    same = f" ({words('same', share=f'{score.same_answers:.1%}')})" if score.same_answers is not None else ""
    return f"{interval(score.value, score.low, score.high)}{same}"


def _notes(facts: Mapping[str, Any], why_not_onnx: str, words: Words) -> list[str]:
    lines = [words("intervals"), ""]
    if why_not_onnx:
        return [*lines, words("no_onnx", why=why_not_onnx), ""]
    flags = ", ".join(facts["cpu_flags"]) or words("no_flags")
    return [*lines, words("onnx_note", version=facts["onnxruntime"], cpu=facts["cpu"], flags=flags), ""]


def _groups(groups: Mapping[tuple[str, str], Sequence[ByGroup]], words: Words) -> list[str]:
    lines = []
    for (dataset, metric), tables in groups.items():
        rows = [_group_row(table, group, words) for table in tables for group in table.groups]
        if rows:
            lines += [words("groups_note", dataset=dataset, metric=metric, smallest=SMALLEST), ""]
            lines += [f"| {words('groups_columns')} |", "|---|---|---|---|---|", *rows, ""]
    return lines or [words("groups_none"), ""]


def _group_row(table: ByGroup, group: Group, words: Words) -> str:
    score, gap = group.score, group.gap
    cells = [
        table.attribute,
        group.name,
        str(group.units),
        interval(score.value, score.low, score.high) if score else f"{group.value:.3f}",
        f"{gap.value:+.3f} [{gap.low:+.3f}, {gap.high:+.3f}]" if gap else words("too_small"),
    ]
    return f"| {' | '.join(cells)} |"


def _limits(evidence: Evidence, words: Words) -> list[str]:
    lines = [words("limit_language"), words("limit_any_text"), words("limit_names")]
    for dataset, texts in evidence.texts.items():
        if PERTURBED not in dataset:
            lines.append(words("limit_few", dataset=dataset, texts=texts))
        if dataset in evidence.silver:
            lines.append(words("limit_silver", dataset=dataset))
    return [f"- {line}" for line in lines]


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
