"""The command as people and hosts run it: a process with arguments, streams and an exit code."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import hosts
import pytest
import snippets
import yaml

POD = b"apiVersion: v1\nkind: Pod\nmetadata:\n  name: a\nspec:\n  containers:\n  - name: a\n    image: nginx\n"
NEW_POD = POD.replace(b"  name: a\nspec", b"  generateName: a\nspec")
"""One of which krmfn does not warn that it cannot change."""
POD_DONE = POD + b"    imagePullPolicy: Always\n"
MISSPELT_POD = POD + b"    imagePullPolicy: Alwys\n"
BIG_POD = POD.replace(b"spec:\n", b"  annotations:\n    big: |\n" + b"      image: no, text\n" * 450 + b"spec:\n")
"""A Pod of 10 kB."""
CONFIG = """\
apiVersion: krmfn.dev/v1alpha1
kind: ImagePull
metadata: {name: image-pull}
spec: {pullPolicy: {policy: Never}, pullSecrets: [{name: from-file}]}
"""
SHOP = b"""\
apiVersion: example.com/v1
kind: Shop
metadata: {name: a}
spec:
  front:
    image: nginx:1.27
    command: [run]
"""
DEFINITION = """\
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: shops.example.com}
spec:
  group: example.com
  names: {kind: Shop}
  versions:
  - name: v1
    schema:
      openAPIV3Schema:
        properties:
          spec:
            properties:
              front:
                properties:
                  image: {type: string}
                  imagePullPolicy: {type: string}
                  command: {type: array, items: {type: string}}
                  volumeMounts: {type: array}
              pullSecrets: {type: array, items: {type: string}}
