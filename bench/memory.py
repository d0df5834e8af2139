"""Peak memory of this process alone."""

from __future__ import annotations

from pathlib import Path

STATUS = Path("/proc/self/status")


def peak_mib() -> float:
    """Highest resident memory so far, MiB. Where Linux tells it, without what the parent held when it started us:
    ru_maxrss lives on over exec."""
    if STATUS.is_file():
        line = next(one for one in STATUS.read_text(encoding="utf-8").splitlines() if one.startswith("VmHWM"))
        return int(line.split()[1]) / 1024
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
