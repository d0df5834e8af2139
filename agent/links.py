"""The call to action's real destination, from the records, carrying the draft id so that results join later."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import quote, unquote, urlsplit, urlunsplit

from agent.brief import Brief, Form
from agent.context import TrackedLink
from agent.ids import KEY_CHARS, from_short_key, handle, is_id, short_key
from knowledge_base.errors import BadInputError
from knowledge_base.records import NO_LINK, Brand, Coupon, Link, Product, Source

MEDIUM: dict[Form, str] = {
    "article": "article",
    "ad": "moments_ad",
    "post": "moments_post",
    "service": "reply",
    "comment": "reply",
}
SCENE_MAX = 32
"""Visible characters in a mini program code's scene (WeChat wxacode.getUnlimited)."""
SCENE_CHARS = re.compile(r"[0-9A-Za-z!#$&'()*+,/:;=?@\-._~]*\Z")
DEFAULT_CAMPAIGN = "wenan"
_BARE_HOST = re.compile(r"[\w-]+(\.[\w-]+)+(:\d+)?(/|\?|#|\Z)")
_RESERVED = "!#$%&'()*+,/:;=?@[]~-._"


@dataclass(frozen=True, slots=True)
class Tracking:
    """The four UTM values we set. `content` is the draft id."""

    source: str
    medium: str
    campaign: str
    content: str


def resolve_link(
    brief: Brief, products: tuple[Product, ...], coupon: Coupon | None, brand: Brand | None, draft_id: str
) -> TrackedLink | None:
    """Where the reader goes: the coupon's page when the copy is about the offer, else the product's, else the brand's.

    None when no record has a link. Raises BadInputError naming file and row when a record's link cannot work.
    """
    about_offer = brief.angle == "offer" or any(word in brief.cta for word in ("领", "券"))
    owners: list[Product | Coupon | Brand | None] = [*products, brand]
    owners.insert(0 if about_offer else len(products), coupon if about_offer or not products else None)
    owner = next((one for one in owners if one is not None and one.link != NO_LINK), None)
    if owner is None:
        return None
    tracking = Tracking("wechat", MEDIUM[brief.form], campaign_slug(brief.goal), draft_id)
    return _tracked(owner.link, tracking, owner.source)


def _tracked(link: Link, tracking: Tracking, source: Source) -> TrackedLink:
    try:
        url = track_url(link.url, tracking) if link.url else ""
        path, scene = track_mini(link.mini_path, link.scene, tracking.content)
    except ValueError as error:
        field = "link.url" if link.url and "网址" in str(error) else "link.scene"
        hint = "在资料里改好这个链接（或留空），再运行 wenan kb add。"
        raise BadInputError(str(error), file=source.file, row=source.row, field=field, hint=hint) from error
    if not link.mini_appid and not link.mini_path:
        path = scene = ""
    return TrackedLink(url=url, mini_appid=link.mini_appid, mini_path=path, scene=scene)


def campaign_slug(goal: str) -> str:
    """The goal as one lower-case word, Chinese kept: `双11 预热！` -> `双11-预热`. `wenan` when nothing is left."""
    return re.sub(r"[\W_]+", "-", goal.casefold()).strip("-")[:60].strip("-") or DEFAULT_CAMPAIGN


def track_url(url: str, tracking: Tracking) -> str:
    """`url` with our UTM values; its own query and fragment stay as they are. Applying it twice changes nothing.

    `weixin://` links are returned untouched, since WeChat reads nothing from their query.
    Raises ValueError (Chinese) for anything that is not a web address.
    """
    text = url.strip()
    if text.lower().startswith("weixin://"):
        return text
    if _BARE_HOST.match(text):
        text = f"https://{text}"
    try:
        parts = urlsplit(text)
        host = _ascii_host(parts.netloc)
    except (ValueError, UnicodeError) as error:
        raise ValueError(f"网址「{url}」不完整") from error
    if parts.scheme.lower() not in ("http", "https") or not parts.hostname:
        raise ValueError(f"网址「{url}」不是 http 或 https 开头的完整地址")
    ours = {
        "utm_source": tracking.source,
        "utm_medium": tracking.medium,
        "utm_campaign": tracking.campaign,
        "utm_content": tracking.content,
    }
    kept = [pair for pair in parts.query.split("&") if pair and unquote(pair.partition("=")[0]) not in ours]
    query = "&".join([*(_encoded(pair) for pair in kept), *(f"{key}={quote(v, safe='')}" for key, v in ours.items())])
    return urlunsplit((parts.scheme.lower(), host, _encoded(parts.path), query, _encoded(parts.fragment)))


def parse_tracking(url: str) -> Tracking | None:
    """What `track_url` put in; None when one of the four values is missing."""
    found = {key: unquote(value) for key, _, value in (pair.partition("=") for pair in urlsplit(url).query.split("&"))}
    try:
        return Tracking(found["utm_source"], found["utm_medium"], found["utm_campaign"], found["utm_content"])
    except KeyError:
        return None


def track_mini(path: str, scene: str, draft_id: str) -> tuple[str, str]:
    """(path, scene) with the draft's key in the scene, where 32 characters leave room, else in the path's query.

    The record's own scene is kept. Raises ValueError (Chinese) when it breaks WeChat's rules by itself.
    """
    if len(scene) > SCENE_MAX or not SCENE_CHARS.match(scene):
        raise ValueError(f"小程序 scene「{scene}」超过 {SCENE_MAX} 个字符，或含有字母、数字和少数符号以外的字符")
    own = "&".join(pair for pair in scene.split("&") if pair and not pair.startswith("d="))
    for key in (short_key(draft_id), handle(draft_id)):
        tracked = f"{own}&d={key}" if own else f"d={key}"
        if len(tracked) <= SCENE_MAX:
            return path, tracked
    base, _, query = path.partition("?")
    pairs = [pair for pair in query.split("&") if pair and not pair.startswith("wenan_draft=")]
    return f"{base}?{'&'.join([*pairs, f'wenan_draft={draft_id}'])}", own


def draft_in(link: TrackedLink) -> str:
    """The draft that a link belongs to: its id, or the last digits of it when the scene had no room; else empty."""
    return next(_draft_ids(link), "")


def _draft_ids(link: TrackedLink) -> Iterator[str]:
    for pair in link.scene.split("&"):
        if pair.startswith("d="):
            key = pair[2:]
            if len(key) == KEY_CHARS:
                with suppress(ValueError):
                    yield from_short_key(key)
            elif key:
                yield key
    for pair in link.mini_path.partition("?")[2].split("&"):
        if pair.startswith("wenan_draft="):
            yield pair.partition("=")[2]
    tracking = parse_tracking(link.url) if link.url else None
    if tracking and is_id(tracking.content):
        yield tracking.content


def _encoded(text: str) -> str:
    """Spaces and non-ASCII become %XX; what is already encoded, and every separator, stays."""
    return quote(re.sub(r"%(?![0-9A-Fa-f]{2})", "%25", text), safe=_RESERVED)


def _ascii_host(netloc: str) -> str:
    """A Chinese domain in its ASCII form (IDNA); user, port and case of the rest stay."""
    if netloc.isascii():
        return netloc
    user, at, host = netloc.rpartition("@")
    name, colon, port = host.partition(":")
    return f"{user}{at}{name.encode('idna').decode('ascii')}{colon}{port}"