"""
ONE, LIST = {"type": "string"}, {"type": "array", "items": {"type": "string"}}
CARTS = {
    "apiVersion": "apiextensions.k8s.io/v1",
    "kind": "CustomResourceDefinition",
    "spec": {
        "group": "example.com",
        "names": {"kind": "Cart"},
        "versions": [
            {"name": name, "schema": {"openAPIV3Schema": {"properties": {"spec": {"properties": {field: form}}}}}}
            for name, field, form in (
                ("v1", "pullSecrets", LIST),
                ("v1beta1", "pullSecret", ONE),
                ("v1beta2", "pullSecret", ONE),
            )
        ],
    },
}
CONFIG_MAP = """\
apiVersion: v1
kind: ConfigMap
metadata: {name: image-pull}
data: {imagePullSecrets: from-file, imagePullPolicy: Never}
"""


def resource_list(item: bytes, config: str = CONFIG) -> bytes:
    """A ResourceList with one item and a function config."""
    head = "apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nfunctionConfig:\n  " + config.strip().replace(
        "\n", "\n  "
    )
    return f"{head}\nitems:\n- ".encode() + item.replace(b"\n", b"\n  ").removesuffix(b"  ")


@pytest.fixture
def workplace(tmp_path: Path) -> hosts.Workplace:
    return hosts.Workplace(tmp_path)


Krmfn = Callable[..., subprocess.CompletedProcess[bytes]]


@pytest.fixture
def krmfn(workplace: hosts.Workplace) -> Krmfn:
    """Runs the command with bytes on standard input."""

    def run(*arguments: str | bytes, stdin: bytes = POD, **environment: str) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(
            [workplace.krmfn, *arguments],
            input=stdin,
            capture_output=True,
            cwd=workplace.folder,
            env={**workplace.environment, **environment},
            timeout=hosts.PATIENCE,
            check=False,
        )

    return run


def shell(workplace: hosts.Workplace, command: str, stdin: bytes = POD) -> subprocess.CompletedProcess[bytes]:
    """Run a shell command that has krmfn on PATH; standard input is the file `in`."""
    (workplace.folder / "in").write_bytes(stdin)
    return subprocess.run(
        ["bash", "-c", command],
        cwd=workplace.folder,
        env=workplace.environment,
        capture_output=True,
        timeout=hosts.PATIENCE,
        check=False,
    )


# What it says of itself


def test_version_is_the_second_word(krmfn: Krmfn) -> None:
    from importlib.metadata import PackageNotFoundError, version

    try:
        expected = version("krmfn")
    except PackageNotFoundError:
        pytest.skip("krmfn is not installed, so it has no version")
    finished = krmfn("--version")
    assert (finished.returncode, finished.stderr) == (0, b"")
    (line,) = finished.stdout.decode().splitlines()
    assert line.split()[:2] == ["krmfn", expected]


def test_the_page_of_the_command_shows_the_help(krmfn: Krmfn) -> None:
    finished = krmfn("--help")
    assert (finished.returncode, finished.stderr) == (0, b"")
    page = (hosts.REPOSITORY / "docs" / "commands.md").read_text(encoding="utf-8")
    block = page.partition("<!-- help -->\n")[2].partition("<!-- /help -->")[0]
    shown = "".join(line for line in block.splitlines(keepends=True) if not line.startswith("```"))
    assert snippets.comparable(shown) == snippets.comparable(finished.stdout.decode())


def test_terminal_on_stdin_gets_the_usage(workplace: hosts.Workplace) -> None:
    master, slave = os.openpty()
    with os.fdopen(slave, "rb") as terminal:
        finished = subprocess.run(
            [workplace.krmfn],
            stdin=terminal,
            capture_output=True,
            env=workplace.environment,
            timeout=hosts.PATIENCE,
            check=False,
        )
    os.close(master)
    assert (finished.returncode, finished.stdout) == (2, b"")
    assert finished.stderr.startswith(b"usage: krmfn ")
    assert b"nothing on stdin: pipe a ResourceList or manifests into krmfn, or name files" in finished.stderr


# Arguments


@pytest.mark.parametrize(
    "arguments",
    [["--unknown"], ["--policy", "Sometimes"], ["--conf", "a.yaml"], ["a.yaml", "b.yaml"], ["--config"], ["--secret"]],
    ids=" ".join,
)
def test_wrong_command_line_is_exit_code_2(krmfn: Krmfn, arguments: list[str]) -> None:
    finished = krmfn(*arguments)
    assert (finished.returncode, finished.stdout) == (2, b"")
    assert finished.stderr.startswith(b"usage: krmfn ")


@pytest.mark.parametrize("arguments", [["CONFIG", "--config", "FILE"], ["--config", "FILE", "CONFIG"]], ids=" ".join)
def test_config_can_be_given_only_once(krmfn: Krmfn, arguments: list[str]) -> None:
    finished = krmfn(*arguments)
    assert (finished.returncode, finished.stdout) == (2, b"")
    assert b"not allowed with argument" in finished.stderr


def test_stream_without_settings_gets_policies_only(krmfn: Krmfn) -> None:
    finished = krmfn()
    assert (finished.returncode, finished.stdout, finished.stderr) == (0, POD_DONE, b"")


def test_secrets_are_appended_in_the_order_of_the_flags(krmfn: Krmfn) -> None:
    finished = krmfn("--secret", "b", "--secret", "a", "--secret", "b")
    assert finished.returncode == 0
    assert yaml.safe_load(finished.stdout)["spec"]["imagePullSecrets"] == [{"name": "b"}, {"name": "a"}]


@pytest.mark.parametrize("policy", ["Always", "IfNotPresent", "Never"])
def test_policy_of_the_flag_is_written(krmfn: Krmfn, policy: str) -> None:
    finished = krmfn("--policy", policy)
    assert finished.stdout == POD + f"    imagePullPolicy: {policy}\n".encode()


def test_policy_off_writes_none(krmfn: Krmfn) -> None:
    assert krmfn("--policy", "Off").stdout == POD


@pytest.mark.parametrize("name", ["", "Upper", "under_score", "a-", "a" * 254, b"\xff"], ids=repr)
def test_flag_with_what_is_no_name_of_a_secret_is_an_error(krmfn: Krmfn, name: str | bytes) -> None:
    finished = krmfn("--secret", name)
    assert (finished.returncode, finished.stdout) == (1, b"")
    assert b"is not a valid name of a Secret" in finished.stderr
    assert finished.stderr.count(b"\n") == 1


@pytest.mark.parametrize("option", [["--config"], []], ids=["flag", "argument"])
@pytest.mark.parametrize("config", [CONFIG, CONFIG_MAP, "\ufeff" + CONFIG.replace("\n", "\r\n")])
def test_config_file_is_read(krmfn: Krmfn, workplace: hosts.Workplace, option: list[str], config: str) -> None:
    workplace.write({"config.yaml": config})
    finished = krmfn(*option, "config.yaml", stdin=NEW_POD)
    assert (finished.returncode, finished.stderr) == (0, b"")
    spec = yaml.safe_load(finished.stdout)["spec"]
    assert spec["imagePullSecrets"] == [{"name": "from-file"}]
    assert spec["containers"][0]["imagePullPolicy"] == "Never"


def test_flags_go_before_the_config_file(krmfn: Krmfn, workplace: hosts.Workplace) -> None:
    workplace.write({"config.yaml": CONFIG})
    finished = krmfn("--secret", "from-flag", "--policy", "Always", "config.yaml")
    spec = yaml.safe_load(finished.stdout)["spec"]
    assert spec["imagePullSecrets"] == [{"name": "from-file"}, {"name": "from-flag"}]
    assert spec["containers"][0]["imagePullPolicy"] == "Always"


def test_flags_take_the_place_of_the_function_config_and_say_so(krmfn: Krmfn) -> None:
    finished = krmfn("--secret", "from-flag", stdin=resource_list(NEW_POD))
    assert finished.returncode == 0
    spec = yaml.safe_load(finished.stdout)["items"][0]["spec"]
    assert spec["imagePullSecrets"] == [{"name": "from-flag"}]
    assert finished.stderr == b"warning: the functionConfig is ignored, because settings are given in another way\n"


@pytest.mark.parametrize("option", [["--config"], []], ids=["flag", "argument"])
@pytest.mark.parametrize(
    ("name", "message"), [("missing.yaml", "No such file or directory"), (".", "Is a directory"), ("", "")]
)
def test_config_file_that_cannot_be_read_is_named(krmfn: Krmfn, option: list[str], name: str, message: str) -> None:
    finished = krmfn(*option, name)
    assert (finished.returncode, finished.stdout) == (1, b"")
    assert finished.stderr.startswith(f"error: {name}: {message}".encode() if name else b"error: ")
    assert finished.stderr.count(b"\n") == 1


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("spec: [\n", "config.yaml:1:8: not YAML: "),
        ("spec:\n  a: @\n", "config.yaml:2:6: not YAML: "),
        ("- a\n", "config.yaml: is not one YAML document that holds an ImagePull or a ConfigMap"),
        ("", "config.yaml: is not one YAML document that holds an ImagePull or a ConfigMap"),
        (CONFIG + "---\n" + CONFIG, "config.yaml: is not one YAML document that holds an ImagePull or a ConfigMap"),
        ("a: &a [*a]\n", "config.yaml:1:4: an alias stands inside the collection that it refers to"),
        (f"a: {'[' * 300}", "config.yaml:1:259: nested deeper than 256 levels"),
        ("kind: Other\n", "config.yaml:1:1: the function config has no apiVersion; expected krmfn.dev"),
        (
            CONFIG.replace("policy", "polcy"),
            "config.yaml:4:21: unknown key `spec.pullPolicy.polcy`, did you mean `policy`?",
        ),
        (
            CONFIG.replace("Never", "Nevr"),
            "config.yaml:4:21: `spec.pullPolicy.policy` is 'Nevr', did you mean `Never`?",
        ),
    ],
    ids=[
        "not-yaml",
        "not-yaml-in-line-2",
        "list",
        "empty",
        "two-documents",
        "alias-in-itself",
        "nested-too-deep",
        "unknown-kind",
        "unknown-key",
        "unknown-value",
    ],
)
def test_error_in_the_config_file_is_one_line_that_tells_where(
    krmfn: Krmfn, workplace: hosts.Workplace, text: str, message: str
) -> None:
    workplace.write({"config.yaml": text})
    finished = krmfn("config.yaml")
    assert (finished.returncode, finished.stdout) == (1, b"")
    assert finished.stderr.decode().startswith(f"error: {message}")
    assert finished.stderr.count(b"\n") == 1


def test_key_that_stands_twice_in_the_config_file_is_an_error(krmfn: Krmfn, workplace: hosts.Workplace) -> None:
    workplace.write({"config.yaml": CONFIG.replace("policy: Never", "policy: Never, policy: Always")})
    finished = krmfn("config.yaml")
    assert (finished.returncode, finished.stdout) == (1, b"")
    assert b"`policy`" in finished.stderr


# Standard input


@pytest.mark.parametrize("data", [b"", b"\n", b" \t\r\n\n", b"\xef\xbb\xbf", b"\xef\xbb\xbf \n"], ids=repr)
def test_empty_stdin_is_an_error(krmfn: Krmfn, data: bytes) -> None:
    finished = krmfn(stdin=data)
    assert (finished.returncode, finished.stdout) == (1, b"")
    assert finished.stderr == b"error: stdin is empty: a ResourceList or manifests are expected there\n"


@pytest.mark.parametrize("command", [(), ("check",), ("explain",)], ids=["function-mode", "check", "explain"])
@pytest.mark.parametrize(
    "data",
    [b"# Nothing.\n", b"---\n---\n...\n", b"a: 1\n", b"[]\n", b"- a\n---\n{}\n", b'{"kind": "Pod"}\n{}\n'],
    ids=repr,
)
def test_stdin_without_any_manifest_is_an_error(krmfn: Krmfn, command: tuple[str, ...], data: bytes) -> None:
    finished = krmfn(*command, stdin=data)
    assert (finished.returncode, finished.stdout) == (1, b"")
    last = b"error: stdin has no manifest: expected at least one object with `apiVersion` and `kind`\n"
    assert finished.stderr.endswith(last)


@pytest.mark.parametrize(
    "data",
    [
        b"a: 1\n---\n" + POD_DONE,
        b"a: 1\n---\napiVersion: v1\nkind: Service\n",
        b"apiVersion: v1\nkind: List\nitems: []\n",
        b"- apiVersion: v1\n  kind: Service\n",
    ],
    ids=["Pod", "kind-without-pods", "empty-List", "list"],
)
def test_stdin_with_one_manifest_among_others_is_none(krmfn: Krmfn, data: bytes) -> None:
    finished = krmfn(stdin=data)
    assert (finished.returncode, finished.stdout) == (0, data)


def test_resource_list_without_items_is_no_error(krmfn: Krmfn) -> None:
    data = (
        b"apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nfunctionConfig: {apiVersion: v1, kind: ConfigMap}\n"
    )
    data += b"items: []\n"
    finished = krmfn(stdin=data)
    assert (finished.returncode, finished.stdout, finished.stderr) == (0, data, b"")


def test_error_in_stdin_is_said_and_not_that_there_is_no_manifest(krmfn: Krmfn) -> None:
    finished = krmfn(stdin=b"---apiVersion: v1\nkind: Pod\n")
    assert finished.returncode == 1
    assert finished.stderr.startswith(b"error: `---` is glued to other text")
    assert finished.stderr.count(b"\n") == 1


def test_template_of_go_on_stdin_is_an_error_that_says_what_to_do(krmfn: Krmfn) -> None:
    finished = krmfn(stdin=POD + b"{{- if .Values.debug }}\n  restartPolicy: Never\n{{- end }}\n")
    assert finished.returncode == 1
    assert b" of the input). It looks like a template: run krmfn on what the template renders\n" in finished.stderr


def test_template_text_elsewhere_does_not_explain_an_error(krmfn: Krmfn) -> None:
    finished = krmfn(stdin=b"data: {a: '{{ .Values.a }}'}\n" + POD + b"a: b\n  c: d\n")
    assert finished.returncode == 1
    assert b"template" not in finished.stderr


@pytest.mark.parametrize("command", [(), ("check",)], ids=["function-mode", "check"])
def test_ytt_template_on_stdin_is_left_alone_with_one_warning(krmfn: Krmfn, command: tuple[str, ...]) -> None:
    data = POD + b"    #@ if data.values.x:\n    imagePullPolicy: Always\n    #@ end\n---\n" + POD
    finished = krmfn(*command, "--secret", "regcred", stdin=data)
    assert (finished.returncode, finished.stdout) == (0, b"" if command else data)
    assert finished.stderr == (
        b"warning: a ytt template: nothing in the input is changed; "
        b"pipe the output of `ytt -f FILE` into krmfn instead "
        b"(line 9, column 5 of the input)\n"
    )


@pytest.mark.parametrize(
    "environment",
    [{}, {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}, {"PYTHONIOENCODING": "latin-1"}],
    ids=["any-locale", "C-locale", "latin-1"],
)
@pytest.mark.parametrize(
    "data",
    [
        POD.replace(b"\n", b"\r\n"),
        b"\xef\xbb\xbf" + POD,
        POD.replace(b"metadata:", "metadata: # été 🐳 \u2028\u0085".encode()),
        POD.rstrip(b"\n"),
    ],
    ids=["CRLF", "BOM", "beyond-ASCII", "no-final-newline"],
)
def test_bytes_go_through_as_they_are(krmfn: Krmfn, environment: dict[str, str], data: bytes) -> None:
    finished = krmfn(stdin=data, **environment)
    assert (finished.returncode, finished.stderr) == (0, b"")
    newline = b"\r\n" if b"\r\n" in data else b"\n"
    body = data.removesuffix(newline)
    assert finished.stdout == body + newline + b"    imagePullPolicy: Always" + data[len(body) :]


def test_message_beyond_ascii_is_no_trouble_in_any_locale(krmfn: Krmfn) -> None:
    data = MISSPELT_POD.replace(b"name: a", "name: été".encode())
    finished = krmfn(stdin=data, LC_ALL="C", PYTHONUTF8="0", PYTHONCOERCECLOCALE="0")
    assert finished.returncode == 1
    assert finished.stderr.startswith(b"error: Pod \\xe9t\\xe9: ")


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"\xff\xfea\x00", b"error: the input is UTF-16; krmfn reads UTF-8"),
        (POD + b"# \xe9\n", b"error: "),
        (b"a: b\x00", b"error: character U+0000 is not allowed in YAML (document 1, line 1, column 5 of the input)"),
        (b"a: [", b"error: not YAML: "),
    ],
    ids=["UTF-16", "latin-1", "zero-byte", "not-yaml"],
)
def test_input_that_is_no_yaml_is_one_line_on_stderr(krmfn: Krmfn, data: bytes, message: bytes) -> None:
    finished = krmfn(stdin=data)
    assert (finished.returncode, finished.stdout) == (1, b"")
    assert finished.stderr.startswith(message)
    assert finished.stderr.count(b"\n") == 1


@pytest.mark.parametrize(
    "nest",
    [
        pytest.param(lambda n: b"a: " + b"[" * n, id="open-lists"),
        pytest.param(lambda n: b"a: " + b"[" * n + b"]" * n, id="lists"),
        pytest.param(lambda n: b'{"a":' * n + b"1" + b"}" * n, id="json"),
        pytest.param(lambda n: b"- " * n + b"a", id="dashes"),
        pytest.param(lambda n: b"? " * n + b"a", id="explicit-keys"),
        pytest.param(lambda n: POD + b"  x: " + b"[" * n + b"]" * n, id="in-a-pod"),
    ],
)
def test_deep_nesting_is_an_error_and_no_crash(krmfn: Krmfn, nest: Callable[[int], bytes]) -> None:
    finished = krmfn(stdin=nest(100_000))
    assert (finished.returncode, finished.stdout) == (1, b"")
    assert finished.stderr.startswith(b"error: nested deeper than 256 levels (document 1, line ")


def test_deep_nesting_in_a_resource_list_is_an_error_result(krmfn: Krmfn) -> None:
    data = resource_list(POD + b"  x: " + b"[" * 100_000 + b"]" * 100_000 + b"\n")
    finished = krmfn(stdin=data)
    assert finished.returncode == 1
    assert finished.stderr.startswith(b"error: nested deeper than 256 levels (document 1, line ")


def test_big_stream_goes_through(krmfn: Krmfn) -> None:
    finished = krmfn(stdin=b"---\n".join([BIG_POD] * 500))
    assert (finished.returncode, finished.stderr) == (0, b"")
    assert finished.stdout == b"---\n".join([BIG_POD + b"    imagePullPolicy: Always\n"] * 500)


def test_big_resource_list_goes_through(krmfn: Krmfn) -> None:
    head, start, item = resource_list(BIG_POD).partition(b"- apiVersion: v1\n  kind: Pod\n")
    finished = krmfn(stdin=head + (start + item) * 500)
    assert finished.returncode == 0
    items = finished.stdout.removeprefix(head).partition(b"results:\n")[0]
    done = item.replace(b"    containers:", b"    imagePullSecrets:\n    - name: from-file\n    containers:")
    assert items == (start + done + b"      imagePullPolicy: Never\n") * 500


# Standard output and standard error


def test_error_in_a_stream_leaves_stdout_empty(krmfn: Krmfn) -> None:
    finished = krmfn(stdin=POD + b"---\n" + MISSPELT_POD)
    assert (finished.returncode, finished.stdout) == (1, b"")
    assert finished.stderr.startswith(
        b"error: Pod a: spec.containers[0].imagePullPolicy: imagePullPolicy 'Alwys' is not one"
    )


def test_error_in_a_resource_list_leaves_its_items_as_they_are_and_comes_first(krmfn: Krmfn) -> None:
    data = resource_list(NEW_POD + b"  serviceAccountName: builder\n")
    data += resource_list(MISSPELT_POD.replace(b"  name: a\nspec", b"  generateName: a\nspec")).partition(b"items:\n")[
        2
    ]
    finished = krmfn(stdin=data)
    assert finished.returncode == 1
    assert finished.stdout.startswith(data + b"results:\n")
    results = yaml.safe_load(finished.stdout)["results"]
    assert [result["severity"] for result in results[:2]] == ["error", "warning"]
    assert results[0]["field"]["proposedValue"] == "Always"
    said = finished.stderr.splitlines()
    assert [line.split(b":")[0] for line in said] == [b"error", b"warning"]


def test_results_of_earlier_functions_stay_and_come_first(krmfn: Krmfn) -> None:
    data = resource_list(POD) + b"results:\n- message: from before\n  severity: info\n"
    results = yaml.safe_load(krmfn(stdin=data).stdout)["results"]
    assert results[0] == {"message": "from before", "severity": "info"}
    assert len(results) > 1


def test_unreadable_config_of_a_resource_list_still_gives_the_whole_list(krmfn: Krmfn) -> None:
    data = resource_list(POD, CONFIG.replace("Never", "Nevr"))
    finished = krmfn(stdin=data)
    assert finished.returncode == 1
    assert finished.stdout.startswith(data + b"results:\n")
    assert finished.stderr.startswith(b"error: `spec.pullPolicy.policy` is 'Nevr', did you mean `Never`?")
    assert finished.stderr.count(b"\n") == 1


def test_warning_goes_to_stderr_and_not_into_the_stream(krmfn: Krmfn) -> None:
    finished = krmfn("--secret", "regcred", stdin=NEW_POD + b"  serviceAccountName: builder\n")
    assert finished.returncode == 0
    assert b"warning" not in finished.stdout
    assert finished.stderr.startswith(b"warning: Pod a: spec: ServiceAccount builder is not in the input")
    assert finished.stderr.count(b"\n") == 1


@pytest.mark.usefixtures("buffering")
@pytest.mark.parametrize("stdin", [POD, b"a: [", MISSPELT_POD], ids=["done", "not-yaml", "error"])
def test_closed_stderr_sends_no_message_into_the_output(workplace: hosts.Workplace, stdin: bytes) -> None:
    open_stderr = shell(workplace, "krmfn <in", stdin)
    closed_stderr = shell(workplace, "krmfn <in 2>&-", stdin)
    assert (closed_stderr.returncode, closed_stderr.stdout) == (open_stderr.returncode, open_stderr.stdout)


def test_closed_stdin_is_an_error_and_no_traceback(workplace: hosts.Workplace) -> None:
    finished = shell(workplace, "krmfn <&-")
    assert finished.returncode in {1, 2}
    assert finished.stdout == b""
    assert b"Traceback" not in finished.stderr


@pytest.mark.usefixtures("buffering")
@pytest.mark.parametrize("to", [">&-", ">/dev/full"])
def test_output_that_cannot_be_written_is_an_error_and_no_traceback(workplace: hosts.Workplace, to: str) -> None:
    if to == ">/dev/full" and not Path("/dev/full").exists():
        pytest.skip("there is no /dev/full here")
    finished = shell(workplace, f"krmfn <in {to}")
    assert finished.returncode == 1
    assert finished.stderr.startswith(b"error: ")
    assert finished.stderr.count(b"\n") == 1


@pytest.mark.usefixtures("buffering")
def test_pipe_that_nobody_reads_ends_quietly(workplace: hosts.Workplace) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "wb") as pipe:
        finished = subprocess.run(
            [workplace.krmfn],
            input=POD,
            stdout=pipe,
            stderr=subprocess.PIPE,
            env=workplace.environment,
            timeout=hosts.PATIENCE,
            check=False,
        )
    assert (finished.returncode, finished.stderr) == (1, b"")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=["SIGTERM", "SIGINT"])
def test_signal_ends_it_quietly(workplace: hosts.Workplace, number: signal.Signals) -> None:
    # Tests that a shell runs in the background ignore Ctrl-C, and so would what they start.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    process = subprocess.Popen(
        [workplace.krmfn],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=workplace.environment,
    )
    assert process.stdin is not None
    # More than a pipe holds: when all is written, krmfn has begun to read.
    process.stdin.write(POD * 1000)
    process.stdin.flush()
    process.send_signal(number)
    output, said = process.communicate(timeout=hosts.PATIENCE)
    assert (output, said) == (b"", b"")
    assert process.returncode in {-number, 128 + number}


# Environment


def test_it_needs_no_environment_and_no_home(workplace: hosts.Workplace) -> None:
    finished = subprocess.run(
        [workplace.krmfn],
        input=POD,
        capture_output=True,
        cwd="/",
        env={"HOME": "/nonexistent"},
        timeout=hosts.PATIENCE,
        check=False,
    )
    assert (finished.returncode, finished.stdout, finished.stderr) == (0, POD_DONE, b"")


def test_it_writes_no_file_and_needs_no_folder_to_write_to(krmfn: Krmfn, workplace: hosts.Workplace) -> None:
    krmfn()
    above = workplace.folder.parent
    before = sorted(above.rglob("*"))
    workplace.folder.chmod(0o555)
    finished = krmfn("--secret", "regcred", stdin=NEW_POD, TMPDIR="/nonexistent", HOME="/nonexistent")
    workplace.folder.chmod(0o755)
    assert (finished.returncode, finished.stderr) == (0, b"")
    assert sorted(above.rglob("*")) == before


def test_a_run_imports_only_what_it_needs() -> None:
    finished = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "krmfn"],
        input=resource_list(POD),
        capture_output=True,
        cwd=hosts.SOURCES,
        timeout=hosts.PATIENCE,
        check=False,
    )
    assert finished.returncode == 0
    imported = {line.rpartition(b"|")[2].strip().decode() for line in finished.stderr.splitlines()}
    assert {"krmfn.cli", "krmfn.imagepull.function", "yaml"} <= imported
    costly = {"pydantic", "pydantic.json_schema", "importlib.metadata", "unittest", "asyncio"}
    assert not costly & imported
    assert not [name for name in imported if name.startswith("krmfn.commands.")]


# A bug in krmfn

BROKEN = """\
import sys
from krmfn import cli
from krmfn.errors import VerificationError

