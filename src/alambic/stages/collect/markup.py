"""What a reader reads of a page of HTML."""

import html
import re
from html.parser import HTMLParser

LINE_ENDS = re.compile(r"[\r\n]")
UNREAD = {"script", "style", "title", "svg"}
# What begins on a line of its own; cells of a row stay on one line.
BLOCKS = {
    "address", "article", "aside", "blockquote", "br", "caption", "dd", "div", "dl", "dt", "figure", "footer", "form",
    "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "li", "main", "nav", "ol", "p", "pre", "section", "table",
    "thead", "tbody", "tr", "ul",
}  # fmt: skip
CELLS = {"td", "th"}
INLINE = {
    "a", "abbr", "acronym", "annotation", "area", "audio", "b", "base", "basefont", "bdi", "bdo", "big", "body", "bold",
    "button", "canvas", "center", "cite", "code", "col", "colgroup", "data", "datalist", "del", "details", "dfn",
    "dialog", "em", "embed", "fieldset", "figcaption", "font", "frame", "frameset", "head", "hgroup", "html", "i",
    "iframe", "img", "inf", "input", "ins", "italic", "kbd", "label", "legend", "link", "map", "mark", "math", "menu",
    "meta", "meter", "mfenced", "mfrac", "mi", "mn", "mo", "mover", "mpadded", "mrow", "mspace", "msqrt", "mstyle",
    "msub", "msubsup", "msup", "mtable", "mtd", "mtext", "mtr", "munder", "munderover", "nobr", "noscript", "object",
    "optgroup", "option", "output", "param", "picture", "progress", "q", "rp", "rt", "ruby", "s", "samp", "sc",
    "script", "sec", "select", "semantics", "small", "source", "span", "strike", "strong", "style", "sub", "summary",
    "sup", "svg", "template", "textarea", "tfoot", "time", "title", "track", "tt", "u", "underline", "var", "video",
    "wbr", "xref",
}  # fmt: skip
OF_JATS = {"abstract", "list-item", "sec", "title"}  # as in `jats:title`, blocks too
# What is a tag, and not a sign of less: `p <b` and `<alpha` are text, `<jats:p>` and `</i>` are tags.
NAMES = "|".join(sorted(BLOCKS | CELLS | INLINE, key=len, reverse=True))
ONE_TAG = rf"/?(?:(?:{NAMES})(?=[\s/>])|[a-z]\w*:\w[\w-]*)[^<>]*>"
TAG = re.compile(rf"<{ONE_TAG}", re.IGNORECASE)
NO_TAG = re.compile(rf"<(?!{ONE_TAG}|!--|!doctype|\?xml)", re.IGNORECASE)
CDATA = re.compile(r"<!\[CDATA\[|\]\]>")
ENTITY = re.compile(r"&(?:#\d{1,7}|#x[0-9a-f]{1,6}|[a-z]\w{1,30});", re.IGNORECASE)
ESCAPED = 3  # how often a text was escaped at most


def as_read(page: str) -> str:
    """Give the text of a page or of a part of one, a line per block; entities become characters.

    A sign of less that begins no tag is text, and marks that were escaped once more are marks.
    """
    text = page
    for _ in range(ESCAPED):
        reader = _Reader()
        reader.feed(NO_TAG.sub("&lt;", CDATA.sub("", text)))
        reader.close()
        lines = (" ".join(line.split()) for line in LINE_ENDS.split("".join(reader.parts)))
        before, text = text, "\n".join(line for line in lines if line)
        if text == before or not has_markup(text):
            break
    return text


def plain(text: str) -> str:
    """Give a text that may have marks as it is read; the lines of one that has none stay as they are."""
    for _ in range(ESCAPED):
        if TAG.search(text):
            return as_read(text)
        if (unescaped := html.unescape(text) if ENTITY.search(text) else text) == text:
            break
        text = unescaped
    return text


def has_markup(text: str) -> bool:
    """Tell whether a text has tags or entities of HTML, which a reader would not read."""
    return TAG.search(text) is not None or any(html.unescape(entity) != entity for entity in ENTITY.findall(text))


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self.unread = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.unread += tag in UNREAD
        self._separate(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._separate(tag)

    def handle_endtag(self, tag: str) -> None:
        self.unread = max(0, self.unread - (tag in UNREAD))
        self._separate(tag)

    def handle_data(self, data: str) -> None:
        if not self.unread:
            self.parts.append(re.sub(r"\s+", " ", data))  # line ends of the source are none on the page

    def _separate(self, tag: str) -> None:
        prefix, _, tag = tag.rpartition(":")
        if tag in BLOCKS or (prefix and tag in OF_JATS):
            self.parts.append("\n")
        elif tag in CELLS:
            self.parts.append(" ")
