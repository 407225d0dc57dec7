"""Write the README's table of results and its claims from a finished run, so that nobody types a figure.

python scripts/results_table.py results/demo [OTHER/results/demo ...] [--into README.md] [--show scores]

The figures are those of the first folder. A claim is a comparison of the report with the same outcome in all of them:
further folders are runs on other machines, and what they do not repeat is not printed. With `--into`, the lines between
the two marks of the file are replaced. `--show` names what is written: `scores` (the table and the claims), `transfer`
(scores by the share of the training data), `automation` (what a machine may answer alone).
"""

import argparse
import csv
import json
import re
import textwrap
from collections.abc import Sequence
from pathlib import Path

BEGIN, END = "<!-- results: begin -->", "<!-- results: end -->"
LEVEL = 0.05  # of significance, after Holm's correction
MOST = 3  # measures: a wider table cannot be read in a terminal
WIDTH = 118

Row = dict[str, str]
Measure = tuple[str, str, str]  # task, dataset, metric


def rows(folder: Path, name: str) -> list[Row]:
    """Read a table of the report."""
    with (folder / name).open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def measure_of(row: Row) -> Measure:
    """Give what a row is about."""
    return row["task"], row["dataset"], row["metric"]


def measures_of(folder: Path) -> list[Measure]:
    """List the first metric of each set of test texts, in the order of the report."""
    first: dict[tuple[str, str], Measure] = {}
    for row in rows(folder, "scores.csv"):
        first.setdefault((row["task"], row["dataset"]), measure_of(row))
    return list(first.values())[:MOST]


def table(folder: Path) -> list[str]:
    """Lay out a row per model: its speed on the task with the longest texts, and its scores over all seeds."""
    scored = [row for row in rows(folder, "scores.csv") if row["seed"] == "all"]
    measures = measures_of(folder)
    values = {(row["model"], measure_of(row)): row for row in scored}
    models: dict[str, Row] = {}
    for row in rows(folder, "models.csv"):
        models.setdefault(row["model"], row)
    header = ["model", "parameters", "words/s", *(_title(measure, scored) for measure in measures)]
    lines = [header, ["---"] * len(header)]
    for name, model in models.items():
        scores = [_score(values.get((name, measure))) for measure in measures]
        if any(scores):
            lines.append([name, _size(model["parameters"]), _speed(model), *scores])
    return [f"| {' | '.join(cells)} |" for cells in lines]


def how(folder: Path) -> str:
    """Say on which commit and processor, and how speed was measured."""
    timed = [row for row in rows(folder, "models.csv") if row["cpu"]]
    told = conditions(folder)
    if timed:
        first = timed[0]
        told += f" Words per second of processor time, {first['threads']} thread, {first['task']}: median and quartiles"
        told += f" of {first['rounds']} rounds in turn."
    metrics = dict.fromkeys(f"{metric} on {task}".replace("_", " ") for task, _, metric in measures_of(folder))
    return f"{told} Scores are {', '.join(metrics)}, with 95 % bootstrap intervals over test texts and seeds."


def claims(folders: list[Path]) -> list[str]:
    """List what all runs agree on, an item per pair of models."""
    runs = []
    for folder in folders:
        compared = rows(folder, "comparisons.csv")
        runs.append({(row["first"], row["second"], measure_of(row)): row for row in compared})
    shown = measures_of(folders[0])
    by_pair: dict[tuple[str, str], dict[str, list[str]]] = {}
    for (first, second, measure), row in runs[0].items():
        outcomes = {_outcome(run.get((first, second, measure))) for run in runs}
        if measure in shown and len(outcomes) == 1 and (outcome := outcomes.pop()):
            place = ", ".join(measure[:2]).replace("_", " ") + _difference(row, outcome)
            by_pair.setdefault((first, second), {}).setdefault(outcome, []).append(place)
    lines = []
    for (first, second), found in by_pair.items():
        parts = [f"{outcome} on {'; '.join(places)}" for outcome, places in found.items()]
        lines.append(f"- {first} against {second}: {'. '.join(parts)}.")
    return lines


def _outcome(row: Row | None) -> str:
    if row is None or row["refused"] or not row["corrected_p"]:
        return ""
    if float(row["corrected_p"]) >= LEVEL:
        return "no difference shown"
    return "better" if float(row["difference"]) > 0 else "worse"


def _difference(row: Row, outcome: str) -> str:
    if outcome not in ("better", "worse"):
        return ""
    return f" ({float(row['difference']):+.3f}, corrected p {float(row['corrected_p']):.3f})"


def _title(measure: Measure, scored: list[Row]) -> str:
    silver = any(measure_of(row) == measure and "annotation=silver" in row["signature"] for row in scored)
    title = f"{measure[0]}, {measure[1]}".replace("_", " ")
    return f"{title} (silver)" if silver and "silver" not in title else title


def _size(parameters: str) -> str:
    return f"{int(parameters) / 1e6:.1f} M" if parameters else "-"


def _speed(model: Row) -> str:
    if model["withheld"]:
        return "withheld"
    if not model["words_per_second"]:
        return ""
    median, low, high = (_rounded(model[name]) for name in ("words_per_second", "low", "high"))
    return f"{median} ({low}-{high})"


def _rounded(number: str) -> str:
    """Keep three digits: 2818.4 -> 2,820."""
    return f"{float(f'{float(number):.3g}'):,.0f}"


def _score(row: Row | None) -> str:
    return f"{float(row['value']):.3f} [{float(row['low']):.3f}, {float(row['high']):.3f}]" if row else ""


