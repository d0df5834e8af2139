"""Why a whole run ends early. What was done is kept; the same command goes on from there."""

from __future__ import annotations

from knowledge_base.errors import WenanError


class StopError(WenanError):
    """No further unit can be worked on for now."""


class BudgetSpentError(StopError):
    """The next call would cross a limit of the plan."""

    exit_code = 1
    hint = "已写好的都在。要继续就在计划里加大 budget，再 wenan campaign resume。"


class EndpointDownError(StopError):
    """The model cannot be had: down for too long, or refusing us."""

    exit_code = 4
    hint = "已写好的都在。修好后用 wenan campaign resume 接着写；也可以在计划里加 fallbacks。"
