"""How many explanations a second each method gives on one core, of a model of the size of the demo's student.

    python benchmarks/explain/speed.py                  # random weights, four layers of 384, texts of 40 words
    python benchmarks/explain/speed.py --words 120 --texts 32

Weights count for nothing: what a reading takes depends on the sizes alone. The goal is ten a second for
`gradient_x_input`.
"""

import argparse
import tempfile
import time
from importlib import import_module
from pathlib import Path
from random import Random

import torch
from tokenizers import Tokenizer, models, pre_tokenizers, processors
from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

from alambic.stages.explain.explained import Explained
from alambic.tasks.examples import Example, TaskData
from alambic.tasks.head import load_head
from alambic.tasks.words import word_offsets

PIECES = 9000  # of the demo's student, by its tokenizer's trimmed vocabulary
SHAPE = {"hidden_size": 384, "num_hidden_layers": 4, "num_attention_heads": 12, "intermediate_size": 1536}
LENGTH = 256
LABELS = ("O", "B-DISO", "I-DISO")
METHODS = {
    "gradient_x_input": {},
    "integrated_gradients": {"steps": 16},
    "attention": {},
    "leave_one_out": {},
    "lime": {"samples": 100},
    "shapley_sampling": {"orders": 1},
}


def student(folder: Path) -> Path:
    """Write a fine-tuned tagger of random weights."""
    words = [f"mot{n}" for n in range(PIECES)]
    special = {"pad_token": "[PAD]", "unk_token": "[UNK]", "cls_token": "[CLS]", "sep_token": "[SEP]"}
    tokenizer = Tokenizer(models.WordLevel({w: n for n, w in enumerate([*special.values(), *words])}, "[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    PreTrainedTokenizerFast(tokenizer_object=tokenizer, **special).save_pretrained(folder / "base")
    torch.manual_seed(0)
    BertModel(BertConfig(vocab_size=PIECES + 4, **SHAPE), add_pooling_layer=False).save_pretrained(folder / "base")
    head = load_head("token_classification", LABELS)
    model = head.new_model(folder / "base", seed=1)
    with torch.no_grad():
        model.classifier.bias += torch.tensor([-9.0, 9.0, 0.0])  # every word is an entity
    head.save(model, head.open_preprocessor(folder / "base"), folder / "saved", max_length=LENGTH)
    return folder / "saved"


def main() -> None:
    """Print explanations a second by method."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--words", type=int, default=40, help="of a text")
    arguments.add_argument("--texts", type=int, default=16)
    chosen = arguments.parse_args()
    torch.set_num_threads(1)
    draws = Random(0)
    texts = [" ".join(f"mot{draws.randrange(PIECES)}" for _ in range(chosen.words)) for _ in range(chosen.texts)]
    examples = [Example(str(n), text, ("O",) * chosen.words, word_offsets(text)) for n, text in enumerate(texts)]
    with tempfile.TemporaryDirectory() as folder:
        data = TaskData("token_classification", LABELS, train=examples)
        explained = Explained.open(student(Path(folder)), "tags", data)
        cases = explained.cases(examples, most=1)
        print(f"{explained.model.num_parameters():,} parameters, {len(cases)} answers, {chosen.words} words a text")
        print("| method | explanations per second of a core |\n|---|---|")
        for name, options in METHODS.items():
            module = import_module(f"alambic.stages.explain.methods.{name}")
            module.explain(explained, cases[:1], 0, **options)
            begun = time.process_time()
            module.explain(explained, cases, 0, **options)
            print(f"| {name} | {len(cases) / (time.process_time() - begun):.1f} |", flush=True)


if __name__ == "__main__":
    main()
