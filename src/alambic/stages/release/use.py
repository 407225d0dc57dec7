"""What a released model is used with: the packages, and two scripts that need nothing of Alambic."""

from pathlib import Path
from typing import Any

from alambic.models.onnx_model import FOLDER, INT8

SECOND = "Le patient a mal à la poitrine."  # of models that read two texts
TEXT = "Douleur thoracique depuis deux jours, traitée par aspirine et digoxine."

PLAIN = """\
from pathlib import Path
from transformers import pipeline

answer = pipeline({task!r}, str(Path(__file__).parent))
print(answer({asked!r}{options}))
"""

# For a machine without torch and transformers.
ONNX = """\
import json
from pathlib import Path

import numpy as np
from onnxruntime import InferenceSession
from tokenizers import Tokenizer

folder = Path(__file__).parent
labels = json.loads((folder / "config.json").read_text(encoding="utf-8"))["id2label"]
encoded = Tokenizer.from_file(str(folder / "tokenizer.json")).encode({texts})
session = InferenceSession(folder / {file!r})
given = {{"input_ids": encoded.ids, "attention_mask": encoded.attention_mask, "token_type_ids": encoded.type_ids}}
logits = session.run(None, {{each.name: np.array([given[each.name]]) for each in session.get_inputs()}})[0][0]
{answer}
"""
OF_TOKENS = "print([(token, labels[str(row.argmax())]) for token, row in zip(encoded.tokens, logits)])"
OF_TEXT = "print({labels[str(number)]: round(float(logit), 3) for number, logit in enumerate(logits)})"


def write_use(folder: Path, reads: dict[str, Any], packages: dict[str, str], *, onnx: bool) -> None:
    """Write requirements.txt and, where a plain pipeline answers alike, example.py and example_onnx.py.

    `reads` is what the configuration says of the pipeline of transformers.
    """
    pins = "".join(f"{name}=={version}\n" for name, version in packages.items())
    (folder / "requirements.txt").write_text(pins, encoding="utf-8")
    if "pipeline" not in reads:
        return
    other = ("pipeline", "text", "unicode", "max_length", "overlap", "threshold")
    options = "".join(f", {name}={value!r}" for name, value in reads.items() if name not in other)
    pair = reads["text"] == "pair"
    asked = {"text": TEXT, "text_pair": SECOND} if pair else TEXT
    plain = PLAIN.format(task=reads["pipeline"], asked=asked, options=options)
    (folder / "example.py").write_text(plain, encoding="utf-8")
    if onnx:
        answer = OF_TOKENS if reads["pipeline"] == "token-classification" else OF_TEXT
        texts = f"{TEXT!r}, {SECOND!r}" if pair else repr(TEXT)
        script = ONNX.format(texts=texts, file=INT8, answer=answer)
        (folder / f"example_{FOLDER}.py").write_text(script, encoding="utf-8")
