"""The few lines that the command prints at its end."""

from alambic.report.gather import Campaign

MODEL, SCORE = 26, 24


def summarise(campaign: Campaign) -> str:
    """Write a table of fixed width: models by task, with intervals, sizes and speed."""
    lines = []
    header = f"{'model':<{MODEL}}{'parameters':>12}{'words/s':>10}"
    for task in dict.fromkeys(place[0] for place in campaign.main_places):
        places = [place for place in campaign.main_places if place[0] == task]
        lines.append(f"{task} ({places[0][2]})")
        lines.append(header + "".join(f"{place[1]:>{SCORE}}" for place in places))
        for model in campaign.models:
            rows = [campaign.summary.get((model.name, place)) for place in places]
            if not any(rows):
                continue
            cells = [f"{row.value:.3f} [{row.low:.3f}, {row.high:.3f}]" if row else "" for row in rows]
            speed = model.facts.get("words_per_second")
            lines.append(
                f"{f'{model.name} ({model.kind})':<{MODEL}}"
                f"{millions(model.parameters):>12}{f'{speed:,.0f}' if speed else '':>10}"
                + "".join(f"{cell:>{SCORE}}" for cell in cells)
            )
        lines.append("")
    return "\n".join(lines)


def millions(count: int) -> str:
    """Write a number of parameters, such as 13.8 M."""
    return f"{count / 1e6:,.1f} M" if count else "none"
