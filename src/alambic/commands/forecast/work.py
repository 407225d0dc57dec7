"""How much an artifact has to compute: floating-point operations where a model reads texts, words elsewhere.

The same formula is put to what earlier runs made and to what is planned, so that only its proportions count, unless
nothing like it was ever made: then the operations over the device's speed are the estimate.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from alambic.data.operations import FORWARD, TRAINING

TOKENS_PER_WORD = 2.0


@dataclass(frozen=True)
class Known:
    """What is known of an artifact that was made, or of the latest that was made under its name."""

    stage: str
    settings: Mapping[str, Any]
    facts: Mapping[str, Any]
    inputs: Callable[[str], list["Known"]]  # by role

    def one(self, role: str) -> "Known | None":
        """Give the only input of a role."""
        return next(iter(self.inputs(role)), None)


def work_of(known: Known) -> float | None:
    """Give the operations, or the words, of an artifact; None where neither says much of its time, or is known."""
    compute = _BY_STAGE.get(known.stage)
    try:
        amount = compute(known) if compute else None
    except (KeyError, TypeError, ValueError):  # of another version, whose facts have other names
        return None
    return amount or None


def has_operations(stage: str) -> bool:
    """Tell whether the work of a stage is in floating-point operations."""
    return stage not in ("clean", "tokenizer")


def _words(corpus: Known | None) -> float:
    return float(corpus.facts["train"]["words"]) if corpus else 0.0


def _others(model: Known | None) -> float:
    """Count the parameters of a model that are not embeddings; a fine-tuned one has those that it was made from."""
    if model is None:
        return 0.0
    if "parameters" in model.facts:
        return float(model.facts["parameters"] - model.facts["embedding_parameters"])
    return _others(model.one("model"))


def _student(known: Known) -> float:
    """Count a student's parameters, as it was made before, or as the share of its teacher's layers that it has."""
    if "parameters" in known.facts:
        return _others(known)
    teacher = known.one("teacher")
    layers = len(known.settings.get("layers") or [])
    share = layers / teacher.facts["layers"] if teacher and layers else 1.0
    return _others(teacher) * share


def _clean(known: Known) -> float:
    return float(sum(source.facts["words"] for source in known.inputs("sources")))


def _tokenizer(known: Known) -> float:
    return _words(known.one("corpus"))


def _teach(known: Known) -> float:
    return FORWARD * _others(known.one("teacher")) * TOKENS_PER_WORD * _words(known.one("corpus"))


def _train(known: Known) -> float:
    tokens = TOKENS_PER_WORD * _words(known.one("corpus")) * known.settings["epochs"]
    base = known.one("base")
    return TRAINING * (_others(base) if base else _student(known)) * tokens


def _finetune(known: Known) -> float:
    epochs = known.settings["recipe"]["epochs"] * known.settings.get("repeat", 1)
    return float(TRAINING * _others(known.one("model")) * known.facts["train_texts"] * epochs)


def _answer(known: Known) -> float:
    texts = sum(known.facts["test_texts"].values())
    return float(FORWARD * sum(map(_others, known.inputs("finetuned"))) * texts)


def _speed(known: Known) -> float:
    rounds = known.settings["rounds"] + 3 * bool(known.settings.get("int8"))
    return float(FORWARD * sum(map(_others, known.inputs("finetuned"))) * known.facts["words"] * rounds)


_BY_STAGE: dict[str, Callable[[Known], float]] = {
    "clean": _clean,
    "tokenizer": _tokenizer,
    "teach": _teach,
    "adapt": _train,
    "distill": _train,
    "finetune": _finetune,
    "predict": _answer,
    "speed": _speed,
}
