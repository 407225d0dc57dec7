"""Drawings side by side, with a legend of the models in them."""

from collections.abc import Sequence

from markupsafe import Markup, escape

from alambic.stages.report.charts.panel import Panel
from alambic.stages.report.models import Model
from alambic.stages.report.phrases import Phrase


def figure(panels: Sequence[Panel], *, label: Phrase | str, models: Sequence[Model] = ()) -> Markup:
    """Write some drawings as many in a row as there is room for; empty where there are none."""
    if not panels:
        return Markup("")
    drawings = "".join(panel.svg(label) for panel in panels)
    return Markup(f'{legend(models)}<div class="panels">{drawings}</div>')


def legend(models: Sequence[Model]) -> str:
    """Say which mark and dash is whose."""
    if not models:
        return ""
    items = "".join(
        f'<li data-model="{escape(model.name)}">{_sample(model)}{escape(model.name)}</li>' for model in models
    )
    return f'<ul class="legend">{items}</ul>'


def _sample(model: Model) -> str:
    dash = f' stroke-dasharray="{model.dash}"' if model.dash else ""
    return (
        f'<svg class="sample" viewBox="-15 -6 30 12" aria-hidden="true"><path d="M-15,0H15" stroke="{model.colour}" '
        f'stroke-width="1.8"{dash}/><path d="{model.shape}" fill="{model.fill}" stroke="{model.colour}"/></svg>'
    )
