"""Command line: `python -m alambic STAGE ...` runs one stage; the other commands look at a whole experiment."""

import argparse
import io
import logging
import os
import shlex
import sys
import traceback
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import NoReturn

from alambic.commands.apply.arguments import add_apply_command
from alambic.commands.card import add_card_command
from alambic.commands.check.arguments import add_check_command
from alambic.commands.embargo import add_embargo_command
from alambic.commands.exercises.arguments import add_exercises_command
from alambic.commands.forecast.arguments import add_forecast_commands
from alambic.commands.judge.arguments import add_judge_command
from alambic.commands.monitor import add_monitor_command
from alambic.commands.new.arguments import add_new_command
from alambic.commands.push import add_push_command
from alambic.commands.serve.arguments import add_serve_command
from alambic.commands.storage.commands import add_storage_commands
from alambic.commands.study.arguments import add_study_command, is_stage
from alambic.commands.tracking.ui import add_ui_command
from alambic.errors import UserError, redacted
from alambic.runtime.caches import keep_caches_here


def main() -> None:
    """Run the command; a user's mistake ends in one line, a bug in a traceback."""
    arguments = None
    sys.excepthook = _show_without_secrets
    keep_caches_here()
    try:
        use_own_plugins()
        arguments = parse()
        configure_logging()
        for stream in (sys.stdout, sys.stderr):
            if isinstance(stream, io.TextIOWrapper):  # a terminal that knows no accents shows an escape
                stream.reconfigure(errors="backslashreplace")
        arguments.run(arguments)
        sys.stdout.flush()
    except UserError as error:
        end(error)
    except (OSError, KeyboardInterrupt) as error:
        if "--unsupervised" in sys.argv or (arguments is not None and "stage" in arguments):
            raise  # the supervisor, or the workflow, judges by how it ended
        end_early(error)


def use_own_plugins() -> None:
    """Take the plug-ins of the folder that the environment names, for commands that read no experiment."""
    from alambic import plugins

    if folder := os.environ.get(plugins.VARIABLE):
        plugins.use(Path(folder).expanduser().absolute())


def end_early(error: OSError | KeyboardInterrupt) -> NoReturn:
    """Say in a line what came in between: a user, a reader who has seen enough, a disk."""
    if isinstance(error, BrokenPipeError):  # as `head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    if isinstance(error, KeyboardInterrupt):
        end("interrupted")
    if error.strerror is None:
        raise error
    end(f"{error.filename}: {error.strerror}" if error.filename else error.strerror)


def end(message: object) -> NoReturn:
    """Say in a line why the command ends."""
    logging.getLogger("alambic").error("%s", message)
    sys.exit(1)


def _show_without_secrets(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    sys.stderr.write(redacted("".join(traceback.format_exception(kind, error, trace))))


def parse() -> argparse.Namespace:
    """Read the command line."""
    from alambic.settings import STAGES  # what takes a second to import can be interrupted

    parser = argparse.ArgumentParser(prog="alambic", description=__doc__)
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    for stage, section in STAGES.items():
        if stage == "study" and not is_stage(sys.argv):
            add_study_command(commands)
            continue
        command = commands.add_parser(stage, help=section.__doc__)
        source = command.add_mutually_exclusive_group(required=True)
        source.add_argument("--plan", type=Path, metavar="FILE", help="what a head process planned: settings, inputs")
        source.add_argument("--settings", metavar="FILE|JSON", help="the item's settings, as JSON")
        command.add_argument("--inputs", nargs="*", default=[], metavar="ROLE=MANIFEST", help="artifacts to start from")
        command.add_argument("--output", required=True, type=Path, metavar="MANIFEST", help="manifest to write")
        command.add_argument("--launcher", default="", metavar="COMMAND", help="what starts the ranks of an attempt")
        command.add_argument(
            "--attempt", type=int, default=1, metavar="N", help="which of the workflow's tries this is"
        )
        command.add_argument("--unsupervised", action="store_true", help="compute in this very process, as one rank")
        command.set_defaults(run=run_stage, stage=stage)
    add_forecast_commands(commands)
    sizes = commands.add_parser("sizes", help="say how big each student is, before anything runs")
    sizes.add_argument("experiment", help="a name under config/experiments, or a path")
    sizes.set_defaults(run=show_sizes)
    lock = commands.add_parser("lock", help="look up the commits and digests that an experiment leaves open")
    lock.add_argument("experiment", help="a name under config/experiments, or a path")
    lock.add_argument("--update", nargs="+", default=[], metavar="ITEM", help="items to look up anew, or `all`")
    lock.set_defaults(run=lock_experiment)
    adopt = commands.add_parser("adopt", help="declare that a change of the code changes no result")
    adopt.add_argument("experiment", help="a name under config/experiments, or a path")
    adopt.add_argument("--why", required=True, help="the reason, for the ledger")
    adopt.set_defaults(run=adopt_code)
    digest = commands.add_parser("digest", help="print the digest by which an experiment pins a local folder")
    digest.add_argument("folder", type=Path)
    digest.set_defaults(run=print_digest)
    schema = commands.add_parser("schema", help="print the JSON Schema of an experiment, for editors")
    schema.set_defaults(run=print_schema)
    add_new_command(commands)
    add_check_command(commands)
    add_apply_command(commands)
    add_serve_command(commands)
    add_exercises_command(commands)
    add_judge_command(commands)
    add_push_command(commands)
    add_card_command(commands)
    add_monitor_command(commands)
    publish = commands.add_parser("publish", help="put the report's files under results/")
    publish.add_argument("experiment", help="a name under config/experiments, a path, or JSON")
    publish.set_defaults(run=publish_results)
    track = commands.add_parser("track", help="bring an experiment's artifacts into MLflow")
    track.add_argument("experiment", help="a name under config/experiments, or a path")
    track.add_argument("--uri", default=None, help="MLflow tracking URI (default: sqlite in ./mlflow)")
    track.add_argument("--follow", action="store_true", help="go on with running jobs until interrupted")
    track.add_argument("--output", type=Path, default=None, help="file to write when all is tracked")
    track.set_defaults(run=track_experiment)
    add_ui_command(commands)
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
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_WithoutSecrets("%(asctime)s %(name)s: %(message)s", "%H:%M:%S"))
    logging.basicConfig(level=logging.INFO if rank == 0 else logging.WARNING, handlers=[handler])
    for noisy in ("httpx", "urllib3", "DeepSpeed", "alembic", "fsspec", "matplotlib", "fontTools"):
        logging.getLogger(noisy).setLevel(logging.WARNING)


