"""Find which units of a task, such as certificates, a machine may answer alone at a risk that is guaranteed."""

import json
import logging
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from alambic.data.documents import write_table
from alambic.data.inputs import Inputs
from alambic.settings import Calibrate
from alambic.stages.calibrate.confidence import Confidence, brier, probabilities, reliability
from alambic.stages.calibrate.decisions import Judged, checked, decide, fewest_units, outcome
from alambic.stages.calibrate.drift import from_period_to_next, watched
from alambic.stages.calibrate.gathered import Gathered, gather
from alambic.stages.calibrate.left_to_persons import sets_for_persons
from alambic.stages.calibrate.methods import plain
from alambic.stages.calibrate.units import Units, joined
from alambic.statistics.resampled_guarantee import Choose
from alambic.statistics.selective_risk import aurc, excess_aurc, risk_coverage

log = logging.getLogger("alambic.stages.calibrate")

FILE = "calibration.json"
COMBINED = "combined"
PLAIN = ("probability", "sequence_probability", "margin")  # what a model says of itself, as controls
POINTS = 200  # of a curve


def run(settings: Calibrate, inputs: Inputs, output: Path) -> dict[str, Any]:
    """Write calibration.json and units.parquet; return how many units there are, and the share automated by risk."""
    gathered = gather(settings, inputs)
    confidence = Confidence.fit(gathered.fit.signals, gathered.fit.right)
    if not confidence.fitted:
        log.warning("too few right or wrong units to fit the confidence on: every signal counts alike")
    calibration, test = (_judged(units, confidence) for units in (gathered.calibration, gathered.test))
    choose, level = _chooser(settings), settings.confidence
    start = float(settings.options.get("start", 1.0))
    risks = [
        decide(
            choose,
            calibration,
            test,
            alpha=alpha,
            level=level,
            minutes=settings.minutes,
            fewest=fewest_units(alpha, 1 - level, start=start),
        )
        for alpha in sorted(settings.alphas)
    ]
    main = risks[len(risks) // 2]
    content = {
        "systems": settings.systems,
        "task": settings.task.task,
        "method": settings.method,
        "confidence": level,
        "minutes": settings.minutes,
        "grouped_by": settings.groups,
        "groups": gathered.group_of.as_facts(),
        "units": {name: len(getattr(gathered, name)) for name in ("fit", "calibration", "test")},
        "right": float(test.right.mean()),
        "model": confidence.as_facts(),
        "scores": _scores(gathered.test, test, risks),
        "calibrated": _calibrated(calibration, test),
        "risks": risks,
        "plain": [
            {
                "alpha": alpha,
                **outcome(_plain(alpha)(calibration.confidence, calibration.right), test, level=level),
            }
            for alpha in sorted(settings.alphas)
        ],
        "resamples": settings.resamples,
        "resampled": _resampled(settings, choose, calibration, test),
        **_drift(settings, choose, gathered, confidence, main),
        **sets_for_persons(settings, gathered, confidence, risks),
    }
    (output / FILE).write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    write_table(_table(gathered, confidence, calibration), output / "units.parquet")
    for risk in risks:
        log.info("risk %g: %.1f %% of the test units are automated", risk["alpha"], 100 * risk["coverage"])
    return {"units": content["units"], "automated": {f"{risk['alpha']:g}": risk["coverage"] for risk in risks}}


def _chooser(settings: Calibrate) -> Callable[[float], Choose]:
    """Give the method at each risk."""
    method = import_module(f"alambic.stages.calibrate.methods.{settings.method}")

    def at(alpha: float) -> Choose:
        return lambda confidence, right: method.choose(
            confidence, right, alpha, 1 - settings.confidence, **settings.options
        )

    return at


def _plain(alpha: float) -> Choose:
    return lambda confidence, right: plain.choose(confidence, right, alpha, 0.5)


def _judged(units: Units, confidence: Confidence) -> Judged:
    return Judged(confidence.of(units.signals), units.right, units.groups)


def _scores(units: Units, test: Judged, risks: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Compare the combined confidence with what the model says of itself: areas, and coverage at the same risks."""
    values = {COMBINED: test.confidence, **{name: units.signals[name] for name in PLAIN if name in units.signals}}
    rows = []
    for name, of_units in values.items():
        curve = risk_coverage(of_units, test.right)
        chosen = np.unique(np.linspace(0, len(curve.taken) - 1, POINTS).round().astype(int))
        rows.append(
            {
                "score": name,
                "aurc": aurc(of_units, test.right),
                "excess_aurc": excess_aurc(of_units, test.right),
                "oracle": {f"{risk['alpha']:g}": curve.largest_coverage(risk["alpha"]) for risk in risks},
                # The largest coverage at the very risk that the combined confidence had on these units.
                "at_realised_risk": {
                    f"{risk['alpha']:g}": curve.largest_coverage(risk["risk"]) if risk["automated"] else 0.0
                    for risk in risks
                },
                "curve": [[float(curve.coverage[place]), float(curve.risk[place])] for place in chosen],
            }
        )
    return rows


def _calibrated(calibration: Judged, test: Judged) -> dict[str, Any]:
    """Say what the confidence is worth as a probability, on test units."""
    promised = probabilities(calibration.confidence, calibration.right, test.confidence)
    base = np.full(len(test), calibration.right.mean())
    return {
        "brier": brier(promised, test.right),
        "brier_before": brier(test.confidence, test.right),
        "brier_of_the_mean": brier(base, test.right),
        "reliability": reliability(promised, test.right),
    }


def _resampled(
    settings: Calibrate, choose: Callable[[float], Choose], calibration: Judged, test: Judged
) -> dict[str, list[dict[str, Any]]]:
    """Calibrate many times, by the method and by the threshold without a guarantee."""
    pool = Judged(*(np.concatenate(pair) for pair in zip(_arrays(calibration), _arrays(test), strict=True)))
    how: dict[str, Any] = {"units": len(calibration), "resamples": settings.resamples, "seed": settings.seed}
    return {
        name: [checked(at(alpha), pool, alpha=alpha, **how) for alpha in sorted(settings.alphas)]
        for name, at in {settings.method: choose, "plain": _plain}.items()
    }


def _arrays(judged: Judged) -> tuple[np.ndarray, ...]:
    return judged.confidence, judged.right, judged.groups


def _drift(
    settings: Calibrate,
    choose: Callable[[float], Choose],
    gathered: Gathered,
    confidence: Confidence,
    main: dict[str, Any],
) -> dict[str, Any]:
    """Look at the threshold of the middle risk on the next period, under noise, and on the test units themselves."""
    alpha, level = main["alpha"], settings.confidence
    everything = joined([gathered.calibration, gathered.test])
    periods = from_period_to_next(
        _judged(everything, confidence), list(everything.periods), choose(alpha), alpha=alpha, level=level
    )
    watching = {"test": gathered.test, **gathered.others}
    noise = [
        {"test_set": name, **watched(main["threshold"], _judged(units, confidence), alpha=alpha, level=level)}
        for name, units in watching.items()
    ]
    return {"main_risk": alpha, "periods": periods, "noise": noise}


def _table(gathered: Gathered, confidence: Confidence, calibration: Judged) -> pa.Table:
    parts = {"fit": gathered.fit, "calibration": gathered.calibration, "test": gathered.test, **gathered.others}
    tables = []
    for name, units in parts.items():
        of_units = confidence.of(units.signals)
        tables.append(
            pa.table(
                {
                    "unit": pa.array([str(unit) for unit in units.names], pa.string()),
                    "part": pa.array([name] * len(units), pa.string()),
                    "group": pa.array([str(group) for group in units.groups], pa.string()),
                    "period": pa.array([str(period) for period in units.periods], pa.string()),
                    "right": pa.array(units.right),
                    "confidence": pa.array(of_units),
                    "probability": pa.array(probabilities(calibration.confidence, calibration.right, of_units)),
                }
            )
        )
    return pa.concat_tables(tables)
