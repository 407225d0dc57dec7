"""The command line of forecasts: `plan` with a site, and `confirm`, which `make run` gives before it starts."""

import argparse
import shlex
import sys
from typing import Any


def add_forecast_commands(commands: Any) -> None:
    """Add `plan` and `confirm`."""
    plan = commands.add_parser("plan", help="say what would run, why, and what it would take, running nothing")
    plan.add_argument("experiment", help="a name under config/experiments, or a path")
    _add_site(plan)
    plan.set_defaults(run=show_plan)
    confirm = commands.add_parser("confirm", help="ask before a run that takes more than the site's profile allows")
    confirm.add_argument("experiment", help="a name under config/experiments, or a path")
    confirm.add_argument("--yes", action="store_true", help="start it without asking, for scripts")
    _add_site(confirm)
    confirm.set_defaults(run=confirm_run)


def _add_site(command: argparse.ArgumentParser) -> None:
    command.add_argument("--site", default="", help="a name under profiles, or a path (default: local)")
    command.add_argument(
        "--options",
        default="",
        help="further options of Snakemake as the run has them, of which --set-threads, --cores and --jobs count: "
        '--options="--cores 4"',
    )


def show_plan(arguments: argparse.Namespace) -> None:
    """Print what would run, why, and what it would take."""
    from alambic.commands.explain_plan import explain, to_run
    from alambic.commands.forecast.before import site_of
    from alambic.commands.forecast.totals import forecast, shown
    from alambic.planning.plan import Plan
    from alambic.settings.experiment_file import load_experiment

    experiment = load_experiment(arguments.experiment)
    site = site_of(arguments.site, shlex.split(arguments.options))
    plan = Plan(experiment)
    missing = to_run(plan)
    for line in explain(plan, missing):
        sys.stdout.write(line + "\n")
    for line in shown(forecast(plan, site, missing)):
        sys.stdout.write(line + "\n")


def confirm_run(arguments: argparse.Namespace) -> None:
    """Ask where a run is above a limit."""
    from alambic.commands.forecast.before import confirm, site_of
    from alambic.planning.plan import Plan
    from alambic.settings.experiment_file import load_experiment

    site = site_of(arguments.site, shlex.split(arguments.options))
    confirm(Plan(load_experiment(arguments.experiment)), site, yes=arguments.yes)
