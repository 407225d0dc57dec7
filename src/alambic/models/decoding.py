"""Writing by a causal or an encoder-decoder model: greedy or by beams, free or along a table of valid outputs.

The search is that of transformers' `generate` (beams: length penalty 1, no early stopping), and gives the same. What
differs is the time: sources of similar length are read together, rows that have ended are dropped from the batch, and
the state of a constraint goes with each beam.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from alambic.models.cached_steps import Steps, steps_of
from alambic.models.copied_lists import CopiedLists
from alambic.models.generation import SeededSampling
from alambic.models.shared_prefix import SharedPrefix
from alambic.models.token_table import TokenTable

SEQUENCES_AT_ONCE = {"cpu": 32, "cuda": 256}
LEFT = 0.75  # share of a batch's rows that go on, below which the others are dropped: that copies the cache
IMPOSSIBLE = -1e9  # the score of a beam that is none
Table = TokenTable | CopiedLists


@dataclass(frozen=True)
class Written:
    """What a model wrote after one source."""

    ids: list[int]  # without the token that ends it
    log_probs: list[float]  # of each token among those that were allowed, the end's included
    ended: bool  # or cut off at the longest length
    score: float  # the mean log-probability of a token, as beams are compared; the end's included
    margin: float | None = None  # exp(score) less that of the next beam; None without beams


@dataclass(frozen=True)
class Search:
    """How a model writes."""

    end: int
    pad: int
    longest: int  # tokens, the end's included
    start: int | None = None  # of an encoder-decoder model: the token that it writes after
    beams: int = 1
    table: Table | None = None  # of what may be written
    prefix: SharedPrefix | None = None  # what a causal model has read before every source
    temperature: float = 1.0  # of what is drawn


@torch.inference_mode()
def write(
    model: Any, sources: Sequence[Sequence[int]], search: Search, *, seeds: Sequence[int] | None = None
) -> list[Written]:
    """Write after each source; none may be empty. The shortest are read first.

    With a seed for each source its tokens are drawn, among the allowed ones, and not the likeliest; without beams.
    """
    assert seeds is None or search.beams == 1, "what is drawn has no beams"
    model.eval()
    found: dict[int, Written] = {}
    ordered = sorted(range(len(sources)), key=lambda number: len(sources[number]))
    size = max(1, SEQUENCES_AT_ONCE[model.device.type] // search.beams)
    table = search.table.to(model.device) if search.table else None
    for first in range(0, len(ordered), size):
        some = ordered[first : first + size]
        batch = [sources[number] for number in some]
        steps = steps_of(model, batch, pad=search.pad, start=search.start, prefix=search.prefix)
        states = table.begin(some) if table else torch.zeros(len(some), dtype=torch.long, device=model.device)
        if search.beams > 1:
            written = _beams(steps, states, search, table)
        else:
            written = _one_by_one(steps, states, search, table, [seeds[number] for number in some] if seeds else None)
        found |= zip(some, written, strict=True)
    return [found[number] for number in range(len(sources))]


# ---- the likeliest token each time, or a drawn one


def _one_by_one(
    steps: Steps, states: Tensor, search: Search, table: Table | None, seeds: Sequence[int] | None
) -> list[Written]:
    sampling = SeededSampling(seeds, tokens=search.longest, temperature=search.temperature) if seeds else None
    logits = steps.begin()
    rows = torch.arange(len(states), device=logits.device)
    going = torch.ones_like(rows, dtype=torch.bool)
    tokens = torch.full((len(rows), search.longest), search.end, device=logits.device)
    logs = torch.zeros(len(rows), search.longest, device=logits.device)
    for place in range(search.longest):
        if table:
            logits = logits.masked_fill(~table.mask(states), -torch.inf)
        chosen = (sampling(tokens, logits) if sampling else logits).argmax(dim=1)
        best = logits.gather(1, chosen[:, None]).squeeze(1)
        chosen = chosen.where(going, chosen.new_full((), search.end))
        tokens[rows, place] = chosen
        logs[rows, place] = (best - logits.logsumexp(dim=1)).where(going, best.new_zeros(()))
        going = going & (chosen != search.end)
        left = int(going.sum())
        if not left or place + 1 == search.longest:
            break
        states = table.step(states, chosen) if table else states
        if left <= LEFT * len(rows):
            still = going.nonzero().squeeze(1)
            steps.select(still)
            rows, states, chosen, going = rows[still], states[still], chosen[still], going[still]
            if sampling:
                sampling.draws = sampling.draws[still.cpu()]
        logits = steps.next(chosen)
    return [_written(*row, search.end) for row in zip(tokens.tolist(), logs.tolist(), strict=True)]


def _written(tokens: list[int], logs: list[float], end: int, margin: float | None = None) -> Written:
    ended = end in tokens
    size = tokens.index(end) if ended else len(tokens)
    counted = logs[: size + ended]
    return Written(tokens[:size], counted, ended, sum(counted) / max(1, len(counted)), margin)


# ---- by beams


@dataclass
class _Beams:
    """The sequences of n sources that go on, or that have ended, the best first."""

    scores: Tensor  # (n, beams) the sum of log-probabilities; of those that have ended their mean
    tokens: Tensor  # (n, beams, longest)
    logs: Tensor  # (n, beams, longest)
    ended: Tensor  # (n, beams) bool

    def take(self, places: Tensor) -> "_Beams":
        """Give some of each source's: places (n, chosen)."""
        deep = places[:, :, None].expand(-1, -1, self.tokens.shape[2])
        rows = (self.tokens.gather(1, deep), self.logs.gather(1, deep))
        return _Beams(self.scores.gather(1, places), *rows, self.ended.gather(1, places))

    def of(self, sources: Tensor) -> "_Beams":
        """Give those of some sources."""
        return _Beams(self.scores[sources], self.tokens[sources], self.logs[sources], self.ended[sources])

    def joined(self, other: "_Beams") -> "_Beams":
        """Put those of `other` behind."""
        return _Beams(
            torch.cat([self.scores, other.scores], dim=1),
            torch.cat([self.tokens, other.tokens], dim=1),
            torch.cat([self.logs, other.logs], dim=1),
            torch.cat([self.ended, other.ended], dim=1),
        )


