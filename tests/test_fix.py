"""`krmfn fix` on real files: what is written, how, and what stays as it was."""

import os
import random
import re
import shutil
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import hosts
import pytest

from krmfn import KrmfnError
from krmfn.files import replacing

POD = b"apiVersion: v1\nkind: Pod\nmetadata:\n  name: a\nspec:\n  containers:\n  - name: a\n    image: nginx\n"
POD_DONE = POD + b"    imagePullPolicy: Always\n"
MISSPELT = POD + b"    imagePullPolicy: Alwys\n"
CONFIG = b"""\
apiVersion: krmfn.dev/v1alpha1
kind: ImagePull
metadata: {name: image-pull}
spec: {pullPolicy: {policy: Never}}
"""
IS_ROOT = os.geteuid() == 0


@pytest.fixture
def workplace(tmp_path: Path) -> hosts.Workplace:
    return hosts.Workplace(tmp_path)


Fix = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def krmfn(workplace: hosts.Workplace) -> Fix:
    """Runs a command of krmfn in the folder of the test."""

    def run(*arguments: str | bytes, before: tuple[str, ...] = ()) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*before, workplace.krmfn, *arguments],
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            cwd=workplace.folder,
            env=workplace.environment,
            timeout=hosts.PATIENCE,
            check=False,
        )

    return run


@pytest.fixture
def folder(workplace: hosts.Workplace) -> Path:
    return workplace.folder


def put(folder: Path, **files: bytes) -> None:
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


def summary(finished: subprocess.CompletedProcess[str]) -> str:
    return finished.stderr.splitlines()[-1]


# What is written


def test_files_and_folders_are_fixed_and_a_second_run_changes_nothing(krmfn: Fix, folder: Path) -> None:
    put(folder, **{"a.yaml": POD, "b/c.yml": POD, "b/d.json": b'{"apiVersion": "v1"}', "b/e.yaml": POD_DONE})
    finished = krmfn("fix", "a.yaml", "b")
    assert (finished.returncode, finished.stdout) == (0, "")
    assert finished.stderr == "2 files changed, 3 looked at, 1 skipped (1 without apiVersion and kind)\n"
    assert [(folder / name).read_bytes() for name in ("a.yaml", "b/c.yml", "b/e.yaml")] == [POD_DONE] * 3
    again = krmfn("fix", "a.yaml", "b")
    assert summary(again).startswith("0 files changed, ")


def test_a_file_that_needs_nothing_is_not_touched(krmfn: Fix, folder: Path) -> None:
    put(folder, **{"a.yaml": POD_DONE})
    before = (folder / "a.yaml").stat()
    (folder / "a.yaml").chmod(0o400)
    folder.chmod(0o500)
    try:
        assert krmfn("fix", ".").returncode == 0
    finally:
        folder.chmod(0o700)
    after = (folder / "a.yaml").stat()
    assert (before.st_ino, before.st_mtime_ns) == (after.st_ino, after.st_mtime_ns)


def test_mode_is_kept(krmfn: Fix, folder: Path) -> None:
    put(folder, **{"a.yaml": POD})
    (folder / "a.yaml").chmod(0o6751)
    assert krmfn("fix", "a.yaml").returncode == 0
    assert stat.S_IMODE((folder / "a.yaml").stat().st_mode) == 0o6751
    assert [path.name for path in folder.iterdir()] == ["a.yaml"]


@pytest.mark.skipif(not IS_ROOT, reason="only root can give files away")
def test_owner_is_kept(krmfn: Fix, folder: Path) -> None:
    put(folder, **{"a.yaml": POD})
    os.chown(folder / "a.yaml", 1234, 4321)
    assert krmfn("fix", "a.yaml").returncode == 0
    status = (folder / "a.yaml").stat()
    assert (status.st_uid, status.st_gid) == (1234, 4321)


