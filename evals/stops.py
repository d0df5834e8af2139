"""Why a run ends before its plan is done. What is done is kept and can be resumed."""

from __future__ import annotations

from knowledge_base.errors import ModelError


class StopError(ModelError):
    """The next call would fail as the last ones did."""

    hint = "已经完成的都保存了；处理好后用 wenan eval run --resume 接着跑，付过费的不会再付。"


class BudgetError(StopError):
    """The budget of the run is spent."""

    hint = "已经完成的都保存了；加大 --max-cost 或 --max-tokens 后用 wenan eval run --resume 接着跑。"
