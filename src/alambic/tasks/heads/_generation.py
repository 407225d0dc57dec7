"""What the heads share that write: text in, text out, by an encoder-decoder or a causal model.

An encoder-decoder model reads the text and writes the target. A causal model reads the text, a token that opens the
target, and goes on. Only the target is learnt. A text of which not all is read, a target that is cut off or holds what
the tokenizer cannot say, and what was written without an end are counted in the log.
"""

import logging
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import torch
from tokenizers import AddedToken
from torch import Tensor
from torch.nn.functional import cross_entropy
from transformers import AutoModelForCausalLM, AutoModelForSeq2SeqLM

from alambic.models.causal import first_token
from alambic.models.decoding import Search, Table, Written, write
from alambic.models.description import family
from alambic.models.new_tokens import add_rows
from alambic.models.opening import open_config, open_model
from alambic.models.positions import window_length
from alambic.models.text_tokens import cut, for_plain_use, tokenize
from alambic.models.token_table import TokenTable
from alambic.tasks.examples import Answer, Example, TaskData
from alambic.tasks.head import LABELS, READS, SAVED_NAME, LabelledWindow, Prediction
from alambic.tasks.heads._labels import LabelHead
from alambic.tasks.heads._passages import NOT_COUNTED, CausalBatch, Passage, SourceTargetBatch
from alambic.tasks.perturb.edits import Perturbed

log = logging.getLogger("alambic.tasks")

OPENS = "<target>"  # the token after which a target, or its codes, begin
ENDS = "<end>"  # the token that ends it, where the tokenizer has none that ends texts
LONGEST = 64  # tokens of an output, of a model whose training targets nobody measured
ROOM = 8  # tokens more than the longest target of training that an output may have


