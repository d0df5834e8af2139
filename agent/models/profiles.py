"""Which model to call and how: profiles of wenan.toml, presets and the environment, resolved to one Profile.

Light on purpose (no SDK, no pydantic): `wenan models list`, `config show` and completion import it.
"""

from __future__ import annotations

import difflib
import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any, Literal
from urllib.parse import urlsplit

from agent.models.presets import PRESETS, Preset, Structured, find_preset, preset_of_host
from agent.models.profile_file import read_profile_table
from knowledge_base.errors import UsageError
from knowledge_base.workspace import Workspace

MODEL_ENV, KEY_ENV, URL_ENV = "WENAN_MODEL", "OPENAI_API_KEY", "OPENAI_BASE_URL"


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """Everything a call needs but the key, which stays in the environment."""

    name: str
    """How the user calls it: a table of wenan.toml, a preset, or 环境变量."""
    preset: str
    label: str
    base_url: str
    model: str
    """Empty means: ask the endpoint what it has."""
    api_key_env: str
    key_optional: bool = False
    temperature: float | None = None
    max_tokens: int | None = None
    context_window: int | None = None
    """Tokens that prompt and answer share; None when unknown."""
    input_price: Decimal | None = None
    """Yuan per million tokens; None when unknown."""
    output_price: Decimal | None = None
    as_of: str = ""
    note: str = ""
    timeout: float = 120.0
    """Seconds to wait for the answer, or in a stream for its next piece."""
    retries: int = 3
    """Further tries after the first, of errors that may pass."""
    deadline: float = 300.0
    """Seconds for a call with all its tries."""
    structured: Structured = "auto"
    first_structured: Literal["json_schema", "json_object", "none"] = "json_schema"
    stream_usage: bool = True
    token_parameter: Literal["max_tokens", "max_completion_tokens"] = "max_tokens"
    extra_body: Mapping[str, Any] = field(default_factory=dict)
    console: str = ""
    why: str = ""
    """Chinese: why this profile was taken."""

    @property
    def full_name(self) -> str:
        """preset:model, as drafts and recordings keep it."""
        return f"{self.preset}:{self.model}" if self.model else self.preset


def resolve_profile(
    workspace: Workspace, wanted: str | None = None, environ: Mapping[str, str] | None = None
) -> Profile:
    """The profile for `--model wanted`; without it WENAN_MODEL, `[model] default`, the key in the environment.

    `wanted` is a profile of wenan.toml, a preset, `preset:model`, `profile:model`, a .gguf path, or a plain model name
    for the endpoint that OPENAI_API_KEY / OPENAI_BASE_URL describe. With none of all that the answer is `offline`.
    Raises UsageError for a name that means nothing, BadInputError for a profile that cannot be used.
    """
    env = os.environ if environ is None else environ
    if wanted and wanted.strip():
        return _named(workspace, wanted.strip(), env, "用了 --model")
    if named := env.get(MODEL_ENV, "").strip():
        return _named(workspace, named, env, f"用了环境变量 {MODEL_ENV}")
    if default := str(workspace.section("model").get("default", "")).strip():
        return _named(workspace, default, env, "用了 wenan.toml 里 [model] 的 default")
    if env.get(KEY_ENV, "").strip() or env.get(URL_ENV, "").strip():
        return _from_environment(env, "")
    return _of_preset(PRESETS["offline"], why="没有配置模型")


def list_profiles(workspace: Workspace) -> tuple[Profile, ...]:
    """The workspace's own profiles in file order, then every preset. Raises BadInputError for a broken profile."""
    own = [_of_table(workspace, name) for name in workspace.section("models")]
    taken = {profile.name for profile in own}
    return (*own, *(_of_preset(preset) for preset in PRESETS.values() if preset.name not in taken))


def describe_profiles(workspace: Workspace) -> list[tuple[str, str]]:
    """Rows (name, value) for `wenan config show`: the model in use and why. Never a key's value."""
    profile = resolve_profile(workspace)
    own = [name for name in workspace.section("models")]
    return [
        ("模型", f"{profile.full_name}（{profile.why}）"),
        ("模型地址", profile.base_url or "本机"),
        ("密钥", key_state(profile)),
        ("模型档案", "、".join(own) if own else "没有（wenan models list 看预设）"),
    ]


