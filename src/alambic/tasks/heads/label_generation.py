"""One label or several for a text, which a model writes: each label is one token.

A label of a token of its own is written in one step, so that the probability of every label is there, of thousands as
of two, and is what a classification layer would give. Of wordings, the model would have to read each one to say how
likely it is. Several labels are written in the order of the task's: the probability of one is that it is the next to be
written, given those before it, among all that may still come; their product is that of the whole answer.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from alambic.models.cached_steps import Steps, steps_of
from alambic.models.decoding import SEQUENCES_AT_ONCE
from alambic.models.opening import open_config
from alambic.tasks.examples import Answer, Example, TaskData
from alambic.tasks.head import Head, Prediction
from alambic.tasks.heads._generation import TargetHead, end_of
from alambic.tasks.heads._passages import Passage
from alambic.tasks.heads.text_generation import EMPTY_TEXT, NOT_READ_WHOLE

MODELS = ("causal", "encoder_decoder")
SOFT_TARGETS = False  # no task distillation: a teacher of what is written is learnt from by what it writes

SEVERAL = "alambic_several_labels"  # under which the configuration of a model says so
UNENDED = "outputs_without_end"


class LabelGeneration(TargetHead):
    """The likeliest label; or, of several, those above one half, or the likeliest where none is."""

    name = "label_generation"
    decoding = "label=likeliest|labels=in_order:above_half_or_likeliest"

    def __init__(self, labels: tuple[str, ...]) -> None:
        super().__init__(labels)
        self.several = False  # of a model that nobody trained

    def added_tokens(self) -> list[str]:
        """Name a token for each label."""
        return [*super().added_tokens(), *map(token_of, self.labels)]

    def target(self, tokenizer: Any, example: Example) -> list[int]:
        """Give the tokens of the right labels, in the order of the task's."""
        gold = [example.gold] if isinstance(example.gold, str) else example.gold
        names = [token_of(label) for label in sorted(gold, key=self.numbers.__getitem__)]
        return list(tokenizer.convert_tokens_to_ids(names))

    # ---- the model

    def open_model(self, folder: Path) -> Any:
        """Open a fine-tuned model, which says whether it gives several labels."""
        self.several = bool(open_config(folder).to_dict().get(SEVERAL, False))
        return super().open_model(folder)

    def settle(self, model: Any, preprocessor: Any, data: TaskData, *, max_length: int) -> None:
        """Note how many labels there may be."""
        super().settle(model, preprocessor, data, max_length=max_length)
        self.several = any(not isinstance(example.gold, str) for example in data.train)

    def save(self, model: Any, preprocessor: Any, folder: Path, *, max_length: int) -> None:
        """Write model and tokenizer; the configuration says whether there are several labels."""
        setattr(model.config, SEVERAL, self.several)
        super().save(model, preprocessor, folder, max_length=max_length)

    # ---- answers

    def predict(
        self, model: Any, preprocessor: Any, examples: Sequence[Example], *, max_length: int
    ) -> list[Prediction]:
        """Answer each text; scores are (labels,)."""
        if not examples:
            return []
        longest = min(self.longest, self._most(max_length))
        sources = self._sources(preprocessor, examples, [longest] * len(examples), max_length=max_length)
        several = not isinstance(examples[0].gold, str)
        scores, unended = self._scores(model, preprocessor, sources, longest=longest, several=several)
        texts = [example.text for example in examples]
        cut_off = self.not_read_whole(preprocessor, texts, longest, max_length=max_length)
        predictions = []
        for number, (text, row) in enumerate(zip(texts, scores, strict=True)):
            odd = {EMPTY_TEXT: not text.strip(), NOT_READ_WHOLE: number in cut_off, UNENDED: number in unended}
            remarks = tuple(name for name, holds in odd.items() if holds)
            predictions.append(Prediction(self._answer(row, several=several), row.numpy(), remarks=remarks))
        return predictions

    @torch.inference_mode()
    def _scores(
        self, model: Any, tokenizer: Any, sources: Sequence[list[int]], *, longest: int, several: bool
    ) -> tuple[Tensor, set[int]]:
        """Give the probabilities (texts, labels) on the CPU, and the places of texts that may have further labels."""
        model.eval()
        tokens = torch.tensor(tokenizer.convert_tokens_to_ids([*map(token_of, self.labels)]), device=model.device)
        start = None if self.causal else self.start
        ordered = torch.tensor(sorted(range(len(sources)), key=lambda number: len(sources[number])))
        scores, unended = torch.zeros(len(sources), len(self.labels)), set()
        for some in ordered.split(SEQUENCES_AT_ONCE[model.device.type]):
            batch = [sources[number] for number in some.tolist()]
            steps = steps_of(model, batch, pad=tokenizer.pad_token_id, start=start)
            if several:
                found, left = _in_order(steps, tokens, end=end_of(tokenizer), longest=longest)
                unended |= {int(some[place]) for place in left.tolist()}
            else:
                found = steps.begin()[:, tokens].softmax(dim=-1)
            scores[some] = found.cpu()
        return scores, unended

    def _answer(self, scores: Tensor, *, several: bool) -> Answer:
        likeliest = int(scores.argmax())
        if not several:
            return self.labels[likeliest]
        chosen = (scores > 0.5).nonzero().flatten().tolist() or [likeliest]
        return tuple(sorted(self.labels[number] for number in chosen))

    def question(self, name: str, text: str, second: str = "") -> Example:
        """Ask for the labels of a text."""
        return Example(name, text, () if self.several else "")

    def as_record(self, example: Example, prediction: Prediction) -> dict[str, Any]:
        """Write the labels that were given, the likeliest first, each with its probability."""
        assert prediction.scores is not None
        given = [prediction.answer] if isinstance(prediction.answer, str) else prediction.answer
        labels = [{"label": label, "score": round(float(prediction.scores[self.numbers[label]]), 4)} for label in given]
        return {"labels": sorted(labels, key=lambda label: (-label["score"], label["label"]))}


