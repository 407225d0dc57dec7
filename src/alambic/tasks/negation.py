"""Which words of a French text are denied: "pas de fièvre", "sans toux ni dyspnée", "embolie éliminée".

A rule after NegEx (Chapman et al. 2001, doi:10.1006/jbin.2001.1029), with cues of French clinical texts (Deléger and
Grouin 2012, Detecting negation of medical problems in French clinical notes, IHI). A cue denies the words after it, or
before it, up to the end of its clause and at most `REACH` of them.
"""

from collections.abc import Iterator, Sequence

REACH = 7  # words, signs not counted


def _cut(cues: str) -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(cue.split()) for cue in cues.split(","))


# Folded words, as `words.word_offsets` cuts them: an apostrophe is a word.
BEFORE = _cut(
    "pas de,pas d ',pas eu de,pas eu d ',ni,sans,aucun,aucune,jamais de,jamais d ',absence de,absence d ',absence du,"
    "absence des,disparition de,disparition d ',indemne de,denue de,denuee de,depourvu de,depourvue de,exempt de,"
    "exempte de,negatif pour,negative pour,nie,nient,elimination de,elimination d '"
)
AFTER = _cut(
    "absent,absente,absents,absentes,negatif,negative,negatifs,negatives,exclu,exclue,exclus,exclues,eliminee,elimines,"
    "eliminees,ecartee,ecartes,ecartees,infirmee,infirmes,infirmees"
)
# They deny what was before even where they hold a "pas".
NOT_THERE = _cut(
    "non retrouve,non retrouvee,non retrouves,non retrouvees,a disparu,ont disparu,est pas present,est pas presente,"
    "sont pas presents,sont pas presentes,est pas retenu,est pas retenue,sont pas retenus,sont pas retenues,"
    "est pas retrouve,est pas retrouvee,a pas ete retrouve,a pas ete retrouvee,a pas ete retenu,a pas ete retenue"
)
ANSWERS = frozenset(["non", "0"])  # "Diabète : non"
# They rule out what follows; after an auxiliary, what was before; and nothing where they are denied themselves.
EXCLUDES = _cut("elimine,eliminait,eliminant,exclut,excluait,excluant,infirme,infirmait,infirmant,ecarte,ecartant")
AUXILIARIES = frozenset(["ete", "est", "etait", "sont", "etaient"])
# "ne ... pas": the words between them, at most; it denies from "pas" on. Alone, "plus" counts more of something.
OPENS, CLOSES, BETWEEN = frozenset(["ne", "n"]), frozenset(["pas", "plus", "jamais", "guere"]), 5
# Before an exclusion in the same clause they deny it: "n'est pas formellement exclue", "ne peut être exclu".
KEEPS = OPENS | frozenset(["pas", "non"])
# What looks like a denial and is none.
NOT_CUES = _cut(
    "sans doute,sans aucun doute,sans precision,sans autre precision,sans autre indication,pas seulement,"
    "pas uniquement,pas exclu,pas exclue,pas exclure,pas eliminer,pas elimine,pas eliminee,pas ecarte,pas ecartee,"
    "non seulement"
)
STOPS = frozenset(
    word
    for (word,) in _cut(
        ".,;,:,?,!,(,),mais,sauf,hormis,excepte,cependant,toutefois,pourtant,car,puis,alors,avec,malgre,motivant,"
        "justifiant,evoquant"
    )
)
LISTS = frozenset([",", "et"])  # they end a clause, unless the same list goes on
GOES_ON = frozenset(["ni", "de", "d", "sans"])


def denied_words(folded: Sequence[str]) -> set[int]:
    """Give the places of the words that are denied, of a text's folded words and signs."""
    denied: set[int] = set()
    for first, end, forward in _cues(folded):
        denied.update(_reached(folded, end, 1) if forward else _reached(folded, first - 1, -1))
    return denied


def _cues(folded: Sequence[str]) -> Iterator[tuple[int, int, bool]]:
    """Give the first word of each cue, the one after its last, and whether it denies what follows."""
    place = 0
    while place < len(folded):
        size = _longest(folded, place, NOT_CUES)
        if size:
            place += size
            continue
        before = {*folded[max(0, place - BETWEEN) : place]}
        if size := _longest(folded, place, BEFORE):
            yield place, place + size, True
        elif size := _longest(folded, place, NOT_THERE) or _answered(folded, place):
            yield place, place + size, False
        elif folded[place] in CLOSES and before & OPENS:
            if not _longest(folded, place - 1, EXCLUDES) and not _is_excluded(folded, place):
                yield place, place + 1, True
        elif size := _longest(folded, place, AFTER):
            if not KEEPS & {*_clause(folded, place - 1, -1)}:
                yield place, place + size, False
        elif _longest(folded, place, EXCLUDES) and "pas" not in folded[place + 1 : place + 2]:
            after_auxiliary = AUXILIARIES & {*folded[max(0, place - 1) : place]}
            if not after_auxiliary or not KEEPS & {*_clause(folded, place - 1, -1)}:
                yield place, place + 1, not after_auxiliary
        place += size or 1


def _answered(folded: Sequence[str], place: int) -> int:
    """Tell of a colon whether a bare "non" or "0" follows, and how many words that takes: "Toux : 0.", not "0,5 g"."""
    if folded[place] != ":" or not ANSWERS & {*folded[place + 1 : place + 2]}:
        return 0
    after = folded[place + 2 : place + 4]
    ends = not after or (after[0] in STOPS | LISTS and not (after[0] in ".," and after[1:] and after[1].isdigit()))
    return 2 if ends else 0


def _is_excluded(folded: Sequence[str], place: int) -> bool:
    """Tell whether a "pas" is that of an exclusion: "n'a pas été éliminée"."""
    return any(
        _longest(folded, later, AFTER) or _longest(folded, later, EXCLUDES)
        for later, _ in zip(range(place + 1, len(folded)), _clause(folded, place + 1, 1), strict=False)
    )


def _clause(folded: Sequence[str], place: int, step: int) -> Iterator[str]:
    """Give the words from a place on to the end of their clause, `BETWEEN` at most."""
    for _ in range(BETWEEN):
        if not 0 <= place < len(folded) or folded[place] in STOPS | LISTS:
            return
        yield folded[place]
        place += step


def _longest(folded: Sequence[str], place: int, cues: Sequence[tuple[str, ...]]) -> int:
    """Give the number of words of the longest cue at a place; 0 where none is."""
    fitting = (len(cue) for cue in cues if place >= 0 and tuple(folded[place : place + len(cue)]) == cue)
    return max(fitting, default=0)


def _reached(folded: Sequence[str], place: int, step: int) -> Iterator[int]:
    words = 0
    while 0 <= place < len(folded) and words < REACH:
        word = folded[place]
        if word in STOPS or (word in LISTS and (step < 0 or not GOES_ON & {*folded[place + 1 : place + 2]})):
            return
        if word.isalnum():
            words += 1
            yield place
        place += step
