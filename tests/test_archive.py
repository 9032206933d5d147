"""The archive in one file: that it runs with Python and nothing else, wherever it may or may not write."""

import ast
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from zipfile import ZipFile

import checkouts
import helm
import hosts
import pytest

import krmfn

sys.path.insert(0, str(hosts.REPOSITORY / "tools"))

import archive as maker

# Of the Python below the tests' own environment: nothing but its library.
PYTHON = Path(sys.base_prefix, "bin", f"python3.{sys.version_info.minor}")
POD = "apiVersion: v1\nkind: Pod\nspec: {containers: [{name: a, image: nginx}]}\n"
PULLED = POD.replace("nginx", "nginx, imagePullPolicy: Always")

pytestmark = pytest.mark.skipif(not PYTHON.exists(), reason=f"{PYTHON} is not there")


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("archive") / "krmfn.pyz"
    built = checkouts.HERE.run("archive.py", "--here", "--output", path)
    assert "_pydantic_core." in built
    return path


class Machine:
    """A folder with Python, and nothing else in its environment but what a test puts there."""

    def __init__(self, folder: Path) -> None:
        self.home, self.temporary = folder / "home", folder / "tmp"
        self.bin = folder / "bin"
        for path in (self.home, self.temporary, self.bin):
            path.mkdir()
        (self.bin / "python3").symlink_to(PYTHON)

    def run(
        self, *command: str | Path, stdin: str = POD, **environment: str | Path
    ) -> subprocess.CompletedProcess[str]:
        variables = {"PATH": f"{self.bin}:/usr/bin:/bin", "HOME": self.home, "TMPDIR": self.temporary, **environment}
        return subprocess.run(
            command, input=stdin, env=variables, cwd=self.bin, capture_output=True, encoding="utf-8", check=False
        )


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


def test_it_treats_an_example_as_the_installed_krmfn_does(archive: Path, machine: Machine) -> None:
    example = hosts.REPOSITORY / "examples" / "pipe"
    text = (example / "rendered.yaml").read_text()
    for _ in range(2):
        done = machine.run(archive, "--config", example / "image-pull.yaml", stdin=text)
        assert (done.returncode, done.stdout) == (0, (example / ".expected" / "output.yaml").read_text()), done.stderr
    assert len(names(machine.home / ".cache" / "krmfn")) == 1
    assert names(machine.temporary) == []


def test_it_runs_what_it_carries_with_the_parser_in_c(archive: Path, machine: Machine) -> None:
    machine.run(archive).check_returncode()
    (folder,) = (machine.home / ".cache" / "krmfn").iterdir()
    code = "import krmfn.splice.parsing as p, sys; print(p.__file__, p.CParser is not None)"
    done = machine.run(machine.bin / "python3", "-c", code, PYTHONPATH=folder)
    assert done.stdout == f"{folder}/krmfn/splice/parsing.py True\n", done.stderr


def test_it_says_what_it_is(archive: Path, machine: Machine) -> None:
    said = f"krmfn {version('krmfn')} (commit {checkouts.COMMIT[:8]}, %s)\n"
    assert machine.run(archive, "--version").stdout == said % "one-file archive"
    (machine.home / "plugin").mkdir()
    for path in (archive, hosts.REPOSITORY / "plugin.yaml"):
        shutil.copy(path, machine.home / "plugin")
    assert machine.run(machine.home / "plugin" / archive.name, "--version").stdout == said % "Helm plugin"


@pytest.mark.parametrize("variable", ["KRMFN_CACHE", "XDG_CACHE_HOME"])
def test_variables_name_the_folder(archive: Path, machine: Machine, tmp_path: Path, variable: str) -> None:
    cache = tmp_path / "a" / "b"
    done = machine.run(archive, **{variable: str(cache)})
    assert (done.returncode, done.stdout) == (0, PULLED), done.stderr
    assert len(names(cache)) == 1
    assert names(machine.home) == names(machine.temporary) == []


def test_without_a_home_it_unpacks_into_a_temporary_folder_of_its_own(archive: Path, machine: Machine) -> None:
    home = machine.home / "nonexistent"
    for _ in range(2):
        done = machine.run(archive, HOME=home)
        assert (done.returncode, done.stdout) == (0, PULLED), done.stderr
    assert not home.exists()
    (folder,) = machine.temporary.iterdir()
    assert folder.stat().st_mode & 0o777 == 0o700


