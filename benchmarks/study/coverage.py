"""How often the intervals of a study's analysis hold the truth, and how often a null effect is called an effect.

    python benchmarks/study/coverage.py --studies 200

draws as many studies from each of some populations whose true values are computed by quadrature, analyses each as the
command `study analyse` does, and prints, of each measure, the mean estimate beside the truth and the share of 95 %
intervals that hold it; of each contrast without a true effect, the share of studies that call it none (p >= 0.05).

    python benchmarks/study/coverage.py --models --studies 200

prints how often mixed models and mediation call an effect none where there is none.
"""

import argparse
from collections import defaultdict
from dataclasses import dataclass, field

import numpy as np
from scipy.stats import binom

from alambic.studies.analysis import analyse
from alambic.studies.exclusions import decide_who_counts
from alambic.studies.modelled import rows_of_mediation, rows_of_mixed_models
from alambic.studies.participants import Discerning, FollowBlindly, FollowExplanations, IgnoreAdvice
from alambic.studies.population import Population, true_values
from alambic.studies.results import Options
from alambic.studies.simulated import Design, simulate
from alambic.studies.trials import make_trials

CONDITIONS = ("alone", "advice", "explanation:lime", "false_explanation")
NULL = Discerning({"": 0.6}, {"": 0.4})
HELPS = Discerning({"": 0.6, "explanation:lime": 0.8}, {"": 0.4, "explanation:lime": 0.2, "false_explanation": 0.7})
POPULATIONS = {
    "no effect": Population([NULL]),
    "people and items alike": Population([NULL], people_spread=0, item_spread=0, reliance_spread=0),
    "explanations help": Population([HELPS], slower={"explanation:lime": 1.3}),
    "follow explanations": Population([FollowExplanations(0.8, 0.4)], noise=0.1),
    "half ignore, half follow": Population([IgnoreAdvice(), FollowBlindly()], noise=0.1),
}
MEASURES = ("accuracy", "own_accuracy", "rair", "rsr", "time", "under_reliance", "over_reliance")
LEVEL = 0.05


@dataclass
class Seen:
    """What the studies of one population gave for one measure or contrast."""

    truth: float
    estimates: list[float] = field(default_factory=list)
    holds: list[bool] = field(default_factory=list)
    called: list[bool] = field(default_factory=list)  # an effect, at 5 %
    without: int = 0  # studies without an interval

    def add(self, estimate: float | None, low: float | None, high: float | None, p: float | None) -> None:
        """Take one study."""
        if estimate is None or low is None or high is None:
            self.without += 1
            return
        self.estimates.append(estimate)
        self.holds.append(low <= self.truth <= high)
        if p is not None:
            self.called.append(p < LEVEL)


def try_population(
    name: str, design: Design, *, studies: int, resamples: int, seed: int = 0
) -> dict[tuple[str, str, str], Seen]:
    """Analyse many studies of one population."""
    population = POPULATIONS[name]
    truths = {each: true_values(population, each, wrong_share=design.wrong_share) for each in CONDITIONS}
    seen: dict[tuple[str, str, str], Seen] = {}
    for study in range(studies):
        made = simulate(design, population, seed=[seed, study])
        found = analyse(made.tables, made.items, Options(resamples=resamples, only=MEASURES))
        for row in found.rows:
            key = row.measure, row.condition, row.contrast
            truth = truths.get(row.condition, {}).get(row.measure)
            if row.measure in ("under_reliance", "over_reliance") and not row.contrast:
                continue  # 1 less RAIR and RSR
            other = truths.get(row.contrast, {}).get(row.measure) if row.contrast else None
            if truth is None or (row.contrast and other is None):
                continue
            if other is not None:
                truth = truth / other if row.measure == "time" else truth - other
            seen.setdefault(key, Seen(truth)).add(row.estimate, row.low, row.high, row.p)
    return seen


def null_effects(seen: dict[tuple[str, str, str], Seen]) -> dict[tuple[str, str, str], Seen]:
    """Choose the contrasts whose true effect is none."""
    return {
        key: each for key, each in seen.items() if key[2] and abs(each.truth - (1 if key[0] == "time" else 0)) < 1e-9
    }


def print_models(arguments: argparse.Namespace) -> None:
    """Print how often the models call a null effect none, and how often they give nothing."""
    print("| people | row | contrast | found none | without |\n|" + "---|" * 5)
    for people in arguments.people:
        seen: dict[tuple[str, str], list[float | None]] = defaultdict(list)
        for study in range(arguments.studies):
            made = simulate(Design(people, arguments.items, CONDITIONS), POPULATIONS["no effect"], seed=[0, study])
            found = decide_who_counts(made.tables, made.items)
            trials = make_trials(made.tables, made.items, included=found.included)
            for row in (*rows_of_mixed_models(trials, Options()), *rows_of_mediation(trials, made.tables, Options())):
                if "alone" not in (row.condition, row.contrast) and not row.measure.startswith("not_mediated"):
                    seen[row.measure, f"{row.condition} against {row.contrast}"].append(row.p)
        for (measure, contrast), values in seen.items():
            tested = [p for p in values if p is not None]
            none = 100 * np.mean([p >= LEVEL for p in tested])
            print(f"| {people} | {measure} | {contrast} | {none:.1f} % | {len(values) - len(tested)} |", flush=True)


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--studies", type=int, default=200)
    parser.add_argument("--people", type=int, nargs="+", default=[12, 24])
    parser.add_argument("--items", type=int, default=40)
    parser.add_argument("--resamples", type=int, default=1000)
    parser.add_argument("--models", action="store_true", help="mixed models and mediation instead of the bootstrap")
    arguments = parser.parse_args()
    if arguments.models:
        print_models(arguments)
        return
    fewest = binom.ppf(0.025, arguments.studies, 0.95) / arguments.studies
    print(f"{arguments.studies} studies a row; of 95 % as few as {100 * fewest:.1f} % are seen by chance (binomial).\n")
    print(
        "| population | people | measure | values | covered: mean | worst | largest bias "
        "| null effects: found none | worst |"
    )
    print("|" + "---|" * 9)
    for people in arguments.people:
        design = Design(people, arguments.items, CONDITIONS)
        for name in POPULATIONS:
            seen = try_population(name, design, studies=arguments.studies, resamples=arguments.resamples)
            by_measure: dict[tuple[str, str], list[tuple[tuple[str, str, str], Seen]]] = defaultdict(list)
            for key, each in seen.items():
                by_measure[key[0], "contrast" if key[2] else ""].append((key, each))
            nulls = null_effects(seen)
            for (measure, kind), rows in by_measure.items():
                covered = [np.mean(each.holds) for _, each in rows if each.holds]
                bias = max(abs(np.mean(each.estimates) - each.truth) for _, each in rows if each.estimates)
                none = [1 - np.mean(each.called) for key, each in rows if key in nulls and each.called]
                cells = [name, people, f"{measure} {kind}".strip(), len(rows)]
                cells += [f"{100 * np.mean(covered):.1f} %", f"{100 * min(covered):.1f} %", f"{bias:.3f}"]
                cells += [f"{100 * np.mean(none):.1f} %", f"{100 * min(none):.1f} %"] if none else ["", ""]
                print("|", " | ".join(map(str, cells)), "|", flush=True)
            if without := sum(each.without for each in seen.values()):
                print(f"({name}, {people} people: {without} intervals could not be given)", flush=True)


if __name__ == "__main__":
    main()
