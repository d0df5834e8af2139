"""`campaign run --batch`: first calls go to the platform as one file at half the price, answers come into the ledger.

What follows is the usual run, which finds those answers paid for, and asks again by itself where one will not do.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import replace

from agent.campaign.batch_book import Ask, Batch, BatchBook
from agent.campaign.batch_build import MOST_REQUESTS, build
from agent.campaign.batch_outcome import Merged
from agent.campaign.batch_wire import BatchWire, Line, Status
from agent.campaign.budget import Reservation
from agent.campaign.unit_work import Bench
from agent.errors import CallError, ModelNotFoundError
from agent.models.openai_chat import OpenAIChat
from agent.storage.files import write_pieces
from knowledge_base.errors import BadInputError, ModelError

PRICE_SHARE = 2
"""A batch costs the usual price divided by this (OpenAI, 阿里云百炼 and others, 2026-11)."""
MOST_FAILED_LOOKS = 60
"""Looks in a row that may fail before we give up waiting; the batch itself goes on."""
_WHY = {"expired": "过期了", "cancelled": "被取消了", "failed": "没有通过平台的检查"}


class BatchRun:
    """One process's way with the batches of a campaign."""

    def __init__(
        self,
        campaign: str,
        holder: str,
        bench: Bench,
        book: BatchBook,
        chat: OpenAIChat,
        *,
        poll: float,
        say: Callable[[str], None],
        most: int = MOST_REQUESTS,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """`holder` is the owner that keeps the units from others; `poll` seconds lie between two looks."""
        self._campaign, self._holder, self._bench, self._book = campaign, holder, bench, book
        self._chat, self._wire = chat, BatchWire(chat)
        self._poll, self._say, self._most, self._sleep = poll, say, most, sleep
        self.merged = Merged()
        self._handled: set[str] = set()
        """Units that were in a batch of this run: what became of their calls is for the usual run to see."""
        self._reserved: Reservation | None = None

    async def run(self) -> Merged:
        """Until every batch is in. Raises ModelError when the platform refuses, StorageError."""
        for batch in await self._book.open_batches(self._campaign):
            self._say(f"接着上次的一批（{batch.requests or '还没提交'} 次调用）")
            if batch.model != self._wire.name:
                raise BadInputError(
                    f"还有一批是用 {batch.model} 提交的，没有收回来",
                    field="model",
                    hint="把计划里的 model 改回去，收完再换。",
                )
            if moved := await self._on_the_way(batch):
                await self._fetch(moved)
        while self.merged.spent is None and (started := await self._start()) is not None:
            await self._fetch(started)
        await self._book.release(self._holder, self.merged.lapsed)
        return self.merged

    async def _start(self) -> Batch | None:
        """A new batch of what has no answer yet; None when there is nothing left to hand in."""
        await self._book.release(self._holder, self._handled)
        claims = await self._bench.ledger.claim(self._campaign, self._holder, self._most)
        built = await build(claims, self._bench, self._chat, most=self._most)
        self.merged.spent, self._reserved = built.spent, built.reserved
        if not built.asks:
            return None
        batch = await self._book.begin(self._campaign, self._wire.name)
        path = self._bench.tools.workspace.data / "batches" / f"{batch.id}.jsonl"
        write_pieces(path, [built.text])
        file = await self._wire.upload(path)
        await self._book.move(batch.id, "uploaded", input_file=file)
        # From here on the calls count as sent: the platform may make them whether we hear of it or not.
        await self._book.asking(batch, built.asks)
        path.unlink(missing_ok=True)
        remote = await self._created(batch, file)
        self._say(f"提交了 {len(built.asks)} 次调用（{remote}），半价，最迟 24 小时内完成")
        return replace(batch, state="running", input_file=file, remote=remote, requests=len(built.asks))

    async def _created(self, batch: Batch, file: str) -> str:
        try:
            remote = await self._wire.create(file, batch.id)
        except CallError as error:
            if not error.retryable:
                # Refused outright: none of its calls was made.
                await self._book.refuse(await self._book.unsettled(batch.id), f"{type(error).__name__}: {error}")
                await self._book.move(batch.id, "failed", error=str(error))
            raise
        await self._book.move(batch.id, "running", remote=remote)
        return remote

    async def _on_the_way(self, batch: Batch) -> Batch | None:
        """An earlier process's batch, brought to where it can be waited for; None when it never left."""
        if batch.state in ("building", "uploaded"):
            await self._book.move(batch.id, "failed", error="没有提交就中断了，没有花钱")
            return None
        if batch.state == "creating":
            # Whether the platform heard us is for it to say: asking anew unseen could cost everything twice.
            remote = await self._wire.find(batch.input_file, batch.id)
            if remote:
                await self._book.move(batch.id, "running", remote=remote)
            else:
                remote = await self._created(batch, batch.input_file)
            return replace(batch, state="running", remote=remote)
        return batch

    async def _fetch(self, batch: Batch) -> None:
        """Waits for a batch and takes in what it brought. Taking in twice changes nothing."""
        # The units of an earlier process's batch are nobody's now: nobody else may write them meanwhile.
        while await self._bench.ledger.claim(self._campaign, self._holder, self._most):
            pass
        self._handled |= await self._book.units(batch.id)
        try:
            status = await self._ended(batch)
        except ModelNotFoundError as error:
            await self._book.move(batch.id, "failed", error=str(error))
            self._say(f"平台上找不到这一批（{batch.remote}）；它的调用记作“可能已经计费”，会重新提交。")
            return
        if self._reserved is not None:
            self._bench.meter.release(self._reserved)
            self._reserved = None
        known, waiting = await self._book.known(batch.id), await self._book.unsettled(batch.id)
        for file in status.files:
            await self._take_in(await self._wire.lines(file), known, waiting)
        if waiting:
            why = _WHY.get(status.state, "缺了回答")
            self.merged.why = f"{why}{f'：{status.error}' if status.error else ''}"
            self.merged.lapsed |= {ask.unit for ask in waiting.values()}
            await self._book.refuse(waiting, f"batch {status.state}: {status.error}")
        await self._book.move(batch.id, "failed" if status.state == "failed" else "merged", error=status.error)
        self._say(
            f"收回 {self.merged.answered} 个回答，{self.merged.refused} 个出错的改用普通调用，"
            f"{len(self.merged.lapsed)} 篇没轮到"
        )

    async def _ended(self, batch: Batch) -> Status:
        """The status once the platform is done. Trouble on the way is waited out: the batch does not mind."""
        failed, shown = 0, -1
        while True:
            try:
                status = await self._wire.status(batch.remote)
            except ModelError as error:
                failed += 1
                if not isinstance(error, CallError) or not error.retryable or failed >= MOST_FAILED_LOOKS:
                    raise
            else:
                failed = 0
                if status.ended:
                    return status
                if status.done + status.failed != shown:
                    shown = status.done + status.failed
                    self._say(f"{status.state}：{shown}/{status.total or batch.requests}")
            await self._sleep(self._poll)

    async def _take_in(self, lines: Iterable[Line], known: frozenset[str], waiting: dict[str, Ask]) -> None:
        """Settles each call that a line speaks of; what is left in `waiting` was not spoken of."""
        answers: list[Awaitable[None]] = []
        for line in lines:
            ask = waiting.get(line.custom_id)
            if ask is None:
                # A batch taken in again after a kill speaks of calls that are settled: no stranger, nothing to do.
                self.merged.strangers += line.custom_id not in known
                continue
            if line.lapsed:
                continue
            del waiting[line.custom_id]
            if line.error:
                self.merged.refused += 1
                await self._book.refuse([ask.attempt], line.error)
                continue
            try:
                full = self._wire.answer(line)
            except CallError as error:
                self.merged.refused += 1
                await self._book.refuse([ask.attempt], f"{type(error).__name__}: {error}")
                continue
            completion = replace(full, cost=full.cost / PRICE_SHARE if full.cost is not None else None)
            self._bench.meter.add(completion)
            self.merged.answered += 1
            answers.append(self._bench.ledger.answered(ask.attempt, ask.unit, ask.slot, completion, ask.prompt_sha256))
        # Committed together: one by one, fifty thousand answers would take minutes.
        await asyncio.gather(*answers)