def key_state(profile: Profile, environ: Mapping[str, str] | None = None) -> str:
    """Whether the key is there, in words, and never what it is."""
    env = os.environ if environ is None else environ
    if not profile.api_key_env:
        return "不需要"
    if env.get(profile.api_key_env, "").strip():
        return f"{profile.api_key_env} 已设置"
    return f"{profile.api_key_env} 未设置" + ("（可不设）" if profile.key_optional else "")


def _named(workspace: Workspace, wanted: str, env: Mapping[str, str], why: str) -> Profile:
    own = workspace.section("models")
    if wanted in own:
        return _of_table(workspace, wanted, why=why)
    if wanted.lower().endswith(".gguf") and ":" not in wanted[2:]:
        return _of_preset(PRESETS["local"], wanted, why=why)
    head, _, model = wanted.partition(":")
    if model and head in own:
        return replace(_of_table(workspace, head, why=why), model=model, input_price=None, output_price=None, as_of="")
    if preset := find_preset(head if model else wanted):
        return _of_preset(preset, model, why=why)
    if env.get(KEY_ENV, "").strip() or env.get(URL_ENV, "").strip():
        return replace(_from_environment(env, wanted), why=why)
    if preset := next((preset for preset in PRESETS.values() if preset.model == wanted), None):
        return _of_preset(preset, why=why)
    names = [*own, *PRESETS]
    near = difflib.get_close_matches(wanted, names, n=3, cutoff=0.5)
    raise UsageError(
        f"不认识的模型「{wanted}」",
        hint=(f"是不是想用：{'、'.join(near)}？" if near else "")
        + "可以写档案名、预设名（deepseek、qwen …）、「预设:模型名」或 .gguf 文件；wenan models list 看全部。",
    )


def _from_environment(env: Mapping[str, str], model: str) -> Profile:
    """The endpoint that OPENAI_BASE_URL names, OpenAI's own without it; the key is OPENAI_API_KEY."""
    url = env.get(URL_ENV, "").strip()
    preset = PRESETS["openai"] if not url else preset_of_host(urlsplit(url).hostname or "")
    if preset is None:
        return Profile(
            name="环境变量",
            preset="custom",
            label=urlsplit(url).hostname or url,
            base_url=url,
            model=model,
            api_key_env=KEY_ENV,
            key_optional=True,
            why=f"设置了环境变量 {URL_ENV}",
        )
    why = f"设置了环境变量 {URL_ENV if url else KEY_ENV}"
    if not model:
        why += f"、没设 {MODEL_ENV}，所以用{preset.label}的默认模型；不想用可加 --model offline"
    return replace(
        _of_preset(preset, model, why=why), name="环境变量", api_key_env=KEY_ENV, base_url=url or preset.base_url
    )


def _of_preset(preset: Preset, model: str = "", *, why: str = "") -> Profile:
    """What we know of a platform; price, window and switches hold for its default model only."""
    known = not model or model == preset.model or not preset.model
    return Profile(
        name=preset.name,
        preset=preset.name,
        label=preset.label,
        base_url=preset.base_url,
        model=model or preset.model,
        api_key_env=preset.key_env,
        key_optional=preset.key_optional,
        context_window=preset.context_window if known else None,
        input_price=preset.input_price if known else None,
        output_price=preset.output_price if known else None,
        as_of=preset.as_of if known else "",
        note=preset.note if known else "",
        first_structured=preset.first_structured,
        stream_usage=preset.stream_usage,
        token_parameter=preset.token_parameter,
        extra_body=preset.extra_body if known else {},
        console=preset.console,
        why=why,
        # A local model on a laptop reads a long prompt for minutes before its first word.
        timeout=600.0 if preset.name == "local" else 120.0,
        deadline=900.0 if preset.name == "local" else 300.0,
    )


def _of_table(workspace: Workspace, name: str, *, why: str = "") -> Profile:
    settings = read_profile_table(workspace, name)
    preset = find_preset(settings.pop("preset", "") or name)
    if preset is None:
        base = Profile(
            name=name, preset="custom", label=name, base_url="", model="", api_key_env=KEY_ENV, key_optional=True
        )
    else:
        base = _of_preset(preset, settings.get("model", ""))
    return replace(base, name=name, why=why, **settings)
