"""Jinja's exceptions in the words of this product."""

from __future__ import annotations

from typing import Any

from jinja2.exceptions import TemplateError, TemplateSyntaxError, UndefinedError

from knowledge_base.errors import BadInputError


class explained:  # noqa: N801 - reads as a verb: with explained(file)
    """Turns Jinja's exceptions inside the block into BadInputError with file, line and a Chinese reason."""

    def __init__(self, file: str) -> None:
        self._file = file

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: Any) -> None:
        if not isinstance(error, TemplateError):
            return
        file, row = self._file, None
        if isinstance(error, TemplateSyntaxError):
            row = error.lineno
            file = error.filename if error.filename and error.filename.endswith(".j2") else file
        while trace is not None:
            if (name := trace.tb_frame.f_code.co_filename).endswith(".j2"):
                file, row = name, trace.tb_lineno
            trace = trace.tb_next
        what = "取不到值：" if isinstance(error, UndefinedError) else ""
        raise BadInputError(
            f"{what}{error.message or error}", file=file, row=row, hint="用 wenan prompt lint 检查全部模板。"
        ) from error
