"""Command line: `python -m alambic STAGE ...` runs one stage; the other commands look at a whole experiment."""

import argparse
import logging
import os
import shlex
import signal
import sys
from collections.abc import Iterable
from pathlib import Path

from alambic.commands.embargo import add_embargo_command
from alambic.commands.storage.commands import add_storage_commands
from alambic.errors import UserError
from alambic.settings import STAGES


def main() -> None:
    """Run the command; a user's mistake ends in one line, a bug in a traceback."""
    arguments = parse()
    configure_logging()
    try:
        arguments.run(arguments)
    except UserError as error:
        logging.getLogger("alambic").error("%s", error)
        sys.exit(1)


def parse() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="alambic", description=__doc__)
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    for stage, section in STAGES.items():
        command = commands.add_parser(stage, help=section.__doc__)
        command.add_argument("--settings", required=True, metavar="JSON", help="the item's settings")
        command.add_argument("--inputs", nargs="*", default=[], metavar="ROLE=MANIFEST", help="artifacts to start from")
        command.add_argument("--output", required=True, type=Path, metavar="MANIFEST", help="manifest to write")
        command.add_argument("--launcher", default="", metavar="COMMAND", help="what starts the ranks of an attempt")
        command.add_argument(
            "--attempt", type=int, default=1, metavar="N", help="which of the workflow's tries this is"
        )
        command.add_argument("--unsupervised", action="store_true", help="compute in this very process, as one rank")
        command.set_defaults(run=run_stage, stage=stage)
    plan = commands.add_parser("plan", help="say what would run, and why, running nothing")
    plan.add_argument("experiment", help="a name under config/experiments, or a path")
    plan.set_defaults(run=show_plan)
    sizes = commands.add_parser("sizes", help="say how big each student is, before anything runs")
    sizes.add_argument("experiment", help="a name under config/experiments, or a path")
    sizes.set_defaults(run=show_sizes)
    adopt = commands.add_parser("adopt", help="declare that a change of the code changes no result")
    adopt.add_argument("experiment", help="a name under config/experiments, or a path")
    adopt.add_argument("--why", required=True, help="the reason, for the ledger")
    adopt.set_defaults(run=adopt_code)
    digest = commands.add_parser("digest", help="print the digest by which an experiment pins a local folder")
    digest.add_argument("folder", type=Path)
    digest.set_defaults(run=print_digest)
    publish = commands.add_parser("publish", help="put the report's files under results/")
    publish.add_argument("experiment", help="a name under config/experiments, a path, or JSON")
    publish.set_defaults(run=publish_results)
    track = commands.add_parser("track", help="bring an experiment's artifacts into MLflow")
    track.add_argument("experiment", help="a name under config/experiments, or a path")
    track.add_argument("--uri", default=None, help="MLflow tracking URI (default: sqlite in ./mlflow)")
    track.add_argument("--follow", action="store_true", help="go on with running jobs until interrupted")
    track.add_argument("--output", type=Path, default=None, help="file to write when all is tracked")
    track.set_defaults(run=track_experiment)
    doctor = commands.add_parser("doctor", help="check a site against its profile; say what to change")
    doctor.add_argument("--site", required=True, help="a name under profiles, such as slurm/jean-zay-h100, or a path")
    doctor.add_argument("--probe-jobs", action="store_true", help="submit a job of one minute on fetch's partition")
    doctor.add_argument("--probe-ranks", action="store_true", help="submit a short job of distill's size: it is billed")
    doctor.set_defaults(run=examine_site)
    add_embargo_command(commands)
    add_storage_commands(commands)
    return parser.parse_args()


def configure_logging() -> None:
    """Log to standard error; only rank 0 speaks below warnings."""
    rank = int(os.environ.get("RANK", os.environ.get("SLURM_PROCID", "0")))
    logging.basicConfig(
        level=logging.INFO if rank == 0 else logging.WARNING,
        format="%(asctime)s %(name)s: %(message)s",
        datefmt="%H:%M:%S",
        stream=sys.stderr,
    )
    for noisy in ("httpx", "urllib3", "DeepSpeed", "alembic", "fsspec", "matplotlib", "fontTools"):
        logging.getLogger(noisy).setLevel(logging.WARNING)


def run_stage(arguments: argparse.Namespace) -> None:
    """Make one artifact: start its processes and answer for how they end, or be one of them."""
    if arguments.unsupervised:
        from alambic.jobs.stage_run import run_rank

        run_rank(arguments.stage, arguments.settings, arguments.inputs, arguments.output)
        return
    from alambic.jobs.supervisor import supervise

    rank = [sys.executable, "-m", "alambic", arguments.stage, "--unsupervised", "--settings", arguments.settings]
    command = [*shlex.split(arguments.launcher), *rank, "--output", str(arguments.output)]
    command += ["--inputs", *arguments.inputs]
    stage = STAGES[arguments.stage]
    kind = {"network": stage.needs_network, "trains": stage.trains}
    sys.exit(supervise(command, arguments.output, attempt=arguments.attempt, **kind))


def show_plan(arguments: argparse.Namespace) -> None:
    """Print what would run, and why."""
    from alambic.commands.explain_plan import explain
    from alambic.settings.experiment_file import load_experiment

    print_lines(explain(load_experiment(arguments.experiment)))


def show_sizes(arguments: argparse.Namespace) -> None:
    """Print the students' sizes."""
    from alambic.commands.sizes import sizes
    from alambic.settings.experiment_file import load_experiment

    print_lines(sizes(load_experiment(arguments.experiment)))


def adopt_code(arguments: argparse.Namespace) -> None:
    """Record the current code as neutral."""
    from alambic.commands.explain_plan import adopt
    from alambic.settings.experiment_file import load_experiment

    print_lines(adopt(load_experiment(arguments.experiment), why=arguments.why))


def print_lines(lines: Iterable[str]) -> None:
    """Print lines; a reader who has seen enough, as `head` has, ends the command without a traceback."""
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    for line in lines:
        sys.stdout.write(line + "\n")


def print_digest(arguments: argparse.Namespace) -> None:
    """Print a folder's digest."""
    from alambic.data.downloads import folder_digest

    sys.stdout.write(folder_digest(arguments.folder) + "\n")


def publish_results(arguments: argparse.Namespace) -> None:
    """Put the report's files under results/."""
    from alambic.commands.publish import publish
    from alambic.settings.experiment_file import load_experiment

    publish(load_experiment(arguments.experiment))


def track_experiment(arguments: argparse.Namespace) -> None:
    """Bring an experiment's artifacts into MLflow."""
    from alambic.commands.tracking import track
    from alambic.settings.experiment_file import load_experiment

    track(load_experiment(arguments.experiment), uri=arguments.uri, follow=arguments.follow, output=arguments.output)


def examine_site(arguments: argparse.Namespace) -> None:
    """Print what was found, a line per check; the exit status is 1 where something is wrong."""
    from alambic.commands.doctor.examination import examine
    from alambic.commands.doctor.finding import Verdict

    signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # `doctor | head`
    healthy = True
    for finding in examine(arguments.site, probe_jobs=arguments.probe_jobs, probe_ranks=arguments.probe_ranks):
        healthy = healthy and finding.verdict is not Verdict.WRONG
        sys.stdout.write(f"{finding}\n")
        sys.stdout.flush()
    sys.exit(0 if healthy else 1)


if __name__ == "__main__":
    main()
