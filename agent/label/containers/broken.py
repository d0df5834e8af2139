"""The one error of this package."""

from __future__ import annotations

from knowledge_base.errors import BadInputError


def broken(file: str) -> BadInputError:
    return BadInputError("图片文件不完整", file=file, hint="重新导出或下载这张图片。")