def test_extended_attributes_are_kept(krmfn: Fix, folder: Path) -> None:
    put(folder, **{"a.yaml": POD})
    try:
        os.setxattr(folder / "a.yaml", "user.origin", b"upstream")
    except OSError:
        pytest.skip("this file system has no extended attributes")
    assert krmfn("fix", "a.yaml").returncode == 0
    assert os.getxattr(folder / "a.yaml", "user.origin") == b"upstream"


def test_the_target_of_a_link_that_was_given_is_fixed_and_the_link_stays(krmfn: Fix, folder: Path) -> None:
    put(folder, **{"shared/a.yaml": POD})
    (folder / "link.yaml").symlink_to("shared/a.yaml")
    assert krmfn("fix", "link.yaml").returncode == 0
    assert (folder / "link.yaml").is_symlink()
    assert (folder / "shared" / "a.yaml").read_bytes() == POD_DONE


def test_files_with_any_name_are_fixed(krmfn: Fix, folder: Path) -> None:
    names = [b"with blank.yaml", b"line\nbreak.yaml", b"latin-\xe4.yaml", b"quo'te\".yaml", b"-v.yaml"]
    for name in names:
        (folder / os.fsdecode(name)).write_bytes(POD)
    finished = krmfn("fix", "-v", ".")
    assert finished.returncode == 0
    assert [(folder / os.fsdecode(name)).read_bytes() for name in names] == [POD_DONE] * 5
    assert '"latin-\\344.yaml": changed\n"line\\nbreak.yaml": changed' in finished.stderr.replace(
        "-v.yaml: changed\n", ""
    )


# What is not


def test_a_file_with_an_error_stays_and_the_others_are_fixed(krmfn: Fix, folder: Path) -> None:
    put(folder, **{"a.yaml": POD, "b.yaml": POD + b"---\n" + MISSPELT, "c.yaml": POD, "d.yaml": POD + b"  x: [\n"})
    finished = krmfn("fix", ".")
    assert finished.returncode == 1
    assert (folder / "b.yaml").read_bytes() == POD + b"---\n" + MISSPELT
    assert [(folder / name).read_bytes() for name in ("a.yaml", "c.yaml")] == [POD_DONE] * 2
    assert finished.stderr.splitlines()[0].startswith(
        "b.yaml:18:22: error: Pod a: spec.containers[0].imagePullPolicy: imagePullPolicy 'Alwys' is not one of"
    )
    assert re.search(r"^d\.yaml:10:1: error: not YAML: ", finished.stderr, re.MULTILINE)
    assert "of the input" not in finished.stderr
    assert summary(finished) == "2 files changed, 2 of 4 have errors"


def test_a_path_that_is_not_there_is_an_error_and_does_not_stop_the_others(krmfn: Fix, folder: Path) -> None:
    put(folder, **{"a.yaml": POD})
    finished = krmfn("fix", "b.yaml", "a.yaml")
    assert finished.returncode == 1
    assert finished.stderr.splitlines() == [
        "b.yaml: error: there is no such file or folder",
        "1 file changed, 1 of 2 has errors",
    ]
    assert (folder / "a.yaml").read_bytes() == POD_DONE


def test_an_empty_path_is_an_error_before_anything_is_written(krmfn: Fix, folder: Path) -> None:
    put(folder, **{"a.yaml": POD})
    finished = krmfn("fix", "a.yaml", "")
    assert (finished.returncode, finished.stderr.splitlines()[0][:22]) == (1, "error: a PATH is empty")
    assert (folder / "a.yaml").read_bytes() == POD


@pytest.mark.parametrize("arguments", [[], ["--jobs", "0", "."], ["--shard", "3/2", "."], ["--shard", "1", "."]])
def test_wrong_command_line_is_exit_code_2(krmfn: Fix, arguments: list[str]) -> None:
    assert krmfn("fix", *arguments).returncode == 2


def test_a_hard_link_is_an_error(krmfn: Fix, folder: Path) -> None:
    put(folder, **{"a.yaml": POD})
    os.link(folder / "a.yaml", folder / "other")
    finished = krmfn("fix", ".")
    assert finished.returncode == 1
    assert finished.stderr.startswith("a.yaml: error: has 2 names (hard links)")
    assert (folder / "a.yaml").read_bytes() == POD


