"""The text of a PDF file, by PDFium."""

import re

# PDFium's signs for a hyphen at the end of a line. In documents that office programs write it is mostly a compound's
# (anti-inflammatoire), since they divide no words.
CUT = re.compile(r"[\x02\ufffe]\s*")


def text_of_pdf(content: bytes) -> str:
    """Give the text page by page, a blank line between pages, lines as they are printed; empty for scanned pages.

    ValueError for what is no PDF, is damaged, or asks for a password.
    """
    import pypdfium2  # only where it is used: it loads a library of 7 MB

    try:
        with pypdfium2.PdfDocument(content) as document:
            pages = [_text_of_page(document, number) for number in range(len(document))]
    except pypdfium2.PdfiumError as error:
        raise ValueError(str(error)) from error
    return "\n\n".join(page for page in pages if page)


def _text_of_page(document, number: int) -> str:  # type: ignore[no-untyped-def]
    page = document[number]
    try:
        words = page.get_textpage()
        text = CUT.sub("-", words.get_text_bounded())
        words.close()
    finally:
        page.close()
    return "\n".join(filter(None, (" ".join(line.split()) for line in text.splitlines())))
