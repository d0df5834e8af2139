"""The libraries of `wenan[audience]`: present, or a clear word on how to get them."""

from __future__ import annotations

from importlib.util import find_spec

from knowledge_base.errors import UsageError

INSTALL = 'pip install "wenan[audience]"'


class MissingExtraError(UsageError):
    """The optional libraries that work on audience data are not installed."""


def missing(module: str) -> MissingExtraError:
    """The error for a library that is not there."""
    return MissingExtraError(f"人群分析要用 {module}，现在没有安装", hint=f"安装：{INSTALL}")


def need(*modules: str) -> None:
    """Looks for libraries without loading them. Raises MissingExtraError for the first that is absent."""
    for module in modules or ("polars",):
        if find_spec(module) is None:
            raise missing(module)
