"""How many workers to run where nobody says: by processors and memory that this container may use."""

import math
import os
from pathlib import Path
from typing import Final

MEMORY_PER_WORKER_BYTES: Final = 128 * 1024 * 1024
MOST_BY_DEFAULT: Final = 8
CGROUP: Final = Path("/sys/fs/cgroup")


def default_workers(cgroup: Path = CGROUP, processors: int | None = None) -> int:
    """Two workers for each processor and one more, as many as the memory holds, at most eight."""
    available = processors or len(os.sched_getaffinity(0))
    quota = _cpu_quota(cgroup)
    by_processors = 2 * min(available, max(1, math.floor(quota))) + 1 if quota is not None else 2 * available + 1
    memory = _memory_limit(cgroup)
    by_memory = max(1, memory // MEMORY_PER_WORKER_BYTES) if memory is not None else MOST_BY_DEFAULT
    return min(by_processors, by_memory, MOST_BY_DEFAULT)


def _cpu_quota(cgroup: Path) -> float | None:
    quota, _, period = _read(cgroup / "cpu.max").partition(" ")
    if not quota:  # control groups of version 1, where -1 stands for no limit
        quota, period = (_read(cgroup / "cpu" / f"cpu.cfs_{name}_us") for name in ("quota", "period"))
    return int(quota) / int(period) if quota.isdecimal() and period.isdecimal() else None


def _memory_limit(cgroup: Path) -> int | None:
    # Version 1 names more than any machine has where there is no limit.
    limit = _read(cgroup / "memory.max") or _read(cgroup / "memory" / "memory.limit_in_bytes")
    return int(limit) if limit.isdecimal() else None


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="ascii").strip()
    except OSError:
        return ""
