"""Files that krmfn opens by itself: which are read, and which are refused with a reason."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from krmfn import KrmfnError
from krmfn.krm import opening

LIMIT = 10


def test_what_is_below_a_folder_is_found_and_no_link_followed(tmp_path: Path) -> None:
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "a" / "b" / "deep.yaml").touch()
    (tmp_path / "a" / ".hidden").touch()
    (tmp_path / "again").symlink_to("a")
    found = {str(path.relative_to(tmp_path)) for path in opening.below(tmp_path)}
    assert found == {"a/b/deep.yaml", "a/.hidden", "again"}
    assert {path.name for path in opening.below(tmp_path, hidden=False)} == {"deep.yaml", "again"}
    assert list(opening.below(tmp_path / "nowhere")) == []
    assert list(opening.below(tmp_path / "a" / ".hidden")) == []


def test_folder_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to("loop")
    with pytest.raises(KrmfnError, match=rf"^{tmp_path / 'loop'}: "):
        list(opening.below(tmp_path / "loop"))


def linked(target: str) -> Callable[[Path], object]:
    return lambda path: path.symlink_to(target)


REFUSED: dict[str, tuple[Callable[[Path], object], str]] = {
    "large": (lambda path: path.write_bytes(b"x" * (LIMIT + 1)), "is larger than 0 MiB"),
    "pipe": (os.mkfifo, "is a named pipe; a regular file is expected"),
    "loop": (linked("file"), "cannot be read: "),
    "outside": (linked("../outside"), r"leads to /\S*/outside, outside of /"),
}


@pytest.mark.parametrize(("make", "reason"), REFUSED.values(), ids=REFUSED)
def test_file_is_refused_with_a_reason(tmp_path: Path, make: Callable[[Path], object], reason: str) -> None:
    (tmp_path / "outside").touch()
    tree = tmp_path / "tree"
    tree.mkdir()
    make(tree / "file")
    with pytest.raises(KrmfnError, match=f"^{reason}"):
        opening.read_inside(tree, tree / "file", LIMIT)


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="there is no /proc here")
def test_files_of_the_kernel_are_refused_wherever_they_may_be(tmp_path: Path) -> None:
    (tmp_path / "file").symlink_to("/proc/self/environ")
    with pytest.raises(KrmfnError, match=r"^is in /proc, and krmfn does not read files there$"):
        opening.read_anywhere(tmp_path / "file", LIMIT)


def test_links_that_stay_in_the_tree_are_read(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"x" * LIMIT)
    (tmp_path / "link").symlink_to("file")
    assert opening.read_inside(tmp_path, tmp_path / "link", LIMIT) == b"x" * LIMIT
    assert opening.read_inside(tmp_path, tmp_path / "missing", LIMIT) is None
    assert opening.read_inside(tmp_path, tmp_path, LIMIT) is None


def test_files_elsewhere_are_read_up_to_the_limit(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"x" * LIMIT)
    (tmp_path / "link").symlink_to("file")
    assert opening.read_anywhere(tmp_path / "link", LIMIT) == b"x" * LIMIT
    assert opening.read_anywhere(tmp_path / "missing", LIMIT) is None
    with pytest.raises(KrmfnError, match=r"^is larger than 0 MiB \(10 bytes\), the most that krmfn reads "):
        opening.read_anywhere(tmp_path / "link", LIMIT - 1)


def test_what_the_system_says_is_told_without_the_name(tmp_path: Path) -> None:
    with pytest.raises(KrmfnError, match=r"^cannot be read: File name too long$"):
        opening.read_inside(tmp_path, tmp_path / ("a" * 300), LIMIT)


def test_ctrl_c_in_the_moment_of_opening_is_no_error_of_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()

    def interrupted(descriptor: int, _: str) -> None:
        os.close(descriptor)  # as the stream does that was made, and that nobody has got
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fdopen", interrupted)
    with pytest.raises(KeyboardInterrupt):
        opening.open_regular(tmp_path / "file")


def test_what_cannot_be_asked_about_is_not_there(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    (tmp_path / "loop").symlink_to("loop")
    for name, found in (("", (True, False)), ("file", (False, True))):
        assert (opening.is_folder(tmp_path / name), opening.is_file(tmp_path / name)) == found
    for name in ("absent", "file/below", "loop", "a" * 300, "a\0b"):
        assert not opening.is_folder(tmp_path / name)
        assert not opening.is_file(tmp_path / name)