def test_a_read_only_file_is_an_error(krmfn: Fix, folder: Path) -> None:
    put(folder, **{"a.yaml": POD})
    (folder / "a.yaml").chmod(0o444)
    finished = krmfn("fix", ".")
    assert finished.returncode == 1
    assert finished.stderr.startswith("a.yaml: error: is read-only: make it writable, or exclude it\n")
    assert (folder / "a.yaml").read_bytes() == POD


def test_a_read_only_folder_is_an_error(krmfn: Fix, folder: Path) -> None:
    put(folder, **{"tree/a.yaml": POD})
    if IS_ROOT:
        finished = mounted(krmfn, "mount --bind tree tree && mount -o remount,bind,ro tree")
        assert "tree/a.yaml: error: is read-only" in finished.stderr
    else:
        (folder / "tree").chmod(0o500)
        finished = krmfn("fix", "tree")
        (folder / "tree").chmod(0o700)
        assert "tree/a.yaml: error: cannot be replaced, because its folder accepts no new file" in finished.stderr
    assert finished.returncode == 1
    assert (folder / "tree" / "a.yaml").read_bytes() == POD


@pytest.mark.skipif(not IS_ROOT, reason="only root can mount")
def test_a_full_disk_is_an_error_and_the_file_stays(krmfn: Fix, folder: Path) -> None:
    big = POD.replace(b"spec:", b"  annotations: {big: %s}\nspec:" % (b"x" * 60_000))
    put(folder, **{"big.yaml": big})
    (folder / "tree").mkdir()
    mount = "mount -t tmpfs -o size=100k none tree && cp big.yaml tree/a.yaml"
    finished = mounted(krmfn, mount, after="cmp big.yaml tree/a.yaml && ls -A tree")
    assert "tree/a.yaml: error: cannot be written: No space left on device; it is unchanged" in finished.stderr
    assert finished.stdout == "a.yaml\n"


def mounted(krmfn: Fix, mount: str, after: str = "true") -> subprocess.CompletedProcess[str]:
    """`krmfn fix tree` with something mounted there that nobody else sees."""
    if shutil.which("unshare") is None or subprocess.run(["unshare", "-m", "true"], check=False).returncode:
        pytest.skip("no mount of our own can be made here")
    script = f'{mount} || exit 77; "$@"; code=$?; {after}; exit $code'
    finished = krmfn("fix", "tree", before=("unshare", "-m", "--propagation", "private", "sh", "-c", script, "sh"))
    if finished.returncode == 77:
        pytest.skip(f"no mount of our own can be made here: {finished.stderr}")
    return finished


# While somebody else writes


@pytest.mark.parametrize(
    "other",
    [
        lambda file: file.write_bytes(b"mine\n"),
        lambda file: file.with_name("new").write_bytes(b"mine\n") and file.with_name("new").replace(file),
        lambda file: file.unlink(),
    ],
    ids=["written to", "replaced", "removed"],
)
def test_a_file_that_changes_meanwhile_is_left_as_it_is(tmp_path: Path, other: Callable[[Path], object]) -> None:
    file = tmp_path / "a.yaml"
    file.write_bytes(POD)
    _, before = replacing.read(file)
    other(file)
    with pytest.raises(KrmfnError, match="while krmfn worked on it"):
        replacing.replace(file, before, [POD_DONE])
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] in ([], [("a.yaml", b"mine\n")])


@pytest.fixture
def many(folder: Path) -> Path:
    """A folder with so many files that there is time to come between."""
    for i in range(400):
        put(folder, **{f"many/{i // 50}/{i}.yaml": POD})
    return folder / "many"


def started(workplace: hosts.Workplace, jobs: int) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [workplace.krmfn, "fix", "--jobs", str(jobs), "many"],
        stderr=subprocess.PIPE,
        text=True,
        cwd=workplace.folder,
        env=workplace.environment,
        process_group=0,
    )


