"""Themes as data: colours, sizes, ornaments and one style per part of an article, from YAML files.

A theme says only what differs from base.yaml. Styles name colours in braces; which colours there are, see `palette`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from agent.channels.typeset.colours import (
    BLACK,
    RGB,
    WHITE,
    as_hex,
    contrast,
    lettering,
    luminance,
    mix,
    parse_colour,
    readable,
)
from knowledge_base.errors import BadInputError, UnknownIdError

SHIPPED = Path(__file__).parent.parent / "themes"
BASE = "base"
DEFAULT = "plain"
_PARTS = """
root p lead h1 h1_text h2 h2_text h2_before h2_after h3 h3_text h3_before h4 strong em s mark code link ref
quote quote_p quote_end pre pre_code pre_caption list list_inner item bullet more figure img img_inline caption
table_box table tr th td hr notes notes_title note label
"""
PARTS = frozenset(_PARTS.split())
ORNAMENTS = frozenset({"h2_before", "h2_after", "h3_before", "hr", "bullets", "tasks"})
COLOURS = ("accent", "text", "muted", "paper")
_NAME = re.compile(r"\{(\w+)\}")
_SIX = re.compile(r"#([0-9a-f])\1([0-9a-f])\2([0-9a-f])\3(?![0-9a-f])")
"""Six digits that say no more than three."""
_ID = re.compile(r"[\w-]{1,40}\Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class Theme:
    id: str
    name: str
    about: str
    colours: Mapping[str, str]
    """accent, text, muted and paper as #rrggbb."""
    styles: Mapping[str, str]
    """Part -> declarations, with colour names in braces. A part without style is left bare."""
    ornaments: Mapping[str, str]
    """`{n}` in a heading's ornament is the heading's number, `{nn}` the same in two digits."""
    file: str = ""


def themes(folders: Sequence[Path] = ()) -> dict[str, Theme]:
    """All themes by id: the shipped ones, and those in `folders`, earlier folders winning."""
    found: dict[str, Theme] = {}
    for folder in (SHIPPED, *reversed(folders)):
        for path in sorted(folder.glob("*.yaml")):
            if path.stem != BASE:
                found[path.stem] = read_theme(path)
    return found


def load_theme(wanted: str = "", folders: Sequence[Path] = ()) -> Theme:
    """By id or Chinese name. Raises UnknownIdError naming those there are, BadInputError when its file is wrong."""
    wanted = wanted or DEFAULT
    for folder in (*folders, SHIPPED):
        path = folder / f"{wanted}.yaml"
        if wanted != BASE and _ID.match(wanted) and path.is_file():
            return read_theme(path)
    known = themes(folders)
    for theme in known.values():
        if theme.name == wanted:
            return theme
    raise UnknownIdError("主题", wanted, tuple(f"{theme.id}（{theme.name}）" for theme in known.values()))


def read_theme(path: Path) -> Theme:
    """Raises BadInputError naming file and field."""
    base = _read(SHIPPED / f"{BASE}.yaml")
    own = _read(path)
    file = str(path)
    for key in own.keys() - {"name", "about", "colours", "styles", "ornaments"}:
        raise BadInputError("不认识这一项", file=file, field=key)
    merged = {part: {**base[part], **_table(own, part, file)} for part in ("colours", "styles", "ornaments")}
    for part, known in (("colours", frozenset(COLOURS)), ("styles", PARTS), ("ornaments", ORNAMENTS)):
        for key in merged[part].keys() - known:
            raise BadInputError(
                "不认识这一项", file=file, field=f"{part}.{key}", hint=f"可用：{'、'.join(sorted(known))}。"
            )
    theme = Theme(
        id=path.stem,
        name=str(own.get("name") or path.stem),
        about=str(own.get("about") or ""),
        colours=MappingProxyType(merged["colours"]),
        styles=MappingProxyType({part: _compact(style) for part, style in merged["styles"].items()}),
        ornaments=MappingProxyType(merged["ornaments"]),
        file=file,
    )
    _validate(theme)
    return theme


