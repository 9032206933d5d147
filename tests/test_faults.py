"""krmfn ended in the middle, alone and under hosts: nobody may take a part of an output for the whole of it.

Output that cannot be written at all, and what comes of the commands that krmfn runs, stand in `test_cli.py` and
`test_cmp.py`.
"""

import subprocess
from pathlib import Path

import hosts
import pytest

POD = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: a # first\nspec:\n  containers:\n  - name: a\n    image: nginx\n"
# More than a pipe holds, so that krmfn has begun to read or write and cannot have ended.
LONG = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: long\ndata:\n  text: {}\n".format("x" * 300_000)
CONFIG = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: config}\ndata: {imagePullPolicy: Defaulted}\n"
FUNCTION = """
apiVersion: krmfn.dev/v1alpha1
kind: ImagePull
metadata: {name: image-pull, annotations: {config.kubernetes.io/function: "exec: {path: ./function}"}}
"""
PLUGIN = "apiVersion: krmfn.dev/v1alpha1\nkind: ImagePull\nmetadata: {name: image-pull}\n"
KUSTOMIZATION = "resources: [pod.yaml, long.yaml]\ntransformers: [function.yaml]\n"
KPTFILE = "apiVersion: kpt.dev/v1\nkind: Kptfile\nmetadata: {name: shop}\npipeline: {mutators: [{exec: ./function}]}\n"
READING = """#!/bin/sh
mkfifo "$TMPDIR/in"
krmfn "$@" <"$TMPDIR/in" &
{ cat; kill -%s $!; } >"$TMPDIR/in"
wait $!
"""
WRITING = """#!/bin/sh
mkfifo "$TMPDIR/out"
exec 4<&0
krmfn "$@" <&4 >"$TMPDIR/out" &
exec 3<"$TMPDIR/out"
head -c 1000 <&3
kill -%s $!
wait $!
"""


@pytest.fixture
def workplace(tmp_path: Path) -> hosts.Workplace:
    return hosts.Workplace(tmp_path)


@pytest.fixture(params=[READING, WRITING], ids=["reading", "writing"])
def function(request: pytest.FixtureRequest, workplace: hosts.Workplace, number: int) -> Path:
    """A function that is krmfn, and ends it by a signal while it reads or writes."""
    path = workplace.folder / "function"
    path.write_text(str(request.param) % number)
    path.chmod(0o755)
    return path


killed = pytest.mark.parametrize("number", [15, 9], ids=["SIGTERM", "SIGKILL"])


@killed
def test_krmfn_alone_says_that_it_was_killed(workplace: hosts.Workplace, function: Path, number: int) -> None:
    finished = workplace.run(function, stdin=f"{POD}---\n{LONG}")
    assert finished.returncode == 128 + number
    assert len(finished.stdout) <= 1000


@killed
@pytest.mark.parametrize("program", ["kustomize", "kubectl"])
def test_build_fails_with_the_plugin_and_prints_nothing(
    workplace: hosts.Workplace, function: Path, number: int, program: str
) -> None:
    hosts.require(program)
    plugin = workplace.folder.parent / "plugins" / "krmfn.dev" / "v1alpha1" / "imagepull" / "ImagePull"
    plugin.parent.mkdir(parents=True)
    function.rename(plugin)
    workplace.write({"kustomization.yaml": KUSTOMIZATION, "function.yaml": PLUGIN, "pod.yaml": POD, "long.yaml": LONG})
    build = ["kustomize", "build"] if program == "kustomize" else ["kubectl", "kustomize"]
    finished = workplace.run(*build, "--enable-alpha-plugins", ".", KUSTOMIZE_PLUGIN_HOME=str(plugin.parents[3]))
    assert (finished.returncode, finished.stdout) == (1, "")
    # Where half an object came out, kustomize speaks of that instead.
    assert f"exit status {128 + number}" in finished.stderr or "yaml" in finished.stderr.lower()


@killed
@pytest.mark.usefixtures("function")
def test_build_fails_with_the_function_and_prints_nothing(workplace: hosts.Workplace, number: int) -> None:
    hosts.require("kustomize")
    workplace.write(
        {"kustomization.yaml": KUSTOMIZATION, "function.yaml": FUNCTION, "pod.yaml": POD, "long.yaml": LONG}
    )
    finished = workplace.run("kustomize", "build", "--enable-alpha-plugins", "--enable-exec", ".")
    assert (finished.returncode, finished.stdout) == (1, "")
    # Where half an object came out, kustomize speaks of that instead.
    assert f"exit status {128 + number}" in finished.stderr or "yaml" in finished.stderr.lower()


@killed
@pytest.mark.usefixtures("function")
@pytest.mark.parametrize("command", ["fn render --allow-exec", "fn eval --exec ./function"], ids=["render", "eval"])
def test_package_of_kpt_stays_as_it_was(workplace: hosts.Workplace, number: int, command: str) -> None:
    hosts.require("kpt")
    workplace.write({"Kptfile": KPTFILE, "pod.yaml": POD, "long.yaml": LONG})
    workplace.commit()
    finished = workplace.run("kpt", *command.split())
    assert finished.returncode == 1
    assert "[FAIL]" in finished.stderr
    # Where half an object came out, kpt speaks of that instead.
    assert f"Exit code: {128 + number}" in finished.stderr or "MalformedYAMLError" in finished.stderr
    assert workplace.diff() == ""


@pytest.mark.usefixtures("buffering")
def test_reader_that_leaves_in_the_middle_is_no_success(workplace: hosts.Workplace) -> None:
    (workplace.folder / "in").write_text(f"{POD}---\n{LONG}")
    with (workplace.folder / "in").open("rb") as stdin:
        process = subprocess.Popen(
            [workplace.krmfn], stdin=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=workplace.environment
        )
    assert process.stdout is not None
    assert process.stderr is not None
    assert process.stdout.read(1000)
    process.stdout.close()
    assert process.stderr.read() == b""
    process.stderr.close()
    assert process.wait(hosts.PATIENCE) == 1


@pytest.mark.usefixtures("buffering")
def test_disk_that_fills_up_in_the_middle_is_an_error(workplace: hosts.Workplace) -> None:
    part = "discard the 65536 of 300203 bytes that were written"
    # The limit stands for the disk: 64 KiB get written, and no more.
    finished = workplace.run("bash", "-c", "ulimit -f 64; exec krmfn >out", stdin=f"{POD}---\n{LONG}")
    assert (workplace.folder / "out").stat().st_size == 64 * 1024
    assert (finished.returncode, finished.stderr) == (1, f"error: cannot write the output: File too large; {part}\n")