def wait_for_the_first(many: Path) -> None:
    deadline = time.monotonic() + hosts.PATIENCE
    while (many / "0" / "0.yaml").read_bytes() == POD:
        assert time.monotonic() < deadline
        time.sleep(0.01)


def group_is_gone(group: int) -> bool:
    deadline = time.monotonic() + hosts.PATIENCE
    while time.monotonic() < deadline:
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.05)
    return False


@pytest.mark.parametrize("jobs", [1, 2])
@pytest.mark.parametrize("seed", range(4))
def test_killed_at_any_moment_every_file_is_old_or_new(
    workplace: hosts.Workplace, many: Path, krmfn: Fix, jobs: int, seed: int
) -> None:
    process = started(workplace, jobs)
    wait_for_the_first(many)
    time.sleep(random.Random(seed).uniform(0, 0.4))
    process.kill()
    process.communicate()
    assert group_is_gone(process.pid), "a process of krmfn goes on after the first one was killed"
    contents = {path.read_bytes() for path in many.rglob("*.yaml")}
    assert contents <= {POD, POD_DONE}
    assert len(list(many.rglob("*.yaml"))) == 400
    left = [path.name for path in many.rglob("*") if path.is_file() and path.suffix != ".yaml"]
    assert len(left) <= (jobs == 1)  # several processes finish the file they have
    assert all(name.startswith(".krmfn-") for name in left)
    assert krmfn("fix", "many").returncode == 0
    assert {path.read_bytes() for path in many.rglob("*.yaml")} == {POD_DONE}


@pytest.mark.parametrize("jobs", [1, 2])
def test_ctrl_c_ends_it_cleanly(workplace: hosts.Workplace, many: Path, jobs: int) -> None:
    process = started(workplace, jobs)
    wait_for_the_first(many)
    os.killpg(process.pid, signal.SIGINT)
    _, said = process.communicate(timeout=hosts.PATIENCE)
    assert process.returncode in (0, 130)
    assert "Traceback" not in said
    assert re.fullmatch(r"\d+ files? changed, \d+ looked at\n", said)
    assert group_is_gone(process.pid)
    assert [path.name for path in many.rglob(".krmfn-*")] == []


# A signal while a file is being replaced: `slow` is krmfn with all the time of the world between the two names.

SLOW = """\
import sys
import time
from pathlib import Path

from krmfn.commands import fix
from krmfn.files import replacing
from krmfn.files.examining import Product
from krmfn.files.plan import plan
from krmfn.files.work import Action, FileOutcome, carry_out


def act(file, examined):
    if examined.output:
        replacing.replace(file.real, examined.before, slowly(file.real, examined.output))
    return FileOutcome(examined.report)


def slowly(file, output):
    yield output[0][:10]
    file.with_suffix(".begun").touch()
    while not file.with_suffix(".go").exists():
        time.sleep(0.01)
    time.sleep(0.3)
    yield from (output[0][10:], *output[1:])


if __name__ == "__main__":
    arguments = fix.make_parser().parse_args(sys.argv[1:])
    list(carry_out(plan(arguments), Action(act, Product.OUTPUT), arguments.jobs))
"""
BATCH = 100
"""Files that a process gets at a time, at most."""


def slow(workplace: hosts.Workplace, jobs: int) -> subprocess.Popen[str]:
    """Begin to fix the first file, and no other one, in one process for each job."""
    workplace.write({"slow.py": SLOW})
    for job in range(jobs):
        for i in range(BATCH):
            put(workplace.folder, **{f"many/{job}/{i:03}.yaml": POD if i == 0 else POD_DONE})
    process = subprocess.Popen(
        [sys.executable, "slow.py", "--jobs", str(jobs), "many"],
        stderr=subprocess.PIPE,
        text=True,
        cwd=workplace.folder,
        env={**workplace.environment, "PYTHONPATH": str(hosts.SOURCES)},
        process_group=0,
    )
    deadline = time.monotonic() + hosts.PATIENCE
    while len(list(workplace.folder.glob("many/*/000.begun"))) < jobs:
        assert time.monotonic() < deadline
        assert process.poll() is None, process.communicate()
        time.sleep(0.01)
    assert len(list(workplace.folder.rglob(".krmfn-*"))) == jobs
    return process


