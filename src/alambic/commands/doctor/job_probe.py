"""Run inside a probing job: whether it may submit jobs, and reaches the network."""

import os
import sys

from alambic.commands.doctor.cluster import NoAnswer, ask
from alambic.commands.doctor.machine import HOSTS, reaches


def main(options: list[str]) -> None:
    """Write one line per answer: verdict, subject, what was seen."""
    try:
        # As the executor does it in a job, SLURM_CONF included.
        outside = {name: value for name, value in os.environ.items() if not name.startswith("SLURM_")}
        ask("sbatch", "--test-only", *options, "--wrap=true", environment=outside)
        _write_line("ok", "may submit jobs", "yes")
    except NoAnswer as error:
        _write_line("wrong", "may submit jobs", f"no: {error}")
    for host in HOSTS:
        there = reaches(host)
        _write_line("ok" if there else "wrong", f"network, {host}", "reached" if there else "not reached")


def _write_line(verdict: str, what: str, seen: str) -> None:
    sys.stdout.write(f"{verdict}\t{what}\t{' '.join(seen.split())}\n")


if __name__ == "__main__":
    main(sys.argv[1:])
