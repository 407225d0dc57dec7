"""Show a whole experiment on one page that opens offline."""

import csv
import io
from pathlib import Path
from typing import Any

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from alambic.inputs import Inputs
from alambic.report import plots
from alambic.report.compare import Difference, compare
from alambic.report.gather import Campaign, Row
from alambic.report.summary import millions, summarise
from alambic.report.template import PAGE
from alambic.settings import Report

COLUMNS = ("model", "task", "dataset", "split", "metric", "signature", "value", "low", "high", "seed")


def run(settings: Report, inputs: Inputs, output: Path) -> dict[str, Any]:
    """Write report.html, scores.csv and summary.txt; return how many scores and comparisons they hold."""
    campaign = Campaign(settings.items, inputs["artifacts"])
    confidence = max((item.manifest.settings["confidence"] for item in campaign.of("evaluate")), default=0.95)
    differences = compare(campaign, settings.compare, confidence=confidence)
    (output / "scores.csv").write_text(scores_table(campaign.rows), encoding="utf-8")
    (output / "summary.txt").write_text(summarise(campaign), encoding="utf-8")
    page = render(settings, campaign, differences, confidence=confidence)
    (output / "report.html").write_text(page, encoding="utf-8")
    return {"scores": len(campaign.rows), "comparisons": len(differences), "artifacts": len(campaign.items)}


def scores_table(rows: list[Row]) -> str:
    """Write every score as CSV, in the columns that scripts rely on."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows([getattr(row, column) for column in COLUMNS] for row in rows)
    return stream.getvalue()


def render(settings: Report, campaign: Campaign, differences: list[Difference], *, confidence: float) -> str:
    """Fill the page; a name that the template misses is an error, not a blank."""
    environment = Environment(autoescape=True, undefined=StrictUndefined)
    values = [row.value for row in campaign.summary.values()]
    best = {
        place: max((row.value for (_, at), row in campaign.summary.items() if at == place), default=0.0)
        for place in campaign.main_places
    }
    drawn = {
        "size_and_quality": Markup(plots.size_and_quality(campaign)) if values else "",
        "training_curves": Markup(plots.training_curves(campaign)),
        "fertility": Markup(plots.fertility(campaign)),
        "time_by_stage": Markup(plots.time_by_stage(campaign)),
    }
    return environment.from_string(PAGE).render(
        title=settings.title or settings.experiment,
        description=settings.description,
        experiment=settings.experiment,
        confidence=confidence,
        seeds=campaign.seeds,
        cards=cards(campaign),
        models=campaign.models,
        places=campaign.main_places,
        summary=campaign.summary,
        best=best,
        shade=plots.colours(campaign),
        millions=millions,
        differences=differences,
        tokenizers=[item for item in campaign.of("tokenizer") if item.facts.get("fertility")],
        corpora=campaign.of("clean"),
        teachers=campaign.of("fetch"),
        items=campaign.items,
        rows=campaign.rows,
        **drawn,
    )


def cards(campaign: Campaign) -> list[tuple[str, str]]:
    """Give the few figures that say what was done."""
    found = []
    teachers = [model for model in campaign.models if model.kind == "teacher"]
    for model in campaign.models:
        if model.kind == "student" and teachers:
            share = model.parameters / teachers[0].parameters
            found.append((f"{share:.0%}", f"of {teachers[0].name}'s parameters: {model.name}"))
            speed, base = model.facts.get("words_per_second"), teachers[0].facts.get("words_per_second")
            if speed and base:
                found.append((f"{speed / base:.1f} ×", f"{teachers[0].name}'s speed on one CPU thread"))
    words = sum(item.facts.get("train", {}).get("words", 0) for item in campaign.of("clean"))
    found.append((f"{words:,}", "words to learn from"))
    seconds = sum(float(item.manifest.run.get("seconds", 0)) for item in campaign.items)
    found.append((f"{seconds / 60:,.0f} min", "of work, all jobs together"))
    return found
