"""Peak memory of this process and of those it started."""

from __future__ import annotations

from pathlib import Path

STATUS = Path("/proc/self/status")
CHILDREN = Path("/proc/self/task")


def peak_mib() -> float:
    """Highest resident memory so far, MiB. Where Linux tells it, without what the parent held when it started us:
    ru_maxrss lives on over exec."""
    if STATUS.is_file():
        return _highest(STATUS)
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def children_mib() -> float:
    """Highest resident memory so far of every process that this one started and that still runs, together, MiB; 0
    where the system does not tell. Pages that processes share are counted in each of them."""
    return sum(_highest(Path(f"/proc/{pid}/status")) for pid in _children())


def together_mib() -> float:
    """What this process and those it started hold now, MiB, pages that they share counted once; 0 where the system
    does not tell."""
    return sum(_proportional(Path(f"/proc/{pid}/smaps_rollup")) for pid in ("self", *_children()))


def _children() -> list[str]:
    return [pid for listed in CHILDREN.glob("*/children") for pid in listed.read_text(encoding="utf-8").split()]


def _proportional(rollup: Path) -> float:
    if not rollup.is_file():
        return 0.0
    line = next(one for one in rollup.read_text(encoding="utf-8").splitlines() if one.startswith("Pss:"))
    return int(line.split()[1]) / 1024


def _highest(status: Path) -> float:
    line = next(one for one in status.read_text(encoding="utf-8").splitlines() if one.startswith("VmHWM"))
    return int(line.split()[1]) / 1024
