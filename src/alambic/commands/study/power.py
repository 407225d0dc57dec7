"""`study power`: how many people for which effect, simulated from the protocol with the analysis of the study."""

import argparse
import csv
import sys
from pathlib import Path
from typing import Any

COLUMNS = ("measure", "contrast", "effect", "people", "power", "low", "high", "studies", "without an interval")


def add_power_command(parts: Any) -> None:
    """Declare `study power`."""
    power = parts.add_parser("power", help="say how many people show which effect, before anybody is asked")
    power.add_argument("protocol", type=Path, help="protocol.json, its folder, or an experiment with `study`")
    power.add_argument("--item", default="", help="which study of an experiment")
    power.add_argument(
        "--measure", default="over_reliance", help="over_reliance (default), under_reliance, accuracy or time"
    )
    power.add_argument(
        "--contrast", nargs=2, metavar=("FIRST", "SECOND"), help="conditions (default: the protocol's first contrast)"
    )
    power.add_argument(
        "--effect", type=float, nargs="+", default=[-0.1, -0.2], help="true differences; of times, the factor less 1"
    )
    power.add_argument("--people", type=int, nargs="+", help="default: half, once and twice those of the protocol")
    power.add_argument("--studies", type=int, default=200, metavar="N", help="simulated for each line")
    power.add_argument("--seed", type=int, default=0)
    power.add_argument("--accuracy", type=float, default=0.7, help="of people alone")
    power.add_argument("--takes-right", type=float, default=0.6, help="how often right advice changes a wrong answer")
    power.add_argument("--takes-wrong", type=float, default=0.4, help="how often wrong advice changes a right answer")
    power.add_argument("--people-spread", type=float, default=0.5, help="standard deviation of people, in log-odds")
    power.add_argument("--item-spread", type=float, default=0.8, help="of items")
    power.add_argument("--reliance-spread", type=float, default=0.5, help="of how readily people take advice")
    power.set_defaults(run=_power)


def _power(arguments: argparse.Namespace) -> None:
    from alambic.studies.design_file import read_design
    from alambic.studies.power import Assumed, check_numbers, default_contrast, power_table

    design = read_design(arguments.protocol, item=arguments.item)
    shares = {name: getattr(arguments, name) for name in Assumed.__dataclass_fields__}
    assumed = Assumed(**shares)
    people = arguments.people or [max(2, design.participants // 2), design.participants, 2 * design.participants]
    check_numbers(assumed, people, arguments.studies)
    contrast = tuple(arguments.contrast) if arguments.contrast else default_contrast(design, arguments.measure)
    writer = csv.writer(sys.stdout, lineterminator="\n")
    sys.stdout.write("# assumed: " + ", ".join(f"{name} {number:g}" for name, number in shares.items()) + "\n")
    writer.writerow(COLUMNS)
    for row in power_table(
        design,
        measure=arguments.measure,
        contrast=contrast,
        effects=arguments.effect,
        people=people,
        assumed=assumed,
        studies=arguments.studies,
        seed=arguments.seed,
    ):
        named = f"{contrast[0]} against {contrast[1]}"
        numbers = [f"{each:.3g}" for each in (row.power, row.low, row.high)]
        cells = [arguments.measure, named, f"{row.effect:g}", row.people, *numbers, row.studies, row.without_interval]
        writer.writerow(cells)
        sys.stdout.flush()
