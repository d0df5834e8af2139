"""Platforms we know how to talk to, as data. Prices are yuan per million tokens, only where the platform's own page
said so on `as_of`; None means we don't know, never zero. Any field can be overridden in wenan.toml.

Sources: each platform's API documentation as read in November 2026 (DeepSeek 模型 & 价格, 错误码, 思考模式; 阿里云百炼
结构化输出; Kimi 开放平台 models overview; 火山方舟 错误码; 硅基流动 错误处理; the model list of the openai SDK 3.54).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Literal

Structured = Literal["auto", "json_schema", "json_object", "none"]
"""How an answer is held to its JSON Schema; auto starts at the best the platform documents and steps down."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Preset:
    name: str
    label: str
    """What users call the platform."""
    base_url: str = ""
    hosts: tuple[str, ...] = ()
    """Host names that mean this platform, to recognise OPENAI_BASE_URL."""
    key_env: str = ""
    """Environment variable with the key; empty when none is needed."""
    key_optional: bool = False
    model: str = ""
    """Default model; empty when only the user can say (then the endpoint is asked what it has)."""
    aliases: tuple[str, ...] = ()
    context_window: int | None = None
    """Tokens that prompt and answer share, for the default model."""
    input_price: Decimal | None = None
    output_price: Decimal | None = None
    as_of: str = ""
    """Month the price and window were read, YYYY-MM."""
    note: str = ""
    first_structured: Literal["json_schema", "json_object", "none"] = "json_schema"
    """What auto tries first, by the platform's documentation."""
    stream_usage: bool = True
    """Whether stream_options.include_usage is documented."""
    token_parameter: Literal["max_tokens", "max_completion_tokens"] = "max_tokens"
    extra_body: Mapping[str, Any] = field(default_factory=dict)
    """Sent along with the default model: turns off thinking, which costs tokens and seconds and doesn't help copy."""
    console: str = ""
    """Where a user looks after keys and money."""


_THINKING_OFF: Mapping[str, Any] = {"thinking": {"type": "disabled"}}

_TABLE = (
    Preset(name="offline", label="离线模板", note="不联网、不要密钥，用模板写稿"),
    Preset(
        name="openai",
        label="OpenAI",
        base_url="https://api.openai.com/v1",
        hosts=("api.openai.com",),
        key_env="OPENAI_API_KEY",
        model="gpt-5.4-mini",
        context_window=400_000,
        note="美元计价，不折算；要算费用就在档案里写 input_price/output_price",
        token_parameter="max_completion_tokens",
        console="platform.openai.com",
    ),
    Preset(
        name="deepseek",
        label="DeepSeek",
        base_url="https://api.deepseek.com",
        hosts=("api.deepseek.com",),
        key_env="DEEPSEEK_API_KEY",
        model="deepseek-flash",
        context_window=1_000_000,
        input_price=Decimal(2),
        output_price=Decimal(8),
        as_of="2026-10",
        note="按高峰时段、缓存未命中计，空闲时段减半；默认关思考",
        first_structured="json_object",
        extra_body=_THINKING_OFF,
        console="platform.deepseek.com",
    ),
    Preset(
        name="qwen",
        label="通义千问（阿里云百炼）",
        base_url="https://dashscope.aliyuncs.com/compatible-mode/v1",
        hosts=("dashscope.aliyuncs.com", "dashscope-intl.aliyuncs.com"),
        key_env="DASHSCOPE_API_KEY",
        model="qwen-plus",
        aliases=("dashscope", "tongyi", "通义"),
        context_window=131_072,
        input_price=Decimal("0.8"),
        output_price=Decimal(2),
        as_of="2026-05",
        note="输入不超过 128K 的非思考价；默认关思考",
        extra_body={"enable_thinking": False},
        console="bailian.console.aliyun.com",
    ),
    Preset(
        name="kimi",
        label="Kimi（月之暗面）",
        base_url="https://api.moonshot.cn/v1",
        hosts=("api.moonshot.cn", "api.moonshot.ai"),
        key_env="MOONSHOT_API_KEY",
        model="kimi-k2.6",
        aliases=("moonshot",),
        context_window=262_144,
        note="默认关思考",
        first_structured="json_object",
        extra_body=_THINKING_OFF,
        console="platform.kimi.com",
    ),
    Preset(
        name="zhipu",
        label="智谱",
        base_url="https://open.bigmodel.cn/api/paas/v4",
        hosts=("open.bigmodel.cn", "api.z.ai"),
        key_env="ZHIPUAI_API_KEY",
        model="glm-5.3-flash",
        aliases=("glm", "bigmodel", "智谱"),
        context_window=1_048_576,
        note="这个模型总会先思考，已设为最低档",
        first_structured="json_object",
        stream_usage=False,
        extra_body={"reasoning_effort": "low"},
        console="open.bigmodel.cn",
    ),
    Preset(
        name="doubao",
        label="豆包（火山方舟）",
        base_url="https://ark.cn-beijing.volces.com/api/v3",
        hosts=("ark.cn-beijing.volces.com",),
        key_env="ARK_API_KEY",
        model="doubao-seed-1-8-251228",
        aliases=("ark", "volcengine", "豆包"),
        context_window=256_000,
        note="先在方舟控制台开通模型；也可填推理接入点 ep-…；默认关思考",
        extra_body=_THINKING_OFF,
        console="console.volcengine.com/ark",
    ),
    Preset(
        name="siliconflow",
        label="硅基流动",
        base_url="https://api.siliconflow.cn/v1",
        hosts=("api.siliconflow.cn", "api.siliconflow.com"),
        key_env="SILICONFLOW_API_KEY",
        model="deepseek-ai/DeepSeek-V3.2",
        context_window=163_840,
        first_structured="json_object",
        note="默认关思考",
        extra_body={"enable_thinking": False},
        console="cloud.siliconflow.cn",
    ),
    Preset(
        name="ollama",
        label="Ollama",
        base_url="http://127.0.0.1:11434/v1",
        key_env="OLLAMA_API_KEY",
        key_optional=True,
        input_price=Decimal(0),
        output_price=Decimal(0),
        note="本机服务；不写模型名就问它有哪些",
    ),
    Preset(
        name="vllm",
        label="vLLM",
        base_url="http://127.0.0.1:8000/v1",
        key_env="VLLM_API_KEY",
        key_optional=True,
        note="自建服务；不写模型名就问它有哪些",
    ),
    Preset(
        name="local",
        label="本地 GGUF（llama.cpp）",
        context_window=8192,
        input_price=Decimal(0),
        output_price=Decimal(0),
        note="--model local:模型.gguf；要装 wenan[local]",
    ),
    Preset(name="replay", label="录音回放", note="--model replay:录音.jsonl；只重放以前真实调用的回答"),
)

PRESETS: Mapping[str, Preset] = {preset.name: preset for preset in _TABLE}
_ALIASES: Mapping[str, Preset] = {alias: preset for preset in _TABLE for alias in preset.aliases}


def find_preset(name: str) -> Preset | None:
    """The preset of this name or alias, whatever the case."""
    wanted = name.strip().lower()
    return PRESETS.get(wanted) or _ALIASES.get(wanted)


def preset_of_host(host: str) -> Preset | None:
    """The platform that answers at this host name."""
    return next((preset for preset in _TABLE if host.lower() in preset.hosts), None)
