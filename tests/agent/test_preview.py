"""The preview page: whole, safe, self-contained, and true to what the checks found."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.brief import Turn
from agent.channels.preview import AI_LABEL, preview_html
from agent.channels.preview_view import DEFAULT_COLOUR, field_label, view
from agent.channels.segments import Kind, Mark, paragraphs, runs
from agent.checks import check
from agent.context import TrackedLink
from agent.copies import ArticleCopy, MomentsCopy, ReplyCopy
from agent.draft import Draft
from agent.label.explicit import label_text
from knowledge_base.records import Brand
from tests.agent.drafts import ARTICLE, BRAND, CONTEXT, MOMENTS, REPLY, article_draft, moments_draft, reply_draft

ATTACKS = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "</textarea><script>alert(1)</script>",
    "</template></style></script><script>alert(1)</script>",
    "' onmouseover='alert(1)",
    "{{ 7 * 7 }}{% raw %}",
    "&lt;b&gt;&amp;",
    "javascript:alert(1)",
]


class Page(HTMLParser):
    """Tags with their attributes, and all text outside script and style."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.open: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in ("meta", "br", "img", "link", "input"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"</{tag}> closes nothing"
        assert self.open[-1] == tag, f"</{tag}> closes <{self.open[-1]}>"
        self.open.pop()

    def handle_data(self, data: str) -> None:
        if not self.open or self.open[-1] not in ("script", "style"):
            self.text += data


def checked(draft: Draft) -> Draft:
    assert draft.copy is not None
    return replace(draft, findings=check(draft.copy, draft.brief, draft.context))


ALL = [checked(article_draft()), checked(moments_draft()), checked(reply_draft()), moments_draft(copy=None)]


def test_the_page_is_well_formed_and_shows_every_draft() -> None:
    page = Page(preview_html(ALL))
    assert page.open == []
    flat = "".join(page.text.split())
    for text in (MOMENTS.text, REPLY.text, *(section.text for section in ARTICLE.sections), "这一稿没有写成"):
        assert "".join(text.split()) in flat
    assert AI_LABEL in page.text
    assert all(label_text(draft) in page.text for draft in ALL if draft.copy is not None)
    assert "离线模板" in page.text
    ids = [attrs["id"] for _, attrs in page.tags if "id" in attrs]
    assert len(ids) == len(set(ids))


def test_nothing_is_requested_from_anywhere() -> None:
    html = preview_html(ALL)
    page = Page(html)
    assert not [tag for tag, _ in page.tags if tag in ("link", "img", "iframe", "object", "embed", "base", "form")]
    assert not [attrs for _, attrs in page.tags if "src" in attrs or "srcset" in attrs]
    assert not re.search(r"url\(|@import|fetch\(|XMLHttpRequest", html)
    policy = next(attrs["content"] for _, attrs in page.tags if attrs.get("http-equiv") == "Content-Security-Policy")
    assert policy is not None
    assert policy.startswith("default-src 'none'")


@pytest.mark.parametrize("attack", ATTACKS)
def test_no_text_becomes_markup(attack: str) -> None:
    """Planted in every place that a user, a customer, a model or a record can write to."""
    context = replace(
        CONTEXT,
        products=(replace(CONTEXT.products[0], name=attack),),
        brand=Brand(id="b", name=attack, colours=(f"red;{attack}",)),
        link=TrackedLink(url=attack),
        kb_version=attack,
        retrieved=(replace(CONTEXT.retrieved[0], id=attack),),
    )
    finding = replace(moments_draft().findings[0], message=attack, rewrite=attack, law=attack, start=0, end=4)
    article = replace(
        ARTICLE, title=attack, digest=attack, cta=attack, image_brief=(attack,),
        sections=tuple(replace(s, heading=attack, text=f"{s.text}\n\n{attack}") for s in ARTICLE.sections),
    )  # fmt: skip
    reply = replace(REPLY, text=attack, handover=True, handover_reason=attack)
    base = [
        article_draft(copy=article),
        moments_draft(copy=MomentsCopy(text=attack, link_text=attack, image_brief=(attack,))),
    ]
    drafts = [
        replace(
            d,
            context=context,
            findings=(replace(finding, field="title" if d.copy is article else "text"),),
            model=attack,
        )
        for d in (*base, reply_draft(copy=reply))
    ]
    drafts = [
        replace(d, brief=replace(d.brief, message=attack, notes=attack, goal=attack, history=(Turn("staff", attack),)))
        for d in drafts
    ]
    page, clean = Page(preview_html(drafts)), Page(preview_html(ALL[:3]))
    assert page.open == []
    assert {tag for tag, _ in page.tags} <= {tag for tag, _ in clean.tags} | {"a", "p", "ul", "li"}
    assert [tag for tag, _ in page.tags].count("script") == 1
    assert not [attrs for _, attrs in page.tags if any(name.startswith("on") for name in attrs)]
    assert not [attrs for _, attrs in page.tags if "javascript" in (attrs.get("href") or "")]
    assert all(DEFAULT_COLOUR in (attrs.get("style") or "") for tag, attrs in page.tags if tag == "article")
    assert attack.split()[0].strip("\"'") in page.text