def go_on(folder: Path) -> None:
    for begun in folder.glob("many/*/000.begun"):
        begun.with_suffix(".go").touch()


ENDINGS = pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT], ids=lambda n: n.name)


@ENDINGS
@pytest.mark.parametrize("jobs", [1, 2])
@pytest.mark.parametrize("send", [os.kill, os.killpg], ids=["the process", "its group"])
def test_signal_waits_for_the_file_that_is_being_replaced(
    workplace: hosts.Workplace, folder: Path, number: signal.Signals, jobs: int, send: Callable[[int, int], None]
) -> None:
    with hosts.handled(number, signal.SIG_DFL):
        process = slow(workplace, jobs)
    send(process.pid, number)
    time.sleep(0.2)
    assert process.poll() is None
    go_on(folder)
    process.communicate(timeout=hosts.PATIENCE)
    assert list(folder.rglob(".krmfn-*")) == []
    assert process.returncode == -number
    assert group_is_gone(process.pid)
    assert {path.read_bytes() for path in folder.rglob("*.yaml")} == {POD_DONE}


def test_process_whose_parent_was_killed_finishes_its_file(workplace: hosts.Workplace, folder: Path) -> None:
    process = slow(workplace, 2)
    process.kill()
    process.wait(hosts.PATIENCE)
    time.sleep(0.2)
    go_on(folder)
    process.communicate(timeout=hosts.PATIENCE)
    assert group_is_gone(process.pid)
    assert list(folder.rglob(".krmfn-*")) == []
    assert {path.read_bytes() for path in folder.rglob("*.yaml")} == {POD_DONE}


def test_temporary_file_that_sigkill_left_behind_is_in_nobodys_way(
    workplace: hosts.Workplace, folder: Path, krmfn: Fix
) -> None:
    process = slow(workplace, 1)
    process.kill()
    process.communicate()
    (left,) = folder.rglob(".krmfn-*")
    half = left.read_bytes()
    assert (folder / "many" / "0" / "000.yaml").read_bytes() == POD
    finished = [krmfn(command, "many") for command in ("check", "diff", "fix", "check")]
    assert all(left.name not in one.stdout + one.stderr for one in finished)
    assert [one.returncode for one in finished] == [1, 0, 0, 0]
    assert (folder / "many" / "0" / "000.yaml").read_bytes() == POD_DONE
    assert left.read_bytes() == half


@ENDINGS
@pytest.mark.parametrize("jobs", [1, 2])
def test_signal_that_is_ignored_stays_so(
    workplace: hosts.Workplace, folder: Path, number: signal.Signals, jobs: int
) -> None:
    with hosts.handled(number, signal.SIG_IGN):
        process = slow(workplace, jobs)
    process.send_signal(number)
    go_on(folder)
    _, said = process.communicate(timeout=hosts.PATIENCE)
    assert process.returncode == 0, said


@pytest.mark.parametrize("jobs", [1, 2])
def test_sigterm_ends_it_with_whole_files_only(workplace: hosts.Workplace, many: Path, jobs: int) -> None:
    process = started(workplace, jobs)
    wait_for_the_first(many)
    process.terminate()
    _, said = process.communicate(timeout=hosts.PATIENCE)
    assert [path.name for path in many.rglob(".krmfn-*")] == []
    assert process.returncode in (0, -signal.SIGTERM)
    assert "Traceback" not in said
    assert group_is_gone(process.pid)
    assert {path.read_bytes() for path in many.rglob("*.yaml")} <= {POD, POD_DONE}


