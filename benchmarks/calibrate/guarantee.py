"""Whether the guarantee of an automated share holds, what it costs, and how soon a monitor notices that it does not.

    python benchmarks/calibrate/guarantee.py                     # simulated certificates, whose risk is known
    python benchmarks/calibrate/guarantee.py --groups            # one threshold for all, or one for each group
    python benchmarks/calibrate/guarantee.py artifacts/calibrate/ITEM/FINGERPRINT    # the units of a finished run

Calibration sets are drawn from a population, and each threshold's risk is looked up in all of it. `exceeded` must be at
most 1 - confidence; the goal at 2 % risk is 5 points more coverage than the best threshold on what a model says of
itself at the very risk that came of each draw, and at most 4 points below the oracle with 20,000 calibration units.
"""

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq

from alambic.stages.calibrate.confidence import Confidence
from alambic.stages.calibrate.methods import fixed_sequence, mapie, plain
from alambic.statistics.resampled_guarantee import Resampled, resample_guarantee
from alambic.statistics.risk_monitor import first_alarm, wealth
from alambic.statistics.selective_risk import RiskCoverage, aurc, excess_aurc, risk_coverage

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))
from simulated_certificates import Year, draw_certificates

METHODS: dict[str, Callable[..., float | None]] = {
    "fixed_sequence": fixed_sequence.choose,
    "mapie": mapie.choose,
    "plain": plain.choose,
}
ALPHAS = (0.01, 0.02, 0.05)
SIZES = (2_000, 5_000, 20_000)
POPULATION = 300_000
FITTED_ON = 6_000
GROUPS, OF_GROUP = 20, 600
SOFTMAX = ("probability", "margin", "sequence_probability")
DELTA = 0.05
SLOWER = {"mapie": 5}  # one in so many resamples: it takes its time
LATER = {
    "the same year": Year(),
    "half as many new wordings again": Year(unseen=0.18),
    "twice as many new wordings": Year(unseen=0.24),
    "noisy texts": Year(noise=0.35),
    "a new pitfall": Year(misleading=0.02),
}


def row(*cells: Any) -> None:
    """Print a row of a table."""
    print("|", " | ".join(map(str, cells)), "|", flush=True)


def head(*cells: str) -> None:
    """Print the first rows of a table."""
    row(*cells)
    print("|" + "---|" * len(cells))


def points(share: float) -> str:
    """Write a share as a percentage."""
    return f"{100 * share:.1f}"


def guarantee(
    confidence: np.ndarray,
    right: np.ndarray,
    softmax: list[RiskCoverage],
    *,
    sizes: tuple[int, ...],
    resamples: int,
    methods: Sequence[str] = tuple(METHODS),
) -> None:
    """Print, of each method, risk and size, how often the risk is exceeded and what is covered."""
    head("method", "risk %", "calibration", "exceeded %", "nothing %", "coverage", "oracle", "below it", "over softmax")
    for name in methods:
        method, times = METHODS[name], resamples // SLOWER.get(name, 1)
        for alpha in ALPHAS:
            for units in sizes:

                def choose(c: np.ndarray, r: np.ndarray, *, at: float = alpha, by: Any = method) -> float | None:
                    return by(c, r, at, DELTA)

                drawn = resample_guarantee(confidence, right, choose, most=alpha, units=units, resamples=times)
                gain = _gain(drawn, softmax)
                row(
                    name,
                    f"{100 * alpha:g}",
                    units,
                    points(drawn.exceeded),
                    points(drawn.nothing),
                    points(drawn.mean_coverage),
                    points(drawn.oracle),
                    points(drawn.oracle - drawn.mean_coverage),
                    "" if gain is None else points(gain),
                )


def _gain(drawn: Resampled, softmax: list[RiskCoverage]) -> float | None:
    """Give the mean of what is covered beyond the best softmax score at the risk of each draw that takes anything."""
    taken = drawn.coverage > 0
    if not softmax or not taken.any():
        return None
    best = [max(curve.largest_coverage(risk) for curve in softmax) for risk in drawn.risk[taken]]
    return float(np.mean(drawn.coverage[taken] - best))


