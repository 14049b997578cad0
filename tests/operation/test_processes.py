"""What the server's processes use, read from files as /proc has them."""

from pathlib import Path

from twicetold.observability.processes import PAGE, TICKS, usage


def process(proc: Path, number: int, parent: int, *, ticks: int, pages: int, name: str = "python") -> None:
    (proc / str(number)).mkdir()
    fields = ["S", str(parent), *["0"] * 9, str(ticks), "0", str(ticks), "0", *["0"] * 6, str(pages)]
    (proc / str(number) / "stat").write_text(f"{number} ({name}) {' '.join(fields)}\n")


def test_workers_and_the_children_of_workers_are_told_apart(tmp_path):
    process(tmp_path, 1, 0, ticks=1, pages=1)
    process(tmp_path, 10, 1, ticks=5, pages=10, name="a) S 1 (b")
    process(tmp_path, 11, 10, ticks=7, pages=20)
    process(tmp_path, 12, 10, ticks=7, pages=20)
    process(tmp_path, 13, 12, ticks=1, pages=5)
    process(tmp_path, 14, 1, ticks=99, pages=99)
    (tmp_path / "meminfo").write_text("not a process")
    assert [role._replace(seconds=round(role.seconds * TICKS)) for role in usage(10, tmp_path)] == [
        ("arbiter", 1, 10, 10 * PAGE), ("worker", 2, 28, 40 * PAGE), ("child", 1, 2, 5 * PAGE),
    ]  # fmt: skip


def test_a_machine_without_proc_tells_nothing(tmp_path):
    assert usage(1, tmp_path / "none") == []
