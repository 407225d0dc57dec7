"""Continue the merges of a BPE tokenizer on a corpus, whatever its letters stand for.

New merges come after all the old ones, so that a text is first cut as the base cuts it, and then only joined: what
holds no new pair of neighbours is cut as before (Sennrich et al., 2016, for the algorithm).
"""

import itertools
from collections import Counter, defaultdict
from collections.abc import Callable
from heapq import heapify, heappop, heappush
from typing import Any

from alambic.stages.tokenizer.base import Base, LearntPiece

Pair = tuple[str, str]


def learn_merges(
    base: Base, words: Counter[str], *, limit: int, minimum_count: int, allowed: Callable[[str], bool]
) -> list[LearntPiece]:
    """Learn up to `limit` merges into pieces that are `allowed`, each seen `minimum_count` times or more."""
    model = base.backend.model
    cuts = [[token.value for token in model.tokenize(word)] for word in sorted(words)]
    counts = [words[word] for word in sorted(words)]
    vocabulary = set(base.content["model"]["vocab"])
    learnt = []
    for left, right in _merges(cuts, counts, vocabulary, limit=limit, minimum_count=minimum_count, allowed=allowed):
        piece = left + right
        learnt.append(LearntPiece(piece, tuple(token.id for token in model.tokenize(piece)), (left, right)))
    return learnt


def extend(content: dict[str, Any], learnt: list[LearntPiece]) -> None:
    """Append the pieces and their merges to the model in a tokenizer.json."""
    model = content["model"]
    for new in learnt:
        model["vocab"][new.piece] = len(model["vocab"])
        model["merges"].append(list(new.parts))


def pieces(content: dict[str, Any]) -> list[str]:
    """List the pieces by id."""
    vocabulary: dict[str, int] = content["model"]["vocab"]
    return sorted(vocabulary, key=lambda piece: vocabulary[piece])


def best_ids(content: dict[str, Any]) -> list[int]:
    """List the ids in the order in which they were learnt, the most frequent first."""
    return list(range(len(content["model"]["vocab"])))


def with_dependencies(content: dict[str, Any], ids: set[int]) -> set[int]:
    """Return `ids` and every piece out of which merges build them."""
    names, vocabulary = pieces(content), content["model"]["vocab"]
    parts: dict[str, list[str]] = defaultdict(list)
    for left, right in content["model"]["merges"]:
        parts[left + right] += [left, right]
    reached, waiting = set(), [names[number] for number in ids if number < len(names)]
    while waiting:
        piece = waiting.pop()
        if piece not in reached:
            reached.add(piece)
            waiting += parts[piece]
    return {vocabulary[piece] for piece in reached}


def rebuild(content: dict[str, Any], order: list[int]) -> None:
    """Keep the pieces of `order`, which become 0, 1, 2..., and the merges among them."""
    model, names = content["model"], pieces(content)
    ids = {names[number]: index for index, number in enumerate(order)}
    model["vocab"] = ids
    model["merges"] = [[a, b] for a, b in model["merges"] if a in ids and b in ids and a + b in ids]


def _merges(
    cuts: list[list[str]],
    counts: list[int],
    vocabulary: set[str],
    *,
    limit: int,
    minimum_count: int,
    allowed: Callable[[str], bool],
) -> list[Pair]:
    """Join the most frequent pair of neighbours, again and again; ties go to the first in the alphabet."""
    pair_counts: Counter[Pair] = Counter()
    places: dict[Pair, set[int]] = defaultdict(set)
    for number, units in enumerate(cuts):
        _count(units, counts[number], pair_counts, places, number)
    queue = [(-count, pair) for pair, count in pair_counts.items()]
    heapify(queue)
    merges: list[Pair] = []
    while queue and len(merges) < limit:
        count, pair = heappop(queue)
        if -count != pair_counts[pair]:
            if pair_counts[pair] >= minimum_count:
                heappush(queue, (-pair_counts[pair], pair))
            continue
        if -count < minimum_count:
            break
        if "".join(pair) in vocabulary or not allowed("".join(pair)):
            continue
        merges.append(pair)
        vocabulary.add("".join(pair))
        _join(pair, cuts, counts, pair_counts, places, queue)
    return merges


def _join(
    pair: Pair,
    cuts: list[list[str]],
    counts: list[int],
    pair_counts: Counter[Pair],
    places: dict[Pair, set[int]],
    queue: list[tuple[int, Pair]],
) -> None:
    changed: set[Pair] = set()
    for number in sorted(places.pop(pair)):
        before = cuts[number]
        after = _joined(before, pair)
        for old in itertools.pairwise(before):
            pair_counts[old] -= counts[number]
        _count(after, counts[number], pair_counts, places, number)
        changed.update(itertools.pairwise(after))
        cuts[number] = after
    for new in sorted(changed):
        heappush(queue, (-pair_counts[new], new))


def _count(units: list[str], count: int, pair_counts: Counter[Pair], places: dict[Pair, set[int]], number: int) -> None:
    for pair in itertools.pairwise(units):
        pair_counts[pair] += count
        places[pair].add(number)


def _joined(units: list[str], pair: Pair) -> list[str]:
    joined: list[str] = []
    for unit in units:
        if joined and (joined[-1], unit) == pair:
            joined[-1] += unit
        else:
            joined.append(unit)
    return joined
