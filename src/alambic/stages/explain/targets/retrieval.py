"""A label that is compared with a text, such as a code: the log-probability that it is one of the text's."""

from collections.abc import Sequence
from typing import Any, cast

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import logsigmoid, normalize

from alambic.stages.explain.case import Case, row_of
from alambic.stages.explain.target import Target, rows_of
from alambic.stages.explain.targets._rows import ReadRows, answers_of, attended_from, inputs_of_rows, mean_of_rows
from alambic.tasks.examples import Example
from alambic.tasks.head import Head, Prediction
from alambic.tasks.heads.label_retrieval import LabelRetrieval
from alambic.tasks.windows import cut_words
from alambic.tasks.words import word_offsets

HEADS = ("label_retrieval",)


class Retrieved(ReadRows[LabelRetrieval]):
    """The label's vector, as it is saved with the model, against the mean of those of the text's windows."""

    def cases(
        self, model: Any, examples: Sequence[Example], predictions: Sequence[Prediction], *, most: int
    ) -> list[Case]:
        """Take the first `most` labels of each text."""
        made = []
        for example, prediction in zip(examples, predictions, strict=True):
            words = word_offsets(example.text)
            windows = cut_words(self.tokenizer, [example.text], [words], max_length=self.tokenizer.model_max_length)
            rows = tuple(map(row_of, windows))
            for label in answers_of(prediction, most):
                made.append(Case(example, example.text, words, label, rows, self.head.numbers[label]))
        return made

    def forward(self, model: Any, cases: Sequence[Case], **options: Any) -> Any:
        """Read all rows; the mask is kept, as means are taken of what is no padding."""
        inputs = inputs_of_rows(model, cases, self.tokenizer.pad_token_id)
        outputs = model(**inputs, **options)
        outputs.mask = inputs["attention_mask"]
        return outputs

    def scores(self, model: Any, outputs: Any, cases: Sequence[Case]) -> Tensor:
        """Compare each text with its label."""
        mask = outputs.mask
        summed = (outputs.last_hidden_state * mask[:, :, None]).sum(dim=1).float()
        read = normalize(summed / mask.sum(dim=1, keepdim=True).clamp(min=1), dim=-1)
        texts = normalize(mean_of_rows(read, cases), dim=-1)
        labels = model.retrieval.vectors[torch.tensor([case.wanted for case in cases])].float().to(texts.device)
        scale, bias = model.retrieval.log_scale.exp(), model.retrieval.bias
        return logsigmoid((texts * labels).sum(dim=-1) * scale + bias)

    def attention(self, model: Any, outputs: Any, cases: Sequence[Case]) -> list[np.ndarray]:
        """Read it at all tokens: the vector is the mean of their states."""
        return attended_from(outputs, cases, [[*range(len(row))] for row in rows_of(cases)])


def target(head: Head[Any], tokenizer: Any) -> Target:
    """Explain a label."""
    return Retrieved(cast(LabelRetrieval, head), tokenizer)
