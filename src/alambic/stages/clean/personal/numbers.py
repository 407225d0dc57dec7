"""Numbers and addresses of the net that point at a person. Keys are checked where a number has one.

The NIR, RPPS and IBAN by python-stdnum, numbers of other countries by Google's libphonenumber: a dose is not taken for
one. After a label no key is asked for, since people mistype.
"""

import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from ipaddress import AddressValueError, IPv6Address

import phonenumbers
from stdnum import iban, luhn
from stdnum.exceptions import ValidationError
from stdnum.fr import nir

from alambic.stages.clean.personal.characters import BLANK, LETTER

Span = tuple[int, int, str]  # first character, character after the last, kind

_S = r"[ .\-\u00a0\u202f\u2009]?"  # between groups of digits
_IS = (
    r"[ \t\u00a0\u202f\"']{0,3}(?:(?:n[°ºo]|num[ée]ro|is|est)[ \u00a0.]{0,2})?[:=#_\-]?[ "
    r"\t\u00a0\u202f\"']{0,3}"
)  # label, value
_NIR = rf"[1-478]{_S}\d{{2}}{_S}\d{{2}}{_S}(?:\d{{2}}|2[AaBb]){_S}\d{{3}}{_S}\d{{3}}"
_NUMBER = r"(?:n[°ºo]s?|num[ée]ro|num\.?|id|identifiant)"
_OF = (
    r"(?:dossier|patiente?|s[ée]jour|venue|passage|adh[ée]rent|mutuelle|admission|s[ée]curit[ée] sociale"
    r"|assur[ée]|h[ôo]pital|"
)
_OF += r"hospitalisation|visite|examen|demande|pr[ée]l[èe]vement|acc[èe]s|amc|archive|[ée]tiquette|permanent|carte)"
_TEL = r"(?:t[ée]l(?:[ée]phone|[ée]copie|\.)?s?|tph|portable|gsm|fax|joignable|dect|bip|phone|mobile)"
_TEL_OF = rf"(?:{BLANK}{{0,2}}(?:portable|mobile|fixe|pro|perso|personnel|domicile|travail|port|dom|au|n°)\.?){{0,2}}"
PATTERNS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (kind, re.compile(pattern))
    for kind, pattern in (
        (
            "NIR",
            rf"(?i)\b(?<![<\w])(?:nir|nss|ins|ss|vitale|s[ée]cu(?:rit[ée] sociale)?|immatriculation"
            rf"|matricule){_IS}({_NIR}(?:{_S}\d{{2}})?)(?!\d)",
        ),
        ("NIR?", rf"(?<!\d)({_NIR}{_S}\d{{2}})(?!\d)"),
        (
            "IBAN?",
            r"(?<![A-Za-z0-9])([A-Z]{2}\d{2}(?:[ \u00a0]?[A-Z0-9]{4}){2,7}(?:[ \u00a0]?[A-Z0-9]{1,4})?)(?![A-Za-z0-9])",
        ),
        ("IBAN", r"(?i)\biban\b[ \u00a0:=]{0,4}([A-Z]{2}\d{2}(?:[ \u00a0]?[A-Z0-9]{2,4}){3,10})(?![A-Za-z0-9])"),
        ("RPPS", rf"(?i)\brpps{_IS}(\d(?:[ .\u00a0]?\d){{8,10}})(?!\d)"),
        ("RPPS", rf"(?i)\badeli{_IS}(\d(?:[ .\u00a0]?\d){{7,8}})(?!\d)"),
        ("RPPS?", r"(?<!\d)(\d{11}|\d(?: \d{3}){2} \d{4}|\d{2}(?: \d{3}){3})(?!\d)"),
        ("FINESS", rf"(?i)(?<=finess){_IS}((?:\d ?|2[AB] ?){{8,9}})(?!\d)"),
        (
            "IDENTIFIANT",
            rf"(?i)(?<![<\w])(?:ipp|iep|nda|nip|nas|nap){_IS}([A-Z]{{0,3}}[ \-]?\d(?:[ .\-]?\d){{4,14}}[A-Z]?)(?!\w)",
        ),
        (
            "IDENTIFIANT",
            rf"(?i)(?<![<\w])(?:{_NUMBER}{BLANK}{{0,2}}(?:d['’e]{BLANK}?|du{BLANK}|interne )?{_OF}|dossier"
            rf"|s[ée]jour|identifiant|passeport|cni|carte d['’]identité|"
            rf"matricule){_IS}((?!NCT|CRD)[A-Z]{{0,4}}[\-/]?\d(?:[\-/.]?[A-Z0-9]){{4,18}})(?!\w)",
        ),
        (
            "TELEPHONE",
            rf"(?i)\b{_TEL}\b{_TEL_OF}[ .:=°\u00a0\"']{{0,5}}([+(]{{0,2}}\d(?:[ "
            rf".\-/()\u00a0\u202f]{{0,2}}\d){{7,13}})(?!\d)",
        ),
        ("TELEPHONE", rf"(?i)\b(?:poste|dect|bip){BLANK}?[:°]{BLANK}?(\d{{4,6}})(?!\d)"),
        (
            "TELEPHONE",
            r"(?:(?<![\d+])(?:\+|00) ?33[ .\-\u00a0]?(?:\(0\)|0)?[ .\-\u00a0]?[1-9]|(?<![\d+.,/\-])\(?0[1-9]\)?)"
            r"(?P<s>[ .\-/\u00a0\u202f\u2009]{0,2})\d\d(?:(?P=s)\d\d){3}(?!\d|[./-]\d)",
        ),
        ("TELEPHONE", r"(?<![\d+.,/\-])0[ \u00a0]?8\d\d(?P<s>[ .\-\u00a0\u202f]?)\d{3}(?P=s)\d{3}(?!\d|[./-]\d)"),
        (
            "TELEPHONE",
            r"(?<![\d+.,/\-])0\d{3}(?P<s>[ .\-\u00a0\u202f])\d\d(?P=s)\d\d(?P=s)\d\d(?!\d|[./-]\d)",
        ),
        ("TELEPHONE?", r"(?<![\d+])((?:\+|00)[1-9]\d{0,2}(?:[ .\-()/\u00a0]{0,2}\d){6,12})(?!\d)"),
        ("IP", r"(?i)\bip(?:v[46])?\b[ :=]{1,4}(\d{1,3}(?:\.\d{1,3}){3})(?!\d|\.\d)"),
        ("IP?", r"(?<![\d.,])(\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3})(?!\d|[.,]\d)"),
        ("IP6?", r"(?<![\w:.])([0-9A-Fa-f]{1,4}(?::{1,2}[0-9A-Fa-f]{1,4}){3,7})(?![\w:])"),
    )
)
_DIGITS = re.compile(r"\d(?:[ .\-/()\u00a0\u202f\u2009]{0,2}\d){3}|:[0-9A-Fa-f]{1,4}:")
_AT = re.compile(
    r"[@\uff20]|[ \u00a0]?[\[(][ \u00a0]?(?:at|arobase|@)[ \u00a0]?[\])][ \u00a0]?| (?:arobase|@) ", re.IGNORECASE
)
_OTHER_AT = re.compile(r"\uff20|[\[(] ?at ?[\])]|arobase", re.IGNORECASE)
_USER = re.compile(r"[\w.+\-%']{1,64}")  # from its end
_HOST = re.compile(r"[\w-]{1,63}(?:\.[\w-]{1,63}){0,8}")


