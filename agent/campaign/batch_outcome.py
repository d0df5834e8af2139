"""What the batches of one run brought."""

from __future__ import annotations

from dataclasses import dataclass, field

from agent.campaign.stop import BudgetSpentError, StopError


@dataclass(slots=True)
class Merged:
    """What came back, over all batches of one run."""

    answered: int = 0
    refused: int = 0
    """Calls that the platform made and that failed: the run asks these again."""
    lapsed: set[str] = field(default_factory=set)
    """Units whose calls were never made."""
    strangers: int = 0
    """Lines that are none of ours, or came twice."""
    why: str = ""
    """Why calls were not made."""
    spent: BudgetSpentError | None = None

    @property
    def stop(self) -> StopError | None:
        """Why units stay unwritten, where some do."""
        if self.lapsed:
            return BatchLapsedError(f"这一批{self.why}，有 {len(self.lapsed)} 篇没有写")
        return self.spent


class BatchLapsedError(StopError):
    """The platform ended a batch before all of its calls were made."""

    exit_code = 4
    hint = "回来的都收下了。再运行同一条命令（带 --batch）会把剩下的重新提交；不带 --batch 就按普通价写。"
