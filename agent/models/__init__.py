"""Model adapters. `open_model` is the one door; everything heavy loads behind it, and only what is asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from agent.errors import ModelNotFoundError
from agent.models.profiles import Profile, resolve_profile

if TYPE_CHECKING:
    from agent.model import Model
    from knowledge_base.workspace import Workspace

__all__ = ["Profile", "open_model", "open_profile"]


def open_model(workspace: Workspace, profile: str | None = None, *, concurrency: int = 1) -> Model:
    """The model that `--model profile` names, see `resolve_profile`. No network is touched before the first call.

    `concurrency`: how many calls will run at once; many choose a transport with less cost per call.
    Raises UsageError or BadInputError for a bad name or profile, BadKeyError when the key is missing.
    """
    return open_profile(workspace, resolve_profile(workspace, profile), concurrency=concurrency)


def open_profile(
    workspace: Workspace,
    profile: Profile,
    *,
    concurrency: int = 1,
    on_headers: Callable[[Mapping[str, str]], None] | None = None,
) -> Model:
    """The model of a profile. Close it with `aclose`. `on_headers` hears the headers of every answer of an endpoint."""
    if profile.preset == "offline":
        from agent.models.offline import OfflineModel

        return OfflineModel(workspace.templates)
    if profile.preset == "replay":
        from agent.models.replay import ReplayModel

        return ReplayModel(_file(workspace, profile.model, "录音"))
    if profile.preset == "local":
        from agent.models.local import LocalModel

        return LocalModel(profile, _file(workspace, profile.model, "GGUF 模型"))
    from agent.models.keys import read_key
    from agent.models.openai_chat import OpenAIChat

    return OpenAIChat(profile, read_key(profile), concurrency=concurrency, on_headers=on_headers)


def _file(workspace: Workspace, name: str, what: str) -> Path:
    """A file named on the command line (from here) or in wenan.toml (from the workspace)."""
    if not name:
        raise ModelNotFoundError(
            f"没说用哪个{what}文件", hint="写成 --model local:模型.gguf 或 --model replay:录音.jsonl。"
        )
    path = Path(name).expanduser()
    for candidate in (path, workspace.root / path):
        if candidate.is_file():
            return candidate.resolve()
    raise ModelNotFoundError(f"找不到{what}文件：{name}", hint="核对路径；相对路径从当前目录或工作区算起。")
