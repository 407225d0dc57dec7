"""What a reader reads of a page of HTML."""

import html
import re
from html.parser import HTMLParser

LINE_ENDS = re.compile(r"[\r\n]")
UNREAD = {"script", "style", "svg"}  # and a page's own title, in its head; a section's title is read
# What begins on a line of its own; cells of a row stay on one line.
BLOCKS = {
    "address", "article", "aside", "blockquote", "br", "caption", "dd", "div", "dl", "dt", "figure", "footer", "form",
    "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "li", "main", "nav", "ol", "p", "pre", "section", "table",
    "thead", "tbody", "title", "tr", "ul",
    # of JATS, in which articles are written
    "abstract", "article-title", "def-item", "def-list", "disp-formula", "disp-quote", "list", "list-item", "sec",
    "subtitle", "table-wrap", "title-group", "trans-abstract", "trans-title", "verse-group", "verse-line",
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
    "script", "select", "semantics", "small", "source", "span", "strike", "strong", "style", "sub", "summary",
    "sup", "svg", "template", "textarea", "tfoot", "time", "track", "tt", "u", "underline", "var", "video", "wbr",
    "ext-link", "inline-formula", "inline-graphic", "monospace", "named-content", "sans-serif", "styled-content",
    "tex-math", "xref",
}  # fmt: skip
# What is a tag, and not a sign of less: `p <b`, `a<b et b>c` and `<alpha` are text, `<jats:p>` and `</i>` are tags.
NAME = "(?:" + "|".join(sorted(BLOCKS | CELLS | INLINE, key=len, reverse=True)) + r"|[a-z]\w*:\w[\w-]*)"
FLAGS = "allowfullscreen|checked|compact|controls|disabled|hidden|ismap|multiple|noshade|nowrap|open|readonly|selected"
VALUE = r"""(?:"[^"<]*"|'[^'<]*'|[^\s"'<>=][^\s"'<>]*)"""
ATTRIBUTE = rf"""(?:\s+|(?<=["']))(?:[a-z_:][\w.:-]*\s*=\s*{VALUE}|(?:{FLAGS})(?=[\s/>]))"""
ONE_TAG = rf"(?:/{NAME}\s*>|{NAME}(?:{ATTRIBUTE})*+\s*/?>)"
TAG = re.compile(rf"<{ONE_TAG}", re.IGNORECASE)
NO_TAG = re.compile(rf"<(?!{ONE_TAG}|!--|!doctype[^<>]*>|\?xml[^<>]*>)", re.IGNORECASE)
# What has to be closed: `a<b>c` is text where no </b> follows, and an open comment would take the rest with it.
OPENED = re.compile(r"<(?:(!--)|(script|style|svg)\b(?![^<>]*/>)|([abiqsu])>)", re.IGNORECASE)
CLOSED = re.compile(r"-->|</(?:script|style|svg|[abiqsu])\b", re.IGNORECASE)
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
        reader.feed(NO_TAG.sub("&lt;", _without_open(CDATA.sub("", text))))
        reader.close()
        lines = (" ".join(line.split()) for line in LINE_ENDS.split("".join(reader.parts)))
        before, text = text, "\n".join(line for line in lines if line)
        if text == before or not has_markup(text):
            break
    return text


def plain(text: str) -> str:
    """Give a text that may have marks as it is read; the lines of one that has none stay as they are."""
    for _ in range(ESCAPED):
        if _has_tag(text):
            return as_read(text)
        if (unescaped := html.unescape(text) if ENTITY.search(text) else text) == text:
            break
        text = unescaped
    return text


def has_markup(text: str) -> bool:
    """Tell whether a text has tags or entities of HTML, which a reader would not read."""
    return _has_tag(text) or any(html.unescape(entity) != entity for entity in ENTITY.findall(text))


def _has_tag(text: str) -> bool:
    return TAG.search(text) is not None and TAG.search(_without_open(text)) is not None


def _without_open(text: str) -> str:
    """Write as a sign of less what would begin a comment, a script or an emphasis that has no end."""
    last = {match[0].lower(): match.start() for match in CLOSED.finditer(text)}

    def closed_or_escaped(match: re.Match[str]) -> str:
        end = "-->" if match[1] else f"</{match[2] or match[3]}".lower()
        return match[0] if last.get(end, -1) > match.start() else f"&lt;{match[0][1:]}"

    return OPENED.sub(closed_or_escaped, text)


class _Reader(HTMLParser):
    RCDATA_CONTENT_ELEMENTS = ()  # type: ignore[misc]  # newer versions of Python would read the marks in a title as text

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self.unread = 0
        self.in_head = self.in_title = False  # of a page

    def handle_decl(self, decl: str) -> None:
        self.in_head = True

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.unread += tag in UNREAD
        if tag in ("html", "head"):
            self.in_head = True
        elif tag == "title":
            self.in_title = self.in_head or self.unread > 0
        elif tag == "body" or tag in BLOCKS:
            self.in_head = self.in_title = False
        self._separate(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._separate(tag)

    def handle_endtag(self, tag: str) -> None:
        self.unread = max(0, self.unread - (tag in UNREAD))
        self.in_head = self.in_head and tag != "head"
        self.in_title = self.in_title and tag not in ("title", "head")
        self._separate(tag)

    def handle_data(self, data: str) -> None:
        if not self.unread and not self.in_title:
            self.parts.append(re.sub(r"\s+", " ", data))  # line ends of the source are none on the page

    def _separate(self, tag: str) -> None:
        tag = tag.rpartition(":")[2]
        if tag in BLOCKS:
            self.parts.append("\n")
        elif tag in CELLS:
            self.parts.append(" ")