def test_what_was_copied_is_the_copy() -> None:
    """A leading line break right after <textarea> is eaten by parsers, so one is added."""
    page = preview_html([moments_draft(copy=replace(MOMENTS, text="\n第一行\n\n第三行"))])
    inside = re.search(r"<textarea[^>]*>(.*?)</textarea>", page, re.DOTALL)
    assert inside is not None
    assert inside[1].startswith("\n\n第一行\n\n第三行")


def test_the_card_is_cut_where_wechat_cuts_it() -> None:
    shown = view(article_draft(), 1)
    title, more = shown.card("title", 16)
    assert "".join(run.text for run in title) == ARTICLE.title[:16]
    assert more is (len(ARTICLE.title) > 16)
    assert [t.shown + t.hidden for t in shown.titles] == [t.text for t in ARTICLE.titles]


def test_proved_claims_are_marked_and_unproved_ones_blamed() -> None:
    shown = view(ALL[0], 1)
    proved = [run.text for field in ("sections[1].text",) for run in shown.runs(field) if "proved" in run.kinds]
    blamed = [run.text for run in shown.runs("sections[1].text") if "block" in run.kinds]
    assert "69 元" in proved
    assert "24 条" in blamed
    assert {claim.verdict for claim in shown.claims} >= {"supported", "unsupported"}
    assert all(claim.source for claim in shown.claims if claim.verdict == "supported")


@pytest.mark.parametrize(
    ("field", "label"),
    [
        ("sections[1].text", "第 2 节"),
        ("sections[0].heading", "第 1 节小标题"),
        ("titles[2]", "候选标题 3"),
        ("title", "标题"),
        ("", ""),
    ],
)
def test_fields_have_chinese_names(field: str, label: str) -> None:
    assert field_label(field) == label


@pytest.mark.parametrize(("colour", "kept"), [("#1a2b3c", True), ("red", False), ("#12;}", False), ("url(x)", False)])
def test_only_plain_colours_reach_the_style(colour: str, kept: bool) -> None:
    draft = moments_draft(context=replace(CONTEXT, brand=replace(BRAND, colours=(colour,))))
    assert (view(draft, 1).colour == colour) is kept


MARKS = st.lists(
    st.builds(
        Mark,
        start=st.integers(-3, 30),
        end=st.integers(-3, 30),
        kind=st.sampled_from(["block", "warn", "info", "proved"]).map(lambda kind: kind),
        note=st.text(max_size=3),
        ref=st.text("ab", max_size=2),
    ),
    max_size=6,
)


@given(st.text("甲乙 \n。", max_size=25), MARKS)
def test_runs_lose_nothing_and_carry_their_marks(text: str, marks: list[Mark]) -> None:
    at = 0
    for run in runs(text, marks):
        over: set[Kind] = {m.kind for m in marks if m.start <= at and at + len(run.text) <= m.end}
        assert set(run.kinds) == over
        assert run.text
        at += len(run.text)
    assert "".join(run.text for run in runs(text, marks)) == text


@given(st.text("甲乙 \n。", max_size=25), MARKS)
def test_paragraphs_hold_all_words(text: str, marks: list[Mark]) -> None:
    found = paragraphs(text, marks)
    words = "".join(run.text for paragraph in found for run in paragraph)
    assert "".join(words.split()) == "".join(text.split())
    assert all("".join(run.text for run in paragraph).strip() for paragraph in found)


@given(st.text(max_size=40), st.text(max_size=40))
def test_any_copy_makes_a_page(title: str, text: str) -> None:
    article = ArticleCopy(title=title, titles=(), digest=text, sections=ARTICLE.sections[:1], cta=text)
    for copy, draft in (
        (article, article_draft()),
        (ReplyCopy(text=text), reply_draft()),
        (MomentsCopy(text=text), moments_draft()),
    ):
        assert Page(preview_html([replace(draft, copy=copy, findings=())])).open == []
