"""Which of the answers to a question are right: each is scored against the question by itself.

The label is `right` where any number of answers may be right, and `best` where one is. An encoder reads the question
and an answer at once, and has one output: the log-odds that the answer is right by itself, or what is compared with
those of the other answers. A model that writes, causal or encoder-decoder, has no output of its own: it is asked how
likely it finds each answer after the question, and what counts is an answer's share of the likelihood of all. Such
a model reads no answer that is longer than it reads at once, or has no token: a training question with one is left out,
and of others it is never chosen (`answers_that_cannot_be_read`). An encoder reads the beginning of a long pair. A batch
of n questions holds every answer of each: it needs as much memory as so many texts.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits
from transformers import AutoModelForCausalLM, AutoModelForSeq2SeqLM, AutoModelForSequenceClassification

from alambic.errors import UserError
from alambic.models.causal import first_token
from alambic.models.description import family
from alambic.models.opening import open_config, open_model
from alambic.tasks.choices import read_choices
from alambic.tasks.examples import Answer, Example
from alambic.tasks.head import Head, LabelledWindow, Prediction
from alambic.tasks.heads._labels import LabelHead
from alambic.tasks.heads._likelihood import (
    all_log_likelihoods,
    continuations,
    log_likelihoods,
    source_targets,
)
from alambic.tasks.heads._pairs import join_pairs, knows_kinds, logits_of_pairs, readable
from alambic.tasks.heads._questions import Question, QuestionBatch, Row, stacked
from alambic.tasks.heads._usage import OF_PAIRS, PlainUse
from alambic.tasks.perturb.edits import Perturbed

log = logging.getLogger("alambic.tasks")

MODELS = ("encoder", "causal", "encoder_decoder")
READS_PAIRS = True  # a question and its answers: no corpus has them, and such a task has no task distillation
RIGHT, BEST = "right", "best"
NOT_READ = "answers_that_cannot_be_read"
BEFORE_ANSWER = "\nRéponse :"  # what a model that writes reads between a question and an answer
WRITERS = {"causal": AutoModelForCausalLM, "encoder-decoder": AutoModelForSeq2SeqLM}

ASKED = '{"text": question, "text_pair": an_answer}'
PIPELINE = "text-classification"
USES = {
    RIGHT: PlainUse(
        PIPELINE,
        {"function_to_apply": "sigmoid"},
        "every answer whose score is above one half, or the one with the highest",
        "",
        asked=ASKED,
        further=OF_PAIRS,
    ),
    BEST: PlainUse(
        PIPELINE,
        {"function_to_apply": "none"},
        "the answer with the highest score",
        "",
        asked=ASKED,
        further=OF_PAIRS,
    ),
}


class MultipleChoice(LabelHead):
    """Answers with more than even odds (of an encoder) or half of an even share (of one that writes); or the best."""

    name = "multiple_choice"
    auto_model = AutoModelForSequenceClassification

    def __init__(self, labels: tuple[str, ...]) -> None:
        super().__init__(labels)
        self.several = labels != (BEST,)
        self.family = "encoder"  # until the folder of a model is opened
        self.start: int | None = None  # of a decoder
        self.decoding = "answers=odds>1_or_share>1/2n" if self.several else "answers=best"  # type: ignore[misc]

    @property
    def by_likelihood(self) -> bool:
        """Whether the model writes, and has no output of its own."""
        return self.family in WRITERS

    @property
    def plain_use(self) -> PlainUse | None:  # type: ignore[override]
        """How the plain pipeline is asked about an answer; none has the likelihoods of a model that writes."""
        return None if self.by_likelihood else USES[RIGHT if self.several else BEST]

    # ---- the model

    def new_model(self, folder: Path, *, seed: int) -> Any:
        """Open an encoder under a new output; a model that writes as it is."""
        if not self._follow(folder):
            return super().new_model(folder, seed=seed)
        return open_model(
            WRITERS[self.family],
            folder,
            dtype=torch.float32,
            num_labels=len(self.labels),
            id2label=dict(enumerate(self.labels)),
            label2id=self.numbers,
        )

    def open_model(self, folder: Path) -> Any:
        """Open a fine-tuned model."""
        kind = WRITERS[self.family] if self._follow(folder) else self.auto_model
        return open_model(kind, folder, dtype=torch.float32).eval()

    def open_preprocessor(self, folder: Path) -> Any:
        """Open the tokenizer, with a token for padding; the family of the model decides how texts are joined."""
        self._follow(folder)
        tokenizer = super().open_preprocessor(folder)
        if self.family == "encoder-decoder" and self.start is None:
            self.start = first_token(tokenizer)
        return tokenizer

    def _follow(self, folder: Path) -> bool:
        config = open_config(folder)
        self.family = family(config)
        self.start = getattr(config, "decoder_start_token_id", None)
        return self.by_likelihood

    def reads_kinds(self, model: Any, preprocessor: Any) -> bool:
        """Say so of an encoder that knows several kinds, where its tokenizer gives them."""
        return knows_kinds(model) and "token_type_ids" in preprocessor.model_input_names

    def usage(self, folder: Path) -> list[str]:
        """Say how a saved encoder is asked about an answer; nothing for a model that writes."""
        self._follow(folder)
        return super().usage(folder)

    # ---- learning

    def encode(self, preprocessor: Any, examples: Sequence[Example], *, max_length: int) -> list[Question]:
        """Join each question with each of its answers; one with an answer that cannot be read is left out, and told.

        UserError where one has fewer than two.
        """
        questions = self._questions(preprocessor, examples, max_length=max_length)
        whole = [question for question in questions if question.is_whole]
        if left_out := len(questions) - len(whole):
            log.warning(
                "%d of %d questions are left out: an answer has no token, or as many as are read at once (%d)",
                left_out,
                len(questions),
                max_length,
            )
        return whole

    def _questions(self, preprocessor: Any, examples: Sequence[Example], *, max_length: int) -> list[Question]:
        for example in examples:
            if len(example.choices) < 2:
                raise UserError(
                    f"{example.id} has {len(example.choices)} answers to choose from: {self.name} reads a question "
                    'with several, such as {"a": "Aspirine", "b": "Digoxine"} in the column that --second-column names'
                )
        asked = [(example.text, text) for example in examples for _, text in example.choices]
        rows: Sequence[Row | None]
        if self.by_likelihood:
            texts = [(question + BEFORE_ANSWER, f" {answer}") for question, answer in asked]
            of_family = continuations if self.family == "causal" else source_targets
            rows = of_family(preprocessor, texts, longest=max_length)
        else:
            rows = join_pairs(preprocessor, asked, max_length=max_length)
        ends = np.cumsum([0, *(len(example.choices) for example in examples)])
        return [Question(n, tuple(rows[ends[n] : ends[n + 1]])) for n in range(len(examples))]

    def gold_targets(self, example: Example) -> np.ndarray:
        """Give 1 to each right answer and 0 to the others, (answers, 1)."""
        right = {example.gold} if isinstance(example.gold, str) else {*example.gold}
        return np.array([[float(name in right)] for name, _ in example.choices], np.float32)

    def label(self, window: Question, targets: np.ndarray) -> LabelledWindow[Question]:
        """Give a question its targets."""
        return LabelledWindow(window, targets)

    def collator(self, preprocessor: Any) -> Callable[[Sequence[LabelledWindow[Question]]], dict[str, Tensor]]:
        """Make batches of questions with all their answers: see `QuestionBatch`."""
        return QuestionBatch(preprocessor.pad_token_id, self.start or 0)

    def loss(self, model: Any, batch: dict[str, Tensor]) -> dict[str, Tensor]:
        """Give the mean loss of questions, and the share of those whose likeliest answer is right.

        Of answers that stand by themselves the loss is the mean binary cross-entropy, of the others the cross-entropy
        between the right ones, in equal shares, and the shares of all.
        """
        given, right = batch["given"], batch["targets"]
        rows = {name: values[given] for name, values in batch.items() if name not in ("given", "targets")}
        scores = torch.zeros_like(right).masked_scatter(given, self._scores(model, rows))
        if self.several and not self.by_likelihood:
            losses = binary_cross_entropy_with_logits(scores, right, reduction="none") * given
            loss = losses.sum(dim=1) / given.sum(dim=1)
        else:
            shares = scores.masked_fill(~given, -torch.inf).log_softmax(dim=1).masked_fill(~given, 0)
            loss = -(right * shares).sum(dim=1) / right.sum(dim=1).clamp(min=1)
        best = scores.detach().masked_fill(~given, -torch.inf).argmax(dim=1, keepdim=True)
        return {"loss": loss.mean(), "accuracy": right.gather(1, best).mean()}

    def _scores(self, model: Any, rows: dict[str, Tensor]) -> Tensor:
        """Score answers (rows,): the output of an encoder, or the log-likelihood by a model that writes."""
        if self.by_likelihood:
            return log_likelihoods(model, rows)
        outputs: Tensor = model(**readable(model, rows)).logits.float()
        return outputs[:, 0]

    # ---- answers

    def predict(
        self, model: Any, preprocessor: Any, examples: Sequence[Example], *, max_length: int
    ) -> list[Prediction]:
        """Answer each question; scores are (answers,)."""
        questions = self._questions(preprocessor, examples, max_length=max_length)
        scores = self.scores(model, questions, pad_id=preprocessor.pad_token_id)
        return [self._prediction(example, of_one) for example, of_one in zip(examples, scores, strict=True)]

    def scores(self, model: Any, questions: Sequence[Question], *, pad_id: int) -> list[Tensor]:
        """Score the answers of each question, (answers,): log-odds, or log-likelihoods; minus infinity if not read."""
        rows: list[Any] = [row for question in questions for row in question.rows]
        is_read = torch.tensor([row is not None for each in questions for row in each.answers], dtype=torch.bool)
        if not rows:
            scores = torch.zeros(0)
        elif self.by_likelihood:
            scores = all_log_likelihoods(model, rows, lambda some: stacked(some, pad_id, self.start or 0))
        else:
            scores = torch.stack(logits_of_pairs(model, rows, pad_id=pad_id))[:, 0]
        every = torch.full(is_read.shape, -torch.inf).masked_scatter(is_read, scores)
        return [*every.split([len(question.answers) for question in questions])]

    def _prediction(self, example: Example, scores: Tensor) -> Prediction:
        by_itself = self.several and not self.by_likelihood
        not_read = int(scores.isneginf().sum())
        names = [name for name, _ in example.choices]
        if not_read == len(names):  # there is nothing to choose from
            nothing: Answer = () if self.several else ""
            return Prediction(nothing, np.zeros(len(names), np.float32), remarks=(NOT_READ,) * not_read)
        probabilities = scores.sigmoid() if by_itself else scores.softmax(-1)
        best = names[int(scores.argmax())]
        enough = 0.5 if by_itself else 0.5 / len(names)
        chosen = [name for name, p in zip(names, probabilities.tolist(), strict=True) if p > enough] or [best]
        answer: Answer = tuple(sorted(chosen)) if self.several else best
        return Prediction(answer, probabilities.numpy().astype(np.float32), remarks=(NOT_READ,) * not_read)

    def counted(self, answer: Answer, example: Example) -> Answer:
        """Count the whole answer."""
        return answer

    # ---- use

    def question(self, name: str, text: str, second: str = "") -> Example:
        """Ask a question with answers, as JSON."""
        return Example(name, text, (), choices=read_choices(second))

    def as_record(self, example: Example, prediction: Prediction) -> dict[str, Any]:
        """Write the answers that were chosen, the likeliest first, each with its probability."""
        assert prediction.scores is not None
        given = {prediction.answer} if isinstance(prediction.answer, str) else {*prediction.answer}
        scores = dict(zip((name for name, _ in example.choices), prediction.scores.tolist(), strict=True))
        ordered = sorted(given - {""}, key=lambda name: (-scores[name], name))
        return {"labels": [{"label": name, "score": round(scores[name], 4)} for name in ordered]}

    def perturb(self, example: Example, perturbed: Perturbed) -> Example:
        """Change the question and keep its answers."""
        return replace(example, text=perturbed.text)


def head(labels: tuple[str, ...]) -> Head[Question]:
    """Choose any number of answers (`right`), or one (`best`)."""
    return MultipleChoice(labels)
