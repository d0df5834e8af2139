"""Ray as the engine: joins a cluster, or starts one of this machine's cores, and drafts units in its tasks.

No code here finds, watches or restarts nodes: that is Ray's. Ray is imported inside functions, it takes a second.
"""

from __future__ import annotations

import logging
import os
import pickle
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, redirect_stdout
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import version
from typing import Any

from agent.campaign.cluster.crew import Crew
from agent.campaign.cluster.errors import ClusterError, LostWorkerError
from agent.campaign.cluster.mailbox import Mailbox
from agent.campaign.cluster.messages import Kit
from agent.campaign.cluster.worker import draft_chunk
from agent.campaign.unit_work import Bench
from agent.models.keys import read_key
from agent.models.profiles import Profile
from agent.prompting.template import SUFFIX
from knowledge_base.errors import UsageError
from knowledge_base.workspace import Workspace

CPUS_A_TASK = 0.5
"""Drafting waits for the endpoint most of the time: two tasks share a core."""
MOST_A_CHUNK = 64
QUESTIONS_AT_ONCE = 100_000
OBJECT_STORE_BYTES = 100 * 2**20
"""Of a cluster that we start ourselves: drafts go through the mailbox, the store stays nearly empty."""
SHIPPED = (SUFFIX, ".json")
"""Endings of the files that templates are made of: templates and the schemas of their answers."""
SETTINGS = {
    "RAY_USAGE_STATS_ENABLED": "0",
    # `uv run wenan` would otherwise be taken for a wish to copy the current folder to every node.
    "RAY_ENABLE_UV_RUN_RUNTIME_ENV": "0",
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",
}

LOOPBACK = {"RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0"}
"""Ray's switch for clusters of one machine, on whatever system: everything listens on 127.0.0.1 only.

When this process is killed the kernel takes the head and the nodes with it, and no further call leaves. Two of Ray's
agents try to tell a driver for a minute, a limit that Ray has written into its code, and end then; the next run starts
a cluster of its own beside them.
"""


