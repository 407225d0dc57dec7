"""What the options of `check` may hold; read whenever a command starts."""

FORMATS = (
    "table",
    "brat",
    "conll",
    "doccano",
    "label_studio",
    "prodigy",
    "spacy",
    "saved_dataset",
    "death_certificates",
)
ENCODINGS = ("utf-8", "cp1252", "latin-1", "utf-16")
DELIMITERS = ("auto", "comma", "semicolon", "tab", "pipe", "none")  # of tables; CoNLL may have blanks too
OWN_DATA = "LicenseRef-own-data"  # the licence of texts of which nothing is said
