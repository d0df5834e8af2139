"""A Ray cluster of two nodes on loopback; `kill` on stdin kills the second one, the end of stdin ends all."""

from __future__ import annotations

import atexit
import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from importlib import import_module
from typing import Any

OBJECT_STORE = 80 * 2**20
NODE: dict[str, Any] = {"num_cpus": 1, "object_store_memory": OBJECT_STORE, "node_ip_address": "127.0.0.1"}
# A dead node is noticed within two seconds.
HEALTH = {"health_check_period_ms": 500, "health_check_timeout_ms": 500, "health_check_failure_threshold": 3}
TASK = "draft_chunk"


TRIES = 3
"""Ray gives its processes half a minute to come up; on a machine that is busy with something else they need more."""


def main() -> None:
    cluster, second = started()
    try:
        print(cluster.address, flush=True)
        for line in sys.stdin:
            if line.strip() == "kill":
                lose_power(second.all_processes["raylet"][0].process.pid)
                print("killed", flush=True)
                cluster.remove_node(second, allow_graceful=False)
    finally:
        cluster.shutdown()


def started() -> tuple[Any, Any]:
    """(cluster, its second node)"""
    make = import_module("ray.cluster_utils").Cluster
    for last in (*(False,) * (TRIES - 1), True):
        # Short, because the path of a Unix socket has no more than 107 bytes.
        folder = tempfile.TemporaryDirectory(prefix="ray", ignore_cleanup_errors=True)
        cluster = None
        try:
            cluster = make(
                initialize_head=True,
                head_node_args={**NODE, "include_dashboard": False, "temp_dir": folder.name, "_system_config": HEALTH},
            )
            second = cluster.add_node(**NODE)
        except Exception:
            if last:
                raise
            traceback.print_exc()
            if cluster is not None:
                cluster.shutdown()
            continue
        # Goes when the process does; not before the cluster that lives in it.
        atexit.register(folder.cleanup)
        return cluster, second
    raise AssertionError("unreachable: the last try returns or raises")


def lose_power(raylet: int) -> None:
    """Kills a node with all of its processes at once, as soon as it is at work."""
    while not any(TASK in title for title in children(raylet).values()):
        time.sleep(0.02)
    for pid in (raylet, *children(raylet)):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def children(pid: int) -> dict[int, str]:
    """Titles of a process's children."""
    listed = subprocess.run(
        ["ps", "-o", "pid=,args=", "--ppid", str(pid)], capture_output=True, text=True, check=False
    ).stdout
    return {int(line.split()[0]): line for line in listed.splitlines()}


if __name__ == "__main__":
    main()
