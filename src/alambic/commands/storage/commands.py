"""The commands that free space, prune, archive and restore, and the one that checks what is there, verify."""

import argparse
import signal
import sys
from pathlib import Path
from typing import Any


def add_storage_commands(commands: Any) -> None:
    """Add the commands that free space, and the one that checks."""
    prune = commands.add_parser(
        "prune",
        help="list, and remove when asked, what no experiment refers to and what work left behind",
        description="An experiment refers to the artifacts that its settings and today's code give. Those of other "
        "code count as unused, and so do those of experiments that are neither named nor in config/experiments. "
        "Only ./artifacts and ./.snakemake are looked at: for another results directory, run this there.",
    )
    everything = (
        "all that count, those outside the repository too (default: config/experiments/*.yaml and nothing else)"
    )
    prune.add_argument("experiments", nargs="*", metavar="EXPERIMENT", help=everything)
    prune.add_argument("--delete", action="store_true", help="remove what is listed as such")
    prune.set_defaults(run=prune_artifacts)
    names = "an experiment's name or path, or an artifact's folder"
    archive = commands.add_parser(
        "archive", help="move large files of finished artifacts to an archive, a tar for each"
    )
    archive.add_argument("names", nargs="+", metavar="EXPERIMENT|FOLDER", help=names)
    archive.add_argument("--to", required=True, type=Path, metavar="FOLDER", help="the archive")
    archive.set_defaults(run=archive_artifacts)
    restore = commands.add_parser("restore", help="bring archived artifacts back")
    restore.add_argument("names", nargs="+", metavar="EXPERIMENT|FOLDER", help=names)
    restore.add_argument("--from", type=Path, metavar="FOLDER", dest="source", help="where the archive was moved to")
    restore.set_defaults(run=restore_artifacts)
    verify = commands.add_parser("verify", help="check finished artifacts to the last byte")
    verify.add_argument("names", nargs="*", metavar="EXPERIMENT|FOLDER", help=f"{names} (default: ./artifacts)")
    verify.add_argument("--repair", action="store_true", help="set damaged ones aside: the next run makes them anew")
    verify.set_defaults(run=verify_artifacts)


def prune_artifacts(arguments: argparse.Namespace) -> None:
    """List what takes space for nothing; remove it if asked."""
    from alambic.commands.storage.folders import DiskUsage
    from alambic.commands.storage.prune import list_leftovers, remove

    signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # a reader who has seen enough, as `head` has
    leftovers = list_leftovers(arguments.experiments)
    removable, total = [leftover for leftover in leftovers if leftover.removable], DiskUsage()
    for leftover in leftovers:
        sys.stdout.write(f"{leftover}\n")
    if not arguments.delete:
        total = sum((leftover.usage for leftover in removable), total)
        sys.stdout.write(
            f"{total} could go: the same command with --delete removes it\n" if removable else "nothing to remove\n"
        )
        return
    for leftover in removable:
        total += leftover.usage if remove(leftover) else DiskUsage()
    sys.stdout.write(f"{total} removed\n")


def archive_artifacts(arguments: argparse.Namespace) -> None:
    """Move artifacts to an archive."""
    from alambic.commands.storage.archive import archive
    from alambic.commands.storage.targets import to_archive

    freed = sum(archive(folder, arguments.to) for name in arguments.names for folder in to_archive(name))
    sys.stdout.write(f"{freed / 1e6:,.1f} MB moved to {arguments.to}\n")


def restore_artifacts(arguments: argparse.Namespace) -> None:
    """Bring artifacts back from their archive."""
    from alambic.commands.storage.restore import restore
    from alambic.commands.storage.targets import to_restore

    restored = sum(restore(folder, source=arguments.source) for name in arguments.names for folder in to_restore(name))
    sys.stdout.write(f"{restored / 1e6:,.1f} MB restored\n")


def verify_artifacts(arguments: argparse.Namespace) -> None:
    """Print what is damaged; the exit status is 1 where anything is."""
    from alambic.commands.storage.verify import folders_of, verify

    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    folders, damaged = folders_of(arguments.names), 0
    for checked in verify(folders, repair=arguments.repair):
        damaged += bool(checked.problem)
        if checked.problem or checked.note:
            sys.stdout.write(f"{checked}\n")
            sys.stdout.flush()
    sys.stdout.write(f"{len(folders)} artifacts checked, {damaged} damaged\n")
    sys.exit(1 if damaged else 0)
