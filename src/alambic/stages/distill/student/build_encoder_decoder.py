"""An encoder-decoder student: of a teacher of its kind, or of an encoder or a causal model for both halves."""

from pathlib import Path
from typing import Any

import torch
from transformers import AutoModelForSeq2SeqLM, PreTrainedModel

from alambic.models.opening import open_config, open_model
from alambic.settings import Width
from alambic.stages.distill.student.build import MEAN, NewVectors, copy_weights
from alambic.stages.distill.student.build_causal import build_causal
from alambic.stages.distill.student.build_encoder import WITH_POOLER, build_encoder
from alambic.stages.distill.student.configuration import Shape, configure
from alambic.stages.distill.student.warm_start import DOUBLED, double, pair


def build_encoder_decoder(
    teacher: Path,
    tokenizer: Path,
    *,
    layers: list[int],
    initial: str,
    vocabulary: int,
    start: int,
    pad: int | None,
    end: int | None,
    architecture: str | None = None,
    shape: Shape | None = None,
    width: Width | None = None,
    new_vectors: NewVectors = MEAN,
) -> PreTrainedModel:
    """Make an encoder-decoder model, which writes after the token `start`, until the token `end`.

    Of an encoder as a teacher, or of a causal model that has such a pair, both halves take what a student of its own
    kind would.
    """
    pad = start if pad is None else pad
    kind = None if architecture else open_config(teacher).model_type
    chosen: dict[str, Any] = {"layers": layers, "initial": initial, "vocabulary": vocabulary, "shape": shape}
    chosen |= {"width": width, "new_vectors": new_vectors}
    if kind in WITH_POOLER:
        encoder = build_encoder(teacher, tokenizer, **chosen)
        return pair(encoder, copy=initial == "teacher", start=start, pad=pad, end=end)
    if kind in DOUBLED:
        causal = build_causal(teacher, tokenizer, **chosen, family="encoder_decoder")
        return double(causal, start=start, pad=pad, end=end)
    config = configure(
        teacher,
        "encoder_decoder",
        layers=layers,
        vocabulary=vocabulary,
        architecture=architecture,
        shape=shape,
        width=width,
    )
    config.decoder_start_token_id, config.pad_token_id = start, pad
    config.bos_token_id, config.eos_token_id = start, end
    student: PreTrainedModel = AutoModelForSeq2SeqLM.from_config(config, dtype=torch.float32)
    if initial == "teacher":
        model = open_model(AutoModelForSeq2SeqLM, teacher, dtype=torch.float32)
        copy_weights(model.state_dict(), model.config, student, layers, tokenizer, new_vectors)
    return student
