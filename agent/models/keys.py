"""Keys: read from the environment, checked before use, and kept out of everything that is shown or stored."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping

from agent.errors import BadKeyError
from agent.models.profiles import Profile

HIDDEN = "［密钥已隐去］"
# What keys of the known platforms look like; catches one that a server echoes in part or that is not ours.
_KEY_SHAPES = re.compile(
    r"(?i)\b(?:sk|ak|ark|key)-[A-Za-z0-9_\-*.…]{6,}|\bBearer\s+[A-Za-z0-9_\-.=+/]{6,}|\b[0-9a-f]{32}\.[A-Za-z0-9]{16}\b"
)
_SHORTEST = 6
NO_KEY = "none"
"""Sent to endpoints that want no key, since the SDK insists on one."""


def read_key(profile: Profile, environ: Mapping[str, str] | None = None) -> str:
    """The key of a profile, or NO_KEY where none is needed. Raises BadKeyError; never quotes the key."""
    env = os.environ if environ is None else environ
    name = profile.api_key_env
    # Pasting often brings quotes and line ends along.
    key = env.get(name, "").strip().strip("\"'“”‘’").strip() if name else ""
    if not key:
        if profile.key_optional or not name:
            return NO_KEY
        where = f"到 {profile.console} 新建密钥，" if profile.console else ""
        raise BadKeyError(
            f"没有{profile.label}的密钥：环境变量 {name} 没有设置",
            hint=f"{where}然后 export {name}=你的密钥（Windows：setx {name} 你的密钥，再开一个新窗口）；"
            "不用模型可加 --model offline。",
        )
    if not key.isascii() or any(char.isspace() or not char.isprintable() for char in key):
        raise BadKeyError(
            f"环境变量 {name} 里的密钥混进了中文、空格或换行", hint="重新复制一遍，只留密钥本身；别带「Bearer」和引号。"
        )
    return key


def redact(text: str, keys: Iterable[str] = ()) -> str:
    """`text` without any of `keys`, nor anything that looks like a key."""
    for key in sorted(keys, key=len, reverse=True):
        if len(key) >= _SHORTEST and key != NO_KEY:
            text = text.replace(key, HIDDEN)
    return _KEY_SHAPES.sub(HIDDEN, text)