def transfer(folder: Path) -> list[str]:
    """Lay out, for each test set, a row per model and a column per share; below a score, what is gained."""
    found = rows(folder, "transfer.csv")
    lines: list[str] = []
    for dataset, metric in dict.fromkeys((row["dataset"], row["metric"]) for row in found):
        of = [row for row in found if (row["dataset"], row["metric"]) == (dataset, metric)]
        texts = {row["share"]: row["texts"] for row in of}
        values = {(row["model"], row["share"]): row for row in of}
        header = ["model", "begins with", *(f"{_percent(share)}, {texts[share]} texts" for share in texts)]
        begins = {row["model"]: row["begins_with"] for row in of}
        cells = [[name, start, *(_gained(values[name, share]) for share in texts)] for name, start in begins.items()]
        title = f"{metric} on {dataset}, by the share of the training data".replace("_", " ")
        lines += ["", f"{title}:", "", *_laid_out(header, cells)]
    if any(row["corrected_p"] for row in found):
        note = (
            "After each score its 95 % interval, then the paired difference from the same kind of model that begins "
            "from scratch; * marks those with p below 0.05 after Holm's correction."
        )
        lines += ["", *textwrap.wrap(note, WIDTH)]
    return lines[1:]


def automation(folder: Path) -> list[str]:
    """Lay out a row per calibration and risk."""
    header = ["answers", "agreement of", "risk", "automated", "wrong among them", "hours saved per 1,000", "exceeded"]
    header += ["without a guarantee"]
    found = rows(folder, "automation.csv")
    cells = [
        [
            row["system"],
            row["others"].replace(" ", ", ") or "-",
            _percent(row["allowed_risk"]),
            _percent(row["automated"]),
            f"{_percent(row['wrong'])} (at most {_percent(row['wrong_upper'])})" if row["wrong"] else "-",
            f"{float(row['hours_per_1000']):.1f}",
            _percent(row["exceeded"]),
            _percent(row["plain_exceeded"]),
        ]
        for row in found
    ]
    if not found:
        return []
    note = (
        f"What may be automated, on {found[0]['test_units']} test units, calibrated on "
        f"{found[0]['calibration_units']}; the last two columns tell how often the risk is exceeded over many "
        "calibrations, and how often without a guarantee."
    )
    return [*textwrap.wrap(note, WIDTH), "", *_laid_out(header, cells)]


def _laid_out(header: list[str], cells: list[list[str]]) -> list[str]:
    return [f"| {' | '.join(row)} |" for row in [header, ["---"] * len(header), *cells]]


def _gained(row: Row) -> str:
    shown = _score(row)
    if not row["difference"]:
        return shown
    star = "*" if row["corrected_p"] and float(row["corrected_p"]) < LEVEL else ""
    return f"{shown} {float(row['difference']):+.3f}{star}"


def _percent(share: str) -> str:
    return f"{100 * float(share):.3g} %" if share else "-"


def conditions(folder: Path) -> str:
    """Say on which commit and processor an experiment ran, and by which command."""
    timed = [row for row in rows(folder, "models.csv") if row["cpu"]] or _trained(folder)
    commits = ", ".join(f"`{commit[:8]}`" for commit in sorted({row["commit"] for row in timed if row["commit"]}))
    processors = ", ".join(sorted({row["cpu"] for row in timed}))
    command = "make demo" if folder.name == "demo" else f"make run EXPERIMENT={folder.name}"
    return f"Commit {commits or 'not recorded'}, {processors or 'processor not recorded'}, `{command}`."


def _trained(folder: Path) -> list[Row]:
    """Read commit and processor of the fine-tuned models, where no speed was measured and the artifacts are there."""
    made = json.loads((folder / "artifacts.json").read_text())
    paths = [
        folder.parent.parent / path / "manifest.json" for name, path in made.items() if name.startswith("finetune/")
    ]
    runs = [json.loads(path.read_text())["run"] for path in paths if path.is_file()]
    return [{"commit": run["commit"] or "", "cpu": run["device"]} for run in runs]


def block(folders: list[Path], show: Sequence[str] = ("scores",)) -> str:
    """Join all that stands between the marks; of further folders only the claims are read."""
    parts = {"transfer": transfer, "automation": automation}
    lines = [] if "scores" in show else [conditions(folders[0])]
    for name in show:
        lines += ["" for _ in lines[:1]]
        lines += _of_scores(folders) if name == "scores" else parts[name](folders[0])
    return "\n".join(lines)


def _of_scores(folders: list[Path]) -> list[str]:
    lines = [*textwrap.wrap(how(folders[0]), WIDTH), "", *table(folders[0])]
    if agreed := claims(folders):
        runs = f", alike in {len(folders)} runs on different machines" if len(folders) > 1 else ""
        lines += ["", *textwrap.wrap(f"What the paired tests show (Holm's correction, 0.05){runs}:", WIDTH), ""]
        for claim in agreed:
            lines += textwrap.wrap(claim, WIDTH, subsequent_indent="  ", break_on_hyphens=False)
    return lines


def insert(page: str, content: str) -> str:
    """Replace what stands between the marks of a page."""
    pattern = re.compile(f"{re.escape(BEGIN)}.*?{re.escape(END)}", re.DOTALL)
    if len(pattern.findall(page)) != 1:
        raise SystemExit(f"the page must have {BEGIN} and {END} once")
    return pattern.sub(lambda _: f"{BEGIN}\n{content}\n{END}", page)


def main() -> None:
    """Print the block, or put it into a page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("results", nargs="+", type=Path)
    parser.add_argument("--into", type=Path)
    parser.add_argument("--show", nargs="+", choices=("scores", "transfer", "automation"), default=["scores"])
    arguments = parser.parse_args()
    content = block(arguments.results, arguments.show)
    if arguments.into is None:
        print(content)  # noqa: T201
    else:
        arguments.into.write_text(insert(arguments.into.read_text(encoding="utf-8"), content), encoding="utf-8")


if __name__ == "__main__":
    main()