def _in_order(steps: Steps, tokens: Tensor, *, end: int, longest: int) -> tuple[Tensor, Tensor]:
    """Give the probability of each label given those above one half before it, (rows, labels); `tokens` are theirs.

    Also the rows that have as many labels as `longest` tokens may hold, and perhaps more.
    """
    logits = steps.begin()
    scores = torch.zeros(len(logits), len(tokens), device=logits.device)
    places, rows = torch.arange(len(tokens), device=logits.device), torch.arange(len(logits), device=logits.device)
    before = torch.full_like(rows, -1)  # the last label that was written
    for _ in range(longest):
        may_come = places > before[:, None]
        of_labels = logits[:, tokens]
        together = torch.cat([of_labels.masked_fill(~may_come, -torch.inf), logits[:, [end]]], dim=1)
        from_here = together.flip(1).logcumsumexp(dim=1).flip(1)[:, :-1]  # this label, or what is behind it, or the end
        scores[rows] = torch.where(may_come, (of_labels - from_here).exp(), scores[rows])
        given = may_come & (scores[rows] > 0.5)
        going = given.any(dim=1).nonzero().flatten()
        rows, before = rows[going], given[going].int().argmax(dim=1)  # the first of them
        if not len(rows):
            break
        steps.select(going)
        logits = steps.next(tokens[before])
    scores[rows] = scores[rows].masked_fill(places > before[:, None], 0.0)  # of those behind nothing is known
    return scores, rows


def token_of(label: str) -> str:
    """Name the token of a label: "IX" -> "<label:IX>"."""
    return f"<label:{label}>"


def head(labels: tuple[str, ...]) -> Head[Passage]:
    """Write one or several of `labels`."""
    return LabelGeneration(labels)