def test_several_processes_do_what_one_does(krmfn: Fix, folder: Path) -> None:
    for i in range(250):
        data = MISSPELT if i % 40 == 3 else POD_DONE if i % 3 else POD
        put(folder, **{f"one/{i}.yaml": data, f"two/{i}.yaml": data})
    one, two = krmfn("fix", "-v", "--jobs", "1", "one"), krmfn("fix", "-v", "--jobs", "3", "two")
    assert one.stderr.replace("one/", "") == two.stderr.replace("two/", "")
    assert one.returncode == two.returncode == 1
    for path in (folder / "one").iterdir():
        assert path.read_bytes() == (folder / "two" / path.name).read_bytes()


def test_a_process_that_dies_is_an_error(workplace: hosts.Workplace, many: Path) -> None:
    process = started(workplace, 2)
    wait_for_the_first(many)
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    if not children.exists():
        process.kill()
        process.communicate()
        pytest.skip("/proc does not name the children of a process here")
    for child in children.read_text().split():
        if "resource_tracker" not in Path(f"/proc/{child}/cmdline").read_text():
            os.kill(int(child), signal.SIGKILL)
    _, said = process.communicate(timeout=hosts.PATIENCE)
    assert process.returncode == 1
    assert "one of krmfn's processes was killed, perhaps because memory ran out" in said


# Where settings come from


def test_the_nearest_config_counts(krmfn: Fix, folder: Path) -> None:
    never = POD + b"    imagePullPolicy: Never\n"
    put(folder, **{"repo/a.yaml": POD, "repo/team/deep/b.yaml": POD, "repo/team/krmfn.yaml": CONFIG, "c.yaml": POD})
    put(folder, **{"krmfn.yaml": CONFIG.replace(b"Never", b"IfNotPresent")})
    (folder / "repo" / ".git").mkdir()
    finished = krmfn("fix", "-v", "repo")
    assert finished.returncode == 0
    assert (folder / "repo" / "a.yaml").read_bytes() == POD_DONE  # the one above is not of this repository
    assert (folder / "repo" / "team" / "deep" / "b.yaml").read_bytes() == never
    assert f"settings: {(folder / 'repo/team/krmfn.yaml').resolve()}\n" in finished.stderr
    assert "repo/team/krmfn.yaml: skipped: krmfn config\n" in finished.stderr
    assert krmfn("fix", "c.yaml").returncode == 0
    assert (folder / "c.yaml").read_bytes() == POD + b"    imagePullPolicy: IfNotPresent\n"


def test_config_given_takes_the_place_of_those_found_and_flags_are_added(krmfn: Fix, folder: Path) -> None:
    put(folder, **{"a/a.yaml": POD, "a/krmfn.yaml": CONFIG, "b.yaml": CONFIG.replace(b"Never", b"IfNotPresent")})
    assert krmfn("fix", "--config", "b.yaml", "--secret", "regcred", "a").returncode == 0
    text = (folder / "a" / "a.yaml").read_text()
    assert "imagePullPolicy: IfNotPresent" in text
    assert "regcred" in text


def test_config_may_be_named_yml(krmfn: Fix, folder: Path) -> None:
    put(folder, **{"a.yaml": POD, "b/b.yaml": POD, "b/krmfn.yml": CONFIG, "krmfn.yml/c.yaml": POD})
    finished = krmfn("fix", "-v", ".")
    assert finished.returncode == 0
    assert (folder / "a.yaml").read_bytes() == (folder / "krmfn.yml/c.yaml").read_bytes() == POD_DONE
    assert (folder / "b/b.yaml").read_bytes() == POD + b"    imagePullPolicy: Never\n"
    assert f"settings: {(folder / 'b/krmfn.yml').resolve()}\n" in finished.stderr


def test_two_configs_in_a_folder_are_an_error(krmfn: Fix, folder: Path) -> None:
    put(folder, **{"a.yaml": POD, "krmfn.yml": CONFIG, "krmfn.yaml": CONFIG})
    finished = krmfn("fix", ".")
    assert (finished.returncode, (folder / "a.yaml").read_bytes()) == (1, POD)
    said = f"error: {folder.resolve()} has both krmfn.yaml and krmfn.yml: remove one of them\n"
    assert finished.stderr == said


