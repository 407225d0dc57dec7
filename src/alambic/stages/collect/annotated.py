"""Texts annotated with brat, out of the bytes of their files, each checked against its annotations."""

from collections import defaultdict
from collections.abc import Collection
from pathlib import PurePosixPath

from alambic.data.rejected import Rejections, unusable
from alambic.data.standoff import check_references, read_entities, without_mark
from alambic.errors import UserError
from alambic.stages.collect.compressed import unpacked_name
from alambic.stages.collect.folders import is_about, is_archive
from alambic.stages.collect.lines import LONGEST


def pairs(names: Collection[str], rejections: Rejections, *, within: str = "") -> list[tuple[str, str]]:
    """Pair the texts with their annotations, in the order of their names; reject those without the other one.

    Names end with .txt and .ann in any case. `within` is the archive that holds them, before each name that is shown.
    """
    texts, marks = _by_stem(names, ".txt", within, rejections), _by_stem(names, ".ann", within, rejections)
    both = sorted(texts.keys() & marks.keys())
    alone = [texts[stem] for stem in sorted(texts.keys() - marks.keys())]
    about = [name for name in alone if is_about(name)]
    for _ in about:
        rejections.leave_out("files about the data, such as README.md")
    alone = [name for name in alone if name not in about]
    for name in alone:
        rejections.add(
            within + name,
            f"'{PurePosixPath(name).name}' has no annotations next to it ({len(alone)} of {len(alone) + len(both)} "
            "texts): add an empty .ann where nothing is to be annotated",
        )
    for stem in sorted(marks.keys() - texts.keys()):
        rejections.add(within + marks[stem], "annotations without their text")
    for name in names:
        if is_archive(name) or unpacked_name(name) != name.lower():
            rejections.add(within + name, "a packed file, which is not opened among texts with annotations: unpack it")
        elif not name.lower().endswith((".txt", ".ann")):
            rejections.leave_out("files other than .txt and .ann")
    return [(texts[stem], marks[stem]) for stem in both]


def _by_stem(names: Collection[str], suffix: str, within: str, rejections: Rejections) -> dict[str, str]:
    """Give the names that end with `suffix` by what is before it; reject those that differ in the case of it alone."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for name in sorted(names):
        if name.lower().endswith(suffix):
            found[name[: -len(suffix)]].append(name)
    for alike in found.values():
        for name in alike if len(alike) > 1 else []:
            rejections.add(within + name, f"{' and '.join(alike)}: which of them counts? keep one")
    return {stem: alike[0] for stem, alike in found.items() if len(alike) == 1}


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
        check_references(annotations)
    except UnicodeDecodeError as error:
        rejections.add(name, f"not UTF-8 ({error}): convert the text, its annotations with it", shown)
        return None
    except UserError as error:
        rejections.add(name, str(error), shown)
        return None
    rejections.at(name)
    return whole, annotations
