"""Drafts -> stdout, a file, the clipboard. Files appear whole or not at all."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Literal

from agent.draft import Draft
from agent.label.implicit import embed_html, embed_markdown
from agent.present import as_json, as_markdown, labelled_text
from agent.storage.files import write_pieces
from knowledge_base.console import err, out
from knowledge_base.errors import UsageError

Format = Literal["text", "md", "json", "html"]
FORMATS: dict[str, Format] = {"text": "text", "md": "md", "json": "json", "html": "html"}
BY_SUFFIX: dict[str, Format] = {
    ".txt": "text", ".md": "md", ".markdown": "md", ".json": "json", ".html": "html", ".htm": "html",
}  # fmt: skip


def choose_format(wanted: str, path: Path | None) -> Format:
    """The format asked for, else the one the file's suffix means, else text. Raises UsageError."""
    if not wanted:
        return BY_SUFFIX.get(path.suffix.lower(), "text") if path else "text"
    if wanted not in FORMATS:
        raise UsageError(f"没有格式「{wanted}」", hint=f"可选：{'、'.join(FORMATS)}。")
    return FORMATS[wanted]


def formatted(drafts: Sequence[Draft], form: Format, restore: Callable[[str], str] = str) -> str:
    """All drafts in one text, with the AI label and the file metadata that the format can hold.

    `restore` changes the body before the metadata goes on, so that an HTML page is sealed as it leaves.
    """
    if form == "json":
        return restore(as_json(drafts) + "\n")
    if form == "html":
        from agent.channels.preview import preview_html

        return embed_html(restore(preview_html(drafts)), drafts)
    if form == "md":
        return embed_markdown(restore(_joined([as_markdown(draft) for draft in drafts], "---")), drafts)
    return restore(_joined([labelled_text(draft) for draft in drafts], "——————"))


def _joined(texts: Sequence[str], rule: str) -> str:
    return f"\n\n{rule}\n\n".join(text.rstrip("\n") for text in texts) + "\n"


def deliver(
    drafts: Sequence[Draft],
    form: Format,
    path: Path | None,
    *,
    clipboard: bool = False,
    restore: Callable[[str], str] = str,
) -> None:
    """Writes to `path`, else to stdout; and to the clipboard when asked.

    `restore` fills hidden personal data back in: only here, where the person who typed it reads it.
    """
    content = formatted(drafts, form, restore)
    if path is None:
        out().out(content, end="", highlight=False)
    else:
        write_pieces(path, [content])
        err().print(f"已写入 {path}", soft_wrap=True, markup=False)
    if clipboard:
        _to_clipboard(formatted(drafts, "text", restore))


def _to_clipboard(content: str) -> None:
    import pyperclip

    try:
        pyperclip.copy(content)
    except pyperclip.PyperclipException:
        err().print("[yellow]这台机器没有可用的剪贴板[/]：Linux 请装 xclip 或 wl-clipboard；也可以用 --out 写到文件。")
    else:
        err().print("[dim]已复制到剪贴板[/]")