def monitors(wrong: Callable[[], np.ndarray], *, alpha: float, streams: int) -> tuple[str, ...]:
    """Give the share of streams with an alarm, and after how many automated units: ours, then MAPIE's."""
    cells: list[str] = []
    drawn = [wrong() for _ in range(streams)]
    ours = [first_alarm(wealth(stream, most=alpha), level=DELTA) for stream in drawn]
    few = drawn[: max(streams // 100, 10)]  # MAPIE's takes seconds for some thousand units
    theirs = [_first_above(mapie.lower_bounds(stream, most=alpha, level=DELTA), alpha) for stream in few]
    for alarms in (ours, theirs):
        raised = [alarm + 1 for alarm in alarms if alarm is not None]
        cells += [points(len(raised) / len(alarms)), f"{np.median(raised):.0f}" if raised else ""]
    return tuple(cells)


def _first_above(bounds: np.ndarray, alpha: float) -> int | None:
    above = np.flatnonzero(bounds > alpha)
    return int(above[0]) if len(above) else None


def drift(confidence: Confidence, threshold: float, *, alpha: float, streams: int, length: int) -> None:
    """Print what a threshold does in a later year, and whether the monitor notices."""
    generator = np.random.default_rng(5)
    head("later year", "coverage", "risk %", "alarms %", "after", "MAPIE: alarms %", "after")
    for name, year in LATER.items():
        later = draw_certificates(100_000, generator, year)
        taken = confidence.of(later.signals) >= threshold
        wrong = ~later.right[taken]

        def stream(of: np.ndarray = wrong) -> np.ndarray:
            return generator.choice(of, size=length)

        cells = monitors(stream, alpha=alpha, streams=streams)
        row(name, points(taken.mean()), f"{100 * wrong.mean():.2f}", *cells)

    def exactly() -> np.ndarray:
        return generator.random(length) < alpha

    row("a risk of exactly what is allowed", "", f"{100 * alpha:.2f}", *monitors(exactly, alpha=alpha, streams=streams))


def simulated(arguments: argparse.Namespace) -> None:
    """Draw a population, fit a confidence apart, and print all tables."""
    generator = np.random.default_rng(arguments.seed)
    apart, population = draw_certificates(FITTED_ON, generator), draw_certificates(POPULATION, generator)
    model = Confidence.fit(apart.signals, apart.right)
    confidence, right = model.of(population.signals), population.right
    print(f"{POPULATION} simulated certificates, {points(right.mean())} % right; fitted on {FITTED_ON} others\n")
    head("score", "AURC", "excess AURC", *(f"coverage at {100 * alpha:g} %" for alpha in ALPHAS))
    scores = {"combined": confidence, **{name: population.signals[name] for name in SOFTMAX}}
    curves = {name: risk_coverage(values, right) for name, values in scores.items()}
    for name, values in scores.items():
        cells = (points(curves[name].largest_coverage(alpha)) for alpha in ALPHAS)
        row(name, f"{aurc(values, right):.4f}", f"{excess_aurc(values, right):.4f}", *cells)
    print()
    softmax = [curves[name] for name in SOFTMAX]
    guarantee(confidence, right, softmax, sizes=SIZES, resamples=arguments.resamples)
    print()
    print("the probability alone as the confidence:\n")
    alone = 1 / (1 + np.exp(-population.signals["probability"]))
    guarantee(alone, right, [], sizes=SIZES, resamples=arguments.resamples, methods=["fixed_sequence"])
    print()
    chosen = generator.integers(POPULATION, size=20_000)
    threshold = fixed_sequence.choose(confidence[chosen], right[chosen], 0.02, DELTA)
    assert threshold is not None
    drift(model, threshold, alpha=0.02, streams=arguments.streams, length=arguments.length)


def groups(arguments: argparse.Namespace) -> None:
    """Print how often all that is automated is above the risk: by one threshold, and by one for each group.

    Each certificate is wrong with the same probability, a little above the risk: nothing should be automated.
    """
    generator = np.random.default_rng(arguments.seed)
    head("each is wrong with %", "one threshold: exceeded %", "one for each group: exceeded %", "most in one group %")
    for wrong in (0.0201, 0.022, 0.025):
        together, any_group, single = 0, 0, np.zeros(GROUPS)
        for _ in range(arguments.resamples):
            sure = generator.uniform(0.9, 1, (GROUPS, OF_GROUP))
            right = generator.random((GROUPS, OF_GROUP)) > wrong
            together += fixed_sequence.choose(sure.ravel(), right.ravel(), 0.02, DELTA) is not None
            own = [fixed_sequence.choose(*of, 0.02, DELTA) is not None for of in zip(sure, right, strict=True)]
            any_group += any(own)
            single += own
        shares = (together, any_group, single.max())
        row(f"{100 * wrong:g}", *(points(share / arguments.resamples) for share in shares))


def of_artifact(folder: Path, arguments: argparse.Namespace) -> None:
    """Print the table of methods for the calibration and test units of a finished artifact."""
    table = pq.read_table(folder / "units.parquet", filters=[("part", "in", ["calibration", "test"])])
    content = json.loads((folder / "calibration.json").read_text(encoding="utf-8"))
    confidence, right = (table.column(name).to_numpy(zero_copy_only=False) for name in ("confidence", "right"))
    print(f"{len(right)} units of {content['systems']}, {points(right.mean())} % right\n")
    sizes = (content["units"]["calibration"],)
    guarantee(confidence, right, [], sizes=sizes, resamples=arguments.resamples)
    print()
    head("risk %", *(score["score"] for score in content["scores"]))
    for alpha in content["scores"][0]["at_realised_risk"]:
        row(f"{100 * float(alpha):g}", *(points(score["at_realised_risk"][alpha]) for score in content["scores"]))


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", type=Path, help="a finished artifact of stage calibrate")
    parser.add_argument("--resamples", type=int, default=1000)
    parser.add_argument("--streams", type=int, default=1000, help="of later certificates, for the monitor")
    parser.add_argument("--length", type=int, default=5000, help="automated units of a stream")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--groups", action="store_true", help="the guarantee of each group, and that of the whole")
    arguments = parser.parse_args()
    if arguments.groups:
        groups(arguments)
    elif arguments.folder:
        of_artifact(arguments.folder, arguments)
    else:
        simulated(arguments)


if __name__ == "__main__":
    main()
