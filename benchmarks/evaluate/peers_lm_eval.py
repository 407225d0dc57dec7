"""Log-likelihoods of answers to questions: the head `multiple_choice` of a causal model beside lm-evaluation-harness.

lm-eval gets an environment of its own below --work, which sees the packages of this one; both read the same model, the
same questions and the same prompt. Without --model a tiny Llama of drawn weights is made, with a tokenizer learnt from
the questions; without --questions a few questions in the form of FrenchMedMCQA are asked.
"""

import argparse
import json
import subprocess
import sys
import time
import venv
from pathlib import Path
from typing import Any

import numpy as np
import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

from alambic.tasks.examples import Example
from alambic.tasks.head import load_head
from alambic.tasks.heads.multiple_choice import BEFORE_ANSWER

LM_EVAL = "lm-eval==0.4.13"
ROOT = Path(__file__).parents[2]

SOME = [
    {
        "question": "L'adrénaline stimule tous ces processus métaboliques sauf un. Lequel ?",
        "answers": {"a": "Glycolyse", "b": "Lipolyse", "c": "Néoglucogénèse", "d": "Glycogénolyse", "e": "Cétogénèse"},
        "correct_answers": ["e"],
    },
    {
        "question": "Parmi les médicaments suivants, lesquels sont des anticoagulants ?",
        "answers": {"a": "Warfarine", "b": "Héparine", "c": "Paracétamol", "d": "L'ibuprofène, à 5 %", "e": "Apixaban"},
        "correct_answers": ["a", "b", "e"],
    },
    {
        "question": "Quel est le mode d'élimination principal de la digoxine\u00a0?",
        "answers": {"a": "Rénal", "b": "Biliaire", "c": "Pulmonaire", "d": "Cutané", "e": "Aucun (0 %)"},
        "correct_answers": ["a"],
    },
]

# Run by the other environment: requests in, log-likelihoods out.
PEER = """
import json, sys
from lm_eval.api.instance import Instance
from lm_eval.models.huggingface import HFLM
model, requests, answers = sys.argv[1:]
lm = HFLM(pretrained=model, device="cpu", dtype="float32", batch_size=8)
pairs = json.load(open(requests, encoding="utf-8"))
asked = [Instance(request_type="loglikelihood", doc={}, arguments=tuple(pair), idx=n) for n, pair in enumerate(pairs)]
json.dump([score for score, _ in lm.loglikelihood(asked)], open(answers, "w"))
"""


def main() -> None:
    """Score with both, and print where they differ."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", type=Path, default=Path("lm_eval_peer"), help="where the environment is made")
    parser.add_argument("--questions", type=Path, default=None, help="a file of FrenchMedMCQA, such as dev.json")
    parser.add_argument("--most", type=int, default=50, help="questions")
    parser.add_argument("--model", type=Path, default=None, help="the folder of a causal model")
    arguments = parser.parse_args()
    questions = json.loads(arguments.questions.read_text(encoding="utf-8")) if arguments.questions else SOME
    examples = [
        Example(str(n), one["question"], tuple(one["correct_answers"]), choices=tuple(one["answers"].items()))
        for n, one in enumerate(questions[: arguments.most])
    ]
    arguments.work.mkdir(parents=True, exist_ok=True)
    model = arguments.model or tiny_model(arguments.work / "model", examples)
    found, seconds = ours(model, examples)
    given, seconds_of_peer = theirs(environment(arguments.work / "venv"), arguments.work, model, examples)
    differences = [np.abs(a - b).max() for a, b in zip(found, given, strict=True)]
    same = np.mean([a.argmax() == b.argmax() for a, b in zip(found, given, strict=True)])
    print(f"{len(examples)} questions, {sum(map(len, found))} answers, {model}")
    mean = np.abs(np.concatenate(given)).mean()
    print(f"largest difference of a log-likelihood: {max(differences):.2e}; their mean is {-mean:.1f}")
    print(f"the same best answer: {same:.1%}")
    print(f"processor seconds: {seconds:.1f} here; the other program took {seconds_of_peer:.1f} s, its start included")


def ours(folder: Path, examples: list[Example]) -> tuple[list[np.ndarray], float]:
    """Score by the head."""
    head: Any = load_head("multiple_choice", ("best",))
    tokenizer, model = head.open_preprocessor(folder), head.open_model(folder)
    started = time.process_time()
    questions = head.encode(tokenizer, examples, max_length=head.longest_input(model, 10**6))
    scores = head.scores(model, questions, pad_id=tokenizer.pad_token_id)
    return [of_one.numpy() for of_one in scores], time.process_time() - started


def theirs(python: Path, work: Path, folder: Path, examples: list[Example]) -> tuple[list[np.ndarray], float]:
    """Score by lm-evaluation-harness."""
    pairs = [(one.text + BEFORE_ANSWER, f" {answer}") for one in examples for _, answer in one.choices]
    requests, answers = work / "requests.json", work / "answers.json"
    requests.write_text(json.dumps(pairs), encoding="utf-8")
    started = time.perf_counter()
    subprocess.run([python, "-c", PEER, folder, requests, answers], check=True, stdout=subprocess.DEVNULL)
    scores = np.array(json.loads(answers.read_text(encoding="utf-8")))
    ends = np.cumsum([len(example.choices) for example in examples])[:-1]
    return np.split(scores, ends), time.perf_counter() - started


def environment(folder: Path) -> Path:
    """Make an environment with lm-eval that sees the packages of this one, the first time; give its Python."""
    python = folder / "bin" / "python"
    if not python.exists():
        venv.create(folder, with_pip=True)
        (packages,) = folder.glob("lib/python*/site-packages")
        here = [path for path in sys.path if path.endswith("site-packages")]
        (packages / "alambic.pth").write_text("\n".join(here) + "\n", encoding="utf-8")
        constraints = ["--constraint", str(ROOT / "requirements.lock")]
        subprocess.run([python, "-m", "pip", "install", "--quiet", LM_EVAL, *constraints], check=True)
    return python


def tiny_model(folder: Path, examples: list[Example]) -> Path:
    """Write a Llama of drawn weights whose pieces are those of the questions."""
    if folder.exists():
        return folder
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(vocab_size=600, special_tokens=["<s>", "</s>"], initial_alphabet=alphabet)
    texts = [text for one in examples for text in (one.text, *(answer for _, answer in one.choices))]
    tokenizer.train_from_iterator(texts, trainer)
    plain = PreTrainedTokenizerFast(tokenizer_object=tokenizer, bos_token="<s>", eos_token="</s>")
    plain.save_pretrained(folder)
    torch.manual_seed(0)
    shape = {"hidden_size": 64, "intermediate_size": 128, "num_hidden_layers": 2, "num_attention_heads": 4}
    config = LlamaConfig(vocab_size=len(plain), max_position_embeddings=1024, initializer_range=0.3, **shape)
    LlamaForCausalLM(config).save_pretrained(folder)
    return folder


if __name__ == "__main__":
    main()
