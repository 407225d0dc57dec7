"""Articles out of a dump of a MediaWiki, such as the French Wikipedia's `frwiki-<day>-pages-articles.xml.bz2`.

Holds: the articles of the main space whose categories match, as plain text; redirections and other spaces are left out.
Wikitext becomes text by mwparserfromhell; templates and references are dropped, so a sentence may miss a number.
Licence and conditions: that of the wiki; Wikipedia's text is under CC BY-SA 4.0, and its authors are named by the
article's address. To cite: Wikipedia's contributors, with the address of each article. The dump's day and its sha256
are the revision.
"""

import re
from collections.abc import Iterator
from contextlib import suppress
from typing import IO, Annotated
from urllib.parse import quote

import mwparserfromhell
from mwparserfromhell.parser import ParserError
from pydantic import Field

from alambic.data.documents import Document
from alambic.data.rejected import STRICT, Rejections, unusable
from alambic.errors import UserError
from alambic.stages.collect.compressed import unpacked
from alambic.stages.collect.elements import read_elements, shown
from alambic.stages.collect.pinned import bring

LICENCE = "CC-BY-SA-4.0"
MAIN_SPACE = "0"
CATEGORY = re.compile(r"\[\[\s*(?:Catégorie|Category)\s*:\s*([^\]|]+)", re.IGNORECASE)
# Links that show no text of the article: categories, pictures, other languages.
APART = re.compile(r"^\s*(?:Catégorie|Category|Fichier|File|Image|[a-z]{2,3})\s*:", re.IGNORECASE)
UNREAD = ("ref", "gallery", "math", "timeline")  # tags whose content is not prose
BLANK_LINES = re.compile(r"\n\s*\n\s*")


def fetch(
    rejections: Rejections = STRICT,
    *,
    url: Annotated[str, Field(pattern=r"^https?://.*\.xml(\.(bz2|gz|xz))?$")],
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")],
    site: Annotated[str, Field(pattern=r"^https?://")] = "https://fr.wikipedia.org/wiki/",
    categories: list[str] = [],  # noqa: B006
    licence: Annotated[str, Field(min_length=1)] = "CC-BY-SA-4.0",
    name: str = "wikipedia",
    language: str = "fr",
) -> Iterator[Document]:
    """Yield one document per article that has a category which one of the expressions `categories` matches.

    All articles when none is given. The dump is read as a stream: memory holds one article.
    """
    try:
        patterns = [re.compile(category, re.IGNORECASE) for category in categories]
    except re.error as error:
        raise UserError(f"categories: '{error.pattern!s}' is no regular expression ({error})") from error
    dump = bring(url, sha256)
    with unpacked(dump, dump.name) as stream:
        for page in _pages(stream, dump.name, rejections):
            place = f"{dump.name}, page {page['id']}"
            page_categories = [category.strip() for category in CATEGORY.findall(page["text"])]
            if patterns and not any(pattern.search(category) for pattern in patterns for category in page_categories):
                rejections.leave_out("articles of other categories")
                continue
            try:
                text = plain(page["text"])
            except (RecursionError, ParserError) as error:
                rejections.add(place, f"wikitext that cannot be read ({error})", page["text"])
                continue
            if reason := unusable(text):
                rejections.add(place, reason, page["text"])
                continue
            rejections.at(place)
            yield Document(
                id=page["id"],
                text=text,
                source=name,
                url=site + quote(page["title"].replace(" ", "_")),
                licence=licence,
                language=language,
                date=page["timestamp"][:10],
                metadata={
                    "title": page["title"],
                    "categories": "|".join(page_categories),
                    "revision": page["revision"],
                },
            )


def plain(wikitext: str) -> str:
    """Reduce wikitext to what a reader reads."""
    code = mwparserfromhell.parse(wikitext)
    unread = [tag for tag in code.filter_tags() if str(tag.tag).strip().lower() in UNREAD]
    for node in [*unread, *(link for link in code.filter_wikilinks() if APART.match(str(link.title)))]:
        with suppress(ValueError):  # it went with one that held it
            code.remove(node)
    return BLANK_LINES.sub("\n\n", str(code.strip_code(normalize=True, collapse=True))).strip()


def _pages(stream: IO[bytes], name: str, rejections: Rejections) -> Iterator[dict[str, str]]:
    """Read the articles of the main space that redirect nowhere; UserError where the dump is cut short."""
    for rank, element in enumerate(read_elements(stream, name, "page")):
        space = element.tag.removesuffix("page")
        missing = [tag for tag in ("ns", "id", "title", "revision/text") if element.find(_path(space, tag)) is None]
        if missing:
            rejections.add(f"{name}, page {rank}", f"a page without {', '.join(missing)}", shown(element))
        elif element.findtext(f"{space}ns") != MAIN_SPACE or element.find(f"{space}redirect") is not None:
            rejections.leave_out("redirections, and pages of other spaces")
        else:
            yield {
                "id": element.findtext(f"{space}id") or "",
                "title": element.findtext(f"{space}title") or "",
                "revision": element.findtext(f"{space}revision/{space}id") or "",
                "timestamp": element.findtext(f"{space}revision/{space}timestamp") or "",
                "text": element.findtext(f"{space}revision/{space}text") or "",
            }


def _path(space: str, tag: str) -> str:
    return "/".join(f"{space}{step}" for step in tag.split("/"))
