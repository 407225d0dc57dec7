"""French titles and abstracts of HAL, the open archive of French research, by its search API.

Holds: what a query in Solr's syntax finds, such as `domain_t:sdv.mhep` (human health), of which there is a French
abstract. Licence and conditions: a deposit's own licence where it states one; otherwise the abstract is its authors',
open to be read. To cite: HAL (https://hal.science), and each deposit by its address.
The revision is the day `until`: deposits of later days are left out. A deposit that is changed or withdrawn later is
another text, so keep the pages (`downloads/hal-*`) with what you publish.
"""

import re
from collections.abc import Iterator
from typing import Annotated, Any
from urllib.parse import urlencode

from pydantic import Field, NonNegativeFloat

from alambic.data.documents import Document
from alambic.data.rejected import STRICT, Rejections, unusable
from alambic.errors import UserError
from alambic.stages.collect.markup import plain
from alambic.stages.collect.pages import Page, folder_of, harvest, page_name
from alambic.stages.collect.values import as_text, as_whole_text

LICENCE = "LicenseRef-HAL-abstract"
FIELDS = "docid,halId_s,uri_s,fr_title_s,fr_abstract_s,licence_s,submittedDate_tdate,domain_s"
CREATIVE = re.compile(r"creativecommons\.org/(licenses/([a-z-]+)/(\d\.\d)|publicdomain/zero)", re.IGNORECASE)


def fetch(
    rejections: Rejections = STRICT,
    *,
    query: Annotated[str, Field(min_length=1)],
    until: Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}$")],
    url: Annotated[str, Field(pattern=r"^https?://")] = "https://api.archives-ouvertes.fr/search/",
    page_size: Annotated[int, Field(ge=1, le=10000)] = 500,
    pause: NonNegativeFloat = 1.0,
    licence: Annotated[str, Field(min_length=1)] = "LicenseRef-HAL-abstract",
) -> Iterator[Document]:
    """Yield one document per deposit with a French abstract: its title, a blank line, its abstract."""
    parameters = {
        "q": query,
        "fq": [f"submittedDate_tdate:[* TO {until}T23:59:59Z]", "fr_abstract_s:[* TO *]"],
        "fl": FIELDS,
        "rows": page_size,
        "sort": "docid asc",  # a cursor needs an order without ties
        "wt": "json",
    }
    asked = f"{url}?{urlencode(parameters, doseq=True)}&cursorMark="

    def following(page: Page) -> str | None:
        deposits, _ = _deposits(page), _announced(page)
        return f"{asked}{urlencode({'': _cursor(page)})[1:]}" if deposits else None

    again = f"remove {folder_of('hal', f'{asked}*').absolute()} to harvest again"
    came, announced = 0, set[int]()
    for number, page in enumerate(harvest("hal", f"{asked}*", following, pause=pause)):
        announced.add(_announced(page))
        for rank, deposit in enumerate(_deposits(page)):
            came += 1
            identifier = deposit.get("halId_s") or deposit.get("docid") if isinstance(deposit, dict) else ""
            place = f"hal, {page_name(number)}, deposit {rank} ({identifier})"
            try:
                document = _document(deposit, licence)
            except (ValueError, KeyError, TypeError, AttributeError) as error:
                rejections.add(place, f"no deposit with a French abstract ({error!r})", str(deposit))
                continue
            rejections.at(place)
            yield document
        if came > max(announced):
            raise UserError(f"hal: {came} deposits came, numFound says {max(announced)}: {again}")
    if came < min(announced):  # they may become fewer while they are asked for
        lost = min(announced) - came
        rejections.add("hal", f"{came} deposits came, numFound says {min(announced)}: {again}", rows=lost)


def _deposits(page: Page) -> list[Any]:
    if not isinstance(page, dict) or not isinstance((page.get("response") or {}).get("docs"), list):
        raise UserError(f"hal: the API answered {str(page)[:300]}: expected a list of deposits; look at `query`")
    if (page.get("responseHeader") or {}).get("partialResults") or page.get("partialResults"):
        raise UserError(
            "hal: the API answered with a part of a page only (partialResults): run again later, or ask for less "
            "at once (`page_size`)"
        )
    deposits: list[Any] = page["response"]["docs"]
    return deposits


def _cursor(page: Page) -> str:
    cursor = page["nextCursorMark"]
    if not isinstance(cursor, str) or not cursor:
        raise ValueError(f"nextCursorMark is {cursor!r}, expected a text")
    return cursor


def _announced(page: Page) -> int:
    """Give how many deposits the API says to have."""
    found = page["response"].get("numFound")
    if not isinstance(found, int) or isinstance(found, bool):
        raise ValueError(f"numFound is {found!r}, expected a number")
    return found


def _document(deposit: dict[str, Any], licence: str) -> Document:
    title, abstract = _text(deposit.get("fr_title_s")), _text(deposit["fr_abstract_s"])
    if reason := unusable(abstract):
        raise ValueError(reason)
    return Document(
        id=as_whole_text(deposit["halId_s"], "utf-8"),
        text="\n\n".join(filter(None, (title, abstract))),
        source="hal",
        url=as_text(deposit.get("uri_s")),
        licence=_licence(as_text(deposit.get("licence_s")), licence),
        date=as_text(deposit.get("submittedDate_tdate"))[:10],
        metadata={"domains": ",".join(deposit.get("domain_s") or [])},
    )


def _text(value: Any) -> str:
    """Join what Solr gives as a list, or as one text; depositors leave the marks of HTML and JATS in both."""
    values = value if isinstance(value, list) else [value or ""]
    return "\n".join(plain(as_whole_text(part, "utf-8")) for part in values)


def _licence(stated: str, otherwise: str) -> str:
    """Name a deposit's licence as SPDX does; what is not Creative Commons counts as not stated."""
    match = CREATIVE.search(stated)
    if match is None:
        return otherwise
    return f"CC-{match[2].upper()}-{match[3]}" if match[2] else "CC0-1.0"