def run(*_):
    raise VerificationError("a scalar changed")

cli.run = run
sys.exit(cli.main([]))
"""


def test_bug_of_krmfn_is_exit_code_3_and_writes_nothing() -> None:
    finished = subprocess.run(
        [sys.executable, "-c", BROKEN],
        input=POD,
        capture_output=True,
        cwd=hosts.SOURCES,
        timeout=hosts.PATIENCE,
        check=False,
    )
    assert (finished.returncode, finished.stdout) == (3, b"")
    assert finished.stderr == b"error: this is a bug in krmfn, nothing was written: a scalar changed\n"


# Commands


def test_kinds_lists_what_is_known(krmfn: Krmfn) -> None:
    every, apps, one = (krmfn("kinds", *which).stdout.decode() for which in ([], ["apps"], ["core/Pod"]))
    assert "argoproj.io/CronWorkflow  pullSecrets  spec.workflowSpec.imagePullSecrets  built-in\n" in every
    assert "keda.sh/ScaledJob  podSpecs  spec.jobTargetRef.template.spec  catalogue\n" in every
    assert "kyverno.io/*  ignore  policies  built-in\n" in every
    assert {line.partition("/")[0] for line in apps.splitlines()} == {"apps"}
    assert one == "core/Pod  podSpecs  spec  built-in\n"


def test_kinds_list_the_mappings_that_are_created(krmfn: Krmfn, workplace: hosts.Workplace) -> None:
    rows = [krmfn("kinds", which).stdout.decode() for which in ("argoproj.io/Sensor", "postgresql.cnpg.io/Pooler")]
    assert "argoproj.io/Sensor  create  spec.template  built-in\n" in rows[0]
    assert "postgresql.cnpg.io/Pooler  create  spec.template  catalogue\n" in rows[1]
    listed = '{"path": "spec.template.spec", "lists": ["containers"]}'
    assert f"postgresql.cnpg.io/Pooler  create  {listed}  catalogue\n" in rows[1]
    pools = krmfn("kinds", "kafka.strimzi.io/KafkaNodePool").stdout.decode()
    assert "kafka.strimzi.io/KafkaNodePool  mayLack  its pods have the template of the Kafka" in pools
    own = "{group: a.b, kind: C, podSpecs: [spec.x], create: [spec, {path: spec.x, lists: [y]}]}"
    config = f"apiVersion: krmfn.dev/v1alpha1\nkind: ImagePull\nmetadata: {{name: x}}\nspec: {{kinds: [{own}]}}\n"
    workplace.write({"krmfn.yaml": config})
    [row] = json.loads(krmfn("kinds", "a.b", "--config", "krmfn.yaml", "--format", "json").stdout)
    assert row["create"] == ["spec", {"path": "spec.x", "lists": ["y"]}]


def test_kinds_are_data_when_asked_for(krmfn: Krmfn) -> None:
    [row] = json.loads(krmfn("kinds", "minio.min.io/Tenant", "--format", "json").stdout)
    assert (row["group"], row["kind"], row["source"]) == ("minio.min.io", "Tenant", "catalogue")
    assert {"path": "spec.imagePullSecret", "form": "name"} in row["pullSecrets"]


def test_kinds_of_the_settings_and_of_definitions_are_listed_when_given(
    krmfn: Krmfn, workplace: hosts.Workplace
) -> None:
    shop = (
        "{group: example.org, kind: Shop, containers: [spec.front], pullSecrets: [{path: spec.secret, form: string}]}"
    )
    rollout = "{group: argoproj.io, kind: Rollout, ignore: true}"
    sensor = "{group: argoproj.io, kind: Sensor, forbid: [spec.x]}"
    config = "apiVersion: krmfn.dev/v1alpha1\nkind: ImagePull\nmetadata: {name: x}\n"
    workplace.write(
        {
            "krmfn.yaml": f"{config}spec: {{kinds: [{shop}, {rollout}, {sensor}]}}\n",
            "crds/shops.yaml": DEFINITION,
            "crds/nonsense.yaml": "a: CustomResourceDefinition\n",
        }
    )
    given = ("--config", "krmfn.yaml", "--crds", "crds")
    every = krmfn("kinds", *given).stdout.decode()
    assert "example.org/Shop  containers  spec.front  function config\n" in every
    assert 'example.org/Shop  pullSecrets  {"path": "spec.secret", "form": "string"}  function config\n' in every
    assert "argoproj.io/Rollout  ignore  the function config says so  function config\n" in every
    assert "argoproj.io/Rollout  podSpecs" not in every
    assert [line for line in every.splitlines() if line.endswith("CustomResourceDefinition")]
    # A row that only forbids keeps what krmfn knows.
    assert krmfn("kinds", "argoproj.io/Sensor", *given).stdout == krmfn("kinds", "argoproj.io/Sensor").stdout
    references = krmfn("kinds", "example.org", "--format", "kustomize", *given).stdout.decode()
    assert "  - {path: spec/secret, group: example.org, kind: Shop}\n" in references


def test_kinds_whose_versions_differ_are_listed_by_version(krmfn: Krmfn, workplace: hosts.Workplace) -> None:
    workplace.write({"crds/carts.yaml": json.dumps(CARTS)})
    rows = json.loads(krmfn("kinds", "example.com", "--crds", "crds", "--format", "json").stdout)
    assert [(row["versions"], row["pullSecrets"]) for row in rows] == [
        (["v1"], [{"path": "spec.pullSecrets", "form": "strings"}]),
        (["v1beta1", "v1beta2"], [{"path": "spec.pullSecret", "form": "string"}]),
    ]
    references = krmfn("kinds", "example.com", "--crds", "crds", "--format", "kustomize").stdout.decode()
    for path in ("pullSecrets", "pullSecret"):
        assert f"  - {{path: spec/{path}, group: example.com, kind: Cart}}\n" in references


KIOSK = """\
apiVersion: example.com/v1
kind: KIND
metadata: {name: a}
spec: {pods: {template: {spec: {containers: [{name: a, image: b}]}}}}
"""


def test_kinds_in_manifests_are_listed_by_structure_when_asked_for(krmfn: Krmfn, workplace: hosts.Workplace) -> None:
    pods = KIOSK.replace("KIND", "Kiosk") + "---\n" + KIOSK.replace("KIND", "Shop")
    workplace.write({"base/a.yaml": pods, "base/shops.yaml": DEFINITION, "base/b.yaml": "kind: a\napiVersion: 'b\n"})
    finished = krmfn("kinds", "example.com", "--for", "base")
    # A definition knows better.
    assert finished.stdout.decode().splitlines() == [
        "example.com/Kiosk  podSpecs  spec.pods.template.spec  structure",
        "example.com/Shop  containers  spec.front  CustomResourceDefinition",
        'example.com/Shop  pullSecrets  {"path": "spec.pullSecrets", "form": "strings"}  CustomResourceDefinition',
    ]
    assert b"base/b.yaml" in finished.stderr
    piped = krmfn("kinds", "example.com/Kiosk", "--for", "-", stdin=pods.encode())
    assert piped.stdout == b"example.com/Kiosk  podSpecs  spec.pods.template.spec  structure\n"


def test_kinds_from_manifests_are_printed_so_that_nothing_obeys_them(krmfn: Krmfn) -> None:
    odd = KIOSK.replace("KIND", '"a}\\n##[b], c"').replace("example.com/v1", "'::error::/v1'")
    shown = krmfn("kinds", "--for", "-", stdin=odd.encode()).stdout.decode()
    (line,) = [line for line in shown.splitlines() if line.endswith("structure")]
    assert "##[" not in line
    assert not line.startswith("::")
    made = yaml.safe_load(krmfn("kinds", "--for", "-", "--format", "kustomize", stdin=odd.encode()).stdout)
    spec = {"path": "spec/pods/template/spec/imagePullSecrets/name", "group": "::error::", "kind": "a}\n##[b], c"}
    assert spec in made["nameReference"][0]["fieldSpecs"]


def test_a_config_of_kinds_that_is_none_is_named(krmfn: Krmfn, workplace: hosts.Workplace) -> None:
    workplace.write({"krmfn.yaml": "- a\n"})
    done = krmfn("kinds", "--config", "krmfn.yaml")
    assert (done.returncode, done.stdout) == (1, b"")
    assert done.stderr.startswith(b"error: krmfn.yaml: is not one YAML document")


def test_definitions_in_a_folder_make_kinds_known(krmfn: Krmfn, workplace: hosts.Workplace) -> None:
    (workplace.folder / "crds").mkdir()
    (workplace.folder / "crds" / "shops.yaml").write_text(DEFINITION)
    done = krmfn("--secret", "regcred", "--crds", "crds", stdin=SHOP)
    assert (done.returncode, done.stderr) == (0, b"")
    assert yaml.safe_load(done.stdout)["spec"] == {
        "front": {"image": "nginx:1.27", "command": ["run"], "imagePullPolicy": "IfNotPresent"},
        "pullSecrets": ["regcred"],
    }


def test_a_folder_without_definitions_is_named(krmfn: Krmfn) -> None:
    done = krmfn("--crds", "nowhere", stdin=SHOP)
    assert (done.returncode, done.stdout) == (1, b"")
    assert done.stderr == b"error: --crds nowhere: a folder with *.yaml, *.yml or *.json files is expected\n"


def test_an_unknown_kind_asked_for_is_an_error(krmfn: Krmfn) -> None:
    process = krmfn("kinds", "example.com/Web")
    assert (process.returncode, process.stdout) == (1, b"")
    assert process.stderr == b"error: no group or kind 'example.com/Web' is known; `krmfn kinds` lists them all\n"


def test_check_fails_where_krmfn_would_change_something(krmfn: Krmfn) -> None:
    unfinished = krmfn("check", "--secret", "regcred", stdin=NEW_POD)
    assert (unfinished.returncode, unfinished.stderr) == (1, b"")
    assert (
        unfinished.stdout
        == b"would change: Pod a: imagePullPolicy on 1 container: 1 Always; imagePullSecrets: regcred\n"
    )


def test_check_of_stdin_says_warnings_on_stderr(krmfn: Krmfn) -> None:
    checked = krmfn("check", "--secret", "regcred")
    assert checked.returncode == 1
    assert checked.stderr.startswith(b"warning: Pod a: a Pod is immutable: ")


def test_check_passes_what_krmfn_has_done(krmfn: Krmfn) -> None:
    done = krmfn("--secret", "regcred").stdout
    checked = krmfn("check", "--secret", "regcred", stdin=done)
    assert (checked.returncode, checked.stdout, checked.stderr) == (0, b"", b"")


def test_check_names_what_is_wrong(krmfn: Krmfn) -> None:
    checked = krmfn("check", stdin=MISSPELT_POD)
    assert checked.returncode == 1
    assert checked.stdout.startswith(
        b"error: Pod a: spec.containers[0].imagePullPolicy: imagePullPolicy 'Alwys' is not one of"
    )


def test_check_of_nothing_is_an_error(krmfn: Krmfn) -> None:
    assert krmfn("check", stdin=b"").returncode == 1
