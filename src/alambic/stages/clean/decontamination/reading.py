"""Words as a French reader tells them apart, so that a leak in another typography is still the same text.

Beyond case, accents and ligatures, which duplicates ignore too: every apostrophe separates (l'hôpital, l’hôpital,
lʼhôpital), soft hyphens and other invisible signs vanish, figures read alike with or without their separators of
thousands, and a figure stands apart from its unit (10 000 UI, 10.000UI).
"""

import re

from alambic.stages.clean.folding import folded_words

_INVISIBLE = dict.fromkeys([0xAD, 0x200B, 0x200C, 0x200D, 0x2060, 0xFEFF])  # they would cut a word in two
_APOSTROPHES = dict.fromkeys([0x02BC, 0x02B9, 0x02BB, 0x02C8], "'")  # letters to Unicode
_SIGNS = {**_INVISIBLE, **_APOSTROPHES}
_THOUSANDS = re.compile(r"(?<=\d)[\s.](?=\d{3}(?!\d))")
_FIGURE_AND_UNIT = re.compile(r"(?<=\d)(?=[^\W\d_])|(?<=[^\W\d_])(?=\d)")


def read_words(text: str) -> list[str]:
    """Split `text` into words without case, accents, punctuation or typography.

    "L’hôpital : 10 000UI" -> ["l", "hopital", "10000", "ui"]
    """
    plain = _THOUSANDS.sub("", text.translate(_SIGNS))
    return [part for word in folded_words(plain) for part in _FIGURE_AND_UNIT.split(word)]
