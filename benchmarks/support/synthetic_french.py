"""Text that looks French, of any size, with planted duplicates: what cleaning must keep of it is known.

benchmarks/clean/corpus_scale.py and against_datatrove.py use it. A text is a function of the seed and its
number, so that a copy of any earlier text can be made without keeping texts.
"""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from alambic.data.documents import Document, write_documents

# Words, kept as text: little ones, beginnings, endings, frequent ones.
TEXT = {
    "little": (
        "le la les un une des de du et à au aux en dans par pour sur avec sans ne pas plus que qui est sont a "
        "ont été cette ces ce son sa ses il elle on se mais ou si chez après avant lors très ainsi"
    ),
    "roots": (
        "cardi gastr hépat néphr pneum arthr ostéo derm neur encéphal bronch rhin ot laryng pharyng céphal "
        "mening myél angi phléb artér thromb hémat leuc lymph splén thyro pancréat entér col rect cyst urétr "
        "prostat hyster ovar mamm kérat rétin blépharo chol lith lip glyc prot ur oxal bactér vir myc parasit "
        "immun allerg toxic pharmac radi chirurg psych"
    ),
    "endings": (
        "ite ose algie ectomie pathie ologie ogramme oscopie ome émie urie ique iques aire aires otomie "
        "oplastie ogène ologique opathique isme iste tion tions ement ements age ures eux euse"
    ),
    "common": (
        "patient patiente traitement examen douleur fièvre dose maladie médecin hôpital service semaine jour "
        "mois année évolution diagnostic bilan valeur taux prise risque effet surveillance consultation "
        "antécédents famille lésion présente retrouve montre révèle reste devient évolue nécessite permet "
        "favorise associé prescrit réalisé normal sévère modéré gauche droite ancien récent important "
        "habituel clinique biologique"
    ),
}
LITTLE, ROOTS, ENDINGS, COMMON = (words.split() for words in TEXT.values())
WORDS = np.array([*COMMON, *(root + ending for ending in ENDINGS for root in ROOTS)], dtype=object)
SHARES = {"exact": 0.05, "near": 0.05, "paragraph": 0.05}  # of all texts
CHANGED = 0.01  # of a near duplicate's words: runs of three words then have a similarity of 0.94
PARAGRAPH = 60  # words


def texts(megabytes: float, *, seed: int = 0) -> Iterator[tuple[str, str]]:
    """Yield texts of 3,000 characters in the mean, each with its kind: new, exact, near, paragraph (it quotes one)."""
    written = number = 0
    while written < megabytes * 1e6:
        kind, text = made(number, seed=seed)
        yield kind, text
        written += len(text.encode())
        number += 1


def made(number: int, *, seed: int) -> tuple[str, str]:
    """Make one text: a new one, or one out of an earlier new one."""
    kind, draw = drawn(number, seed=seed)
    if kind == "new":
        return kind, written_out(original(number, seed=seed))
    earlier = 0
    while drawn(earlier := int(draw.integers(number)), seed=seed)[0] != "new":
        pass
    words = original(earlier, seed=seed)
    if kind == "near":
        places = draw.choice(len(words), max(1, int(CHANGED * len(words))), replace=False)
        words[places] = draw.choice(WORDS, len(places))
    if kind == "paragraph":
        own = original(number, seed=seed)
        words = np.concatenate([own[: len(own) // PARAGRAPH * PARAGRAPH], words[:PARAGRAPH]])
    return kind, written_out(words).upper() if kind == "exact" else written_out(words)


def drawn(number: int, *, seed: int) -> tuple[str, np.random.Generator]:
    """Draw the kind of a text; the first is new."""
    draw = np.random.default_rng([seed, 1, number])
    kinds = np.cumsum(list(SHARES.values()))
    place = int(np.searchsorted(kinds, draw.random(), side="right"))
    return ("new" if number == 0 or place == len(kinds) else list(SHARES)[place]), draw


def original(number: int, *, seed: int) -> np.ndarray:
    """Draw the words of text `number`: little words in turn with rarer ones, whose frequencies follow Zipf's law."""
    draw = np.random.default_rng([seed, 0, number])
    length = PARAGRAPH + int(draw.lognormal(5.8, 0.7))
    ranks = np.minimum((len(WORDS) ** draw.random(length)).astype(int), len(WORDS) - 1)
    words = WORDS[ranks]
    little = draw.random(length) < 0.48
    words[little] = np.array(LITTLE, dtype=object)[draw.integers(len(LITTLE), size=int(little.sum()))]
    return words


def written_out(words: np.ndarray) -> str:
    """Write words as paragraphs of sentences."""
    parts = [" ".join(words[start : start + 12]).capitalize() + "." for start in range(0, len(words), 12)]
    rows = PARAGRAPH // 12
    return "\n".join(" ".join(parts[start : start + rows]) for start in range(0, len(parts), rows))


def write_source(folder: Path, megabytes: float, *, seed: int = 0) -> Counter[str]:
    """Write a source's shards as `collect` does; count the texts of each kind."""
    kinds: Counter[str] = Counter()

    def documents() -> Iterator[Document]:
        for number, (kind, text) in enumerate(texts(megabytes, seed=seed)):
            kinds[kind] += 1
            yield Document(f"{kind}-{number}", text, "synthetic", "", "CC0-1.0")

    folder.mkdir(parents=True)
    write_documents(documents(), folder)
    return kinds
