"""Channel limits: lengths as WeChat counts them, emoji, lines, bytes, the link menu and the parts an article needs."""

from __future__ import annotations

from collections.abc import Iterator

from agent.brief import Brief
from agent.checks.elements import find_elements
from agent.checks.landing import check_landing
from agent.context import Context
from agent.copies import ArticleCopy, Copy, MomentsCopy, fields
from agent.finding import Finding, Severity
from knowledge_base.rules import ChannelSpec, channel_spec, find_emoji, utf8_length, wechat_length

TITLES_WANTED = 5


def check_spec(copy: Copy, brief: Brief, context: Context) -> tuple[Finding, ...]:
    """Every way in which the copy does not fit its place. Raises UsageError when the brief names an unknown format."""
    spec = channel_spec(brief.channel, brief.form, brief.format)
    found: list[Finding] = []
    if isinstance(copy, ArticleCopy):
        found += _article(copy, spec)
    else:
        found += _body(copy.text, spec)
    if isinstance(copy, MomentsCopy):
        found += check_landing(copy, brief, context, spec)
    for name, text in fields(copy).items():
        if name != "link_text":
            found += find_elements(name, text, spec, context)
    return tuple(found)


def _body(text: str, spec: ChannelSpec) -> Iterator[Finding]:
    apart = spec.emoji_max is not None
    length = wechat_length(text, emoji_apart=apart)
    if not text.strip():
        yield _over(spec, "text_min", "text", "正文是空的，写一句再来。")
        return
    if spec.text_max is not None and length > spec.text_max:
        yield _over(
            spec, "text_max", "text", _too_long("正文", length, spec.text_max), _tail(text, spec.text_max, apart), text
        )
    elif spec.text_warn is not None and length > spec.text_warn:
        message = f"正文 {length} 字，超过 {spec.text_warn} 字就不容易读完{_note(spec, 'text_warn')}，能短就短。"
        yield _over(spec, "text_warn", "text", message, severity="warn")
    if spec.bytes_max is not None and (size := utf8_length(text)) > spec.bytes_max:
        yield _over(spec, "bytes_max", "text", f"消息 {size} 字节，上限 {spec.bytes_max} 字节：删短，或分两条发。")
    if spec.emoji_max is not None and len(found := find_emoji(text)) > spec.emoji_max:
        first = found[spec.emoji_max]
        allowed = f"最多 {spec.emoji_max} 个" if spec.emoji_max else "按规范不放"
        message = f"表情用了 {len(found)} 个，{spec.name}{allowed}，删掉多出来的。"
        yield _over(spec, "emoji_max", "text", message, (first.start, found[-1].end), text)
    yield from _lines(text, spec)


