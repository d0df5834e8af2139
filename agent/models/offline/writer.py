"""`OfflineModel`: the default model, without key or network. It reads the rendered data blocks and nothing else."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

from agent.model import Completion, Message, Request
from agent.models.offline.ads import ad_pool
from agent.models.offline.article import article
from agent.models.offline.job import Job, read_job
from agent.models.offline.links import link_text
from agent.models.offline.patterns import SHIPPED, Patterns
from agent.models.offline.pool import Candidate, pick
from agent.models.offline.posts import post_pool
from agent.models.offline.reply import reply
from agent.tokens import EstimateCounter

NAME = "offline"
PIECE = 12
"""Characters a streamed piece holds."""
POOLS = 256
"""Pools of texts kept: a campaign asks for the same product and persona again and again."""


class OfflineModel:
    """Fills the copy templates of prompts/offline from `request.blocks`. The same request gets the same answer.

    `folders` are template folders, a workspace's own first. Raises BadInputError when a template there is broken.
    """

    def __init__(self, folders: Sequence[Path] = (SHIPPED,)) -> None:
        self._patterns = Patterns(tuple(folders))
        self._pools: dict[tuple[object, ...], list[Candidate]] = {}
        self._counter = EstimateCounter()
        self._counted: dict[str, int] = {}

    @property
    def name(self) -> str:
        return NAME

    async def complete(self, request: Request) -> Completion:
        """One JSON object in the answer format of the brief's channel."""
        started = time.perf_counter()
        text = json.dumps(self._answer(request), ensure_ascii=False)
        if request.on_delta is not None:
            _stream(text, request.on_delta)
        return Completion(
            text=text,
            model=NAME,
            input_tokens=sum(self._count(message) for message in request.messages),
            output_tokens=self._counter.count(text),
            estimated=True,
            cost=Decimal(0),
            latency=time.perf_counter() - started,
            finish_reason="stop",
        )

    def _count(self, message: Message) -> int:
        """Tokens of a message; a campaign's thousand requests share one system message."""
        if message.role != "system":
            return self._counter.count(message.content)
        if message.content not in self._counted:
            self._counted.clear()
            self._counted[message.content] = self._counter.count(message.content)
        return self._counted[message.content]

    async def aclose(self) -> None:
        """Nothing is held open."""

    def _answer(self, request: Request) -> dict[str, Any]:
        job = read_job(request)
        if job.channel in ("客服回复", "评论回复"):
            return reply(job, self._patterns)
        if job.channel == "公众号文章":
            return article(job, self._patterns)
        return self._moments(job)

    def _moments(self, job: Job) -> dict[str, Any]:
        pool = self._pool(job)
        chosen = pick(pool, job.turn, job.variant) if pool else _nothing(job)
        return {
            "angle": _angle_line(job, chosen),
            "text": chosen.text,
            "link_text": link_text(job, chosen.angle) if job.channel == "朋友圈广告" else "",
            "image_brief": _images(job, chosen),
        }

    def _pool(self, job: Job) -> list[Candidate]:
        key = job.key
        if key not in self._pools:
            if len(self._pools) >= POOLS:
                self._pools.pop(next(iter(self._pools)))
            self._pools[key] = (
                post_pool(job, self._patterns) if job.channel == "员工朋友圈" else ad_pool(job, self._patterns)
            )
        return self._pools[key]


def _nothing(job: Job) -> Candidate:
    """For a request without anything to write about: a name, honestly."""
    name = job.goods.name or job.voice.name or "这条还没有资料"
    return Candidate(f"{name}。", "场景", "", 0.0, f"{name}。")


def _stream(text: str, on_delta: Callable[[str], None]) -> None:
    for start in range(0, len(text), PIECE):
        on_delta(text[start : start + PIECE])


def _angle_line(job: Job, chosen: Candidate) -> str:
    """What the text is about, in one line: the angle and the persona's line it starts from."""
    plain = chosen.plain
    lines = (*job.reader.pains, *job.reader.scenes, *job.reader.needs, *job.reader.doubts, *job.goods.uses)
    start = next((line for line in lines if line.rstrip("？") in plain), "")
    return f"{chosen.angle}：{start}" if start else chosen.angle


def _images(job: Job, chosen: Candidate) -> list[str]:
    """What to photograph: the moment the text speaks of, or the fact it shows."""
    plain = chosen.plain
    scene = next((line for line in (*job.reader.scenes, *job.goods.uses) if line in plain), "")
    fact = next((fact.text for fact in job.goods.points if fact.text in plain), "")
    found = []
    if scene:
        found.append(f"{scene}：拍环境和手，不露正脸，{job.goods.name or job.voice.name}在画面里")
    if fact:
        found.append(f"{job.goods.name}实拍，看得出“{fact}”")
    return found or ([f"{job.goods.name}实拍"] if job.goods else [])
