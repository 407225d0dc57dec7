"""What each model is and takes, in both forms: sizes, memory, latency, throughput, energy, and when it has paid off."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from alambic.data.energy import JOULES, KEY
from alambic.data.energy_ledger import Sum, beyond, entries, per_model
from alambic.data.speed_file import INT8
from alambic.settings import DICTIONARY
from alambic.stages.report.finished_artifacts import FinishedArtifact, of_stage
from alambic.stages.report.models import Model
from alambic.stages.report.speeds import Figure, TaskSpeed, over_rounds

MB = 1e6


@dataclass(frozen=True)
class Frugality:
    """One form of one model at one task; None where it is not known."""

    model: str
    form: str  # "fp32", "int8", or "dictionary"
    role: str
    task: str
    parameters: int | None = None
    embedding_parameters: int | None = None
    other_parameters: int | None = None
    flop_per_token: int | None = None
    disk_mb: float | None = None
    memory_mb: float | None = None
    words_per_second: float | None = None  # of processor time, on one thread
    words_low: float | None = None  # quartiles of the rounds
    words_high: float | None = None
    withheld: str = ""  # why the median is not shown
    latency_p50_ms: float | None = None  # of processor time, one text at a time
    latency_p95_ms: float | None = None
    times_faster: float | None = None  # than the teacher in single precision
    same_answers: float | None = None  # of int8: share of the texts that single precision answers alike
    scores: str = ""  # of int8, where scored again: dataset, metric: int8 (single precision)
    wh_per_1000_texts: float | None = None
    co2e_g_per_1000_texts: float | None = None
    making_kwh: float | None = None  # its share of all that was made for it
    making_co2e_g: float | None = None
    break_even_texts: int | None = None  # after which it has taken less than its teacher would have
    not_known: str = ""
    latency_p50_withheld: str = ""  # why the rounds do not bear a figure
    latency_p95_withheld: str = ""
    times_faster_withheld: str = ""


def frugality_table(
    artifacts: Sequence[FinishedArtifact], models: Mapping[str, Model], speeds: Sequence[TaskSpeed]
) -> list[Frugality]:
    """Make a row for each task, model and form that was timed; the dictionary among them."""
    ledger = entries({artifact.name: artifact.manifest for artifact in artifacts})
    making = per_model(ledger)
    runs = {artifact.item: artifact.manifest.run for artifact in of_stage(list(artifacts), "speed")}
    rows = []
    for speed in speeds:
        teacher = next((name for name in speed.seconds if _role(name, models) == "teacher"), None)
        of_task = {row.model + INT8 * (row.form == "int8"): row for row in _timed(speed, models, runs[speed.task])}
        for name, row in of_task.items():
            paid = beyond(ledger, row.model, teacher) if teacher not in (None, row.model) else None
            ratio = speed.ratio(name, teacher) if teacher is not None and row.role != "teacher" else None
            faster = None if ratio is None else _rounded(ratio.shown)
            withheld = ratio.withheld if ratio is not None else ""
            row = replace(row, times_faster=faster, times_faster_withheld=withheld)
            rows.append(_with_costs(row, making.get(row.model), paid, of_task.get(teacher or "")))
    return rows


def _timed(speed: TaskSpeed, models: Mapping[str, Model], run: Mapping[str, Any]) -> Iterator[Frugality]:
    for name in speed.seconds:
        model = name.removesuffix(INT8)
        form = DICTIONARY if model == DICTIONARY else "int8" if name.endswith(INT8) else "fp32"
        row = Frugality(model, form, _role(model, models), speed.task)
        yield replace(row, **_sizes(speed, model, form), **_times(speed, name), **_use(speed, name, run))


def _role(name: str, models: Mapping[str, Model]) -> str:
    return models[name].role if name in models else ""


def _sizes(speed: TaskSpeed, model: str, form: str) -> dict[str, Any]:
    sizes = speed.how.get("sizes", {}).get(model, {})
    int8 = speed.how.get("int8", {}).get(model, {})
    disk = int8.get("disk") if form == "int8" else sizes.get("disk")
    found: dict[str, Any] = {name: sizes.get(name) for name in ("parameters", "embedding_parameters", "flop_per_token")}
    if None not in (found["parameters"], found["embedding_parameters"]):
        found["other_parameters"] = found["parameters"] - found["embedding_parameters"]
    found["disk_mb"] = None if disk is None else round(disk / MB, 1)
    if form == "int8":
        scores = int8.get("scores", [])
        found["same_answers"] = min((score["same_answers"] for score in scores), default=None)
        found["scores"] = "; ".join(
            f"{each['dataset']}, {each['metric']}: {each['int8']:.3f} ({each['value']:.3f})" for each in scores
        )
    elif int8.get("why_not"):
        found["not_known"] = f"int8: {int8['why_not']}"
    return found


def _times(speed: TaskSpeed, name: str) -> dict[str, Any]:
    words = speed.words_per_second[name]
    found: dict[str, Any] = {
        "words_per_second": _rounded(words.shown),
        "words_low": _rounded(words.low),
        "words_high": _rounded(words.high),
        "withheld": words.withheld,
    }
    memory = speed.how.get("memory", {}).get(name)
    found["memory_mb"] = None if memory is None else round(memory / MB, 1)
    for share in (50, 95):
        figure = latency(speed, name, share / 100)
        if figure is not None:
            found[f"latency_p{share}_ms"] = None if figure.withheld else _rounded(1000 * figure.median)
            found[f"latency_p{share}_withheld"] = figure.withheld
    return found


def latency(speed: TaskSpeed, name: str, share: float) -> Figure | None:
    """Give the seconds within which a share of single texts is answered, over rounds; None where none was timed."""
    rounds = speed.how.get("alone", {}).get(name)
    return over_rounds([float(np.quantile(each, share)) for each in rounds]) if rounds else None


def _use(speed: TaskSpeed, name: str, run: Mapping[str, Any]) -> dict[str, Any]:
    """Give the energy of 1,000 texts: the processor's alone, by the watts of a core of the machine that timed them."""
    power, words = run.get(KEY) or {}, speed.words_per_second[name]
    if "core_watts" not in power or words.shown is None:
        return {}
    seconds = 1000 * (speed.how["words"] / speed.how["texts"]) / words.median
    kwh = seconds * power["core_watts"] * power["pue"] / JOULES
    return {
        "wh_per_1000_texts": float(f"{1000 * kwh:.4g}"),
        "co2e_g_per_1000_texts": float(f"{kwh * power['grams_per_kwh']:.4g}"),
    }


def _with_costs(row: Frugality, making: Sum | None, paid: Sum | None, teacher: Frugality | None) -> Frugality:
    found: dict[str, Any] = {}
    if making is not None and not making.unknown:
        found = {"making_kwh": float(f"{making.kwh:.4g}"), "making_co2e_g": float(f"{making.co2e_g:.4g}")}
    elif making is not None:
        found = {"not_known": "; ".join(filter(None, [row.not_known, f"{making.unknown} artifacts were not measured"]))}
    if teacher is not None and paid is not None and not paid.unknown:
        found["break_even_texts"] = break_even(paid.kwh, row.wh_per_1000_texts, teacher.wh_per_1000_texts)
    return replace(row, **found)


def break_even(paid_kwh: float, own: float | None, teacher: float | None) -> int | None:
    """Tell after how many texts what was paid is won back, of two Wh per 1,000 texts; None where it never is.

    (0.010 kWh, 1 Wh, 6 Wh) -> 2000
    """
    if own is None or teacher is None or own >= teacher:
        return None
    return round(1000 * (1000 * paid_kwh) / (teacher - own))


def _rounded(value: float | None) -> float | None:
    return None if value is None else float(f"{value:.4g}")
