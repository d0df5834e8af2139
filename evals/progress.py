"""Shows a run on stderr: a bar with time left and money spent where there is a terminal, plain notes elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

from evals.runner import Watcher

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress, TaskID

    from evals.limits import Budget
    from evals.plan import Plan
    from evals.stored_rows import Kept


class TerminalWatcher(Watcher):
    def __init__(self, console: Console) -> None:
        self._console = console
        self._bar: Progress | None = None
        self._task: TaskID | None = None
        self._errors = 0

    def started(self, plan: Plan, done: int, reused: int) -> None:
        if reused:
            self.say(f"{reused} 条和以前跑的完全一样，沿用结果（--fresh 全部重算）。")
        elif done:
            self.say(f"接着跑：已有 {done} 条，还差 {plan.planned - done} 条。")
        if not self._console.is_terminal:
            return
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        self._bar = Progress(
            TextColumn("评测"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
            TextColumn("{task.fields[told]}"),
            console=self._console,
            transient=True,
        )
        self._bar.start()
        self._task = self._bar.add_task("评测", total=plan.planned, completed=done, told="")

    def row(self, kept: Kept, budget: Budget) -> None:
        self._errors += kept.row.outcome == "error"
        if self._bar is not None and self._task is not None:
            told = [f"出错 {self._errors}"] if self._errors else []
            if budget.calls:
                told.append(f"问了 {budget.calls} 次" + (f"，{budget.spent:.4f} 元" if budget.spent else ""))
            self._bar.update(self._task, advance=1, told="，".join(told))

    def say(self, text: str) -> None:
        self._console.print(text, style="dim", markup=False, soft_wrap=True)

    def finished(self) -> None:
        if self._bar is not None:
            self._bar.stop()
