"""The text of a study's analysis that can stand in a paper, with the numbers of this study."""

from importlib.metadata import version
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from alambic.commands.study.analysis_words import WORDS, compared, condition_name, measure_name
from alambic.commands.study.page_of_analysis import number
from alambic.stages.report.number_format import count, interval, percent, probability, short
from alambic.stages.report.phrases import Phrase, listed
from alambic.studies.analysis import Analysis
from alambic.studies.measures import SENSITIVITY_SECONDS
from alambic.studies.results import Row

TEMPLATES = Path(__file__).parent / "templates"
FILES = {"en": "methods.md", "fr": "methods.fr.md"}
TOLD = ("accuracy", "over_reliance", "under_reliance", "time", "confirmation")  # what the results' sentences are about


def write_methods(analysis: Analysis, *, protocol: str, language: str) -> str:
    """Write the text in one language, as Markdown."""
    environment = Environment(loader=FileSystemLoader(TEMPLATES), undefined=StrictUndefined, keep_trailing_newline=True)
    trials, people, options = analysis.trials, analysis.people, analysis.options

    def said(text: Phrase | str) -> str:
        return text.plain(language) if isinstance(text, Phrase) else text

    conditions = listed([condition_name(each) for each in trials.conditions])
    advised = int(trials.advised.sum())
    return environment.get_template(FILES[language]).render(
        protocol=protocol,
        seen=len(people.included) + len(people.excluded),
        **{reason: people.excluded_for(reason) for reason in ("no_consent", "attention", "no_answers")},
        fewest=percent(people.fewest_passed),
        included=len(people.included),
        unfinished=people.unfinished,
        trials=count(len(trials)),
        items=len(trials.items),
        conditions=said(conditions).capitalize(),
        model_accuracy=percent(trials.strata.count("right") / len(trials.strata)) if trials.strata else "0",
        own_first=percent(float((trials.advised & ~trials.advice_first).sum()) / advised) if advised else "",
        delegated=int(trials.delegated.sum()),
        timed_out=int((trials.timed_out & (trials.final == "")).sum()),
        substitution=said(short(options.substitution_seconds)),
        sensitivity=", ".join(said(short(each)) for each in SENSITIVITY_SECONDS),
        confidence=said(short(100 * options.confidence)),
        resamples=count(options.resamples),
        tests=sum(row.corrected_p is not None for row in analysis.rows),
        results=[said(sentence) for sentence in results(analysis)],
        unestimable=sum(row.estimate is None for row in analysis.rows),
        rows=len(analysis.rows),
        **{name: version(name) for name in ("statsmodels", "numpy", "scipy")},
    )


def results(analysis: Analysis) -> list[Phrase]:
    """Say the contrasts of the main measures, one sentence each."""
    return [_sentence(row) for row in analysis.rows if row.contrast and row.measure in TOLD and row.p is not None]


def _sentence(row: Row) -> Phrase:
    words = WORDS["result_ratio" if row.measure == "time" else "result"]
    return words.format(
        measure=measure_name(row),
        comparison=compared(row),
        estimate=number(row.estimate),
        interval=interval(number(row.low), number(row.high)) if row.low is not None else "",
        p=probability(row.corrected_p),
    )