def numbers(text: str) -> Iterator[Span]:
    """Find all but addresses of the post, dates and names."""
    yield from _mail(text)
    if not _DIGITS.search(text):
        return
    for kind, pattern in PATTERNS:
        for match in pattern.finditer(text):
            start, end = match.span(match.lastindex if match.lastindex and not match.groupdict() else 0)
            if not kind.endswith("?") or _CHECKS[kind](text[start:end]):
                yield start, start + len(text[start:end].rstrip(" \u00a0.-")), kind.rstrip("?").replace("IP6", "IP")


def _mail(text: str) -> Iterator[Span]:
    if "@" not in text and not _OTHER_AT.search(text):
        return
    for match in _AT.finditer(text):
        before = text[max(0, match.start() - 64) : match.start()]
        user = _USER.match(before[::-1])
        host = _HOST.match(text, match.end())
        if user is None or host is None or not re.search(LETTER, user[0]):
            continue
        name = host[0].rstrip(".-")
        last = name.rpartition(".")[2]
        if len(last) >= 2 and not last.isdigit() and ("." in name or ("." in user[0] and match[0] == "@")):
            yield match.start() - user.end(), match.end() + len(name), "COURRIEL"


def _is_nir(value: str) -> bool:
    try:
        nir.validate(re.sub(r"[^0-9A-Za-z]", "", value).upper())
    except ValidationError:
        return False
    return True


def _is_rpps(value: str) -> bool:
    bare = value.replace(" ", "")
    return bare[0] in "18" and bool(luhn.is_valid(bare))  # 1 for doctors, 8 for others; ANS, registre RPPS


def _is_iban(value: str) -> bool:
    return bool(iban.is_valid(value.replace("\u00a0", " ")))


@lru_cache(1 << 10)
def _is_foreign_number(value: str) -> bool:
    try:
        number = phonenumbers.parse("+" + re.sub(r"\D", "", value).removeprefix("00"), None)
    except phonenumbers.NumberParseException:
        return False
    return bool(phonenumbers.is_valid_number(number))


def _is_ip(value: str) -> bool:
    """Tell an address from the number of a section: 4.5.1.2."""
    parts = [int(part) for part in value.split(".")]
    return max(parts) < 256 and sum(part >= 10 for part in parts) >= 2


def _is_ip6(value: str) -> bool:
    try:
        IPv6Address(value)
    except AddressValueError:
        return False
    return not value.replace(":", "").isdigit() or value.count(":") > 5


_CHECKS: dict[str, Callable[[str], bool]] = {
    "NIR?": _is_nir,
    "RPPS?": _is_rpps,
    "IBAN?": _is_iban,
    "TELEPHONE?": _is_foreign_number,
    "IP?": _is_ip,
    "IP6?": _is_ip6,
}
