"""`krmfn diff`: patches that the real `git apply` turns into what `krmfn fix` writes."""

import os
import shutil
import subprocess
from pathlib import Path

import hosts
import pytest

CASES = Path(__file__).parent / "cases"
POD = b"apiVersion: v1\nkind: Pod\nmetadata:\n  name: a\nspec:\n  containers:\n  - name: a\n    image: nginx\n"
POD_DONE = POD + b"    imagePullPolicy: Always\n"
CONFIG = b"""\
apiVersion: krmfn.dev/v1alpha1
kind: ImagePull
metadata: {name: image-pull}
spec: {pullSecrets: [{name: regcred}]}
"""


@pytest.fixture
def workplace(tmp_path: Path) -> hosts.Workplace:
    return hosts.Workplace(tmp_path)


def run(command: list[str | bytes | Path], folder: Path, workplace: hosts.Workplace, stdin: bytes = b"") -> bytes:
    finished = subprocess.run(
        command, cwd=folder, env=workplace.environment, input=stdin, capture_output=True, check=False
    )
    assert finished.returncode in (0, 1), finished.stderr
    return finished.stdout


def apply(patch: bytes, folder: Path, workplace: hosts.Workplace) -> None:
    subprocess.run(
        ["git", "-c", "core.autocrlf=false", "apply", "--whitespace=nowarn", "-"],
        cwd=folder,
        env=workplace.environment,
        input=patch,
        check=True,
    )


def twins(workplace: hosts.Workplace, files: dict[bytes, bytes]) -> tuple[Path, Path]:
    """Two repositories with the same files: one for the patch, one for `krmfn fix`."""
    folders = workplace.folder / "patched", workplace.folder / "fixed"
    for folder in folders:
        folder.mkdir()
        run(["git", "init", "-q"], folder, workplace)
        for name, data in files.items():
            path = folder / os.fsdecode(name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
    return folders


def assert_twins(patched: Path, fixed: Path) -> None:
    for path in sorted(fixed.rglob("*")):
        if path.is_file() and ".git" not in path.parts:
            assert (patched / path.relative_to(fixed)).read_bytes() == path.read_bytes(), path


def check(workplace: hosts.Workplace, files: dict[bytes, bytes]) -> bytes:
    """The patch of the files, after it was applied with the outcome of `krmfn fix`."""
    patched, fixed = twins(workplace, files)
    patch = run([workplace.krmfn, "diff", "."], patched, workplace)
    apply(patch, patched, workplace)
    run([workplace.krmfn, "fix", "."], fixed, workplace)
    assert_twins(patched, fixed)
    assert run([workplace.krmfn, "diff", "."], patched, workplace) == b""
    return patch


def test_every_case_of_the_function(workplace: hosts.Workplace) -> None:
    files = {
        os.fsencode(path.relative_to(CASES)): path.read_bytes()
        for path in CASES.glob("*/*")
        if path.suffix in (".yaml", ".json") and not path.name.endswith(".config.yaml")
    }
    assert len(files) > 300
    files[b"krmfn.yaml"] = CONFIG
    patch = check(workplace, files)
    assert patch.count(b"\ndiff --git ") > 150


def test_line_ends_and_a_missing_last_one(workplace: hosts.Workplace) -> None:
    files = {
        b"crlf.yaml": POD.replace(b"\n", b"\r\n"),
        b"no-end.yaml": POD.removesuffix(b"\n"),
        b"crlf-no-end.yaml": POD.replace(b"\n", b"\r\n").removesuffix(b"\r\n"),
        b"bom.yaml": b"\xef\xbb\xbf" + POD,
        b"flow.json": b'{"apiVersion": "v1", "kind": "Pod", "spec": {"containers": [{"name": "a", "image": "b"}]}}',
        b"other-breaks.yaml": POD.replace(b"spec:", b"  annotations: {a: 'b\xc2\x85c\xe2\x80\xa8d'}\nspec:"),
        b"far.yaml": b"---\n".join([POD + b"# " + b"x\n# " * n + b"\n" for n in (0, 1, 2, 3, 4, 5, 6, 7, 8, 30)]),
    }
    patch = check(workplace, files)
    assert b"\\ No newline at end of file\n" in patch
    assert len(patch.split(b"diff --git ")) == 8


def test_names_are_quoted_as_git_does(workplace: hosts.Workplace) -> None:
    names = [b"with blank.yaml", b"line\nbreak.yaml", b"latin-\xe4.yaml", b'quo"te\\.yaml', b"\xc3\xa4 b/tab\t.yaml"]
    patch = check(workplace, dict.fromkeys(names, POD))
    for head in (
        b"diff --git a/with blank.yaml b/with blank.yaml\n--- a/with blank.yaml\t\n",
        b'--- "a/line\\nbreak.yaml"\n',
        b'+++ "b/latin-\\344.yaml"\n',
        b'+++ "b/quo\\"te\\\\.yaml"\n',
        b'"b/\\303\\244 b/tab\\t.yaml"',
    ):
        assert head in patch


def test_the_patch_is_that_of_git(workplace: hosts.Workplace) -> None:
    files = {b"a/pod.yaml": POD, b"two.yaml": POD + b"---\n" + POD}
    patched, fixed = twins(workplace, files)
    run(["git", "add", "."], fixed, workplace)
    run([workplace.krmfn, "fix", "."], fixed, workplace)
    lines = run(["git", "diff", "--no-ext-diff"], fixed, workplace).splitlines()
    expected = [line.split(b" @@")[0] for line in lines if not line.startswith(b"index ")]
    shown = run([workplace.krmfn, "diff", "."], patched, workplace).splitlines()
    assert [line.split(b" @@")[0].replace(b",1 ", b" ") for line in shown] == expected


def test_from_below_paths_count_from_the_root_of_the_repository(workplace: hosts.Workplace) -> None:
    patched, _ = twins(workplace, {b"a/b/pod.yaml": POD})
    patch = run([workplace.krmfn, "diff", "b"], patched / "a", workplace)
    assert b"+++ b/a/b/pod.yaml\n" in patch
    apply(patch, patched / "a", workplace)
    assert (patched / "a" / "b" / "pod.yaml").read_bytes() == POD_DONE


def test_outside_of_a_repository_they_count_from_the_current_folder(workplace: hosts.Workplace) -> None:
    (workplace.folder / "a").mkdir()
    (workplace.folder / "a" / "pod.yaml").write_bytes(POD)
    patch = run([workplace.krmfn, "diff", str(workplace.folder)], workplace.folder, workplace)
    if shutil.which("patch"):
        run(["patch", "-p1"], workplace.folder, workplace, stdin=patch)
    else:
        apply(patch, workplace.folder, workplace)
    assert (workplace.folder / "a" / "pod.yaml").read_bytes() == POD_DONE


def test_nothing_is_changed_and_errors_are_said(workplace: hosts.Workplace) -> None:
    broken = POD + b"    imagePullPolicy: Alwys\n"
    (workplace.folder / "a.yaml").write_bytes(POD)
    (workplace.folder / "b.yaml").write_bytes(broken)
    finished = subprocess.run(
        [workplace.krmfn, "diff", "."],
        cwd=workplace.folder,
        env=workplace.environment,
        capture_output=True,
        check=False,
    )
    assert finished.returncode == 1
    assert finished.stdout.count(b"diff --git") == 1
    assert finished.stderr.startswith(b"b.yaml:9:22: error: Pod a: spec.containers[0].imagePullPolicy: ")
    assert [(workplace.folder / name).read_bytes() for name in ("a.yaml", "b.yaml")] == [POD, broken]
