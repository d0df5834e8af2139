"""Errors of pictures, below the tree of knowledge_base/errors.py.

BadInputError
├── ImageError            a picture cannot be read, opened or made to fit
│   ├── RefusedError      an address that may not be fetched, a path outside the folder
│   └── FetchError        the server or the network failed
└── NoFontError           no Chinese font to set a cover in
"""

from __future__ import annotations

from knowledge_base.errors import BadInputError


class ImageError(BadInputError):
    """`file` is the path or the address without its query."""


class RefusedError(ImageError):
    """Reading it could hand out what is not ours to hand out."""

    hint = "把图片存到本地，再用文件路径。"


class FetchError(ImageError):
    """May work later."""

    retryable = True
    hint = "在浏览器里打开试试；打得开就存到本地，再用文件路径。"


class NoFontError(BadInputError):
    """Nothing on this machine can set Chinese."""

    hint = (
        "Windows、macOS 自带中文字体，检查是不是被精简掉了；Linux 运行 sudo apt install fonts-noto-cjk（或 "
        "dnf install google-noto-sans-cjk-fonts）。也可以用环境变量 WENAN_FONT 或 wenan.toml 的 [images] font "
        "指向一个 .ttf、.otf、.ttc 文件。"
    )