def test_temporary_folder_that_others_can_write_is_not_trusted(archive: Path, machine: Machine) -> None:
    (machine.temporary / f"krmfn-{os.getuid()}").mkdir()
    (machine.temporary / f"krmfn-{os.getuid()}").chmod(0o777)
    done = machine.run(archive, HOME="/nonexistent")
    assert (done.returncode, done.stdout) == (1, "")
    assert f"krmfn-{os.getuid()}: other users can write to it" in done.stderr
    assert "KRMFN_CACHE" in done.stderr


def test_nobody_else_can_write_to_the_code_whatever_the_umask(archive: Path, machine: Machine) -> None:
    for named in ({}, {"KRMFN_CACHE": machine.home / "named" / "cache"}, {"HOME": "/nonexistent"}):
        for _ in range(2):  # the second start finds the bytecode that the first one has left
            done = machine.run("sh", "-c", 'umask 000; exec "$0"', archive, **named)
            assert (done.returncode, done.stdout) == (0, PULLED), done.stderr
    caches = [machine.home / ".cache" / "krmfn", machine.home / "named" / "cache", *machine.temporary.iterdir()]
    assert len(caches) == 3
    for cache in caches:
        (code,) = cache.iterdir()
        assert (cache.stat().st_mode & 0o777, code.stat().st_mode & 0o777) == (0o700, 0o700)


def test_folder_filled_for_others_is_read_by_them(archive: Path, machine: Machine) -> None:
    cache = machine.home / "cache"
    machine.run("sh", "-c", 'umask 022; exec "$0"', archive, KRMFN_CACHE=cache).check_returncode()
    (code,) = cache.iterdir()
    assert (cache.stat().st_mode & 0o777, code.stat().st_mode & 0o777) == (0o755, 0o755)


def opened(code: Path) -> Path:
    """The same folder, which others may enter now."""
    code.chmod(0o755)
    return code


def loosened(path: Path) -> Path:
    path.chmod(path.stat().st_mode | 0o022)
    return path


LOOSE: dict[str, Callable[[Path], Path]] = {
    "cache": lambda code: loosened(code.parent),
    "folder above": lambda code: loosened(code.parent.parent),
    "code": loosened,
    "folder in it": lambda code: loosened(opened(code) / "krmfn"),
    "module": lambda code: loosened(opened(code) / "krmfn" / "cli.py"),
    "bytecode": lambda code: loosened(next((opened(code) / "krmfn" / "__pycache__").iterdir())),
}


@pytest.mark.parametrize("what", LOOSE)
def test_code_that_others_can_write_is_not_run(archive: Path, machine: Machine, what: str) -> None:
    cache = machine.home / "above" / "cache"
    machine.run(archive, KRMFN_CACHE=cache).check_returncode()
    (code,) = cache.iterdir()
    place = LOOSE[what](code)
    done = machine.run(archive, KRMFN_CACHE=cache)
    assert (done.returncode, done.stdout) == (1, "")
    assert f"({place}: other users can write to it); name a writable folder of your own" in done.stderr
    place.chmod(place.stat().st_mode & ~0o022)
    assert machine.run(archive, KRMFN_CACHE=cache).stdout == PULLED


@pytest.mark.skipif(os.getuid() != 0, reason="only root can give files away")
@pytest.mark.parametrize("what", [".", "..", "krmfn", "krmfn/cli.py"])
def test_code_of_another_user_is_not_run(archive: Path, machine: Machine, what: str) -> None:
    cache = machine.home / "cache"
    machine.run(archive, KRMFN_CACHE=cache).check_returncode()
    (code,) = cache.iterdir()
    os.chown(code / what, 12345, -1)
    done = machine.run(archive, KRMFN_CACHE=cache)
    assert (done.returncode, done.stdout) == (1, "")
    assert f"({Path(os.path.normpath(code / what))}: belongs to another user)" in done.stderr


def test_code_planted_in_a_cache_for_all_is_not_run(archive: Path, machine: Machine, tmp_path: Path) -> None:
    machine.run(archive).check_returncode()
    (code,) = (machine.home / ".cache" / "krmfn").iterdir()
    for_all = tmp_path / "for-all"
    planted = for_all / "krmfn" / code.name / "krmfn"
    planted.mkdir(parents=True)
    for_all.chmod(0o777)
    (planted / "__init__.py").touch()
    (planted / "cli.py").write_text("def program():\n    print('planted')\n")
    done = machine.run(archive, XDG_CACHE_HOME=for_all)
    assert (done.returncode, done.stdout) == (0, PULLED), done.stderr
    assert len(names(machine.temporary)) == 1


