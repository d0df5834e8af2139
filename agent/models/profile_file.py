"""Reads one `[models.NAME]` table of wenan.toml: every key checked, every complaint with its place and next step."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

from agent.models.presets import PRESETS, find_preset
from knowledge_base.errors import BadInputError
from knowledge_base.workspace import CONFIG_NAME, Workspace

STRUCTURED = ("auto", "json_schema", "json_object", "none")
_ENV_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}")
_LOOKS_LIKE_KEY = re.compile(r"(?i)^(sk|ak|key|ark|bearer)[-_ .]")


def read_profile_table(workspace: Workspace, name: str) -> dict[str, Any]:
    """The settings of a profile, typed and only those that are set. Raises BadInputError naming the field."""
    place = f"models.{name}"
    table = workspace.section("models").get(name)
    if not isinstance(table, Mapping):
        raise BadInputError("应当是一张表", file=CONFIG_NAME, field=place, hint=f"写成 [{place}] 开头的一段。")
    settings: dict[str, Any] = {}
    for key, value in table.items():
        if key in ("api_key", "key", "token"):
            raise BadInputError(
                "密钥不能写进设置文件",
                file=CONFIG_NAME,
                field=f"{place}.{key}",
                hint='删掉这行，把密钥放进环境变量，再写 api_key_env = "变量名"。'
                "这把密钥若已提交或发给别人，请到平台作废重建。",
            )
        if key not in _FIELDS:
            raise BadInputError(
                "不认识的设置", file=CONFIG_NAME, field=f"{place}.{key}", hint=f"可用的有：{'、'.join(_FIELDS)}。"
            )
        try:
            settings[key] = _FIELDS[key](value)
        except ValueError as error:
            raise BadInputError(str(error), file=CONFIG_NAME, field=f"{place}.{key}", hint=_HINT) from error
    if not settings.get("preset") and find_preset(name) is None and not settings.get("base_url"):
        raise BadInputError(
            "不知道连哪里",
            file=CONFIG_NAME,
            field=place,
            hint=f"写 preset（{'、'.join(PRESETS)}）或 base_url。",
        )
    return settings


_HINT = "改好 wenan.toml 后重试；wenan models list 看预设。"


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ValueError("应当是非空的文字")
    return value.strip()


def _preset(value: Any) -> str:
    preset = find_preset(_text(value))
    if preset is None:
        raise ValueError(f"没有这个预设；有的是：{'、'.join(PRESETS)}")
    return preset.name


def _url(value: Any) -> str:
    parts = urlsplit(_text(value))
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("应当是 http:// 或 https:// 开头的地址")
    if parts.username or parts.password:
        raise ValueError("地址里不能带用户名或密码")
    return _text(value).rstrip("/")


def _env_name(value: Any) -> str:
    text = _text(value)
    # Never echo the value: people paste the key itself here.
    if not _ENV_NAME.fullmatch(text) or _LOOKS_LIKE_KEY.match(text):
        raise ValueError("应当是环境变量的名字（例如 DEEPSEEK_API_KEY），不是密钥本身")
    return text


def _number(low: float, high: float) -> Callable[[Any], float]:
    def read(value: Any) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
            raise ValueError(f"应当是 {low:g} 到 {high:g} 之间的数")
        return float(value)

    return read


def _whole(low: int, high: int) -> Callable[[Any], int]:
    def read(value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise ValueError(f"应当是 {low} 到 {high} 之间的整数")
        return value

    return read


def _price(value: Any) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise ValueError("应当是每百万 token 多少元，例如 2 或 0.8")
    try:
        # By way of str: 0.8 in TOML means eight tenths, not the nearest binary fraction.
        price = Decimal(str(value))
    except ArithmeticError as error:
        raise ValueError("应当是每百万 token 多少元，例如 2 或 0.8") from error
    if not price.is_finite() or price < 0:
        raise ValueError("价格不能是负数")
    return price


def _structured(value: Any) -> str:
    if value not in STRUCTURED:
        raise ValueError(f"应当是 {'、'.join(STRUCTURED)} 之一")
    return str(value)


def _table(value: Any) -> dict[str, Any]:
    if not isinstance(value, Mapping):
        raise ValueError("应当是一张表，例如 { enable_thinking = false }")
    return dict(value)


_FIELDS: Mapping[str, Callable[[Any], Any]] = {
    "preset": _preset,
    "base_url": _url,
    "api_key_env": _env_name,
    "model": _text,
    "temperature": _number(0, 2),
    "max_tokens": _whole(1, 1_000_000),
    "context_window": _whole(256, 100_000_000),
    "input_price": _price,
    "output_price": _price,
    "as_of": _text,
    "timeout": _number(1, 3600),
    "retries": _whole(0, 10),
    "deadline": _number(1, 7200),
    "structured": _structured,
    "extra_body": _table,
}
