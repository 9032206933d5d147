"""What the author of a pull request controls: no file makes krmfn hang, read outside of the tree, or grow.

Each run is a process of its own with a watchdog: what hangs fails.
"""

import os
import stat
import subprocess
from collections.abc import Callable
from pathlib import Path

import hosts
import pytest

from krmfn.errors import InputError
from krmfn.krm import opening

POD = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: a\nspec:\n  containers:\n  - name: a\n    image: nginx\n"
DEFINITION = "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: a}\n"
HUGE = 1 << 36
WATCHDOG = 120

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def workplace(tmp_path: Path) -> hosts.Workplace:
    workplace = hosts.Workplace(tmp_path)
    workplace.write({".git/HEAD": "", "web.yaml": POD})
    (tmp_path / "outside.yaml").write_text("apiVersion: v1\nkind: Secret\nmetadata: {name: hunter2}\n")
    return workplace


@pytest.fixture
def krmfn(workplace: hosts.Workplace) -> Run:
    def run(*arguments: str, files: tuple[int, ...] = ()) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [workplace.krmfn, *arguments],
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            cwd=workplace.folder,
            env=workplace.environment,
            pass_fds=files,
            timeout=WATCHDOG,
            check=False,
        )
        assert "Traceback" not in done.stderr
        assert "hunter2" not in done.stdout + done.stderr
        return done

    return run


def _sparse(path: Path) -> None:
    path.touch()
    os.truncate(path, HUGE)


def _outside(path: Path) -> None:
    path.symlink_to(next(file for above in path.parents if (file := above / "outside.yaml").exists()))


HAZARDS: dict[str, tuple[Callable[[Path], object], str]] = {
    "pipe": (os.mkfifo, "is a named pipe"),
    "socket": (lambda path: os.mknod(path, stat.S_IFSOCK | 0o600), "is a socket"),
    "zero": (lambda path: path.symlink_to("/dev/zero"), "leads to /dev/zero, outside of"),
    "proc": (lambda path: path.symlink_to("/proc/self/environ"), "outside of"),
    "outside": (_outside, "outside.yaml, outside of"),
    "huge": (_sparse, "is larger than"),
}
hazards = pytest.mark.parametrize("hazard", HAZARDS)
# A file that krmfn opens by itself, with what makes it do so.
PLACES: dict[str, dict[str, str]] = {
    ".gitignore": {},
    ".krmignore": {},
    "krmfn.yaml": {},
    "kustomization.yaml": {},
    "transformer.yaml": {"kustomization.yaml": "resources: [web.yaml]\ntransformers: [transformer.yaml]\n"},
}


@hazards
@pytest.mark.parametrize("place", PLACES)
def test_a_file_that_krmfn_opens_by_itself_is_refused_by_name(
    workplace: hosts.Workplace, krmfn: Run, place: str, hazard: str
) -> None:
    make, reason = HAZARDS[hazard]
    workplace.write(PLACES[place])
    make(workplace.folder / place)
    done = krmfn("fix", ".")
    assert f"{place}: " in done.stderr
    assert reason in done.stderr
    # What is only read to learn from it is a warning, and no error of the files that it says something of.
    is_needed = place in (".gitignore", ".krmignore", "krmfn.yaml")
    # A regular file is one of the run too, and fails at its own turn.
    assert done.returncode == int(is_needed or hazard == "huge")
    # Nor is it known which images a kustomization replaces that cannot be read.
    is_open = is_needed or place in ("kustomization.yaml", "transformer.yaml")
    assert ((workplace.folder / "web.yaml").read_text() == POD) == is_open


