# ruff: noqa: E501 - tables of markup
"""Pages to test with: strategies for any Markdown and any HTML, and a reading of HTML that shares no code with ours."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser

from hypothesis import strategies as st

_TAGS = "section p span strong em s br hr h1 h2 h3 h4 blockquote code sup a img table thead tbody tr th td"
TAGS = frozenset(_TAGS.split())
"""All that typesetting may write, spelled out here once more."""
ATTRIBUTES = {"a": {"href", "style"}, "img": {"src", "alt", "style"}, "table": {"cellpadding", "style"}}
_PROPERTIES = """
color background-color font-size font-weight font-style font-family font-feature-settings line-height letter-spacing
text-align text-indent text-decoration word-break white-space vertical-align display width max-width overflow-x
margin margin-left padding padding-left border border-width border-top border-bottom border-left border-radius border-collapse
"""
PROPERTIES = frozenset(_PROPERTIES.split())
FORBIDDEN = ("flex", "grid", "url(", "var(", "position", "float", "@", "javascript", "expression", "absolute", "fixed")


@dataclass
class Read(HTMLParser):
    """Tags with attributes in order, the text, and whether every tag was closed in its turn."""

    tags: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    text: str = ""
    open: list[str] = field(default_factory=list)
    balanced: bool = True

    def __post_init__(self) -> None:
        HTMLParser.__init__(self)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in ("br", "hr", "img"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        self.balanced = self.balanced and bool(self.open) and self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data

    def handle_comment(self, data: str) -> None:
        self.balanced = False

    def handle_decl(self, decl: str) -> None:
        self.balanced = False


def read(html: str) -> Read:
    page = Read()
    page.feed(html)
    page.close()
    page.balanced = page.balanced and not page.open
    return page


def strange(html: str) -> list[str]:
    """Everything in typeset HTML that should not be there."""
    page = read(html)
    found = [] if page.balanced else ["not balanced"]
    for tag, attrs in page.tags:
        if tag not in TAGS:
            found.append(f"<{tag}>")
        found += [f"{tag} {name}" for name in attrs.keys() - ATTRIBUTES.get(tag, {"style"})]
        style = attrs.get("style", "")
        for declaration in filter(None, style.split(";")):
            if declaration.partition(":")[0] not in PROPERTIES:
                found.append(declaration)
        found += [word for word in FORBIDDEN if word in style]
        if tag == "a" and not attrs["href"].startswith(("https://mp.weixin.qq.com/", "http://mp.weixin.qq.com/")):
            found.append(attrs["href"])
        src = attrs.get("src", "")
        if ":" in src.partition("/")[0] and not src.lower().startswith(("http:", "https:", "data:image/")):
            found.append(src)
    return found


ATTACKS = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "'><svg onload=alert(1)>",
    "<svg><script>alert(1)</script></svg>",
    "<iframe src=javascript:alert(1)></iframe>",
    "<style>*{position:fixed}</style>",
    "<!--><script>alert(1)</script>-->",
    "<!--x--><img src=x onerror=alert(1)>",
    "<![CDATA[<script>alert(1)</script>]]>",
    "<a href='javascript:alert(1)'>x</a>",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](&#106;avascript:alert(1))",
    "[x](java&#x0A;script:alert(1))",
    "[x](data:text/html;base64,PHNjcmlwdD4=)",
    "[x](vbscript:msgbox)",
    "[x](https://mp.weixin.qq.com@evil.com/)",
    "[x](https://mp.weixin.qq.com.evil.com/)",
    '[x](https://mp.weixin.qq.com/"onmouseover="alert(1))',
    '![x](x.png"onerror="alert(1))',
    '![" onerror="alert(1)](x.png)',
    '![x](x.png "a\\" onload=\\"alert(1)")',
    "![x](javascript:alert(1))",
    "![x](data:image/svg+xml;base64,PHN2Zz4=)",
    "`<script>alert(1)</script>`",
    '```"><script>\n</code><script>alert(1)</script>\n```',
    '```x title="<script>alert(1)</script>"\ny\n```',
    '| <script>alert(1)</script> |\n|---|\n| "><img src=x onerror=alert(1)> |',
    "x[^1]\n\n[^1]: <script>alert(1)</script> [x](javascript:alert(1))",
    "# <script>alert(1)</script>\n\n- <img src=x onerror=alert(1)>\n\n> <style>*{}</style>",
    '<https://evil.com/"onclick=alert(1)>',
    "==<script>alert(1)</script>== ~~<b onclick=alert(1)>~~ **<i>**",
    "<br onclick=alert(1)><br/style=x>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "\x00<scr\x00ipt>alert(1)</script>",
    "---\ntitle: <script>alert(1)</script>\n---\n<script>alert(2)</script>",
]

_MARKS = [
    "# ", "## ", "### ", "- ", "1. ", "10) ", "> ", "- [ ] ", "- [x] ", "```", "```py\n", "    ", "---\n", "***", "|", "|-|-|\n",
    "**", "*", "_", "==", "~~", "`", "[", "](", ")", "![", "](a.png)", "](https://e.com/?a=1&b=2)", "](https://mp.weixin.qq.com/s/x)",
    "[^1]", "[^1]: ", "^[", "]", "<br>", "<b>", "</b>", "<div>", "<!--", "-->", "<script>", "&amp;", "&", "<", ">", '"', "\\",
    "\n", "\n\n", "  \n", "\t", "。”（", "中文", "abc", "69元", "：“", "！", " ", "😀", "\u200b", "\ud800", "\x00", "\u2028",
]  # fmt: skip
MARKDOWN = st.one_of(
    st.lists(st.one_of(st.sampled_from(_MARKS), st.text(max_size=6)), max_size=40).map("".join),
    st.lists(st.sampled_from(ATTACKS), max_size=4).map("\n\n".join),
)

_HTML_TAGS = [
    "section", "p", "span", "div", "strong", "b", "em", "i", "u", "a", "img", "br", "hr", "ul", "ol", "li", "dl", "dt", "dd", "h1",
    "h2", "h6", "blockquote", "pre", "code", "table", "tbody", "tr", "td", "th", "center", "font", "mark", "figure", "figcaption",
    "article", "script", "style", "iframe", "form", "input", "button", "label", "select", "option", "textarea", "svg", "g", "rect",
    "text", "animate", "set", "foreignObject", "image", "math", "mi", "video", "source", "template", "title", "noscript", "body",
    "html", "x-y", "mp-common-profile", "details", "summary", "ruby", "rt", "plaintext", "xmp",
]  # fmt: skip
_HTML_ATTRS = [
    'class="a b"', 'id="x"', 'onclick="f()"', 'style="color:red"', 'style="font-size:16px;line-height:1.8;letter-spacing:0"',
    'style="position:absolute;left:0"', 'style="display:flex;gap:1px"', 'style="background:url(a.png)"', 'style="color:var(--c)"',
    'style="height:3px;background:#f00"', 'style="white-space:pre"', 'style="list-style:none"', 'style=";;x"', "style",
    'style="--a:b;FLOAT:left"', 'href="https://e.com/a b"', 'href="https://mp.weixin.qq.com/s/1"', 'href="#x"', 'href="javascript:1"',
    'src="a.webp"', 'src="https://mmbiz.qpic.cn/x/0?wx_fmt=png"', 'data-src="https://mmbiz.qpic.cn/x"', 'data-x="1"', "hidden",
    'width="1"', 'colspan="2"', 'start="3"', 'type="a"', 'attributeName="x"', 'attributeName="href"', 'xlink:href="#x"', 'viewBox="0 0 1 1"',
]  # fmt: skip
_TEXTS = st.one_of(
    st.sampled_from(
        ["文字", "a b", "第一行\n第二行", "  \n ", "a\n  b", "&nbsp;", "&lt;b&gt;", "x &amp; y", "    缩进", "\t", "😀"]
    ),
    st.text(st.characters(codec="utf-8", exclude_characters="<&\x00"), max_size=8),
)


@st.composite
def _element(draw: st.DrawFn, inside: st.SearchStrategy[str]) -> str:
    tag = draw(st.sampled_from(_HTML_TAGS))
    attrs = draw(st.lists(st.sampled_from(_HTML_ATTRS), max_size=3))
    content = "".join(draw(st.lists(inside, max_size=4)))
    closed = draw(st.booleans()) or draw(st.booleans())
    return f"<{' '.join((tag, *attrs))}>{content}" + (f"</{tag}>" if closed else "")


HTML = st.one_of(
    st.lists(st.recursive(st.one_of(_TEXTS, st.just("<!--c-->")), _element, max_leaves=12), max_size=5).map("".join),
    st.text(alphabet="<>/=\"' apdivscript!-&;\n", max_size=60),
)
