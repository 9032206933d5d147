"""Which files of a tree krmfn looks at; what Git ignores is asked of Git itself."""

import os
import random
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from krmfn import KrmfnError
from krmfn.files.discovery import FoundFile, PassedOver, find
from krmfn.files.git_patterns import Patterns
from krmfn.files.reasons import Reason


def git(folder: Path, *arguments: str) -> bytes:
    command = ["git", "-c", "user.name=a", "-c", "user.email=a@example.com", *arguments]
    return subprocess.run(command, cwd=folder, check=True, capture_output=True).stdout


def tree(root: Path, *names: str | bytes, **contents: str) -> None:
    for name in [*names, *contents]:
        path = root / os.fsdecode(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(contents.get(str(name), ""), encoding="utf-8")


def files(root: Path, *paths: Path) -> list[str]:
    return [str(one.path.relative_to(root)) for one in find(paths or [root]) if isinstance(one, FoundFile)]


def passed(root: Path, *paths: Path) -> dict[str, Reason]:
    return {str(one.path.relative_to(root)): one.why for one in find(paths or [root]) if isinstance(one, PassedOver)}


def test_only_manifest_suffixes_are_looked_at(tmp_path: Path) -> None:
    tree(tmp_path, "b.yml", "a.yaml", "c.json", "d.txt", "e.YAML", "f/g.yaml", "f.yaml.bak")
    assert files(tmp_path) == ["a.yaml", "b.yml", "c.json", "f/g.yaml"]


def test_a_file_given_may_have_any_name(tmp_path: Path) -> None:
    tree(tmp_path, "manifest.tmpl")
    assert files(tmp_path, tmp_path / "manifest.tmpl") == ["manifest.tmpl"]


def test_the_order_is_that_of_the_bytes_folder_by_folder(tmp_path: Path) -> None:
    tree(tmp_path, "a.yaml", "a/b.yaml", "B.yaml", "a-b/c.yaml", "ä.yaml")
    expected = ["B.yaml", "a/b.yaml", "a-b/c.yaml", "a.yaml", "ä.yaml"]
    assert files(tmp_path) == expected
    assert files(tmp_path, *sorted(tmp_path.iterdir(), reverse=True)) == expected


def test_each_file_is_found_once(tmp_path: Path) -> None:
    tree(tmp_path, "a/b.yaml")
    (tmp_path / "link").symlink_to("a")
    assert len(find([tmp_path / "a", tmp_path / "a" / "b.yaml", tmp_path, tmp_path / "link" / "b.yaml"])) == 2


def test_paths_are_shown_as_they_were_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tree(tmp_path, "a/b.yaml")
    monkeypatch.chdir(tmp_path)
    assert [str(one.path) for one in find(["."])] == ["a/b.yaml"]
    assert [str(one.path) for one in find(["../" + tmp_path.name])] == [f"../{tmp_path.name}/a/b.yaml"]


def test_any_name_will_do(tmp_path: Path) -> None:
    names = [
        b"with blank.yaml",
        b"line\nbreak.yaml",
        b"latin-\xe4.yaml",
        b"-rf.yaml",
        b"back\\slash.yaml",
        b"{{a}}/*.yaml",
    ]
    tree(tmp_path, *names)
    found = [os.fsencode(one.path.relative_to(tmp_path)) for one in find([tmp_path])]
    assert sorted(found) == sorted(names)


@pytest.mark.parametrize("what", ["nothing", "dangling"])
def test_a_path_that_is_not_there_is_an_error_that_names_it(tmp_path: Path, what: str) -> None:
    (tmp_path / "dangling").symlink_to("nowhere")
    with pytest.raises(KrmfnError, match=f"{what}: there is no such file or folder"):
        find([tmp_path / what])


def test_a_loop_of_links_is_an_error_that_names_it(tmp_path: Path) -> None:
    (tmp_path / "loop.yaml").symlink_to("loop.yaml")
    with pytest.raises(KrmfnError, match=r"loop\.yaml: "):
        find([tmp_path / "loop.yaml"])


def test_a_pipe_is_an_error_when_given_and_passed_over_in_a_folder(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.yaml")
    (passed_over,) = find([tmp_path])
    assert passed_over == PassedOver(tmp_path / "pipe.yaml", Reason.SPECIAL)
    with pytest.raises(KrmfnError, match=r"pipe\.yaml: is neither a file nor a folder"):
        find([tmp_path / "pipe.yaml"])


# Links and hidden folders


def test_links_are_not_followed_in_a_folder_and_said(tmp_path: Path) -> None:
    tree(tmp_path, "tree/a.yaml", "outside/b.yaml")
    (tmp_path / "tree" / "out").symlink_to("../outside")
    (tmp_path / "tree" / "loop").symlink_to(".")
    (tmp_path / "tree" / "b.yaml").symlink_to("../outside/b.yaml")
    (tmp_path / "tree" / "dangling.yaml").symlink_to("nowhere")
    assert files(tmp_path, tmp_path / "tree") == ["tree/a.yaml"]
    links = ["tree/b.yaml", "tree/dangling.yaml", "tree/loop", "tree/out"]
    assert passed(tmp_path, tmp_path / "tree") == dict.fromkeys(links, Reason.SYMLINK)


def test_a_link_that_was_given_is_followed(tmp_path: Path) -> None:
    tree(tmp_path, "a.yaml")
    (tmp_path / "link.yaml").symlink_to("a.yaml")
    assert find([tmp_path / "link.yaml"]) == [
        FoundFile(tmp_path / "link.yaml", (tmp_path / "a.yaml").resolve(), 0, is_named=True)
    ]


def test_hidden_folders_are_left_out_and_hidden_files_are_not(tmp_path: Path) -> None:
    tree(tmp_path, ".git/a.yaml", ".github/workflows/ci.yaml", ".gitlab-ci.yml")
    assert files(tmp_path) == [".gitlab-ci.yml"]
    assert passed(tmp_path) == {".github": Reason.HIDDEN}
    assert files(tmp_path, tmp_path / ".github") == [".github/workflows/ci.yaml"]


# What is ignored


def test_what_git_ignores_is_left_out(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    tree(
        tmp_path,
        *["a.yaml", "b.yaml", "build/c.yaml", "x/build/d.yaml", "x/keep/e.yaml", "x/keep/f.yaml", "x/y/z/g.yaml"],
        *["x/only-here.yaml", "only-here.yaml", "vendor/h.yaml", "vendor/kept.yaml", "logs/i.yaml", "x/logs/j.yaml"],
        *[
            "name with blank.yaml",
            "tail ",
            "local.yaml",
            "x/lo[c]al.yaml",
            "doc/k.yaml",
            "doc/sub/l.yaml",
            "#hash.yaml",
        ],
    )
    (tmp_path / ".gitignore").write_text(
        "# comment\nbuild/\n/only-here.yaml\nx/keep/*\n!x/keep/f.yaml\nvendor/*\n!vendor/kept.yaml\r\n"
        "**/logs\nname\\ with\\ blank.yaml\ndoc/**/l.yaml\n\\#hash.yaml\nb.yaml   \n"
    )
    (tmp_path / "x" / ".gitignore").write_text("g.yaml\n!logs\n")
    (tmp_path / "x" / "y" / ".gitignore").write_text("!g.yaml\n")
    (tmp_path / ".git" / "info" / "exclude").write_text("local.yaml\nx/lo\\[c\\]al.yaml\n")
    listed = git(tmp_path, "ls-files", "-z", "--others", "--exclude-standard").decode().split("\0")
    assert set(files(tmp_path)) == {name for name in listed if name.endswith(".yaml")}
    assert "x/y/z/g.yaml" in files(tmp_path)
    assert passed(tmp_path)["build"] is Reason.GITIGNORE
    # From below, the files above count too.
    assert files(tmp_path, tmp_path / "x") == [name for name in files(tmp_path) if name.startswith("x/")]


def test_lines_that_are_no_pattern_are_passed_over_as_by_git(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    (tmp_path / ".gitignore").write_text("[b-a].yaml\n!\nfoo\\\nignored.yaml\n")
    for name in ("a.yaml", "ignored.yaml"):
        (tmp_path / name).touch()
    assert [one.path.name for one in find([tmp_path]) if isinstance(one, FoundFile)] == ["a.yaml"]


_ATOMS = [
    *[
        "a",
        "b",
        "ab",
        "*",
        "**",
        "***",
        "?",
        "/",
        "/",
        "/",
        "!",
        "#",
        " ",
        "\\",
        "\t",
        "\r",
        "é",
        ".",
        "-",
        "1",
        "A",
        "[a",
    ],
    *[
        "[ab]",
        "[!a]",
        "[^b]",
        "[a-c]",
        "[]]",
        "[]-a]",
        "[!]a]",
        "[\\]]",
        "[a-\\c]",
        "[--0]",
        "[a-]",
        "[*]",
        "[é]",
        "[a/]",
    ],
    *[
        "[[:alpha:]]",
        "[[:digit:]x]",
        "[[:upper:]]",
        "[x[:punct:]]",
        "[[:none:]]",
        "[[:",
        "[:alpha:]",
        "\\*",
        "\\a",
        "\\[",
    ],
]
_ELEMENTS = ["a", "b", "ab", "a.b", "aab", "-", "]", "b]", "a\\", "*", "!", "#", " a", "a ", "é", "A", "1"]


@pytest.mark.parametrize("seed", range(40))
def test_any_pattern_means_what_it_means_to_git(tmp_path: Path, seed: int) -> None:
    some = random.Random(seed)
    git(tmp_path, "init", "-q")
    for _ in range(25):
        path = tmp_path.joinpath(*some.choices(_ELEMENTS, k=some.randint(1, 3)))
        if not path.exists() and all(above.is_dir() or not above.exists() for above in path.parents):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch()
    for _ in range(4):
        lines = ["".join(some.choices(_ATOMS, k=some.randint(1, 5))) for _ in range(some.randint(1, 3))]
        data = "\n".join(lines).encode()
        (tmp_path / ".gitignore").write_bytes(data)
        listed = git(tmp_path, "ls-files", "-z", "--others", "--exclude-standard")
        assert set(_not_ignored(tmp_path, Patterns(data))) == set(listed.decode().split("\0")) - {""}, data


def _not_ignored(root: Path, patterns: Patterns, folder: str = "") -> Iterator[str]:
    for path in (root / folder).iterdir():
        name = str(path.relative_to(root))
        if name != ".git" and not patterns.ignores(name, path.is_dir()):
            yield from _not_ignored(root, patterns, name) if path.is_dir() else [name]


def test_a_worktree_has_the_exclude_file_of_its_repository(tmp_path: Path) -> None:
    main, other = tmp_path / "main", tmp_path / "other"
    main.mkdir()
    git(main, "init", "-q")
    git(main, "commit", "-q", "--allow-empty", "-m", "first")
    git(main, "worktree", "add", "-q", str(other))
    (main / ".git" / "info" / "exclude").write_text("local.yaml\n")
    tree(other, "local.yaml", "a.yaml")
    assert files(other) == ["a.yaml"]


def test_ignore_files_of_a_repository_end_where_another_one_begins(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    tree(tmp_path, "inner/a.yaml", **{".gitignore": "a.yaml\n"})
    git(tmp_path / "inner", "init", "-q")
    assert files(tmp_path) == ["inner/a.yaml"]


def test_outside_of_a_repository_what_is_above_does_not_count(tmp_path: Path) -> None:
    tree(tmp_path, "a/b.yaml", "a/c.yaml", **{".gitignore": "b.yaml\n", "a/.gitignore": "c.yaml\n"})
    assert files(tmp_path, tmp_path / "a") == ["a/b.yaml"]


def test_krmignore_leaves_out_what_is_given_too(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    tree(tmp_path, "a.yaml", "vendor/b.yaml", **{".krmignore": "vendor\n"})
    assert files(tmp_path) == ["a.yaml"]
    for path in ("vendor", "vendor/b.yaml"):
        assert passed(tmp_path, tmp_path / path) == {path: Reason.KRMIGNORE}


def test_gitignore_does_not_leave_out_what_is_given(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    tree(tmp_path, "out/b.yaml", **{".gitignore": "out\n"})
    assert files(tmp_path) == []
    assert files(tmp_path, tmp_path / "out") == ["out/b.yaml"]


def test_a_tree_deeper_than_python_recurses(tmp_path: Path) -> None:
    folder = tmp_path
    here = os.open(tmp_path, os.O_RDONLY)
    try:
        for _ in range(1100):  # longer than a path may be, so step by step
            os.mkdir("d", dir_fd=here)
            below = os.open("d", os.O_RDONLY, dir_fd=here)
            os.close(here)
            here = below
    finally:
        os.close(here)
    tree(folder, "a.yaml")
    try:
        assert files(folder) == ["a.yaml"]
    finally:
        subprocess.run(["rm", "-rf", tmp_path / "d"], check=True)  # pytest recurses
