"""A Ray cluster of two nodes on loopback; `kill` on stdin kills the second one, the end of stdin ends all."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import time
from importlib import import_module
from typing import Any

OBJECT_STORE = 80 * 2**20
NODE: dict[str, Any] = {"num_cpus": 1, "object_store_memory": OBJECT_STORE, "node_ip_address": "127.0.0.1"}
# A dead node is noticed within two seconds.
HEALTH = {"health_check_period_ms": 500, "health_check_timeout_ms": 500, "health_check_failure_threshold": 3}
TASK = "draft_chunk"


def main(folder: str) -> None:
    cluster = import_module("ray.cluster_utils").Cluster(
        initialize_head=True,
        head_node_args={**NODE, "include_dashboard": False, "temp_dir": folder, "_system_config": HEALTH},
    )
    try:
        second = cluster.add_node(**NODE)
        print(cluster.address, flush=True)
        for line in sys.stdin:
            if line.strip() == "kill":
                lose_power(second.all_processes["raylet"][0].process.pid)
                print("killed", flush=True)
                cluster.remove_node(second, allow_graceful=False)
    finally:
        cluster.shutdown()


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
    # Short, because the path of a Unix socket has no more than 107 bytes.
    with tempfile.TemporaryDirectory(prefix="ray", ignore_cleanup_errors=True) as temporary:
        main(temporary)
