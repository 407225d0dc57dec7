"""Which of a closed list of labels a causal teacher would give each document: soft labels, by a prompt alone.

How likely each label's wording is after a prompt that holds the document, normalised over the labels, as the LM
Evaluation Harness scores choices (Gao et al. 2024, doi 10.5281/zenodo.12608602). What makes a wording likely by itself
may be taken away: its length, or how likely it is after the prompt without a document (domain-conditional PMI, Holtzman
et al. 2021, arXiv 2104.08315, section 3).
"""

import json
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
import pyarrow as pa
import torch
from pydantic import Field
from torch import Tensor
from transformers import AutoModelForCausalLM

from alambic.data.documents import Document
from alambic.errors import UserError
from alambic.models.causal import first_token
from alambic.models.device import device_of, reading_dtype
from alambic.models.opening import open_model, open_tokenizer
from alambic.models.padding import padded
from alambic.models.positions import window_length
from alambic.models.text_tokens import tokenize_beginning
from alambic.stages.teach.windows import TOKENS_PER_FORWARD, Window, batched

ANY_STUDENT = True  # speaks of whole texts: a student may begin as another model than this teacher
ARCHITECTURES = ("ForCausalLM", "LMHeadModel", "ForConditionalGeneration")  # of its teacher

SCHEMA = pa.schema([("id", pa.string()), ("read", pa.int32()), ("scores", pa.list_(pa.float32()))])
SPARE = 8  # tokens: a text may be cut otherwise within the prompt than alone


@dataclass(frozen=True)
class _Question(Window):
    """The prompt with a document, up to where the labels' wordings differ or begin; n tokens."""

    endings: list[list[int]]  # of each label, the tokens after the n
    begins: list[int]  # of each label, at which of these the wording begins; never at the first


def capture(
    teacher: Path,
    *,
    labels: Annotated[dict[str, str], Field(min_length=2)],
    prompt: Annotated[str, Field(pattern=r"\S\s*\{text\}|\{text\}\s*\S")],
    by: Literal["sum", "characters", "prior"] = "prior",
    longest: Annotated[int, Field(ge=16)] = 2048,
) -> Callable[[list[Document]], pa.Table]:
    """Load the teacher; return what turns documents into a table of log-probabilities of `labels`.

    labels: name -> wording; prompt: a text with "{text}", after which a space and a wording follow, or what white space
    it ends with. A chat model wants its template's signs in it. A wording's score is the summed log-probability of its
    tokens ("sum"), the same by `characters` of the wording, or less what it is without a document ("prior").
    A row holds a document: id, read (its first characters, which the teacher read), scores (in the order of the labels'
    names, which the metadata have as JSON; their exponentials add up to 1).
    """
    tokenizer = open_tokenizer(teacher)
    device = device_of()
    model: Any = open_model(AutoModelForCausalLM, teacher, dtype=reading_dtype()).eval().to(device)
    if model.config.is_encoder_decoder or not tokenizer.is_fast:
        raise UserError(f"{teacher}: annotations need a causal model with a fast tokenizer")
    names = sorted(labels)
    wordings = [labels[name] for name in names]
    template = _PromptTemplate(tokenizer, first_token(tokenizer), prompt, wordings)
    room = window_length(model.config, wanted=longest) - template.longest("") - SPARE
    if room < 1:
        raise UserError(
            f"annotations: prompt and labels leave no room in the tokens that {teacher} reads: shorten them"
        )
    lengths = torch.tensor([len(wording) for wording in wordings], dtype=torch.float32)
    prior = _sums(model, [template.question("", 0)])[0] if by == "prior" else torch.zeros(len(names))

    def capture_documents(documents: list[Document]) -> pa.Table:
        texts = [_beginning(tokenizer, document.text, room) for document in documents]
        questions = [template.question(text, owner) for owner, text in enumerate(texts)]
        scores = torch.zeros(len(documents), len(names))
        for batch in batched(questions, most=TOKENS_PER_FORWARD[device.type]):
            scores[[question.owner for question in batch]] = _sums(model, batch)
        scores = scores / lengths if by == "characters" else scores - prior
        names_of = [document.id for document in documents]
        rows = zip(names_of, map(len, texts), scores.log_softmax(1).tolist(), strict=True)
        table = pa.Table.from_pylist([dict(zip(SCHEMA.names, row, strict=True)) for row in rows], schema=SCHEMA)
        read = sum(len(question.ids) + sum(map(len, question.endings)) for question in questions)
        return table.replace_schema_metadata({"tokens": str(read), "labels": json.dumps(names, ensure_ascii=False)})

    return capture_documents


@dataclass(frozen=True)
class _PromptTemplate:
    """How a text becomes a question."""

    tokenizer: Any
    start: int
    prompt: str
    wordings: list[str]

    def question(self, text: str, owner: int) -> _Question:
        """Tokenise the prompt with each wording in a row: tokens that end within a wording are scored."""
        sequences, begins = zip(*(self._whole(text, wording) for wording in self.wordings), strict=True)
        differ = (index for index, some in enumerate(zip(*sequences, strict=False)) if len(set(some)) > 1)
        shared = min(next(differ, min(map(len, sequences))), min(begins) - 1)
        endings = [ids[shared:] for ids in sequences]
        after = [begin - shared for begin in begins]
        return _Question(owner, 0, sequences[0][:shared], np.zeros((0, 2)), endings, after)

    def longest(self, text: str) -> int:
        """Give the most tokens that a text and a wording take."""
        return max(len(self._whole(text, wording)[0]) for wording in self.wordings)

    def _whole(self, text: str, wording: str) -> tuple[list[int], int]:
        before = self.prompt.rstrip()
        space = self.prompt[len(before) :] or " "
        before = before.replace("{text}", text)
        encoded = self.tokenizer(before + space + wording, add_special_tokens=False, return_offsets_mapping=True)
        begin = next(index for index, (_, end) in enumerate(encoded["offset_mapping"]) if end > len(before + space))
        return [self.start, *encoded["input_ids"]], 1 + begin


def _beginning(tokenizer: Any, text: str, tokens: int) -> str:
    return text[: int(tokenize_beginning(tokenizer, text, longest=tokens).ends.max(initial=0))]


@torch.inference_mode()
def _sums(model: Any, questions: list[_Question]) -> Tensor:
    """Sum the log-probabilities of each wording: (questions, labels). What the labels share is read once."""
    device = model.device
    prompts = padded([question.ids for question in questions], left=True)
    ids, mask = prompts["input_ids"], prompts["attention_mask"]
    places = (mask.cumsum(1) - 1).clamp(min=0)
    read = model.base_model(
        input_ids=ids.to(device), attention_mask=mask.to(device), position_ids=places.to(device), use_cache=True
    ).past_key_values
    sums = torch.zeros(len(questions), len(questions[0].endings))
    for label in range(sums.shape[1]):
        endings = [question.endings[label] for question in questions]
        begins = [question.begins[label] for question in questions]
        ended = padded(endings)
        more, further = ended["input_ids"], ended["attention_mask"]
        logits = model(
            input_ids=more.to(device),
            attention_mask=torch.cat([mask, further], 1).to(device),
            position_ids=(mask.sum(1, keepdim=True) + torch.arange(more.shape[1])).to(device),
            past_key_values=deepcopy(read),
        ).logits.float()
        logs = logits[:, :-1].log_softmax(-1).gather(2, more[:, 1:, None].to(device)).squeeze(2).cpu()
        scored = further[:, 1:] * (torch.arange(1, more.shape[1]) >= torch.tensor(begins)[:, None])
        sums[:, label] = (logs * scored).sum(1)
    return sums
