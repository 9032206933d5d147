"""SECURITY.md, held against every command by what Python's audit events tell of its run; `promises` is the judge."""

import json
import os
import re
import sys
import sysconfig
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import hosts
import promises
import pytest
from promises import Allowed, Verdict

from krmfn.commands import COMMANDS
from krmfn.commands.check.formats import FORMATS
from krmfn.krm import opening
from krmfn.splice import parsing

POD = "apiVersion: v1\nkind: Pod\nmetadata: {name: m4rker}\nspec: {containers: [{name: m4rker, image: m4rker/a}]}\n"
CONFIG = (
    "apiVersion: krmfn.dev/v1alpha1\nkind: ImagePull\nmetadata: {name: m4rker}\nspec: {pullSecrets: [{name: m4rker}]}\n"
)
RESOURCE_LIST = (
    "apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nfunctionConfig: {apiVersion: v1, kind: ConfigMap}\n"
    "items:\n- {apiVersion: v1, kind: Pod, metadata: {name: m4rker}, spec: {containers: [{name: a, image: a}]}}\n"
)
HOSTILE = "apiVersion: v1\nkind: Pod\nmetadata: {name: !!python/object/apply:os.system [m4rker]}\n"
DEFINITION = "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: m4rker}\n"
DOCKER = json.dumps({"auths": {"m4rker.io": {"auth": "YTpi"}}, "credHelpers": {"helped.io": "m4rker"}})
HELPER = '#!/bin/sh\necho \'{"Username": "m4rker", "Secret": "hunter2"}\'\n'
KUSTOMIZE = "#!/bin/sh\ncase $2 in */fails) echo m4rker >&2; exit 1;; esac\ncat web.yaml\n"
SECURITY = (hosts.REPOSITORY / "SECURITY.md").read_text(encoding="utf-8")


BUILD = "check --build"
"""It has a row of its own, since it runs what no other command does."""


class Row(NamedTuple):
    """A run of krmfn, and what SECURITY.md lets it do.

    Attributes:
        command: its command line.
        shows: what its output has when it did its work.
        stdin: its input.
        code: its exit code.
        writes: what it may write, as globs in the current folder.
        reads: what it may read in the home.
        programs: the programs that it may run.
        processes: whether it may start more of itself.
    """

    command: str
    shows: str = ""
    stdin: str = ""
    code: int = 0
    writes: Sequence[str] = ()
    reads: Sequence[str] = ()
    programs: Sequence[str] = ()
    processes: bool = False

    @property
    def name(self) -> str:
        """The command as the table has it, empty for function mode."""
        if self.command.startswith(BUILD):
            return BUILD
        first = self.command.partition(" ")[0]
        return first if first in COMMANDS else ""


