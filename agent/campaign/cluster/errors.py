"""What can go wrong with a cluster."""

from __future__ import annotations

from agent.campaign.stop import StopError
from agent.errors import CallError


class LostWorkerError(CallError):
    """The node that drafted a unit is gone. The unit is planned again; answers that came in are kept."""

    retryable = True
    hint = "节点断了：没写完的会重写，已经收到的回答不会再要。"


class ClusterError(StopError):
    """The cluster cannot be had, or lost what holds it together."""

    exit_code = 4
    hint = "写好的都在。集群恢复后 wenan campaign resume 接着写；不用集群就去掉 --engine ray。"