def test_a_wrong_config_is_an_error_before_anything_is_written(krmfn: Fix, folder: Path) -> None:
    put(folder, **{"a.yaml": POD, "z/b.yaml": POD, "z/krmfn.yaml": CONFIG.replace(b"policy:", b"polcy:")})
    finished = krmfn("fix", ".")
    assert finished.returncode == 1
    assert "z/krmfn.yaml:4:21: " in finished.stderr
    assert "polcy" in finished.stderr
    assert (folder / "a.yaml").read_bytes() == POD


def test_what_krmfn_is_told_is_no_manifest(krmfn: Fix, folder: Path) -> None:
    put(folder, **{"pull.yaml": CONFIG})
    assert summary(krmfn("fix", ".")) == "0 files changed, 0 looked at, 1 skipped (1 krmfn config)"


@pytest.mark.parametrize("command", ["fix", "diff", "check", "explain"])
def test_nothing_selected_is_a_warning(krmfn: Fix, folder: Path, command: str) -> None:
    put(folder, **{".hidden/a.yaml": POD_DONE, "notes/a.txt": POD})
    finished = krmfn(command, "notes", ".")
    assert finished.returncode == 0
    assert "warning: no file is selected in notes, .: krmfn reads *.yaml, " in finished.stderr
    assert "no file is selected" not in krmfn(command, "notes", ".hidden/a.yaml").stderr


# On a terminal


def test_a_bar_shows_on_a_terminal_when_it_takes_long(workplace: hosts.Workplace, folder: Path) -> None:
    for i in range(1500):
        put(folder, **{f"many/{i}.yaml": POD})
    code, shown = workplace.on_a_terminal(workplace.krmfn, "fix", "--jobs", "1", "many")
    assert code == 0
    assert re.search(rb"\d+%.*\d+/1500 ", shown)
    assert shown.rstrip().endswith(b"1500 files changed, 1500 looked at")


def test_no_bar_shows_when_it_is_quick(workplace: hosts.Workplace, folder: Path) -> None:
    put(folder, **{"a.yaml": POD})
    assert workplace.on_a_terminal(workplace.krmfn, "fix", "a.yaml") == (0, b"1 file changed, 1 looked at\r\n")


# Large files


def test_a_large_file_is_treated_in_slices_as_if_it_were_in_one(krmfn: Fix, folder: Path) -> None:
    filler = b"apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata:\n" + b"  key: some words of text\n" * 40_000
    account = b"apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: late}\nimagePullSecrets: [{name: of-it}]\n"
    pod = POD + b"  serviceAccountName: late\n"
    documents = [b"\xef\xbb\xbf" + pod, *([filler, pod, b"a: b\n"] * 11), account]
    put(folder, **{"a.yaml": b"---\n".join(documents)})
    assert (folder / "a.yaml").stat().st_size > 10_000_000
    finished = krmfn("fix", "--secret", "regcred", "a.yaml")
    assert summary(finished).endswith("11 documents skipped (11 without apiVersion and kind)")
    expected = pod.replace(b"nginx\n", b"nginx\n    imagePullPolicy: Always\n").replace(
        b"  containers:", b"  imagePullSecrets:\n  - name: of-it\n  - name: regcred\n  containers:"
    )
    assert (folder / "a.yaml").read_bytes() == b"---\n".join(documents).replace(pod, expected)


def test_an_error_in_a_large_file_is_told_with_its_line(krmfn: Fix, folder: Path) -> None:
    filler = b"apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata:\n" + b"  key: some words of text\n" * 40_000
    data = b"---\n".join([POD, *[filler] * 12, MISSPELT, *[filler] * 4])
    put(folder, **{"a.yaml": data})
    finished = krmfn("fix", "a.yaml")
    line = data[: data.index(b"Alwys")].count(b"\n") + 1
    assert finished.stderr.startswith(f"a.yaml:{line}:22: error: Pod a: spec.containers[0].imagePullPolicy: ")
    assert (folder / "a.yaml").read_bytes() == data
