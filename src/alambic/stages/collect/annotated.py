"""Texts annotated with brat, out of the bytes of their files, each checked against its annotations."""

from collections.abc import Collection
from pathlib import PurePosixPath

from alambic.data.rejected import Rejections, unusable
from alambic.data.standoff import read_entities, without_mark
from alambic.errors import UserError
from alambic.stages.collect.folders import is_about
from alambic.stages.collect.lines import LONGEST


def pairs(names: Collection[str], rejections: Rejections) -> list[tuple[str, str]]:
    """Pair the texts with their annotations, in the order of their names; reject those without the other one."""
    texts = {str(PurePosixPath(name).with_suffix("")): name for name in names if name.endswith(".txt")}
    marks = {str(PurePosixPath(name).with_suffix("")): name for name in names if name.endswith(".ann")}
    alone = [texts[stem] for stem in sorted(texts.keys() - marks.keys()) if not is_about(texts[stem])]
    for name in alone:
        lost = f"{len(alone)} of {len(alone) + len(texts.keys() & marks.keys())} texts"
        rejections.add(
            name,
            f"'{PurePosixPath(name).name}' has no annotations next to it ({lost}): add an empty .ann where nothing is "
            "to be annotated",
        )
    for stem in sorted(marks.keys() - texts.keys()):
        rejections.add(marks[stem], "annotations without their text")
    for _ in set(names) - set(texts.values()) - set(marks.values()):
        rejections.leave_out("files other than .txt and .ann")
    return [(texts[stem], marks[stem]) for stem in sorted(texts.keys() & marks.keys())]


def decoded(text: bytes, marks: bytes, name: str, rejections: Rejections) -> tuple[str, str] | None:
    """Give a text and its annotations, to the character, without a mark before them; None where it is rejected.

    Line ends stay as they are: to translate them would move every offset behind them.
    """
    shown = ""
    try:
        if len(text) > LONGEST:
            raise UserError(f"more than {LONGEST:,} bytes: no single text has; split it")
        shown = text.decode("utf-8")
        whole, annotations = without_mark(shown, marks.decode("utf-8"))
        if reason := unusable(whole):
            raise UserError(reason)
        read_entities(annotations, whole)
    except UnicodeDecodeError as error:
        rejections.add(name, f"not UTF-8 ({error}): convert the text, its annotations with it", shown)
        return None
    except UserError as error:
        rejections.add(name, str(error), shown)
        return None
    return whole, annotations