class _WithoutSecrets(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        return str(redacted(super().format(record)))


def run_stage(arguments: argparse.Namespace) -> None:
    """Make one artifact: start its processes and answer for how they end, or be one of them."""
    settings, inputs = _settings_and_inputs(arguments)
    if arguments.unsupervised:
        from alambic.jobs.stage_run import run_rank

        run_rank(arguments.stage, settings, inputs, arguments.output)
        return
    from alambic.jobs.supervisor import supervise
    from alambic.settings import STAGES

    command = [*shlex.split(arguments.launcher), sys.executable, "-m", "alambic", arguments.stage, "--unsupervised"]
    if arguments.plan is not None:
        command += ["--plan", str(arguments.plan), "--output", str(arguments.output)]
    else:
        command += ["--settings", arguments.settings, "--output", str(arguments.output), "--inputs", *inputs]
    stage = STAGES[arguments.stage]
    kind = {"network": stage.needs_network, "trains": stage.trains, "light": stage.light}
    sys.exit(supervise(command, arguments.output, inputs=inputs, attempt=arguments.attempt, **kind))


def _settings_and_inputs(arguments: argparse.Namespace) -> tuple[str, list[str]]:
    from alambic.jobs.plan_file import read_job

    if arguments.plan is not None:
        return read_job(arguments.plan, arguments.output)
    settings = arguments.settings
    try:
        return settings if settings.lstrip().startswith("{") else Path(settings).read_text("utf-8"), arguments.inputs
    except (OSError, ValueError) as error:
        raise UserError(f"--settings {settings[:200]}: expected JSON, or a file with it ({error})") from error


def show_sizes(arguments: argparse.Namespace) -> None:
    """Print the students' sizes."""
    from alambic.commands.sizes import sizes
    from alambic.settings.experiment_file import load_experiment

    print_lines(sizes(load_experiment(arguments.experiment)))


def lock_experiment(arguments: argparse.Namespace) -> None:
    """Write the lock of an experiment."""
    from alambic.commands.lock import lock

    print_lines(lock(arguments.experiment, update=arguments.update))


def adopt_code(arguments: argparse.Namespace) -> None:
    """Record the current code as neutral."""
    from alambic.commands.explain_plan import adopt
    from alambic.settings.experiment_file import load_experiment

    print_lines(adopt(load_experiment(arguments.experiment), why=arguments.why))


def print_lines(lines: Iterable[str]) -> None:
    """Print lines as they come."""
    for line in lines:
        sys.stdout.write(line + "\n")


def print_digest(arguments: argparse.Namespace) -> None:
    """Print a folder's digest; of a model's folder, that of the model's files."""
    from alambic.data.local_data import folder_digest
    from alambic.data.model_files import is_model, model_digest

    digest = model_digest if is_model(arguments.folder) else folder_digest
    sys.stdout.write(digest(arguments.folder) + "\n")


def print_schema(arguments: argparse.Namespace) -> None:
    """Print the schema of an experiment."""
    from alambic.settings.schema import schema_text

    sys.stdout.write(schema_text())


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

    healthy = True
    for finding in examine(arguments.site, probe_jobs=arguments.probe_jobs, probe_ranks=arguments.probe_ranks):
        healthy = healthy and finding.verdict is not Verdict.WRONG
        sys.stdout.write(f"{finding}\n")
        sys.stdout.flush()
    sys.exit(0 if healthy else 1)


if __name__ == "__main__":
    main()