FIXED = ("*.yaml", ".krmfn-*", "many/*.yaml", "many/.krmfn-*", ".", "many")
HELPED = ("docker-credential-m4rker",)
DOCKER_CONFIG = (".docker/config.json",)
ROWS = (
    Row("", "imagePullPolicy", POD),
    Row("", "imagePullPolicy", RESOURCE_LIST),
    Row("", "!!python", HOSTILE),
    Row("--version", "krmfn "),
    Row("--secret m4rker --crds crds krmfn.yaml", "imagePullSecrets", POD),
    *(Row(f"check --format {form} .", "m4rker", code=1) for form in FORMATS),
    Row("check", "would change", POD, code=1),
    Row("check --merge report.json", "web.yaml", code=1),
    Row("check --jobs 2 .", "many", code=1, processes=True),
    *(
        Row(f"check --build --format {form} {flag}", "m4rker", code=1, programs=["kustomize"])
        for form in ("human", "sarif")
        for flag in ("", "--jobs 2", "--enable-exec --enable-helm --load-restrictor LoadRestrictionsNone")
    ),
    Row("check --build --output out", code=1, programs=["kustomize"], writes=["out", ".krmfn-*", "."]),
    Row("--stdin-filename web.yaml", "m4rker", POD),
    Row("--allow-empty"),
    Row("check --exclude crds --stdin-filename web.yaml", "web.yaml:", POD, code=1),
    Row("explain --stdin-filename web.yaml", "m4rker", POD),
    Row("cmp generate -- cat web.yaml", "imagePullPolicy", programs=["cat"]),
    Row("cmp generate --crds crds", "imagePullPolicy"),
    Row("cmp parameters", "imagePullSecrets"),
    Row("cmp discover", "a.yaml"),
    *(Row(f"completion {shell}", "krmfn") for shell in ("bash", "zsh", "fish")),
    Row("diff .", "+"),
    Row("diff --jobs 2 .", "+", processes=True),
    *(Row(f"explain --format {form} .", "m4rker") for form in ("table", "json", "csv")),
    Row("explain --html page.html .", writes=["page.html", ".krmfn-*", "."]),
    *(
        Row(
            f"{command} --output out", stdin=POD, code=int(command.startswith("check")), writes=["out", ".krmfn-*", "."]
        )
        for command in ("check .", "check", "diff .", "explain .", "kinds", "schema", "patches -")
    ),
    Row("explain -", "m4rker", POD),
    Row("explain --jobs 2 .", "many", processes=True),
    Row("fix .", writes=FIXED),
    Row("fix --jobs 2 .", writes=FIXED, processes=True),
    Row("init --output new.yaml --secret m4rker", writes=["new.yaml"]),
    Row("init --output - --policy Always", "ImagePull"),
    *(Row(f"kinds --format {form} minio.min.io", "minio") for form in ("table", "json")),
    Row("kinds --format kustomize", "kind"),
    Row("kinds --config krmfn.yaml --crds crds", "minio"),
    *(
        Row(f"new m4rker-{kind} --kind {kind}", writes=[f"m4rker-{kind}", f"m4rker-{kind}/*"])
        for kind in ("transformer", "generator", "validator")
    ),
    Row("patches -", "imagePullPolicy", POD),
    Row("patches crds --crds crds"),
    Row("patches --format flux --secret m4rker built", "m4rker", programs=["kustomize"]),
    Row(
        "patches --enable-exec --enable-helm --load-restrictor LoadRestrictionsNone fails",
        code=1,
        programs=["kustomize"],
    ),
    *(Row(f"schema --format {form}", "ImagePull") for form in ("json", "openapi")),
    Row("secret --registry m4rker.io", "Secret", reads=DOCKER_CONFIG),
    Row("secret --for . --from docker", "Secret"),
    Row("secret --registry helped.io --helpers", "Secret", reads=DOCKER_CONFIG, programs=HELPED),
    Row("secret --registry helped.io", code=1, reads=DOCKER_CONFIG),
)
INSTALLED = Path(sysconfig.get_path("scripts"), "krmfn")
pytestmark = pytest.mark.skipif(
    not INSTALLED.exists(), reason="krmfn is not installed: the program is a script of the tests"
)
each_row = pytest.mark.parametrize("row", ROWS, ids=lambda row: row.command or row.stdin[:20] or "krmfn")


class Recorded(NamedTuple):
    """A finished run, and what it did."""

    finished: hosts.Finished
    verdict: Verdict


@pytest.fixture
def workplace(tmp_path: Path) -> hosts.Workplace:
    workplace = hosts.Workplace(tmp_path)
    workplace.write({"web.yaml": POD, "krmfn.yaml": CONFIG, "crds/a.yaml": DEFINITION, ".git/HEAD": ""})
    workplace.write({".krmignore": "crds\nm4rker\n", ".gitignore": "m4rker\n"})
    workplace.write({"docker": json.dumps({"auths": {"docker.io": {"auth": "YTpi"}}})})
    # Python would prefer these modules to its own if the current folder were on its path.
    workplace.write({"yaml.py": "m4rker = 1\n", "json.py": "m4rker = 1\n", "krmfn.py": "m4rker = 1\n"})
    home = tmp_path / "home"
    (home / ".docker").mkdir()
    (home / ".docker" / "config.json").write_text(DOCKER)
    (tmp_path / "programs").mkdir()
    for name, script in (("docker-credential-m4rker", HELPER), ("kustomize", KUSTOMIZE)):
        program = tmp_path / "programs" / name
        program.write_text(script)
        program.chmod(0o755)
    return workplace