class WritingHead(LabelHead):
    """What a model writes after a text, and how it learns to."""

    beams: ClassVar[int] = 1

    def __init__(self, labels: tuple[str, ...]) -> None:
        super().__init__(labels)
        self.causal = False  # until the folder of a model is opened
        self.longest = LONGEST
        self.start: int | None = None

    def added_tokens(self) -> list[str]:
        """Name the tokens that the tokenizer gets for what is written."""
        return [OPENS]

    # ---- the model

    def new_model(self, folder: Path, *, seed: int) -> Any:
        """Open the model with rows for the added tokens, which are drawn from `seed`."""
        torch.manual_seed(seed)
        model = self._open(folder)
        add_rows(model, len(self.open_preprocessor(folder)))
        return model

    def open_model(self, folder: Path) -> Any:
        """Open a fine-tuned model."""
        self.longest = open_config(folder).to_dict().get(READS, {}).get("longest_output", LONGEST)
        return self._open(folder).eval()

    def _open(self, folder: Path) -> Any:
        self._follow(folder)
        kind = AutoModelForCausalLM if self.causal else AutoModelForSeq2SeqLM
        return open_model(kind, folder, dtype=torch.float32)

    def _follow(self, folder: Path) -> None:
        config = open_config(folder)
        self.causal = family(config) == "causal"
        self.start = None if self.causal else getattr(config, "decoder_start_token_id", None)

    def open_preprocessor(self, folder: Path) -> Any:
        """Open the tokenizer with the added tokens; a text is never read as one of them."""
        self._follow(folder)
        tokenizer = super().open_preprocessor(folder)
        further = [ENDS] if tokenizer.eos_token_id is None and tokenizer.sep_token_id is None else []
        added = [AddedToken(name, special=True, normalized=False) for name in (*self.added_tokens(), *further)]
        tokenizer.add_tokens(added, special_tokens=True)
        if not self.causal and self.start is None:
            self.start = first_token(tokenizer)
        return tokenizer

    def longest_input(self, model: Any, max_length: int) -> int:
        """Give `max_length` tokens, or as many as the model has usable positions for; a causal model writes there too.

        Half of them at most are of the target.
        """
        return window_length(model.config, wanted=max_length)

    def freeze_embeddings(self, model: Any) -> None:
        """Learn the embeddings nevertheless: those of the added tokens are new."""

    def save(self, model: Any, preprocessor: Any, folder: Path, *, max_length: int) -> None:
        """Write model and tokenizer, with the added tokens; the configuration says how the model reads and writes."""
        setattr(model.config, SAVED_NAME, self.name)
        setattr(model.config, LABELS, list(self.labels))
        reads = {"text": "running", "unicode": "NFC", "max_length": max_length, "longest_output": self.longest}
        setattr(model.config, READS, reads)
        preprocessor.model_max_length = max_length
        model.save_pretrained(folder)
        for_plain_use(preprocessor).save_pretrained(folder)

    # ---- learning

    def _most(self, max_length: int) -> int:
        """Give the tokens that an output may have: of a causal model, half of what it reads."""
        return max(2, max_length // 2) if self.causal else max_length

    def _sources(
        self, tokenizer: Any, examples: Sequence[Example], rooms: Sequence[int], *, max_length: int
    ) -> list[list[int]]:
        """Tokenize texts; `rooms` is what each leaves free, in a causal model, for what is written."""
        texts = [example.text for example in examples]
        if self.causal:
            read = [tokens.ids.tolist() for tokens in tokenize(tokenizer, texts)]
            longest = [max(0, max_length - room - 1) for room in rooms]
            too_long = sum(len(ids) > most for ids, most in zip(read, longest, strict=True))
            sources = [self.opened(tokenizer, ids[:most]) for ids, most in zip(read, longest, strict=True)]
        else:
            windows = cut(tokenizer, texts, longest=max_length)
            too_long = len({window.text for window in windows if window.first})
            sources = [window.ids.tolist() for window in windows if not window.first]
            sources = [ids or [end_of(tokenizer)] for ids in sources]
        if too_long:
            log.warning(
                "%d of %d texts are longer than what is read, %d tokens: their ends are not read",
                too_long,
                len(texts),
                max_length,
            )
        return sources

    def gold_targets(self, example: Example) -> np.ndarray:
        """Give nothing: the target's tokens are of what is encoded, (1, 0)."""
        return np.zeros((1, 0), np.float32)

    def label(self, window: Passage, targets: np.ndarray) -> LabelledWindow[Passage]:
        """Give the passage, which holds its target."""
        return LabelledWindow(window, targets)

    def collator(self, preprocessor: Any) -> "Callable[[Sequence[LabelledWindow[Passage]]], dict[str, Tensor]]":
        """Make batches: see `CausalBatch` and `SourceTargetBatch`."""
        if self.causal:
            return CausalBatch(preprocessor.pad_token_id)
        assert self.start is not None
        return SourceTargetBatch(preprocessor.pad_token_id, self.start)

    def loss(self, model: Any, batch: dict[str, Tensor]) -> dict[str, Tensor]:
        """Give the mean over sequences of the mean cross-entropy of their targets' tokens, and the share of right ones.

        The right token before each is given.
        """
        labels = batch["labels"]
        inputs = {name: values for name, values in batch.items() if name != "labels"}
        if self.causal:
            first = int((labels != NOT_COUNTED).any(dim=0).nonzero()[0])  # only from there on are logits computed
            logits = model(**inputs, logits_to_keep=labels.shape[1] - first + 1).logits[:, :-1]
            labels = labels[:, first:]
        else:
            logits = model(**inputs).logits
        counted = labels != NOT_COUNTED
        sizes = counted.sum(dim=1).clamp(min=1)
        losses = cross_entropy(logits.float().transpose(1, 2), labels, ignore_index=NOT_COUNTED, reduction="none").sum(
            dim=1
        )
        right = ((logits.detach().argmax(dim=-1) == labels) & counted).sum(dim=1)
        return {"loss": (losses / sizes).mean(), "accuracy": (right / sizes).mean()}

    # ---- answers

    def not_read_whole(self, tokenizer: Any, texts: Sequence[str], longest: int, *, max_length: int) -> set[int]:
        """Give the places of texts whose ends are not read where an output may have `longest` tokens."""
        if self.causal:
            room = max(0, max_length - longest - 1)
            return {number for number, tokens in enumerate(tokenize(tokenizer, texts)) if len(tokens.ids) > room}
        return {window.text for window in cut(tokenizer, texts, longest=max_length) if window.first}

    def opened(self, tokenizer: Any, ids: Sequence[int]) -> list[int]:
        """Put behind the tokens of a text what opens the target of a causal model."""
        return [*ids, tokenizer.convert_tokens_to_ids(OPENS)]

    def end(self, tokenizer: Any) -> int:
        """Give the token that ends what is written."""
        return end_of(tokenizer)

    def search(self, tokenizer: Any, longest: int, table: Table | None) -> Search:
        """Say how a model writes what `table` allows; None for anything."""
        pad, start = tokenizer.pad_token_id, None if self.causal else self.start
        return Search(self.end(tokenizer), pad, longest, start=start, beams=self.beams, table=table)

    def counted(self, answer: Answer, example: Example) -> Answer:
        """Count the whole answer."""
        return answer

    def perturb(self, example: Example, perturbed: Perturbed) -> Example:
        """Change the text and keep what is to be written."""
        return replace(example, text=perturbed.text)


class TargetHead(WritingHead, ABC):
    """One output for each text, of which as much is read as there is room for."""

    @abstractmethod
    def target(self, tokenizer: Any, example: Example) -> list[int]:
        """Give the tokens of the right output, without the one that ends it."""

    def settle(self, model: Any, preprocessor: Any, data: TaskData, *, max_length: int) -> None:
        """Note how long the targets of training are: an output may be a little longer."""
        sizes = [len(self.target(preprocessor, example)) for example in data.train]
        self.longest = max(sizes, default=LONGEST) + ROOM

    def encode(self, preprocessor: Any, examples: Sequence[Example], *, max_length: int) -> list[Passage]:
        """Tokenize texts and their right outputs."""
        targets, cut_off, unknown = [], 0, 0
        for example in examples:
            ids = self.target(preprocessor, example)
            unknown += preprocessor.unk_token_id is not None and preprocessor.unk_token_id in ids
            cut_off += len(ids) >= self._most(max_length)
            targets.append([*ids[: self._most(max_length) - 1], end_of(preprocessor)])
        if cut_off:
            log.warning("%d of %d targets are too long: their ends are not learnt", cut_off, len(examples))
        if unknown:
            log.warning("%d of %d targets hold what the tokenizer cannot say", unknown, len(examples))
        rooms = [len(target) for target in targets]
        sources = self._sources(preprocessor, examples, rooms, max_length=max_length)
        return [Passage(number, *pair) for number, pair in enumerate(zip(sources, targets, strict=True))]


class GenerationHead(TargetHead):
    """A text that a model writes, as one search finds it."""

    @abstractmethod
    def answered(self, tokenizer: Any, written: Written) -> Prediction:
        """Read what was written."""

    def table(self, tokenizer: Any, vocabulary: int, longest: int) -> TokenTable | None:
        """Say which outputs are valid; None for any."""
        return None

    def predict(
        self, model: Any, preprocessor: Any, examples: Sequence[Example], *, max_length: int
    ) -> list[Prediction]:
        """Write after each text."""
        if not examples:
            return []
        longest = min(self.longest, self._most(max_length))
        sources = self._sources(preprocessor, examples, [longest] * len(examples), max_length=max_length)
        table = self.table(preprocessor, vocabulary_of(model), longest)
        written = write(model, sources, self.search(preprocessor, longest, table))
        tell_unended(written, longest)
        return [self.answered(preprocessor, each) for each in written]


def vocabulary_of(model: Any) -> int:
    """Give the number of tokens that a model may write."""
    size: int = model.get_output_embeddings().weight.shape[0]
    return size


def tell_unended(written: Sequence[Written], longest: int) -> None:
    """Count outputs without an end in the log."""
    if unended := sum(not each.ended for each in written):
        log.warning("%d of %d outputs have no end after %d tokens", unended, len(written), longest)


def written_text(tokenizer: Any, ids: Sequence[int]) -> str:
    """Give the text of tokens, without special ones."""
    text: str = tokenizer.decode(ids, skip_special_tokens=True, clean_up_tokenization_spaces=False)
    return text.strip()


def text_ids(tokenizer: Any, text: str) -> list[int]:
    """Give the tokens of a text that is to be written."""
    ids: list[int] = tokenize(tokenizer, [text])[0].ids.tolist()
    return ids


def end_of(tokenizer: Any) -> int:
    """Give the token that ends what is written."""
    for token in (tokenizer.eos_token_id, tokenizer.sep_token_id):
        if token is not None:
            return int(token)
    return int(tokenizer.convert_tokens_to_ids(ENDS))