def test_below_a_sticky_folder_it_unpacks_into_one_of_its_own(archive: Path, machine: Machine, tmp_path: Path) -> None:
    for_all = tmp_path / "for-all"
    for_all.mkdir()
    for_all.chmod(0o1777)
    assert machine.run(archive, XDG_CACHE_HOME=for_all).stdout == PULLED
    assert (names(for_all), names(machine.temporary)) == (["krmfn"], [])
    refused = machine.run(archive, KRMFN_CACHE=for_all)
    assert (refused.returncode, refused.stdout) == (1, "")
    assert f"({for_all}: other users can write to it)" in refused.stderr


def test_cache_may_be_a_link_and_the_code_may_not(archive: Path, machine: Machine, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir(mode=0o700)
    (machine.home / ".cache").symlink_to(tmp_path / "elsewhere")
    assert machine.run(archive).stdout == PULLED
    (code,) = (tmp_path / "elsewhere" / "krmfn").iterdir()
    code.rename(tmp_path / "code")
    code.symlink_to(tmp_path / "code")
    assert machine.run(archive).stdout == PULLED
    assert names(machine.temporary) == [f"krmfn-{os.getuid()}"]
    refused = machine.run(archive, KRMFN_CACHE=code.parent)
    assert f"({code}: is no folder)" in refused.stderr


def test_link_among_those_of_others_is_not_followed(archive: Path, machine: Machine, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir(mode=0o700)
    (machine.temporary / f"krmfn-{os.getuid()}").symlink_to(tmp_path / "mine")
    done = machine.run(archive, HOME="/nonexistent")
    assert (done.returncode, done.stdout) == (1, "")
    assert names(tmp_path / "mine") == []


def test_nowhere_to_write_is_one_line_that_names_the_variable(archive: Path, machine: Machine, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    done = machine.run(archive, KRMFN_CACHE=tmp_path / "file" / "cache")
    assert (done.returncode, done.stdout) == (1, "")
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"krmfn.pyz: error: nowhere to unpack to ({tmp_path}/file/cache: Not a directory)")
    assert line.endswith("name a writable folder of your own in KRMFN_CACHE")


def test_folder_that_lacks_a_module_is_named(archive: Path, machine: Machine, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    machine.run(archive, KRMFN_CACHE=cache).check_returncode()
    (folder,) = cache.iterdir()
    (module,) = folder.glob("krmfn/errors.py")
    module.unlink()
    done = machine.run(archive, KRMFN_CACHE=cache)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(f"krmfn.pyz: error: {folder}: ")
    assert done.stderr.endswith("; remove it, or name another folder in KRMFN_CACHE\n")


@pytest.mark.skipif(os.getuid() == 0, reason="root may write everywhere")
def test_filled_cache_may_be_read_only(archive: Path, machine: Machine, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    machine.run(archive, KRMFN_CACHE=cache).check_returncode()
    cache.chmod(0o555)
    assert machine.run(archive, KRMFN_CACHE=cache).stdout == PULLED


def test_python_it_is_not_made_for_is_named(archive: Path, machine: Machine, tmp_path: Path) -> None:
    other = tmp_path / "other.pyz"
    with ZipFile(archive) as old, ZipFile(other, "w") as new:
        for name in old.namelist():
            new.writestr(name.replace(f"cpython-3{sys.version_info.minor}", "cpython-399"), old.read(name))
    done = machine.run(machine.bin / "python3", other)
    assert (done.returncode, done.stdout) == (1, "")
    assert "this archive is for cpython-399-" in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert names(machine.home / ".cache" / "krmfn") == []


def test_starts_at_the_same_time_leave_one_folder(archive: Path, machine: Machine) -> None:
    environment = {"PATH": f"{machine.bin}:/usr/bin:/bin", "HOME": str(machine.home)}
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    started = [subprocess.Popen([archive], env=environment, text=True, **pipes) for _ in range(4)]  # type: ignore[call-overload]
    assert [process.communicate(POD) for process in started] == [(PULLED, "")] * 4
    assert len(names(machine.home / ".cache" / "krmfn")) == 1


def test_nothing_in_it_tells_when_or_in_what_order_it_was_made(archive: Path) -> None:
    with ZipFile(archive) as file:
        assert {info.date_time for info in file.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        packages = [name for name in file.namelist() if name.startswith("packages/")]
    assert packages == sorted(packages)
    assert "packages/" + str(Path(krmfn.__file__).relative_to(hosts.SOURCES)) in packages


def test_the_same_sources_give_the_same_archive_in_another_place_at_another_time(archive: Path, tmp_path: Path) -> None:
    elsewhere = checkouts.elsewhere(tmp_path)
    again = tmp_path / "again.pyz"
    elsewhere.run("archive.py", "--here", "--output", again)
    assert again.read_bytes() == archive.read_bytes()


def test_python_that_is_too_old_can_read_the_start() -> None:
    source = (hosts.REPOSITORY / "tools" / "archive_start.py").read_text(encoding="utf-8")
    ast.parse(source, feature_version=(3, 6))


def test_wheels_with_modules_of_one_name_do_not_replace_each_other(tmp_path: Path) -> None:
    wheels = [tmp_path / f"{platform}.whl" for platform in ("macosx_x86_64", "macosx_arm64")]
    for wheel in wheels:
        with ZipFile(wheel, "w") as file:
            file.writestr("a/same.py", "")
            file.writestr("a.dist-info/WHEEL", wheel.name)
            file.writestr("a/core.cpython-311-darwin.so", wheel.name)
    assert len(dict(maker.contents(wheels[:1]))) == 3
    with pytest.raises(SystemExit, match=r"macosx_arm64\.whl: a/core\.cpython-311-darwin\.so is in another wheel too"):
        dict(maker.contents(wheels))


def test_helm_4_runs_the_plugin_that_brings_it(archive: Path, tmp_path: Path) -> None:
    workplace = hosts.Workplace(tmp_path)
    environment = helm.as_helm(workplace, helm.HELM_4)
    for folder in ("made", "again"):
        (tmp_path / folder).mkdir()
        checkouts.HERE.run("helm_plugin.py", "--archive", archive, "--output", tmp_path / folder)
    (plugin,), (again,) = ((tmp_path / folder).iterdir() for folder in ("made", "again"))
    assert plugin.read_bytes() == again.read_bytes()
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "python3").symlink_to(PYTHON)
    # No krmfn on PATH, and a name with a blank in it.
    environment["PATH"] = os.pathsep.join([str(tmp_path / "helm4"), str(tmp_path / "bin")])
    environment["HELM_DATA_HOME"] = environment["HELM_PLUGINS"] = str(tmp_path / "a plugin")
    environment["HELM_PLUGINS"] += "/plugins"
    refused = workplace.run("helm", "plugin", "install", plugin, **environment)
    assert "provenance" in refused.stderr
    workplace.run("helm", "plugin", "install", "--verify=false", plugin, **environment).check_returncode()
    shutil.copytree(hosts.REPOSITORY / "examples" / "helm", workplace.folder, dirs_exist_ok=True)
    command = (workplace.folder / ".expected" / "exec.sh").read_text().split()
    done = workplace.run(*command, **environment)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("- name: regcred") == 3
    # What goes wrong before krmfn starts is in the log too.
    file = str(plugin / "cache")
    failed = workplace.run(*command, **environment, KRMFN_LOG="log", KRMFN_CACHE=file)
    assert failed.returncode == 1
    assert workplace.read()["log"].startswith(f"krmfn.pyz: error: nowhere to unpack to ({file}: Not a directory)")


def test_kustomize_runs_it_as_an_exec_function(archive: Path, tmp_path: Path) -> None:
    hosts.require("kustomize")
    workplace = hosts.Workplace(tmp_path)
    example = hosts.REPOSITORY / "examples" / "kustomize-exec"
    shutil.copytree(example, workplace.folder, dirs_exist_ok=True)
    shutil.copy(archive, workplace.folder / "krmfn.pyz")
    config = workplace.folder / "prod" / "image-pull.yaml"
    config.write_text(config.read_text().replace("path: krmfn", "path: ../krmfn.pyz"))
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "python3").symlink_to(PYTHON)
    path = os.pathsep.join([str(tmp_path / "bin"), hosts.SEARCH_PATH])
    done = workplace.run(*(example / ".expected" / "exec.sh").read_text().split(), PATH=path, HOME="/nonexistent")
    assert (done.returncode, done.stdout) == (0, (example / ".expected" / "output.yaml").read_text()), done.stderr