def _beams(steps: Steps, states: Tensor, search: Search, table: Table | None) -> list[Written]:
    """Search as transformers does: 2 x beams go on at each step, of which those that end among the best are set aside.

    A source is done when no sequence that goes on could still be better than the worst that has ended.
    """
    number, beams, logits = len(states), search.beams, steps.begin()
    device = logits.device
    steps.repeat(beams)
    logits = logits.repeat_interleave(beams, dim=0)
    sources = torch.arange(number, device=device)
    running = _Beams(
        torch.full((number, beams), IMPOSSIBLE, device=device),
        torch.full((number, beams, search.longest), search.end, device=device),
        torch.zeros(number, beams, search.longest, device=device),
        torch.zeros(number, beams, dtype=torch.bool, device=device),
    )
    done = running.of(sources)
    running.scores[:, 0] = 0.0
    states = states[:, None].expand(-1, beams)
    open_ = torch.ones(number, dtype=torch.bool, device=device)
    results: dict[int, Written] = {}
    for place in range(search.longest):
        candidates, parents, chosen = _candidates(logits, running, states, place, beams, table)
        candidates.ended = (chosen == search.end) | (place + 1 == search.longest)
        done = _set_aside(done, candidates, open_, beams, length=place + 1)
        going = candidates.scores + candidates.ended * IMPOSSIBLE
        best = going.topk(beams, dim=1).indices
        running = candidates.take(best)
        running.scores, running.ended = going.gather(1, best), torch.zeros_like(done.ended)
        parents, chosen = parents.gather(1, best), chosen.gather(1, best)
        if table:
            states = table.step(states.gather(1, parents).flatten(), chosen.flatten()).view_as(parents)
        worst = torch.where(done.ended, done.scores.min(dim=1, keepdim=True).values, IMPOSSIBLE)
        open_ = open_ & ((running.scores[:, :1] / (place + 1)) > worst).any(dim=1)
        open_ = open_ & (running.scores[:, 0] > IMPOSSIBLE / 2)  # nothing goes on
        left = int(open_.sum())
        if not left or place + 1 == search.longest:
            break
        if left <= LEFT * len(sources):
            over, still = (~open_).nonzero().squeeze(1), open_.nonzero().squeeze(1)
            results |= _results(done.of(over), sources[over], search.end)
            steps.select((still[:, None] * beams + parents[still]).flatten())
            running, done, sources = running.of(still), done.of(still), sources[still]
            states, chosen, open_ = states[still], chosen[still], open_[still]
        else:
            first = torch.arange(len(sources), device=device)[:, None] * beams
            steps.permute((first + parents).flatten())
        logits = steps.next(chosen.flatten())
    results |= _results(done, sources, search.end)
    return [results[source] for source in range(number)]


def _candidates(
    logits: Tensor, running: _Beams, states: Tensor, place: int, beams: int, table: Table | None
) -> tuple[_Beams, Tensor, Tensor]:
    """Give the best 2 x beams continuations of each source, the beam and the token (n, 2 x beams) of each.

    They are compared by their probabilities among all tokens; noted are those among the allowed ones.
    """
    among_all = logits.log_softmax(dim=1)
    noted = among_all
    if table:
        among_all = among_all.masked_fill(~table.mask(states.flatten()), -torch.inf)
        noted = among_all - among_all.logsumexp(dim=1, keepdim=True)
    vocabulary = logits.shape[1]
    number = len(running.scores)
    totals = (among_all.view(number, beams, vocabulary) + running.scores[:, :, None]).view(number, -1)
    scores, places = totals.topk(2 * beams, dim=1)
    parents, chosen = places.div(vocabulary, rounding_mode="floor"), places % vocabulary
    candidates = running.take(parents)
    candidates.scores = scores
    candidates.tokens[:, :, place] = chosen
    candidates.logs[:, :, place] = noted.view(number, -1).gather(1, places).nan_to_num(neginf=IMPOSSIBLE)
    return candidates, parents, chosen


def _set_aside(done: _Beams, candidates: _Beams, open_: Tensor, beams: int, *, length: int) -> _Beams:
    """Keep the best of those that have ended, with those that end now among the best `beams` candidates."""
    among_best = torch.arange(candidates.scores.shape[1], device=open_.device) < beams
    new = candidates.take(torch.arange(candidates.scores.shape[1], device=open_.device).expand_as(candidates.scores))
    new.ended = candidates.ended & among_best
    new.scores = candidates.scores / length + ~new.ended * IMPOSSIBLE + ~open_[:, None] * IMPOSSIBLE
    together = done.joined(new)
    return together.take(together.scores.topk(beams, dim=1).indices)


def _results(done: _Beams, sources: Tensor, end: int) -> dict[int, Written]:
    best = done.scores[:, :2].exp()
    margins = (best[:, 0] - best[:, 1]).tolist()
    rows = zip(done.tokens[:, 0].tolist(), done.logs[:, 0].tolist(), margins, strict=True)
    written = [_written(tokens, logs, end, margin) for tokens, logs, margin in rows]
    return dict(zip(sources.tolist(), written, strict=True))
