"""Entities of types that are described in words, also of types that no training text has.

One encoder reads the text and, apart from it, the description of each type. The description's vector makes the rows of
its tags B and I, by which each token is scored: a product per token and tag, whatever the number of types. Tags, their
loss, windows and answers are those of `token_classification`, so that scores compare, and a saved model is a plain one.
"""

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from transformers import AutoModelForTokenClassification

from alambic.errors import UserError, nearest
from alambic.models.opening import open_model
from alambic.tasks.head import NOT_ASKED, Head, LabelTexts
from alambic.tasks.heads._labels import logits_of, one_of
from alambic.tasks.heads._type_rows import TypeRows, description_ids
from alambic.tasks.heads.token_classification import TokenClassification
from alambic.tasks.iob2 import tag_names
from alambic.tasks.windows import Window

MODELS = ("encoder",)
READS_LABEL_TEXTS = True
READS_TYPES = True  # a fine-tuned model answers for further types: `with_types`

DESCRIPTIONS = "alambic_descriptions"  # under which a configuration keeps what each type was described as
LONGEST = 48  # tokens of a description, special ones included
IMPOSSIBLE = -1e4  # the logit of a tag that was not asked for: finite, as 0 x infinity is no number

log = logging.getLogger("alambic.tasks")


class TypedSpans(TokenClassification):
    """The likeliest tag of each token, of types that are read; joined as `token_classification` joins them."""

    name = "typed_spans"

    def __init__(self, labels: tuple[str, ...], label_texts: LabelTexts) -> None:
        super().__init__(labels)
        types = [tag[2:] for tag in labels if tag.startswith("B-")]
        for name in label_texts:
            if name not in types:
                raise UserError(f"descriptions: no type '{name}' in this task; {nearest(name, types)}")
        self.descriptions = {name: (label_texts.get(name) or (name,))[0] for name in types}

    # ---- the model

    def new_model(self, folder: Path, *, seed: int) -> Any:
        """Open the encoder under rows that are read; what is drawn from `seed` is the row of "O"."""
        model = super().new_model(folder, seed=seed)
        model.classifier = self._rows(model, folder)
        return model

    def _rows(self, model: Any, folder: Path) -> TypeRows:
        """Make the layer of outputs for the types of this task."""
        if not isinstance(getattr(model, "classifier", None), torch.nn.Linear | TypeRows):
            raise UserError(
                f"{folder}: typed_spans needs an encoder whose outputs are one linear layer, found "
                f"{type(model).__name__}: choose token_classification for it"
            )
        tokenizer = self.open_preprocessor(folder)
        ids, cut_off = description_ids(tokenizer, self.descriptions, longest=LONGEST)
        if cut_off:
            log.warning(
                "%d of %d descriptions are longer than %d tokens: their ends are not read", cut_off, len(ids), LONGEST
            )
        if same := len(ids) - len({*map(tuple, ids)}):
            log.warning(
                "%d of %d descriptions read like another one: no model can tell these types apart", same, len(ids)
            )
        types = len(self.descriptions)
        places = {
            f"{prefix}-{name}": 1 + n + types * (prefix == "I")
            for n, name in enumerate(self.descriptions)
            for prefix in "BI"
        }
        return TypeRows(model.base_model, ids, [places.get(tag, 0) for tag in self.labels], pad=tokenizer.pad_token_id)

    def save(self, model: Any, preprocessor: Any, folder: Path, *, max_length: int) -> None:
        """Write a plain model of these types, and beside it the maps that make rows of other descriptions."""
        setattr(model.config, DESCRIPTIONS, self.descriptions)
        layer = model.classifier
        if isinstance(layer, TypeRows):
            model.classifier = layer.as_constants()
        super().save(model, preprocessor, folder, max_length=max_length)
        if isinstance(layer, TypeRows):
            layer.save(folder)
            model.classifier = layer

    # ---- learning

    def loss(self, model: Any, batch: dict[str, Tensor]) -> dict[str, Tensor]:
        """Compare tags as `token_classification` does; those of types that a text was not read for do not compete."""
        targets = batch["targets"]
        logits = logits_of(model, batch).masked_fill(targets == NOT_ASKED, IMPOSSIBLE)
        return one_of(logits, targets.clamp(min=0))


def head(labels: tuple[str, ...], label_texts: LabelTexts) -> Head[Window]:
    """Choose one of the tags `labels` for each word, "O" first, by what `label_texts` says of the types."""
    return TypedSpans(labels, label_texts)


def with_types(folder: Path, descriptions: Mapping[str, str]) -> tuple[Head[Window], Any]:
    """Open a fine-tuned model for types that it need not have learnt: the head of these types, and the model."""
    of_types = TypedSpans(tag_names(descriptions), {name: (text,) for name, text in descriptions.items()})
    model = open_model(AutoModelForTokenClassification, folder, dtype=torch.float32).eval()
    rows = of_types._rows(model, folder)
    rows.load(folder)
    model.classifier = rows.as_constants()
    model.config.id2label = dict(enumerate(of_types.labels))
    model.config.label2id = of_types.numbers
    return of_types, model