@asynccontextmanager
async def ray_crew(bench: Bench, profiles: list[Profile], address: str) -> AsyncIterator[Crew]:
    """A crew on the cluster at `address`; empty: RAY_ADDRESS, else the cores of this machine.

    Raises UsageError when Ray is not installed or a model cannot be had from elsewhere, ClusterError.
    """
    kit = pickle.dumps(kit_of(bench, profiles))
    with _connected(address) as cores:
        tasks = max(1, int(cores / CPUS_A_TASK))
        chunk = max(1, min(MOST_A_CHUNK, -(-bench.plan.concurrency // tasks)))
        post = _RayPost.beside_us()
        async with Crew(bench, post, post.submitting(kit), chunk=chunk) as crew:
            yield crew


def kit_of(bench: Bench, profiles: list[Profile]) -> Kit:
    """Raises UsageError for what nodes cannot reach, BadKeyError for a key that is missing here."""
    for profile in profiles:
        if profile.preset in ("local", "replay"):
            raise UsageError(
                f"{profile.label}只在这台机器上，集群的节点够不着",
                hint="--engine ray 用网络上的模型；自己的模型先用 vLLM 之类架成服务。",
            )
    if bench.plan.template.endswith(SUFFIX):
        raise UsageError(
            f"模板 {bench.plan.template} 是这台机器上的文件，集群的节点够不着",
            hint="放进工作区的 prompts/ 里，计划里按编号写（例如 moments/mine）。",
        )
    return Kit(
        version=version("wenan"),
        plan=bench.plan,
        profiles=tuple(profiles),
        keys=tuple("" if profile.preset == "offline" else read_key(profile) for profile in profiles),
        templates=_templates(bench.tools.workspace),
        budget=bench.tools.budget,
    )


@contextmanager
def _connected(address: str) -> Iterator[float]:
    """Cores of the cluster while connected. What was started here is stopped at the end, nothing else."""
    where = address or os.environ.get("RAY_ADDRESS", "")
    for name, value in (SETTINGS if where else SETTINGS | LOOPBACK).items():
        os.environ.setdefault(name, value)
    ray = _ray()
    # Ray prints what happens to nodes on stdout, which is for results.
    with redirect_stdout(sys.stderr):
        try:
            _join(ray, where)
        except (ConnectionError, ValueError, RuntimeError, TimeoutError) as error:
            raise ClusterError(f"连不上 Ray 集群{f' {where}' if where else ''}：{_first_line(error)}") from error
        try:
            yield float(ray.cluster_resources().get("CPU", 1.0))
        finally:
            ray.shutdown()


def _join(ray: Any, where: str) -> None:
    quiet: dict[str, Any] = {"logging_level": logging.ERROR, "log_to_driver": False, "configure_logging": False}
    if where:
        ray.init(address=where, **quiet)
    else:
        ray.init(address="local", include_dashboard=False, object_store_memory=OBJECT_STORE_BYTES, **quiet)


def _ray() -> Any:
    """The package, untyped: its own types know nothing of actors' options. Raises UsageError."""
    try:
        return import_module("ray")
    except ImportError as error:
        raise UsageError(
            "没有装 Ray", hint='uv tool install "wenan[ray]"，或 pip install "wenan[ray]"，装好后重试。'
        ) from error


@dataclass(frozen=True, slots=True)
class _RayPost:
    """The mailbox actor, and the tasks that know it."""

    actor: Any

    @classmethod
    def beside_us(cls) -> _RayPost:
        """On the node of the run: whatever other node is lost, the mailbox is not."""
        ray, scheduling = _ray(), import_module("ray.util.scheduling_strategies")
        here = scheduling.NodeAffinitySchedulingStrategy(ray.get_runtime_context().get_node_id(), soft=False)
        remote = ray.remote(num_cpus=0, max_concurrency=QUESTIONS_AT_ONCE, scheduling_strategy=here)
        return cls(remote(Mailbox).remote())

    async def take(self) -> list[tuple[int, bytes]]:
        with _explained():
            taken: list[tuple[int, bytes]] = await self.actor.take.remote()
            return taken
        raise AssertionError("unreachable")

    async def reply(self, answers: list[tuple[int, bytes]]) -> None:
        with _explained():
            await self.actor.reply.remote(answers)

    def submitting(self, kit: bytes) -> Any:
        """Runs a chunk as a task; once, because what is to be done again the ledger knows better than Ray."""
        ray = _ray()
        broken, failed = ray.exceptions.RayError, ray.exceptions.RayTaskError
        remote = ray.remote(num_cpus=CPUS_A_TASK, max_retries=0, scheduling_strategy="SPREAD")
        task = remote(draft_chunk)

        async def submit(chunk: bytes) -> None:
            try:
                await task.remote(kit, chunk, self.actor)
            except failed as error:
                if isinstance(error.cause, broken):
                    raise LostWorkerError(f"节点断了：{_first_line(error.cause)}") from error
                raise ClusterError(
                    f"节点上出错：{_last_line(error)}", hint="每个节点都要装同一版本的 wenan[ray] 和同一版本的 Python。"
                ) from error
            except broken as error:
                raise LostWorkerError(f"节点断了：{_first_line(error)}") from error

        return submit


@contextmanager
def _explained() -> Iterator[None]:
    try:
        yield
    except _ray().exceptions.RayError as error:
        raise ClusterError(f"和集群断了联系：{_first_line(error)}") from error


def _templates(workspace: Workspace) -> tuple[tuple[str, str], ...]:
    folder = workspace.templates[0]
    if not folder.is_dir():
        return ()
    paths = sorted(path for path in folder.rglob("*") if path.suffix in SHIPPED and path.is_file())
    return tuple((path.relative_to(folder).as_posix(), path.read_text(encoding="utf-8")) for path in paths)


def _first_line(error: BaseException) -> str:
    return next((line for line in str(error).splitlines() if line.strip()), type(error).__name__)


def _last_line(error: BaseException) -> str:
    return next((line for line in reversed(str(error).splitlines()) if line.strip()), type(error).__name__)
