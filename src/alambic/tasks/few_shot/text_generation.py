"""A text that answers a text, written by a prompted model: one line, a little longer at most than those of training."""

from pathlib import Path
from typing import Any

from alambic.models.token_table import TokenTable, table_of_tokens
from alambic.tasks.examples import Example, TaskData
from alambic.tasks.few_shot._prompt import ids_of, line_end
from alambic.tasks.few_shot._prompted import Prompted, PromptedWriting
from alambic.tasks.heads.text_generation import TextGeneration


class PromptedText(PromptedWriting, TextGeneration):
    """The likeliest token each time, to the end of the line."""

    name = "few_shot_text_generation"
    decoding = "text=greedy:one_line"
    behind = "Réponse :"

    def instruction(self) -> str:
        """Say in French what is asked: as the examples do."""
        return "Voici des textes, chacun suivi de la réponse attendue. Réponds de même au dernier texte."

    def target(self, tokenizer: Any, example: Example) -> list[int]:
        """Give the tokens of the right text, as they follow the line's beginning."""
        return ids_of(tokenizer, f" {example.gold}") if isinstance(example.gold, str) else []

    def answer_ids(self, tokenizer: Any, example: Example) -> list[int]:
        """Give the tokens of the right text."""
        return self.target(tokenizer, example)

    def table(self, tokenizer: Any, vocabulary: int, longest: int) -> TokenTable:
        """Allow every token that has no break of a line, and the one that ends it."""
        written = tokenizer.batch_decode([[token] for token in range(len(tokenizer))])
        special = {*tokenizer.all_special_ids}
        tokens = [n for n, text in enumerate(written) if n not in special and not {*text} & {"\n", "\r"}]
        plain = [token for token in tokens if token < vocabulary]
        return table_of_tokens(plain, vocabulary=vocabulary, end=line_end(tokenizer))


def prompted(folder: Path, data: TaskData, shots: int, seed: int) -> Prompted:
    """Prompt the model in `folder` to write freely."""
    return Prompted(PromptedText(data.labels), folder, data, shots=shots, seed=seed)
