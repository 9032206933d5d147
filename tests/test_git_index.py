"""Tracked files count whatever `.gitignore` says: what Git tracks is asked of Git itself."""

import os
import random
import struct
from pathlib import Path

import pytest
from test_discovery import files, git, passed, tree

from krmfn import KrmfnError
from krmfn.files import git_index
from krmfn.files.discovery import neighbours
from krmfn.files.reasons import Reason
from krmfn.krm import opening

VERSIONS = (2, 3, 4)
TRACKED = [
    "out/a.yaml",
    "out/sub/b.yaml",
    "out/sub/deep/c.yaml",
    "x.local.yaml",
    "ä/\t.local.yaml",
    "plain.yaml",
    "empty.yaml",
]
UNTRACKED = ["out/c.yaml", "out/sub/d.yaml", "out/other/e.yaml", "y.local.yaml", "new.yaml", "empty/f.yaml"]
IGNORED = "out/\n*.local.yaml\nempty\n"


def listed(root: Path) -> set[str]:
    """What Git would show of the manifests that are there."""
    names = git(root, "ls-files", "-z", "--cached", "--others", "--exclude-standard").decode().split("\0")
    manifests = [name for name in names if name.endswith((".yaml", ".yml", ".json"))]
    # `Path.is_file` raises an error for a name that is longer than a path may be.
    return {name for name in manifests if os.path.isfile(root / name)}  # noqa: PTH113


def version_of(root: Path) -> int:
    return int.from_bytes((root / ".git" / "index").read_bytes()[4:8])


def index(data: bytes) -> git_index.Index | None:
    """The index, or None where krmfn cannot read it."""
    try:
        return git_index.read(data)
    except KrmfnError:
        return None


def repository(root: Path, version: int = 2, *arguments: str) -> None:
    """A repository whose index is of the wanted version."""
    git(root, "init", "-q", *arguments)
    tree(root, *TRACKED, *UNTRACKED, "empty/.gitkeep", **{".gitignore": IGNORED})
    git(root, "add", "--force", *TRACKED, "empty/.gitkeep")
    if version == 3:
        git(root, "add", "--force", "--intent-to-add", "out/c.yaml")
        git(root, "update-index", "--skip-worktree", "out/a.yaml", "empty/.gitkeep")
    git(root, "update-index", "--index-version", str(version))
    assert version_of(root) == version


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("hashes", ["sha1", "sha256"])
def test_tracked_files_count_in_each_format(tmp_path: Path, version: int, hashes: str) -> None:
    repository(tmp_path, version, f"--object-format={hashes}")
    assert set(files(tmp_path)) == listed(tmp_path) == {*TRACKED, "new.yaml", *(["out/c.yaml"] * (version == 3))}
    left_out = {"out/other", "out/sub/d.yaml", "y.local.yaml", "empty", *(["out/c.yaml"] * (version != 3))}
    assert passed(tmp_path) == dict.fromkeys(left_out, Reason.GITIGNORE)


@pytest.mark.parametrize("version", VERSIONS)
def test_conflicts_and_long_names_are_tracked_too(tmp_path: Path, version: int) -> None:
    repository(tmp_path, version)
    blob = git(tmp_path, "rev-parse", ":plain.yaml").decode().strip()
    entries = [f"100644 {blob} {stage}\tout/conflict.yaml\n" for stage in (1, 2, 3)]
    entries.append(f"100644 {blob} 0\tout/{'l/' * 3000}long.yaml\n")
    (tmp_path / "entries").write_text("".join(entries))
    (tmp_path / "out" / "conflict.yaml").touch()
    git(tmp_path, "-c", "alias.load=!git update-index --index-info <entries", "load")
    git(tmp_path, "update-index", "--index-version", str(version))
    assert "out/conflict.yaml" in files(tmp_path)
    assert set(files(tmp_path)) == listed(tmp_path)