@pytest.mark.parametrize("place", [place for place in PLACES if place != "transformer.yaml"])
def test_a_link_that_stays_in_the_repository_is_followed(workplace: hosts.Workplace, krmfn: Run, place: str) -> None:
    workplace.write({"shared/text": "# nothing\n", "app/web.yaml": POD})
    if place == "krmfn.yaml":
        workplace.write({"shared/text": "apiVersion: krmfn.dev/v1alpha1\nkind: ImagePull\nmetadata: {name: a}\n"})
    (workplace.folder / "app" / place).symlink_to("../shared/text")
    assert krmfn("fix", "app").returncode == 0
    assert (workplace.folder / "app" / "web.yaml").read_text() != POD


@hazards
@pytest.mark.parametrize("place", [".git", ".git/info/exclude", ".git/commondir"])
def test_files_of_git_are_bounded_too(workplace: hosts.Workplace, krmfn: Run, place: str, hazard: str) -> None:
    (workplace.folder / ".git" / "HEAD").unlink()
    (workplace.folder / ".git").rmdir()
    (workplace.folder / place).parent.mkdir(parents=True, exist_ok=True)
    HAZARDS[hazard][0](workplace.folder / place)
    done = krmfn("fix", ".")
    # Git's own files may stand anywhere. One that cannot be read is a repository that Git cannot read either.
    assert (done.returncode == 0) is (hazard == "outside" or not place.endswith("exclude"))


@hazards
def test_an_index_of_git_that_cannot_be_read_is_none(workplace: hosts.Workplace, krmfn: Run, hazard: str) -> None:
    workplace.write({".gitignore": "ignored.yaml\n", "ignored.yaml": POD})
    HAZARDS[hazard][0](workplace.folder / ".git" / "index")
    assert krmfn("fix", ".").returncode == 0
    assert (workplace.folder / "web.yaml").read_text() != POD
    assert (workplace.folder / "ignored.yaml").read_text() == POD


def test_a_pointer_of_git_to_proc_reads_nothing_there(workplace: hosts.Workplace, krmfn: Run) -> None:
    (workplace.folder / ".git" / "HEAD").unlink()
    (workplace.folder / ".git").rmdir()
    workplace.write({".git": "gitdir: /proc/self\n"})
    assert krmfn("fix", ".").returncode == 0


@hazards
def test_what_lies_among_manifests_hangs_no_command(workplace: hosts.Workplace, krmfn: Run, hazard: str) -> None:
    HAZARDS[hazard][0](workplace.folder / "b.yaml")
    workplace.write({"config.json": '{"auths": {"docker.io": {"auth": "YTpi"}}}'})
    for command in ("check", "diff", "explain", "secret", "fix"):
        arguments = ["secret", "--from", "config.json", "--for", "."] if command == "secret" else [command, "."]
        done = krmfn(*arguments)
        if hazard == "huge":
            assert done.returncode == 1
            assert "b.yaml: " in done.stdout + done.stderr
            assert "is larger than 256 MiB" in done.stdout + done.stderr
        elif command != "check":
            assert done.returncode == 0
    assert "imagePullPolicy" in (workplace.folder / "web.yaml").read_text()


def test_a_sibling_that_is_too_large_to_learn_from_is_one_warning(workplace: hosts.Workplace, krmfn: Run) -> None:
    _sparse(workplace.folder / "b.yaml")
    done = krmfn("fix", "web.yaml")
    assert done.returncode == 0
    assert done.stderr.count("b.yaml: warning: is larger than 256 MiB") == 1
    assert "imagePullPolicy" in (workplace.folder / "web.yaml").read_text()


@hazards
def test_a_folder_of_definitions_is_no_way_in(workplace: hosts.Workplace, krmfn: Run, hazard: str) -> None:
    make, reason = HAZARDS[hazard]
    workplace.write({"crds/a.yaml": DEFINITION})
    make(workplace.folder / "crds" / "b.yaml")
    done = krmfn("check", "--crds", "crds", ".")
    assert done.returncode == 1
    assert done.stderr.startswith("error: crds/b.yaml: ")
    if hazard != "huge":
        assert reason in done.stderr


