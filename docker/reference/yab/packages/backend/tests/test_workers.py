"""The number of workers where nobody says."""

from pathlib import Path

import pytest

from yab_backend.workers import default_workers

MIB = 1024 * 1024


@pytest.mark.parametrize(
    ("quota", "memory", "processors", "expected"),
    [
        ("max 100000", "max", 1, 3),
        ("max 100000", "max", 2, 5),
        ("max 100000", "max", 64, 8),
        ("50000 100000", str(4096 * MIB), 64, 3),
        ("200000 100000", str(4096 * MIB), 64, 5),
        ("50000 100000", str(256 * MIB), 64, 2),
        ("50000 100000", str(64 * MIB), 64, 1),
    ],
)
def test_y02_counts_processors_and_memory(
    tmp_path: Path, quota: str, memory: str, processors: int, expected: int
) -> None:
    (tmp_path / "cpu.max").write_text(quota)
    (tmp_path / "memory.max").write_text(f"{memory}\n")
    assert default_workers(tmp_path, processors) == expected


@pytest.mark.parametrize(
    ("quota", "memory", "expected"),
    [
        ("-1", "9223372036854771712", 8),
        ("200000", "9223372036854771712", 5),
        ("200000", str(256 * MIB), 2),
        ("50000", str(4096 * MIB), 3),
    ],
)
def test_y02_counts_them_in_control_groups_of_version_1(tmp_path: Path, quota: str, memory: str, expected: int) -> None:
    for folder, name, text in (
        ("cpu", "cpu.cfs_quota_us", quota),
        ("cpu", "cpu.cfs_period_us", "100000"),
        ("memory", "memory.limit_in_bytes", memory),
    ):
        (tmp_path / folder).mkdir(exist_ok=True)
        (tmp_path / folder / name).write_text(f"{text}\n")
    assert default_workers(tmp_path, 64) == expected


def test_needs_no_limits(tmp_path: Path) -> None:
    assert default_workers(tmp_path, 2) == 5
