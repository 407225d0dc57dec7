"""Print the card of a corpus or of a model: what it is, how it was made, what it owes and where it ends."""

import argparse
import logging
import sys
from pathlib import Path
from typing import Any

from alambic.errors import UserError, nearest

CARD = "README.md"  # in the folder of a model

log = logging.getLogger("alambic.commands.card")


def add_card_command(commands: Any) -> None:
    """Declare `card`."""
    card = commands.add_parser("card", help="print the card of a corpus or a model, as the Hugging Face hub reads it")
    card.add_argument("experiment", help="an experiment's name or file")
    card.add_argument("item", help="a finished artifact, such as clean/medical or release/entities-fr")
    card.add_argument("--to", type=Path, default=None, metavar="FILE", help="default: the standard output")
    card.set_defaults(run=_card)


def _card(arguments: argparse.Namespace) -> None:
    from alambic.settings.experiment_file import load_experiment

    text = card_of(load_experiment(arguments.experiment), arguments.item)
    if arguments.to is None:
        sys.stdout.write(text)
        return
    arguments.to.write_text(text, encoding="utf-8")
    log.info("the card of %s is in %s", arguments.item, arguments.to)


def card_of(experiment: Any, item: str) -> str:
    """Give the card of a finished artifact; UserError where it has none."""
    from alambic.data.lineage import lineage
    from alambic.data.manifest import Manifest
    from alambic.data.sums_file import RELEASED
    from alambic.planning.plan import Plan
    from alambic.stages.clean.card import corpus_card

    plan = Plan(experiment)
    with_card = [name for name in plan if name.startswith(("clean/", "release/", "distill/", "finetune/", "fetch/"))]
    if item not in with_card:
        raise UserError(f"card: '{item}': {nearest(item, with_card)}")
    made = plan[item]
    if not made.manifest.exists():
        raise UserError(f"card: {item} is not finished: run the experiment first")
    if made.stage == "clean":
        record = Manifest.read(made.manifest)
        return corpus_card(record, lineage(made.folder), cite=_citations(experiment, made.item))
    folder = made.folder / RELEASED if made.stage == "release" else made.folder
    if not (folder / CARD).is_file():
        raise UserError(
            f"card: {folder} has no {CARD}: is it in an archive? `python -m alambic restore` brings it back"
        )
    return (folder / CARD).read_text(encoding="utf-8")


def _citations(experiment: Any, corpus: str) -> list[str]:
    """Say whom the sources of a corpus ask to cite."""
    from alambic.planning.licences.provenance import ingredients

    return list(dict.fromkeys(each.cite for each in ingredients(experiment, "clean", corpus) if each.cite))
