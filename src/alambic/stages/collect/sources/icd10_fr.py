"""The labels of ICD-10-FR, the classification by which French hospitals code: full and abbreviated.

Holds: 42,886 codes with a full label and an abbreviated one in upper case (`FRACT. FERMEE DIAPH. FEM.`), which is how
death certificates and coders' notes read. 59 % of them repeat external causes for every place and activity
("..., rue ou route, en pratiquant un sport"): `external_causes` keeps a few, or they would dominate what is learnt.

Licence and conditions: the table is ATIH's, after the World Health Organization's ICD-10: non-commercial use with the
source named, no change of codes and labels; the package that carries it (EDS-NLP) is under BSD-3-Clause.
To cite: ATIH, CIM-10-FR à usage PMSI; WHO, International Classification of Diseases, 10th revision;
EDS-NLP, doi:10.5281/zenodo.6424993.
"""

import csv
import gzip
import hashlib
import io
import re
from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field, NonNegativeInt

from alambic.data.documents import Document
from alambic.data.downloads import from_index
from alambic.data.rejected import STRICT, Rejections
from alambic.stages.collect.archives import read_member

WHEEL = "edsnlp-0.23.0-cp311-cp311-manylinux_2_24_x86_64.manylinux_2_28_x86_64.whl"
WHEEL_SHA256 = "f4cd512825957967eaf0a42129312c318b05a3f7e989cb518efb55bd6df3d1f5"
MEMBER = "edsnlp/resources/cim10.csv.gz"
MEMBER_SHA256 = "52e1d40fd11c64d2558e6852bc36d616fc78bebee77d3579a4d4f28aee386af8"

# Last category of each chapter, in order.
CHAPTERS = {
    "I": "B99",
    "II": "D48",
    "III": "D89",
    "IV": "E90",
    "V": "F99",
    "VI": "G99",
    "VII": "H59",
    "VIII": "H95",
    "IX": "I99",
    "X": "J99",
    "XI": "K93",
    "XII": "L99",
    "XIII": "M99",
    "XIV": "N99",
    "XV": "O99",
    "XVI": "P96",
    "XVII": "Q99",
    "XVIII": "R99",
    "XIX": "T98",
    "XXII": "U99",
    "XX": "Y98",
    "XXI": "Z99",
}

WITHDRAWN = re.compile(r"\*\*\* SU\d\d \*\*\* ?")  # "suppressed in the edition of 20.."
PLACE = (
    r"domicile|établissement collectif|lieu de sport|rue ou route|zone de commerce|local industriel et chantier|"
    r"exploitation agricole|autres lieux précisés|lieu sans précision"
)
ACTIVITY = r"en (?:participant|exerçant|se reposant|pratiquant)"
TEMPLATE = re.compile(rf", (?:(?:{PLACE})$|(?:{PLACE}), {ACTIVITY}|{ACTIVITY})")


def fetch(
    rejections: Rejections = STRICT,
    *,
    wordings: Annotated[list[Literal["long", "short"]], Field(min_length=1)] = ["long", "short"],  # noqa: B006
    external_causes: NonNegativeInt = 2000,
    seed: NonNegativeInt = 0,
    licence: str = "LicenseRef-WHO-ATIH-ICD-10",
) -> Iterator[Document]:
    """Yield one document per code and wording, at most `external_causes` of them for a place or an activity."""
    archive = from_index("edsnlp", WHEEL, WHEEL_SHA256)
    table = gzip.decompress(read_member(archive, MEMBER, MEMBER_SHA256)).decode("utf-8")
    rows = list(csv.DictReader(io.StringIO(table)))
    refused = _refused_templates(rows, most=external_causes // len(wordings), seed=seed)
    for row in rows:
        if row["code"] in refused:
            rejections.leave_out("external causes beyond `external_causes`")
        else:
            for wording in wordings:
                yield _document(row["code"], row[wording], wording, licence)


def _refused_templates(rows: list[dict[str, str]], *, most: int, seed: int) -> set[str]:
    """Choose the codes to leave out: all the templates but `most` of them, chosen by hash."""
    templates = [row["code"] for row in rows if row["code"][0] in "VWXY" and TEMPLATE.search(row["long"])]
    return set(sorted(templates, key=lambda code: hashlib.sha256(f"{seed}/{code}".encode()).digest())[most:])


def _document(code: str, label: str, wording: str, licence: str) -> Document:
    dotted = f"{code[:3]}.{code[3:]}" if len(code) > 3 else code
    return Document(
        id=f"{dotted}/{wording}",
        text=WITHDRAWN.sub("", label),
        source="icd10_fr",
        url=f"https://pypi.org/project/edsnlp/0.23.0/#{MEMBER}",
        licence=licence,
        metadata={"code": dotted, "category": code[:3], "chapter": chapter_of(code), "wording": wording},
    )


def chapter_of(code: str) -> str:
    """Give the Roman numeral of the chapter that holds `code`."""
    return next(chapter for chapter, last in CHAPTERS.items() if code[:3] <= last)
