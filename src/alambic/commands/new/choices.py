"""What `new` asks a model to do, and the dataset of each; read whenever a command starts."""

KINDS = {
    "labels": "text_labels",
    "multilabels": "text_multilabels",
    "pairs": "text_pairs",
    "entities": "entities",
}
