"""The underlying cause of death out of coded lines: a small part of the selection rules of ICD-10, volume 2.

What is done, with the steps of the instructions for mortality coding (WHO, ICD-10 volume 2, edition 2016, section 4):

1. The starting point is the first code of the lowest used line of part I (SP3, the general principle); where part I has
   one line, its first code (SP1, SP2). Without part I it is the first code of part II.
2. An ill-defined starting point (SP7: R00-R94 but R57.2, R65.0 and R65.1; R96-R99, I46.9, I95.9, I99, J96.0, J96.9,
   P28.5) gives way to the code above it in part I, then to part II, where one of these is well defined.
3. An obvious cause elsewhere on the certificate takes the place of its consequence (SP6), for the pairs of `OBVIOUS`.
4. A code is made one with another where the certificate has both (M1, linkage), for the pairs of `LINKED`.
5. An injury (chapter XIX) never is the underlying cause: an external cause (V01-Y89) of the certificate is.

What is not done: the tables of MUSE and ACME with their many thousands of pairs, whether a sequence can be accepted
(SP4, SP5), trivial conditions (SP8), specificity (M2), sequelae, operations, durations, pregnancy, perinatal rules, and
notes on single codes. It serves to compare systems on the same footing; for statistics take Iris (`iris.py`).
"""

import re
from collections.abc import Mapping, Sequence

PART_II = 5  # lines from here on are of part II: "other significant conditions"

ILL_DEFINED = re.compile(r"R(?!95|572|65[01])\d\d.*|I469|I959|I99.*|J960|J969|P285")
INJURY = re.compile(r"[ST].*")
EXTERNAL = re.compile(r"[VWX].*|Y[0-8].*")

# Consequence, cause: the cause is taken where the certificate has it (SP6).
OBVIOUS: tuple[tuple[str, str], ...] = (
    (r"J1[2-8].*|J69.*|J8[0146].*", r"C.*|G1[0-4].*|G2[0-3].*|G3[0-2].*|F0[0-3].*|I6[0-49].*|B2[0-4].*|G35|G7[012].*"),
    (r"I26.*|I80.*", r"C.*|S72.*"),
    (r"A4[01].*|R57.*", r"C.*|K2[5-8].*|K35.*|K5[567].*|K65.*|K8[0-3].*|N10|N39.*|L0[1-8].*|L89.*|J1[2-8].*"),
    (r"N1[79].*", r"C6[4-8].*|N40|I1[0-3].*|E1[0-4].*"),
    (r"I85.*|K72.*|K76.*|C220", r"K70.*|K74.*|B18.*"),
    (r"C77.*|C78.*|C79.*|C80.*", r"C[0-6].*|C7[0-6].*"),
    (r"R64|E4[0-6].*|E86", r"C.*|F0[0-3].*|G30.*"),
)
# The code of the starting point, one that the certificate has besides, what both become (M1); a dot is no sign here.
LINKED: tuple[tuple[str, str, str], ...] = (
    (r"I10", r"I50.*|I51[4-9]", "I110"),
    (r"I10", r"N1[89].*|N26", "I129"),
    (r"I10|I11.*|I70.*", r"I2[0-5].*", "*"),
    (r"I10|I11.*|I70.*", r"I6[0-9].*", "*"),
    (r"I70.*|I709", r"I50.*", "*"),
    (r"E14.*|E11.*|E10.*", r"N0[0-9].*|N1[89].*", "+2"),
    (r"J40|J41.*|J42", r"J43.*", "J439"),
    (r"J40|J41.*|J42", r"J44.*", "J449"),
    (r"F03|R54", r"G30.*|F0[01].*", "*"),
)


def underlying_cause(lines: Mapping[int, Sequence[str]]) -> str:
    """Select one of the codes of a certificate, given by line in the order of their rank; empty where there is none.

    {1: ["R092"], 2: ["I219"], 5: ["E119"]} -> "I219"
    """
    first = [code for number, codes in sorted(lines.items()) if number < PART_II for code in codes[:1]]
    above = first[::-1] + [c for n, codes in sorted(lines.items()) if n < PART_II for c in codes[1:]]
    second = [code for number, codes in sorted(lines.items()) if number >= PART_II for code in codes]
    every = [*above, *second]
    if not every:
        return ""
    selected = next((code for code in every if not ILL_DEFINED.fullmatch(code)), every[0])
    selected = _obvious(selected, every)
    selected = _linked(selected, every)
    if INJURY.fullmatch(selected):
        selected = next((code for code in every if EXTERNAL.fullmatch(code)), selected)
    return selected


def _obvious(selected: str, every: Sequence[str]) -> str:
    """Take the cause of a consequence, once; of several causes the first in the order of the selection."""
    for consequence, cause in OBVIOUS:
        if re.fullmatch(consequence, selected):
            return next((c for c in every if c != selected and re.fullmatch(cause, c) and not _secondary(c)), selected)
    return selected


def _secondary(code: str) -> bool:
    return code[:3] in ("C77", "C78", "C79", "C80")


def _linked(selected: str, every: Sequence[str]) -> str:
    for code, other, both in LINKED:
        if re.fullmatch(code, selected):
            found = next((c for c in every if c != selected and re.fullmatch(other, c)), None)
            if found is not None:
                return found if both == "*" else f"{selected[:3]}2" if both == "+2" else both
    return selected
