"""The report: one page that holds all it shows and opens anywhere, offline, for years.

Jinja2 writes it from the sections, which are plug-ins: a module that gathers what is shown, a template, and the words
in each language. Everything can be read without the script, which adds filters and shows values where one points.
"""

from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from alambic import plugins
from alambic.stages.report import number_format
from alambic.stages.report.phrases import LANGUAGES, Phrase, section_words
from alambic.stages.report.report_data import ReportData

TEMPLATES = Path(__file__).parent / "templates"
OWN_TEMPLATES = Path("stages/report/templates")  # in a user's own folder of plug-ins
FORMATS = ("count", "times", "size", "duration", "value", "signed", "probability", "readable", "percent")


@dataclass(frozen=True)
class Section:
    """A section as it stands on the page."""

    name: str
    title: Phrase
    content: Markup


def render(report: ReportData, *, title: str) -> str:
    """Write the whole page as HTML."""
    environment = _environment()
    common = section_words("common")
    shared = {"report": report, "models": report.models, "common": common}
    sections = [section for name in report.settings.sections if (section := _section(name, environment, shared))]
    page = environment.get_template("page.html").render(
        **shared,
        title=title,
        sections=sections,
        languages=LANGUAGES,
        style=Markup(_text("page.css")),
        script=Markup(_text("page.js")),
        words=section_words("page"),
    )
    return page + "\n"


def _section(name: str, environment: Environment, shared: dict[str, Any]) -> Section | None:
    """Render one section; None where it has nothing to show."""
    context = import_module(f"alambic.stages.report.sections.{name}").section(shared["report"])
    if context is None:
        return None
    words = section_words(name)
    content = environment.get_template(f"sections/{name}.html").render(**shared, words=words, **context)
    return Section(name, words["title"], Markup(content))


def _environment() -> Environment:
    """Find templates among ours and those of users' own folders; a name that is not there is an error."""
    folders = [TEMPLATES, *(own / OWN_TEMPLATES for own in plugins.OWN)]
    environment = Environment(
        loader=FileSystemLoader(folders),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update({name: getattr(number_format, name) for name in FORMATS})
    environment.globals["interval"] = number_format.interval
    return environment


def _text(name: str) -> str:
    return (TEMPLATES / name).read_text(encoding="utf-8")