def test_a_folder_of_definitions_may_be_a_link_and_have_links_inside(workplace: hosts.Workplace, krmfn: Run) -> None:
    workplace.write({"definitions/a.txt": DEFINITION})
    (workplace.folder / "definitions" / "a.yaml").symlink_to("a.txt")
    (workplace.folder / "definitions" / "again").symlink_to(".")
    (workplace.folder / "crds").symlink_to("definitions")
    assert krmfn("fix", "--crds", "crds", "web.yaml").returncode == 0


def test_a_config_that_the_user_names_may_be_a_pipe(workplace: hosts.Workplace, krmfn: Run) -> None:
    reader, writer = os.pipe()
    os.write(writer, b"apiVersion: v1\nkind: ConfigMap\ndata: {imagePullSecrets: regcred}\n")
    os.close(writer)
    try:
        assert krmfn("fix", "--config", f"/dev/fd/{reader}", "web.yaml", files=(reader,)).returncode == 0
    finally:
        os.close(reader)
    assert "regcred" in (workplace.folder / "web.yaml").read_text()


# `krmfn cmp generate` on a folder


@hazards
def test_the_folder_of_a_plugin_is_no_way_out(workplace: hosts.Workplace, krmfn: Run, hazard: str) -> None:
    make, reason = HAZARDS[hazard]
    make(workplace.folder / "b.yaml")
    done = krmfn("cmp", "generate")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("error: b.yaml: ")
    assert reason in done.stderr
    assert krmfn("cmp", "discover").stdout == "web.yaml\n"


def test_links_of_a_plugins_folder_that_lead_round_in_circles_are_named(workplace: hosts.Workplace, krmfn: Run) -> None:
    workplace.write({"sub/c.txt": POD.replace("name: a", "name: c", 1)})
    (workplace.folder / "sub" / "loop").symlink_to("..")
    (workplace.folder / "sub" / "c.yaml").symlink_to("c.txt")
    done = krmfn("cmp", "generate")
    assert done.returncode == 0
    assert done.stdout.count("name: c") == 1
    assert done.stderr == "info: the folder: sub/loop is skipped: it is a link to a folder\n"
    (workplace.folder / "d.yaml").symlink_to("d.yaml")
    assert krmfn("cmp", "generate").stderr.startswith("error: d.yaml: cannot be read: ")


# The one way to open such files


def test_a_device_is_never_read() -> None:
    with pytest.raises(InputError, match="is a device"):
        opening.read_inside(Path("/"), Path("/dev/zero"), 10)


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="there is no /proc here")
def test_nothing_of_proc_is_read_although_it_seems_regular() -> None:
    with pytest.raises(InputError, match=r"is in /proc, and krmfn does not read files there"):
        opening.read_inside(Path("/"), Path("/proc/self/environ"), 1 << 20)


def test_a_file_that_another_takes_the_place_of_while_it_is_opened_is_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, other = tmp_path / "a", tmp_path / "b"
    file.write_text("a")
    other.write_text("b")
    real = os.open

    def slow(path: str | Path, flags: int) -> int:
        other.replace(file)
        return real(path, flags)

    monkeypatch.setattr(os, "open", slow)
    with pytest.raises(InputError, match="was replaced while krmfn opened it"):
        opening.open_regular(file)


@pytest.mark.parametrize("trap", ["pipe", "outside"])
def test_a_pipe_or_link_that_takes_its_place_is_not_opened_for_good(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, trap: str
) -> None:
    file = tmp_path / "a"
    file.write_text("a")
    (tmp_path / "b").write_text("b")
    real = os.open

    def slow(path: str | Path, flags: int) -> int:
        file.unlink()
        file.symlink_to("b") if trap == "outside" else HAZARDS[trap][0](file)
        assert flags & os.O_NONBLOCK
        return real(path, flags)

    monkeypatch.setattr(os, "open", slow)
    # The link is not followed, the pipe does not block.
    with pytest.raises(InputError if trap == "pipe" else OSError):
        opening.open_regular(file)