def _lines(text: str, spec: ChannelSpec) -> Iterator[Finding]:
    lines = text.strip("\n").split("\n")
    if spec.breaks_max is not None and len(lines) - 1 > spec.breaks_max:
        at = text.index("\n", len(text) - len(text.lstrip("\n")))
        yield _over(spec, "breaks_max", "text", f"{spec.name}不许手动换行，把换行去掉。", (at, at + 1), text)
    if spec.lines_max is not None and spec.line_chars:
        shown = sum(max(1, -(-wechat_length(line) // spec.line_chars)) for line in lines)
        if shown > spec.lines_max:
            message = f"按每行约 {spec.line_chars} 字要显示 {shown} 行，最多 {spec.lines_max} 行，删短或少换行。"
            yield _over(spec, "lines_max", "text", message)


def _article(copy: ArticleCopy, spec: ChannelSpec) -> Iterator[Finding]:
    yield from _titles(copy, spec)
    digest = wechat_length(copy.digest)
    if not copy.digest.strip():
        message = "没有摘要，微信会截正文前 54 字。写一句有人物、利益或悬念的。"
        yield _over(spec, "digest_warn", "digest", message, severity="warn")
    elif spec.digest_max is not None and digest > spec.digest_max:
        tail = _tail(copy.digest, spec.digest_max)
        yield _over(spec, "digest_max", "digest", _too_long("摘要", digest, spec.digest_max), tail, copy.digest)
    elif spec.digest_warn is not None and digest > spec.digest_warn:
        message = f"摘要 {digest} 字，卡片只显示前 {spec.digest_warn} 字，后面的读者看不到。"
        yield _over(spec, "digest_warn", "digest", message, _tail(copy.digest, spec.digest_warn), copy.digest, "warn")
    body = sum(wechat_length(section.heading) + wechat_length(section.text) for section in copy.sections)
    if not any(section.text.strip() for section in copy.sections):
        yield _over(spec, "text_min", "sections[0].text", "正文是空的。", severity="block")
    elif spec.text_min is not None and body < spec.text_min:
        message = f"正文只有 {body} 字，少于 {spec.text_min} 字，补一个具体场景或一条事实。"
        yield _over(spec, "text_min", "", message)
    elif spec.text_warn is not None and body > spec.text_warn:
        yield _over(
            spec, "text_warn", "", f"正文 {body} 字，超过 {spec.text_warn} 字读完的人会少，能删就删。", severity="warn"
        )
    if (
        spec.content_max is not None
        and (total := sum(len(s.heading) + len(s.text) for s in copy.sections)) > spec.content_max
    ):
        yield _over(spec, "content_max", "", f"正文 {total} 个字符，超过接口上限 {spec.content_max}，拆成两篇。")
    if not copy.cta.strip():
        yield _over(spec, "cta", "cta", "文末没有行动引导，写一句读者接下来做什么。", severity="block")


def _titles(copy: ArticleCopy, spec: ChannelSpec) -> Iterator[Finding]:
    if not copy.title.strip():
        yield _over(spec, "title_min", "title", "没有标题。", severity="block")
    for name, title in fields(copy).items():
        if name != "title" and not name.startswith("titles["):
            continue
        length = wechat_length(title)
        if spec.title_max is not None and length > spec.title_max:
            # Only the chosen title goes out; a candidate that is too long is a note.
            severity: Severity = "block" if name == "title" else "warn"
            message = _too_long("标题", length, spec.title_max) + _note(spec, "title_max")
            yield _over(spec, "title_max", name, message, _tail(title, spec.title_max), title, severity)
        elif name == "title" and spec.title_cut is not None and length > spec.title_cut:
            seen = title[: _tail(title, spec.title_cut)[0]]
            message = f"卡片上大约只看得到“{seen}”，要紧的话往前放。"
            yield _over(spec, "title_cut", name, message, severity="info")
    texts = [title.text for title in copy.titles]
    wanted = spec.titles_count or TITLES_WANTED
    if len(texts) < wanted:
        yield _over(spec, "titles_count", "", f"备选标题 {len(texts)} 个，要 {wanted} 个。", severity="warn")
    if len({title.type for title in copy.titles}) < min(len(texts), wanted):
        yield _over(
            spec,
            "titles_types",
            "",
            "备选标题里有同型的，每个换一种型：场景、利益、反差、清单、人物、疑问。",
            severity="warn",
        )
    if len(set(texts)) < len(texts):
        yield _over(spec, "titles_same", "", "备选标题有重复的，换一个。", severity="warn")
    if texts and copy.title and copy.title not in texts:
        yield _over(spec, "title_other", "title", "选用的标题不在备选标题里，核对一下是不是改漏了。", severity="warn")


def _over(
    spec: ChannelSpec,
    limit: str,
    field: str,
    message: str,
    span: tuple[int, int] = (0, 0),
    text: str = "",
    severity: Severity | None = None,
) -> Finding:
    return Finding(
        check="spec",
        rule_id=f"{spec.id}.{limit}",
        severity=severity or spec.severity(limit),
        status="spec",
        message=message,
        field=field,
        start=span[0],
        end=span[1],
        text=text[slice(*span)],
    )


def _too_long(what: str, length: int, limit: int) -> str:
    return f"{what} {length} 字，上限 {limit} 字，要删 {length - limit} 字。"


def _note(spec: ChannelSpec, limit: str) -> str:
    note = spec.limits[limit].note if limit in spec.limits else ""
    return f"（{note}）" if note else ""


def _tail(text: str, limit: int, emoji_apart: bool = False) -> tuple[int, int]:
    """Span of what lies beyond the limit: the longest prefix within it is found by halving."""
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        if wechat_length(text[:middle], emoji_apart=emoji_apart) <= limit:
            low = middle
        else:
            high = middle - 1
    return low, len(text)
