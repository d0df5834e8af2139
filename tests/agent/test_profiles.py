"""Which model a name means: wenan.toml, presets, environment; and the complaints about broken profiles."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from agent.errors import BadKeyError, ModelNotFoundError
from agent.models import open_model
from agent.models.presets import PRESETS, find_preset
from agent.models.profiles import Profile, describe_profiles, list_profiles, resolve_profile
from knowledge_base.errors import BadInputError, UsageError
from knowledge_base.workspace import Workspace

ROOT = Path(__file__).parent.parent.parent
TOML = """
[model]
default = "便宜"

[models."便宜"]
preset = "deepseek"
temperature = 0.8

[models.proxy]
base_url = "https://llm.corp.example/v1/"
model = "big"
api_key_env = "CORP_KEY"
input_price = 0.8
output_price = "3"
timeout = 30
structured = "json_object"
extra_body = { enable_thinking = false }

[models.qwen]
model = "qwen-max"
"""


def workspace(text: str = "", root: Path = Path()) -> Workspace:
    return Workspace(root, tomllib.loads(text))


def resolve(wanted: str | None = None, env: dict[str, str] | None = None, toml: str = "") -> Profile:
    return resolve_profile(workspace(toml), wanted, env or {})


OPENAI = {"OPENAI_API_KEY": "sk-x"}


@pytest.mark.parametrize(
    ("wanted", "env", "toml", "full_name", "key_env"),
    [
        pytest.param(None, {}, "", "offline", "", id="nothing configured"),
        pytest.param(None, OPENAI, "", "openai:gpt-5.4-mini", "OPENAI_API_KEY", id="key alone"),
        pytest.param(
            None,
            OPENAI | {"OPENAI_BASE_URL": "https://api.deepseek.com/v1"},
            "",
            "deepseek:deepseek-flash",
            "OPENAI_API_KEY",
            id="base URL of a known platform",
        ),
        pytest.param(
            None, {"OPENAI_BASE_URL": "http://10.0.0.9/v1"}, "", "custom", "OPENAI_API_KEY", id="unknown base URL"
        ),
        pytest.param(
            None, OPENAI | {"WENAN_MODEL": "qwen"}, "", "qwen:qwen-plus", "DASHSCOPE_API_KEY", id="WENAN_MODEL preset"
        ),
        pytest.param(
            None,
            OPENAI | {"WENAN_MODEL": "gpt-6-luna"},
            "",
            "openai:gpt-6-luna",
            "OPENAI_API_KEY",
            id="WENAN_MODEL plain",
        ),
        pytest.param(None, {}, TOML, "deepseek:deepseek-flash", "DEEPSEEK_API_KEY", id="wenan.toml default"),
        pytest.param(None, {"WENAN_MODEL": "offline"}, TOML, "offline", "", id="environment beats wenan.toml"),
        pytest.param("proxy", {"WENAN_MODEL": "offline"}, TOML, "custom:big", "CORP_KEY", id="--model beats both"),
        pytest.param("proxy:small", {}, TOML, "custom:small", "CORP_KEY", id="profile:model"),
        pytest.param("DeepSeek", {}, "", "deepseek:deepseek-flash", "DEEPSEEK_API_KEY", id="preset, any case"),
        pytest.param(
            "deepseek", OPENAI, "", "deepseek:deepseek-flash", "DEEPSEEK_API_KEY", id="no key to another host"
        ),
        pytest.param("豆包", {}, "", "doubao:doubao-seed-1-8-251228", "ARK_API_KEY", id="Chinese alias"),
        pytest.param("ollama:qwen3:8b", {}, "", "ollama:qwen3:8b", "OLLAMA_API_KEY", id="colon in a model name"),
        pytest.param("kimi-k2.6", {}, "", "kimi:kimi-k2.6", "MOONSHOT_API_KEY", id="a preset's own model"),
        pytest.param("qwen", {}, TOML, "qwen:qwen-max", "DASHSCOPE_API_KEY", id="a profile named as a preset"),
        pytest.param("模型/小.gguf", {}, "", "local:模型/小.gguf", "", id="a GGUF file"),
        pytest.param("C:\\模型\\小.gguf", {}, "", "local:C:\\模型\\小.gguf", "", id="a Windows path"),
        pytest.param("local:小.gguf", {}, "", "local:小.gguf", "", id="local:file"),
        pytest.param("replay:录音.jsonl", {}, "", "replay:录音.jsonl", "", id="replay:file"),
    ],
)
def test_resolve(wanted: str | None, env: dict[str, str], toml: str, full_name: str, key_env: str) -> None:
    profile = resolve(wanted, env, toml)
    assert profile.full_name == full_name
    assert profile.api_key_env == key_env
    assert profile.why


def test_an_unknown_name_suggests() -> None:
    with pytest.raises(UsageError) as info:
        resolve("depseek")
    assert "deepseek" in info.value.hint


def test_the_choice_by_key_alone_says_why_and_how_to_leave_it() -> None:
    why = resolve(None, OPENAI).why
    assert "OPENAI_API_KEY" in why
    assert "WENAN_MODEL" in why
    assert "offline" in why


def test_every_setting_of_a_profile_arrives() -> None:
    profile = resolve("proxy", {}, TOML)
    assert profile.base_url == "https://llm.corp.example/v1"
    assert (profile.input_price, profile.output_price) == (Decimal("0.8"), Decimal(3))
    assert (profile.timeout, profile.structured) == (30.0, "json_object")
    assert profile.extra_body == {"enable_thinking": False}


def test_price_and_switches_hold_for_the_default_model_only() -> None:
    known, other = resolve("deepseek"), resolve("deepseek:deepseek-v4-pro")
    assert known.input_price is not None
    assert known.extra_body
    assert (other.input_price, other.output_price, other.context_window, dict(other.extra_body)) == (
        None,
        None,
        None,
        {},
    )


@pytest.mark.parametrize(
    ("line", "field", "says"),
    [
        pytest.param('api_key = "sk-planted-1"', "api_key", "密钥不能写进设置文件", id="a key"),
        pytest.param('api_key_env = "sk-planted-1"', "api_key_env", "不是密钥本身", id="a key as a name"),
        pytest.param('api_key_env = "sk_planted_1234"', "api_key_env", "不是密钥本身", id="a key that could be a name"),
        pytest.param('api_key_env = ""', "api_key_env", "非空", id="empty"),
        pytest.param('colour = "red"', "colour", "不认识的设置", id="unknown"),
        pytest.param('preset = "gemini"', "preset", "没有这个预设", id="no such preset"),
        pytest.param('base_url = "llm.example"', "base_url", "http", id="no scheme"),
        pytest.param('base_url = "https://me:planted@llm.example"', "base_url", "用户名", id="credentials in the URL"),
        pytest.param("temperature = 3", "temperature", "0 到 2", id="too hot"),
        pytest.param("temperature = true", "temperature", "0 到 2", id="a bool"),
        pytest.param("max_tokens = 1.5", "max_tokens", "整数", id="half a token"),
        pytest.param("input_price = -1", "input_price", "负数", id="negative price"),
        pytest.param('input_price = "免费"', "input_price", "多少元", id="price in words"),
        pytest.param("input_price = nan", "input_price", "负数", id="no number"),
        pytest.param('structured = "yes"', "structured", "json_schema", id="structured"),
        pytest.param("extra_body = 1", "extra_body", "表", id="extra_body"),
    ],
)
def test_a_broken_profile_names_its_field(line: str, field: str, says: str) -> None:
    with pytest.raises(BadInputError) as info:
        resolve("mine", {}, f'[models.mine]\nmodel = "m"\n{line}\n')
    shown = f"{info.value.message} {info.value.hint} {info.value!r}"
    assert "wenan.toml" in info.value.message
    assert f"models.mine.{field}" in info.value.message
    assert says in info.value.message
    assert "planted" not in shown


@pytest.mark.parametrize(
    "toml", ['[models]\nmine = "deepseek"', '[models.mine]\nmodel = "m"'], ids=["no table", "no place"]
)
def test_a_profile_that_leads_nowhere(toml: str) -> None:
    with pytest.raises(BadInputError, match=r"models\.mine"):
        resolve("mine", {}, toml)


def test_list_has_the_users_own_first_and_each_name_once() -> None:
    names = [profile.name for profile in list_profiles(workspace(TOML))]
    assert names[:3] == ["便宜", "proxy", "qwen"]
    assert len(names) == len(set(names)) == len(PRESETS) + 2


def test_config_show_never_shows_a_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEEPSEEK_API_KEY", "sk-planted")
    rows = dict(describe_profiles(workspace(TOML)))
    assert rows["密钥"] == "DEEPSEEK_API_KEY 已设置"
    assert "planted" not in str(rows)


@pytest.mark.parametrize("preset", PRESETS.values(), ids=lambda preset: preset.name)
def test_presets_are_sound(preset: Any) -> None:
    assert preset.label
    assert not preset.base_url or preset.base_url.startswith(("https://", "http://127.0.0.1"))
    assert preset.base_url == preset.base_url.rstrip("/")
    assert (preset.input_price is None) == (preset.output_price is None)
    # A price that is not zero must say when it was read.
    assert not preset.input_price or preset.as_of
    assert not preset.base_url.startswith("https") or (preset.key_env and preset.console and preset.model)
    for name in (preset.name, preset.name.upper(), *preset.aliases):
        assert find_preset(name) is preset


@pytest.mark.parametrize(
    ("wanted", "error", "says"),
    [
        pytest.param("deepseek", BadKeyError, "DEEPSEEK_API_KEY", id="no key"),
        pytest.param("local", ModelNotFoundError, "GGUF", id="local without a file"),
        pytest.param("local:没有.gguf", ModelNotFoundError, "没有.gguf", id="no such file"),
        pytest.param("replay:没有.jsonl", ModelNotFoundError, "没有.jsonl", id="no such recording"),
    ],
)
def test_open_model_explains_what_is_missing(
    wanted: str, error: type[Exception], says: str, workspace_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DEEPSEEK_API_KEY", raising=False)
    with pytest.raises(error, match=says):
        open_model(Workspace(workspace_dir), wanted)


def test_profiles_load_nothing_heavy() -> None:
    code = (
        "import sys; import agent.models.profiles, agent.models, agent.model_commands;"
        "print([m for m in ('openai', 'httpx2', 'pydantic', 'rich', 'yaml', 'tiktoken') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)
    assert done.stdout.strip() == "[]"
