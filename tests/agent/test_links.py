"""The call to action leads somewhere real and carries the draft id."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.brief import Angle, Brief, Form
from agent.context import TrackedLink
from agent.ids import new_id, short_key
from agent.links import (
    SCENE_MAX,
    Tracking,
    campaign_slug,
    draft_in,
    parse_tracking,
    resolve_link,
    track_mini,
    track_url,
)
from knowledge_base.errors import BadInputError
from knowledge_base.records import Brand, Channel, Coupon, Link, Product, Source
from tests.agent.drafts import DAY

ID = "d_01a2016fd8bb762983e3da82bf9e2b1c"
TRACKING = Tracking("wechat", "article", "双11-预热", ID)
UTM = f"utm_source=wechat&utm_medium=article&utm_campaign=%E5%8F%8C11-%E9%A2%84%E7%83%AD&utm_content={ID}"


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://s.example.com", f"https://s.example.com?{UTM}"),
        ("https://s.example.com/p/1", f"https://s.example.com/p/1?{UTM}"),
        ("https://s.example.com/p?id=3&from=a%20b", f"https://s.example.com/p?id=3&from=a%20b&{UTM}"),
        ("https://s.example.com/p?id=3#detail", f"https://s.example.com/p?id=3&{UTM}#detail"),
        ("https://s.example.com/#/item?id=3", f"https://s.example.com/?{UTM}#/item?id=3"),
        ("https://s.example.com/p?utm_source=old&utm_term=x", f"https://s.example.com/p?utm_term=x&{UTM}"),
        ("https://s.example.com/p?utm%5Fsource=old", f"https://s.example.com/p?{UTM}"),
        ("https://s.example.com/咖啡?q=黑 咖啡", f"https://s.example.com/%E5%92%96%E5%95%A1?q=%E9%BB%91%20%E5%92%96%E5%95%A1&{UTM}"),
        ("https://s.example.com/a%2Fb?x=%E5%92%96", f"https://s.example.com/a%2Fb?x=%E5%92%96&{UTM}"),
        ("https://s.example.com/p?off=100%", f"https://s.example.com/p?off=100%25&{UTM}"),
        ("https://商店.example.com/p", f"https://xn--czrs0t.example.com/p?{UTM}"),
        ("HTTP://s.example.com:8080/p", f"http://s.example.com:8080/p?{UTM}"),
        (" https://s.example.com/p ", f"https://s.example.com/p?{UTM}"),
        ("s.example.com/p?id=1", f"https://s.example.com/p?id=1&{UTM}"),
        ("https://s.example.com/p?a&b=", f"https://s.example.com/p?a&b=&{UTM}"),
        ("weixin://dl/business/?t=abc", "weixin://dl/business/?t=abc"),
    ],
    ids=["host", "path", "query", "fragment", "hash route", "old utm", "encoded utm key", "chinese", "encoded",
         "bare %", "chinese host", "upper scheme", "spaces", "no scheme", "empty values", "weixin"],
)  # fmt: skip
def test_track_url(url: str, expected: str) -> None:
    tracked = track_url(url, TRACKING)
    assert tracked == expected
    assert track_url(tracked, TRACKING) == tracked
    if not url.startswith("weixin"):
        assert parse_tracking(tracked) == TRACKING


@pytest.mark.parametrize(
    "url", ["无", "javascript:alert(1)", "http://", "/p/1", "ftp://a.example.com/x", "http://[bad/"]
)
def test_what_is_no_web_address_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="网址"):
        track_url(url, TRACKING)


WORDS = st.text(st.characters(exclude_categories=["Cs"]), max_size=15)


@given(WORDS, WORDS, WORDS, st.lists(st.tuples(WORDS, WORDS), max_size=3), WORDS)
def test_tracking_survives_any_url(a: str, b: str, path: str, query: list[tuple[str, str]], fragment: str) -> None:
    url = f"https://s.example.com/{quote(path, safe='')}?{urlencode(query)}#{quote(fragment, safe='')}"
    tracking = Tracking("wechat", a, b, ID)
    tracked = track_url(url, tracking)
    assert parse_tracking(tracked) == tracking
    assert track_url(tracked, tracking) == tracked
    assert tracked.isascii()
    assert urlsplit(tracked).fragment == urlsplit(url).fragment


@pytest.mark.parametrize(
    ("path", "scene", "expected"),
    [
        ("pages/item", "", ("pages/item", f"d={short_key(ID)}")),
        ("pages/item", "id=3", ("pages/item", f"id=3&d={short_key(ID)}")),
        ("pages/item", "id=300000000", ("pages/item", "id=300000000&d=bf9e2b1c")),
        ("pages/item", "id=30000000000000000000000", (f"pages/item?wenan_draft={ID}", "id=30000000000000000000000")),
        ("pages/item?id=3", "x" * 32, (f"pages/item?id=3&wenan_draft={ID}", "x" * 32)),
        ("pages/item", "id=3&d=old", ("pages/item", f"id=3&d={short_key(ID)}")),
    ],
    ids=["empty", "room for all", "room for the handle", "no room", "full", "tracked before"],
)
def test_track_mini(path: str, scene: str, expected: tuple[str, str]) -> None:
    tracked = track_mini(path, scene, ID)
    assert tracked == expected
    assert track_mini(*tracked, ID) == tracked
    assert len(tracked[1]) <= SCENE_MAX
    found = draft_in(TrackedLink(mini_appid="wx1", mini_path=tracked[0], scene=tracked[1]))
    assert found
    assert ID.endswith(found)


@given(st.text("abc0=&!~", max_size=32), st.text("ab/?=&", max_size=20))
def test_any_scene_stays_within_wechats_limit_and_gives_the_draft_back(scene: str, path: str) -> None:
    tracked_path, tracked_scene = track_mini(path, scene, ID)
    assert len(tracked_scene) <= SCENE_MAX
    assert ID.endswith(draft_in(TrackedLink(mini_path=tracked_path, scene=tracked_scene)) or "!")


@pytest.mark.parametrize(
    ("goal", "slug"),
    [
        ("双11 预热！", "双11-预热"),
        ("", "wenan"),
        ("！！", "wenan"),
        ("New User", "new-user"),
        ("拉新_第2波", "拉新-第2波"),
    ],
)
def test_campaign_slug(goal: str, slug: str) -> None:
    assert campaign_slug(goal) == slug


P = Product(id="p", name="p", link=Link(url="https://p.example.com"))
C = Coupon(id="c", name="c", link=Link(url="https://c.example.com"))
B = Brand(id="b", name="b", link=Link(url="https://b.example.com"))
BARE = replace(P, link=Link())


@pytest.mark.parametrize(
    ("products", "coupon", "brand", "angle", "cta", "host"),
    [
        ((P,), C, B, None, "", "p"),
        ((P,), C, B, "offer", "", "c"),
        ((P,), C, B, None, "领取优惠", "c"),
        ((P,), None, B, "offer", "", "p"),
        ((BARE,), C, B, None, "", "b"),
        ((BARE, P), None, B, None, "", "p"),
        ((), C, B, None, "", "c"),
        ((), None, B, None, "", "b"),
        ((BARE,), None, None, None, "", None),
    ],
    ids=["product", "offer", "cta asks for the coupon", "offer without coupon", "bare product", "second product",
         "coupon alone", "brand", "nothing"],
)  # fmt: skip
def test_whose_link(
    products: tuple[Product, ...], coupon: Coupon | None, brand: Brand | None, angle: Angle | None, cta: str, host: str
) -> None:
    link = resolve_link(brief_of("article", "article", angle=angle, cta=cta), products, coupon, brand, ID)
    assert (link and urlsplit(link.url).hostname) == (f"{host}.example.com" if host else None)


@pytest.mark.parametrize(
    ("channel", "form", "medium"),
    [
        ("article", "article", "article"),
        ("moments", "ad", "moments_ad"),
        ("moments", "post", "moments_post"),
        ("reply", "service", "reply"),
        ("reply", "comment", "reply"),
    ],
)
def test_the_channel_is_in_the_link(channel: Channel, form: Form, medium: str) -> None:
    link = resolve_link(brief_of(channel, form, goal="拉新"), (P,), None, None, ID)
    assert link
    assert parse_tracking(link.url) == Tracking("wechat", medium, "拉新", ID)
    assert draft_in(link) == ID


def test_a_mini_program_and_a_page_together() -> None:
    both = Link(url="https://p.example.com", mini_appid="wx1", mini_path="pages/a")
    link = resolve_link(brief_of("article", "article"), (replace(P, link=both),), None, None, ID)
    assert link
    assert (link.mini_appid, link.mini_path, link.scene) == ("wx1", "pages/a", f"d={short_key(ID)}")
    assert link.url.startswith("https://p.example.com?")


@pytest.mark.parametrize(
    ("link", "field"),
    [(Link(url="见小程序"), "link.url"), (Link(mini_appid="wx1", scene="中文"), "link.scene"),
     (Link(mini_appid="wx1", scene="x" * 33), "link.scene")],
    ids=["no address", "scene characters", "scene length"],
)  # fmt: skip
def test_a_link_that_cannot_work_names_its_row(link: Link, field: str) -> None:
    product = replace(P, link=link, source=Source("商品.csv", 7))
    with pytest.raises(BadInputError, match=r"商品\.csv:7") as caught:
        resolve_link(brief_of("article", "article"), (product,), None, None, new_id("d"))
    assert caught.value.field == field


def brief_of(channel: Channel, form: Form, **changes: Any) -> Brief:
    return Brief(channel=channel, form=form, today=DAY, **changes)