@pytest.fixture(scope="module")
def bytecode(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Where Python keeps the bytecode of these runs, so that only the first one compiles."""
    return os.path.realpath(tmp_path_factory.mktemp("bytecode"))


def run(workplace: hosts.Workplace, *command: str | Path, stdin: str, allowed: Allowed) -> Recorded:
    record = workplace.folder.parent / "record"
    environment = {
        "KRMFN_RECORD": str(record),
        "PYTHONPATH": str(promises.RECORDER),
        "PYTHONPYCACHEPREFIX": allowed.bytecode,
        "PATH": f"{workplace.folder.parent}/programs:{workplace.environment['PATH']}",
    }
    finished = workplace.run(*command, stdin=stdin, **environment)
    return Recorded(finished, promises.judge(record, allowed))


def allowed(row: Row, workplace: hosts.Workplace, bytecode: str) -> Allowed:
    top = os.path.realpath(workplace.folder.parent)
    reads = (f"{top}/work", f"{top}/work/*", *(f"{top}/home/{path}" for path in row.reads))
    if row.programs:
        reads = (*reads, "/proc/*")
    if row.command == "--version":
        reads = (*reads, f"{hosts.REPOSITORY}/.git", "*/.git/*")  # of a worktree it is elsewhere
    writes = [f"{top}/work/{glob}".removesuffix("/.") for glob in row.writes]
    return Allowed(bytecode, reads, writes, row.programs, row.processes)


@each_row
def test_a_command_does_what_security_md_says_and_nothing_else(
    workplace: hosts.Workplace, bytecode: str, row: Row
) -> None:
    if "--jobs" in row.command:
        workplace.write({f"many/{number}.yaml": POD for number in range(101)})  # more than one process takes at a time
    if "--merge" in row.command:
        report = workplace.run(INSTALLED, "check", "--format", "json", "web.yaml").stdout
        workplace.write({"report.json": report})
    if row.name == "patches":
        workplace.write({"built/kustomization.yaml": "resources: []\n", "fails/kustomization.yaml": "m4rker\n"})
    if row.name == BUILD:
        workplace.write({"kustomization.yaml": "resources: [web.yaml]\n", "fails/kustomization.yaml": "m4rker\n"})
    permitted = allowed(row, workplace, bytecode)
    recorded = run(workplace, INSTALLED, *row.command.split(), stdin=row.stdin, allowed=permitted)
    assert recorded.verdict.breaches == []
    assert recorded.finished.returncode == row.code, recorded.finished.stderr
    assert row.shows in recorded.finished.stdout
    # It did what it may: otherwise the run would show nothing.
    assert recorded.verdict.wrote == bool(row.writes)
    assert row.processes or recorded.verdict.started == set(row.programs)
    assert (recorded.verdict.processes > 1) == row.processes


def test_messages_go_to_the_file_that_the_variable_names_and_to_no_other(
    workplace: hosts.Workplace, bytecode: str
) -> None:
    row = Row("--secret m4rker", stdin=POD, writes=["log"])
    workplace.environment["KRMFN_LOG"] = "log"
    recorded = run(workplace, INSTALLED, *row.command.split(), stdin=POD, allowed=allowed(row, workplace, bytecode))
    assert recorded.verdict.breaches == []
    assert recorded.verdict.wrote
    assert (workplace.folder / "log").read_text() == recorded.finished.stderr
    assert recorded.finished.stderr


def test_each_command_has_a_row() -> None:
    assert {row.name for row in ROWS} == {"", BUILD, *COMMANDS}


def table() -> Mapping[str, tuple[str, str]]:
    """What SECURITY.md says that each command writes and runs, besides stdout."""
    rows = re.findall(r"^\| `krmfn ?([\w -]*)`.*? \| (.*) \| (.*) \|$", SECURITY, re.MULTILINE)
    return {name: (writes, runs) for name, writes, runs in rows}


def test_security_md_tells_of_each_command_what_its_rows_allow() -> None:
    assert list(table()) == sorted(["", BUILD, *COMMANDS])
    for name, (writes, runs) in table().items():
        rows = [row for row in ROWS if row.name == name]
        assert (writes != "stdout") == any(row.writes for row in rows), name
        assert (runs == "itself") == any(row.processes for row in rows), name
        assert (runs not in ("itself", "nothing")) == any(row.programs for row in rows), name


def test_the_bounds_in_security_md_are_those_of_the_code() -> None:
    text = " ".join(SECURITY.split())
    for size, what in (
        (opening.MANIFESTS, "A file with manifests may have {} MiB"),
        (opening.KUSTOMIZATION, "a kustomization {} MiB"),
        (opening.CONFIG, "a `krmfn.yaml` or an ignore file {} MiB"),
        (opening.PATTERNS, "or an ignore file {} MiB"),
    ):
        assert what.format(size >> 20) in text
    assert f"may nest up to {parsing.MAX_DEPTH} levels" in text
    assert f"may expand to {parsing.MAX_NODES:,} nodes" in text


# The judge

DRIVER = """\
import sys
from krmfn.krm import streams
real = streams.write
def write(output):
    {act}
    return real(output)
streams.write = write
from krmfn.cli import main
sys.exit(main())
"""
ACTS = (
    ("network", "import socket; socket.socket()"),
    ("network", "import socket; socket.getaddrinfo('localhost', 1)"),
    ("programs", "import subprocess; subprocess.run(['true'])"),
    ("programs", "import os; os.system('true')"),
    ("programs", "import os; os.posix_spawn('/bin/true', ['true'], {})"),
    ("programs", "import os; os.fork() or os._exit(0)"),
    ("programs", "import os; os.path.exists('x') or os.execv('/bin/cat', ['cat', '/dev/null'])"),
    ("programs", "import multiprocessing.util as u; u.spawnv_passfds(b'/bin/true', ['true'], [])"),
    ("programs", "import subprocess; subprocess.run([sys.executable, '-c', '1'])"),
    ("writes", "open('stolen', 'w')"),
    ("writes", "import os; os.open('stolen', os.O_CREAT | os.O_WRONLY)"),
    ("writes", "import os; os.mkdir('stolen')"),
    ("writes", "import os; os.rename('web.yaml', 'stolen')"),
    ("writes", "import os; os.remove('web.yaml')"),
    ("writes", "import os; os.symlink('web.yaml', 'stolen')"),
    ("writes", "import os; os.chmod('web.yaml', 0)"),
    ("writes", "import tempfile; tempfile.mkstemp()"),
    ("reads", "import os; open(os.path.expanduser('~/.docker/config.json'))"),
    ("reads", "open('/etc/passwd')"),
    ("code", "exec('1')"),
    ("code", "compile('1', 'input', 'exec')"),
    ("code", "sys.path.insert(0, ''); import krmfn, importlib; importlib.import_module('planted')"),
    ("code", "import collections; collections.namedtuple('m4rker', 'a')"),
    ("code", "import types; types.FunctionType(write.__code__.replace(co_name='other'), globals())"),
    ("pickles", r"import pickle; pickle.loads(b'cos\nsystem\n.')"),
    ("libraries", "import ctypes; ctypes.CDLL('libc.so.6')"),
    ("libraries", "import marshal; marshal.loads(marshal.dumps(1))"),
)


def drive(workplace: hosts.Workplace, bytecode: str, act: str) -> Recorded:
    """Run krmfn in function mode, which does something else before it writes its output."""
    scripts = workplace.folder.parent / "scripts"
    scripts.mkdir()
    (scripts / "driver.py").write_text(DRIVER.format(act=act))
    workplace.write({"planted.py": "a = 1\n"})
    permitted = allowed(Row(""), workplace, bytecode)._replace(scripts=[str(scripts)])
    return run(workplace, sys.executable, scripts / "driver.py", stdin=POD, allowed=permitted)


def test_the_driver_alone_breaks_nothing(workplace: hosts.Workplace, bytecode: str) -> None:
    recorded = drive(workplace, bytecode, "pass")
    assert recorded.verdict.breaches == []
    assert "imagePullPolicy" in recorded.finished.stdout


@pytest.mark.parametrize(("guard", "act"), ACTS, ids=[f"{guard}: {act}" for guard, act in ACTS])
def test_what_is_forbidden_is_noticed(workplace: hosts.Workplace, bytecode: str, guard: str, act: str) -> None:
    breaches = drive(workplace, bytecode, act).verdict.breaches
    assert [breach for breach in breaches if breach.startswith(f"{guard}: ")], breaches


def test_each_guard_is_tried() -> None:
    assert {guard for guard, _ in ACTS} == set(promises.GUARDS)