@pytest.mark.parametrize("seed", range(12))
def test_any_tree_is_looked_at_as_git_lists_it(tmp_path: Path, seed: int) -> None:
    some = random.Random(seed)
    git(tmp_path, "init", "-q")
    names = ["a", "b", "a.yaml", "b.yaml", "a b.json"]
    for _ in range(30):
        path = tmp_path.joinpath(*some.choices(names, k=some.randint(1, 4)))
        if not path.exists() and all(above.is_dir() or not above.exists() for above in path.parents):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch()
    made = [path for path in tmp_path.rglob("*") if path.is_file() and ".git" not in path.parts]
    git(tmp_path, "add", *map(str, some.sample(made, len(made) // 3)))
    git(tmp_path, "update-index", "--index-version", some.choice("24"))
    for folder in (tmp_path, some.choice(made).parent):
        patterns = some.choices(["a", "b/", "a.yaml", "*.yaml", "!b.yaml", "/a/*", "**/b", "!a/", "*"], k=3)
        (folder / ".gitignore").write_text("\n".join(patterns))
    assert set(files(tmp_path)) == listed(tmp_path)


def test_submodule_in_an_ignored_folder_has_an_index_of_its_own(tmp_path: Path) -> None:
    source, root = tmp_path / "source", tmp_path / "root"
    tree(source, "own.yaml", "build/forced.yaml", "build/ignored.yaml", **{".gitignore": "build\n"})
    git(source, "init", "-q")
    git(source, "add", "--force", "own.yaml", "build/forced.yaml", ".gitignore")
    git(source, "commit", "-q", "-m", "first")
    tree(root, "vendor/ignored.yaml", **{".gitignore": "vendor\n"})
    git(root, "init", "-q")
    add = ("submodule", "--quiet", "add", "--force", str(source))
    git(root, "-c", "protocol.file.allow=always", *add, "vendor/module")
    tree(root / "vendor" / "module", "build/ignored.yaml", "new.yaml")
    assert (root / "vendor" / "module" / ".git").is_file()
    names = ["vendor/module/build/forced.yaml", "vendor/module/new.yaml", "vendor/module/own.yaml"]
    assert files(root) == names
    assert files(root, root / "vendor" / "module") == names


def test_repository_in_an_ignored_folder_that_is_no_submodule_stays_ignored(tmp_path: Path) -> None:
    repository(tmp_path)
    tree(tmp_path, "out/sub/clone/a.yaml")
    git(tmp_path / "out" / "sub" / "clone", "init", "-q")
    git(tmp_path / "out" / "sub" / "clone", "add", "a.yaml")
    assert set(files(tmp_path)) == listed(tmp_path)


def test_each_worktree_has_an_index_of_its_own(tmp_path: Path) -> None:
    main, other = tmp_path / "main", tmp_path / "other"
    main.mkdir()
    repository(main)
    git(main, "commit", "-q", "-m", "first")
    git(main, "worktree", "add", "-q", str(other))
    tree(other, "out/only-here.yaml", **{".gitignore": IGNORED})
    git(other, "add", "--force", "out/only-here.yaml")
    assert "out/only-here.yaml" in files(other)
    assert set(files(other)) == listed(other)
    tree(main, "out/only-here.yaml")
    assert "out/only-here.yaml" not in files(main)


def test_index_of_a_sparse_checkout(tmp_path: Path) -> None:
    repository(tmp_path)
    tree(tmp_path, "left-out/deep/g.yaml")
    git(tmp_path, "add", "left-out")
    git(tmp_path, "commit", "-q", "-m", "first")
    git(tmp_path, "sparse-checkout", "set", "--cone", "--sparse-index", "out")
    assert b"sdir" in (tmp_path / ".git" / "index").read_bytes()
    found = set(files(tmp_path))
    assert {"out/a.yaml", "out/sub/b.yaml"} <= found
    assert found == listed(tmp_path)


def test_krmignore_holds_for_tracked_files_too(tmp_path: Path) -> None:
    repository(tmp_path)
    tree(tmp_path, **{".krmignore": "out/a.yaml\n/out/sub\n"})
    assert "out/a.yaml" not in files(tmp_path)
    why = passed(tmp_path)
    assert (why["out/a.yaml"], why["out/sub"], why["out/c.yaml"]) == (
        Reason.KRMIGNORE,
        Reason.KRMIGNORE,
        Reason.GITIGNORE,
    )
    for given in ("out/a.yaml", "out/sub/b.yaml", "out/sub"):
        assert passed(tmp_path, tmp_path / given) == {given: Reason.KRMIGNORE}


def test_folder_that_was_given_is_looked_at_as_a_whole(tmp_path: Path) -> None:
    repository(tmp_path)
    below = ["out/sub/b.yaml", "out/sub/d.yaml", "out/sub/deep/c.yaml"]
    assert files(tmp_path, tmp_path / "out" / "sub") == below
    assert files(tmp_path, tmp_path / "out" / "other") == ["out/other/e.yaml"]


def test_siblings_are_those_that_would_be_looked_at(tmp_path: Path) -> None:
    repository(tmp_path)
    assert neighbours(tmp_path / "out" / "sub" / "deep") == [tmp_path / "out" / "sub" / "deep" / "c.yaml"]
    assert neighbours(tmp_path / "out") == [tmp_path / "out" / "a.yaml"]
    assert neighbours(tmp_path / "out" / "other") == []


def test_below_what_krmignore_names_no_file_has_siblings(tmp_path: Path) -> None:
    repository(tmp_path)
    tree(tmp_path, **{".krmignore": "/out/sub\n"})
    assert neighbours(tmp_path / "out") == [tmp_path / "out" / "a.yaml"]
    assert neighbours(tmp_path / "out" / "sub") == []
    assert neighbours(tmp_path / "out" / "sub" / "deep") == []


def test_index_is_read_once_and_only_when_something_is_ignored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    read = git_index.read

    def counted(data: bytes) -> git_index.Index:
        asked.append(len(data))
        return read(data)

    monkeypatch.setattr(git_index, "read", counted)
    for name in ("first", "second"):
        (tmp_path / name).mkdir()
        repository(tmp_path / name)
    (tmp_path / "first" / ".gitignore").write_text("nothing\n")
    files(tmp_path / "first")
    assert not asked
    files(tmp_path / "second")
    assert len(asked) == 1


# What cannot be read


def test_index_that_cannot_be_read_tracks_nothing(tmp_path: Path) -> None:
    for name in ("split", "version", "large", "pipe", "loop"):
        (tmp_path / name).mkdir()
        repository(tmp_path / name)
    git(tmp_path / "split", "update-index", "--split-index")
    assert b"link" in (tmp_path / "split" / ".git" / "index").read_bytes()
    data = (tmp_path / "version" / ".git" / "index").read_bytes()
    (tmp_path / "version" / ".git" / "index").write_bytes(data[:7] + b"\x05" + data[8:])
    os.truncate(tmp_path / "large" / ".git" / "index", opening.INDEX + 1)
    for name in ("pipe", "loop"):
        (tmp_path / name / ".git" / "index").unlink()
    os.mkfifo(tmp_path / "pipe" / ".git" / "index")
    (tmp_path / "loop" / ".git" / "index").symlink_to("index")
    for name in ("split", "version", "large", "pipe", "loop"):
        assert files(tmp_path / name) == ["empty.yaml", "new.yaml", "plain.yaml"], name


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("hashes", ["sha1", "sha256"])
def test_index_that_is_cut_off_or_garbled_raises_nothing_but_input_errors(
    tmp_path: Path, version: int, hashes: str
) -> None:
    repository(tmp_path, version, f"--object-format={hashes}")
    data = (tmp_path / ".git" / "index").read_bytes()
    assert index(data)
    for length in range(len(data)):
        assert index(data[:length]) is None, length
    some = random.Random(version)
    for _ in range(2000):
        place = some.randrange(len(data))
        index(data[:place] + some.randbytes(some.randint(1, 4)) + data[place + some.randint(0, 4) :])


def entry(name: bytes, prefix: bytes = b"", length: int | None = None) -> bytes:
    """An entry of version 4."""
    flags = min(len(name) if length is None else length, 0xFFF)
    return bytes(24) + struct.pack(">I", 0o100644) + bytes(32) + struct.pack(">H", flags) + prefix


def version_4(*entries: bytes, count: int | None = None) -> bytes:
    return b"DIRC" + struct.pack(">II", 4, len(entries) if count is None else count) + b"".join(entries) + bytes(20)


def test_names_of_version_4_share_no_more_than_there_is(monkeypatch: pytest.MonkeyPatch) -> None:
    first = entry(b"a.yaml", b"\0a.yaml\0")
    second = entry(b"a.yaml.yaml", b"\0.yaml\0")
    both = index(version_4(first, second))
    assert both
    assert [both.tracks(name, is_folder=False) for name in (b"a.yaml", b"a.yaml.yaml", b"a")] == [True, True, False]
    assert index(version_4(first, entry(b"a.yaml", b"\7l\0"))) is None
    assert index(version_4(first, entry(b"a.yaml", b"\xff" * 1_000_000 + b"\7a.yaml\0"))) is None
    assert index(version_4(entry(b"a.yaml", b"\0a.yaml\0", length=5))) is None
    assert index(version_4(first, count=1 << 31)) is None
    assert index(b"dirc" + version_4(first)[4:]) is None
    # Names that share most of each other could be longer together than memory has room for.
    monkeypatch.setattr(opening, "INDEX", 1000)
    grown = [entry(b"a" * (i + 1), b"\0a\0") for i in range(50)]
    assert index(version_4(*grown[:44]))
    assert index(version_4(*grown)) is None


@pytest.mark.parametrize(
    ("extension", "is_known"), [(b"TREE", True), (b"sdir", True), (b"link", False), (b"zzzz", False)]
)
def test_extensions_that_one_has_to_know(extension: bytes, is_known: bool) -> None:
    data = version_4(entry(b"a.yaml", b"\0a.yaml\0"))
    for content in (b"", b"text"):
        given = data[:-20] + extension + struct.pack(">I", len(content)) + content + data[-20:]
        assert (index(given) is not None) is is_known
    assert index(data[:-20] + extension + struct.pack(">I", 30) + data[-20:]) is None