def test_what_is_no_regular_file_is_not_even_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    os.mkfifo(tmp_path / "a")
    monkeypatch.setattr(os, "open", pytest.fail)
    with pytest.raises(InputError, match="is a named pipe"):
        opening.open_regular(tmp_path / "a")


def test_a_file_has_its_limit(tmp_path: Path) -> None:
    file = tmp_path / "a"
    file.write_bytes(b"12345")
    assert opening.read_inside(tmp_path, file, 5) == b"12345"
    with pytest.raises(InputError, match="is larger than"):
        opening.read_inside(tmp_path, file, 4)


def test_what_grows_while_it_is_read_is_bounded() -> None:
    reader, writer = os.pipe()  # it has no size beforehand
    os.write(writer, b"12345")
    os.close(writer)
    with os.fdopen(reader, "rb") as stream, pytest.raises(InputError, match="is larger than"):
        opening.read_all(stream, 4)


# What its author writes into patterns and manifests


def test_patterns_full_of_stars_are_matched_at_once(workplace: hosts.Workplace, krmfn: Run) -> None:
    # With backtracking each of these would take longer than the universe has been there.
    stars = "*a" * 40 + "*b"
    image = "reg.io/" + "a/" * 90 + "a"
    config = {
        "include": f"[{{name: '{stars}'}}, {{name: 'a*'}}]",
        "pullSecrets": f"[{{name: s, images: ['reg.io/{'**/' * 40}z', 'reg.io/{'**a' * 40}**b']}}]",
        "serviceAccounts": f"{{names: ['{stars}']}}",
    }
    spec = "".join(f"  {key}: {value}\n" for key, value in config.items())
    name = "a" * 200
    auths = '{"auths": {"' + stars + '.io": {"auth": "YTpi"}}}'
    secret = (
        "---\napiVersion: v1\nkind: Secret\nmetadata: {name: s}\ntype: kubernetes.io/dockerconfigjson\n"
        f"stringData:\n  .dockerconfigjson: '{auths}'\n"
    )
    workplace.write(
        {
            ".gitignore": f"{stars}\n/{'**/a*a*' * 30}/b\n{'[a-z]*' * 30}1\n",
            ".krmignore": f"{stars}.yaml\n",
            f"{name}.yaml": POD.replace("name: a\nspec", f"name: {name}\nspec").replace("nginx", image)
            + POD.replace("apiVersion", "---\napiVersion").replace("nginx", f"{'a' * 60}.io/app")
            + secret,
            "krmfn.yaml": f"apiVersion: krmfn.dev/v1alpha1\nkind: ImagePull\nmetadata: {{name: a}}\nspec:\n{spec}",
        }
    )
    assert krmfn("fix", ".").returncode == 0
    assert "imagePullPolicy" in (workplace.folder / f"{name}.yaml").read_text()


LINES = 2_000_000


def test_blank_lines_without_end_are_told_in_one_go(workplace: hosts.Workplace, krmfn: Run) -> None:
    deployment = POD.replace("v1\nkind: Pod", "apps/v1\nkind: Deployment").replace(
        "spec:\n", "spec:\n  selector: {}\n  template: {spec: {containers: [{name: a, image: nginx}]}}\n  x:\n", 1
    )
    workplace.write({"web.yaml": deployment + "\n" * LINES + "# $\n"})
    assert krmfn("fix", ".").returncode == 0


def test_blanks_without_end_behind_an_annotation_are_gone_through_once(workplace: hosts.Workplace, krmfn: Run) -> None:
    annotations = f"{{a: b, config.kubernetes.io/path: a{' ' * LINES}}}"
    marked = POD.replace("name: a\n", f"name: a\n  annotations: {annotations}\n", 1)
    workplace.write({"web.yaml": marked})
    done = krmfn("cmp", "generate")
    assert done.returncode == 0
    assert "config.kubernetes.io" not in done.stdout
