"""A few collected certificates of three years, with a table and another wording, for tests of whoever reads them."""

from pathlib import Path

from alambic.data.documents import Document, write_documents


def certificates(folder: Path) -> dict[str, Path]:
    """Write 30 certificates of two lines each, all of one code; give the folder of each role."""
    lines = [
        (
            f"{n}/{line}",
            f"IDM {n}.{line}",
            {"certificate": str(n), "line": str(line), "year": f"202{n % 3}", "codes": '[{"code": "I219"}]'},
        )
        for n in range(30)
        for line in (1, 2)
    ]
    rows = {
        "certificates": lines,
        "labels": [("I21.9/long", "Infarctus", {"code": "I21.9", "wording": "long"})],
        "wordings": [("I21.9/other", "Crise cardiaque", {"code": "I21.9"})],
    }
    for name, some in rows.items():
        (folder / name).mkdir(parents=True)
        documents = (Document(key, text, "t", "", "CC0-1.0", metadata=known) for key, text, known in some)
        write_documents(documents, folder / name)
    return {name: folder / name for name in rows}