def palette(theme: Theme, brand: Sequence[str] = ()) -> dict[str, str]:
    """The colours that styles may name. A brand's first plain hex colour takes the accent's place.

    accent as it is, for lines and fills; ink: the accent as text on paper and tint; on: text on the accent;
    tint and wash: the accent very thin, for fills; edge: the accent thin, for lines; text, muted, paper.
    Text colours keep a contrast of 4.5 on every fill they are meant for (WCAG 2.2 AA).
    """
    named = [colour for colour in map(parse_colour, brand) if colour is not None]
    own = {name: _colour(theme, name) for name in COLOURS}
    accent, paper = named[0] if named else own["accent"], own["paper"]
    tint = _light(mix(accent, paper, 0.1), paper)
    wash = _light(mix(accent, paper, 0.05), paper)
    edge = mix(accent, paper, 0.4)
    fills = (paper, tint, wash)
    made = {
        "accent": accent,
        "ink": readable(accent, *fills),
        "on": lettering(accent),
        "tint": tint,
        "wash": wash,
        "edge": edge,
        "text": readable(own["text"], *fills, least=7),
        "muted": readable(own["muted"], *fills),
        "paper": paper,
    }
    return {name: as_hex(colour) for name, colour in made.items()}


def dress(theme: Theme, brand: Sequence[str] = ()) -> dict[str, str]:
    """Part -> declarations with the colours filled in; parts without style are missing."""
    colours = palette(theme, brand)
    filled = {part: _NAME.sub(lambda m: colours[m[1]], style) for part, style in theme.styles.items() if style}
    return {part: _SIX.sub(r"#\1\2\3", style) for part, style in filled.items()}


def _light(fill: RGB, paper: RGB) -> RGB:
    """A fill on which text still reads well: an accent near black, thinned, can stay too dark."""
    for step in range(21):
        lighter = mix(paper, fill, step / 20)
        if contrast(lighter, BLACK if luminance(paper) > 0.18 else WHITE) >= 14:
            return lighter
    return paper


def _validate(theme: Theme) -> None:
    """Colours are hex, braces name colours, and every declaration is one that WeChat's editor keeps."""
    from agent.channels.lint.styles import refused

    for name in COLOURS:
        _colour(theme, name)
    colours = palette(theme)
    for part, style in theme.styles.items():
        for name in _NAME.findall(style):
            if name not in colours:
                hint = f"可用：{'、'.join(colours)}。"
                raise BadInputError(f"没有颜色 {{{name}}}", file=theme.file, field=f"styles.{part}", hint=hint)
        for declaration, refusal in refused(_NAME.sub(lambda m: colours[m[1]], style)):
            raise BadInputError(
                f"公众号编辑器不留「{declaration}」：{refusal.why}", file=theme.file, field=f"styles.{part}"
            )
        if '"' in style or "<" in style or "&" in style:
            raise BadInputError(
                '写法里不能有 " < &', file=theme.file, field=f"styles.{part}", hint="字体名不用加引号。"
            )


def _colour(theme: Theme, name: str) -> RGB:
    found = parse_colour(str(theme.colours.get(name, "")))
    if found is None:
        raise BadInputError("不是 #rrggbb 这样的颜色", file=theme.file, field=f"colours.{name}", hint="颜色要加引号。")
    return found


def _read(path: Path) -> dict[str, Any]:
    import yaml

    try:
        data = yaml.load(path.read_text(encoding="utf-8-sig"), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except yaml.YAMLError as error:
        raise BadInputError("不是合法的 YAML", file=str(path), hint=str(error)) from error
    except (OSError, UnicodeDecodeError) as error:
        raise BadInputError("读不了这个文件", file=str(path), hint="核对路径、权限，用 UTF-8 另存。") from error
    if not isinstance(data, dict):
        raise BadInputError("应当是一张表", file=str(path))
    return {str(key): value for key, value in data.items()}


def _table(data: Mapping[str, Any], part: str, file: str) -> dict[str, str]:
    value = data.get(part) or {}
    if not isinstance(value, dict):
        raise BadInputError("应当是一张表", file=file, field=part)
    return {str(key): str(text) if text is not None else "" for key, text in value.items()}


def _compact(style: str) -> str:
    """Declarations without needless blanks: every character counts towards the article's limit."""
    return re.sub(r"\s*([:;,])\s*", r"\1", " ".join(style.split())).strip("; ")
