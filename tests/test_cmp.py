"""`krmfn cmp` as Argo CD runs it: what comes out is complete and plain, or nothing comes out and stderr says why."""

import json
import os
import re
import shlex
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

import argocd
import helm
import hosts
import pytest
import yaml

POD = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: a\nspec:\n  containers:\n  - name: a\n    image: nginx\n"
CRD = "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: a.example.com}\n"
POD_DONE = POD + "    imagePullPolicy: Always\n"
SECRET = "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\nstringData: {password: hunter2}\n"
EXAMPLE = hosts.REPOSITORY / "examples" / "argocd-plugin"
PLUGIN = argocd.read_plugin(EXAMPLE / "plugin.yaml")
KEYS = "imagePullSecrets, imagePullPolicy, overwrite, renamedSecrets"

Generate = Callable[..., hosts.Finished]


@pytest.fixture
def app(tmp_path: Path) -> argocd.App:
    return argocd.App(hosts.Workplace(tmp_path))


@pytest.fixture
def generate(app: argocd.App) -> Generate:
    """Runs `krmfn cmp generate` with arguments; `env` are variables of the Application."""

    def run(*arguments: str, parameters: object = None, **env: str) -> hosts.Finished:
        return app.run(krmfn(app, "generate", *arguments), parameters, env)

    return run


def krmfn(app: argocd.App, *arguments: str) -> list[str]:
    return [str(app.workplace.krmfn), "cmp", *arguments]


def plugin(app: argocd.App, command: dict[str, list[str]]) -> list[str]:
    """A command of the example's plugin, with krmfn by its path: Python looks for programs on its own PATH."""
    program, *rest = argocd.arguments(command)
    assert program == "krmfn"
    return [str(app.workplace.krmfn), *rest]


def python(program: str) -> list[str]:
    """A command that runs a Python program."""
    return ["--", sys.executable, "-c", program]


def prints(text: str) -> list[str]:
    """A command that prints a text."""
    return ["--", "printf", "%s", text]


def fails(finished: hosts.Finished, message: str) -> None:
    """Nothing on stdout, and one line on stderr, which begins so."""
    assert (finished.returncode, finished.stdout) == (1, "")
    assert finished.stderr.startswith(f"error: {message}")
    assert finished.stderr.count("\n") == 1
    assert "hunter2" not in finished.stderr


# The example


def test_plugin_of_the_example_renders_its_app(app: argocd.App) -> None:
    hosts.require("kustomize")
    app.check_out(EXAMPLE / "app")
    command = plugin(app, PLUGIN["generate"])
    secrets = [{"name": "imagePullSecrets", "array": ["regcred"]}]
    deployment, cron_job = argocd.objects(app.run(command, secrets))
    pod = deployment["spec"]["template"]["spec"]
    assert pod["imagePullSecrets"] == [{"name": "regcred"}]
    assert [container["imagePullPolicy"] for container in pod["containers"]] == ["IfNotPresent", "Always"]
    assert cron_job["spec"]["jobTemplate"]["spec"]["template"]["spec"]["imagePullSecrets"] == [{"name": "regcred"}]


def test_application_of_the_example_fits_its_plugin(generate: Generate) -> None:
    plugin_file, application = (
        yaml.safe_load((EXAMPLE / f"{name}.yaml").read_text()) for name in ("plugin", "application")
    )
    source = application["spec"]["source"]["plugin"]
    assert source["name"] == plugin_file["metadata"]["name"]
    assert pull_secrets(generate(*prints(POD), parameters=source["parameters"])) == ["regcred"]


def test_readme_of_the_example_names_parameters_and_variables_as_the_help_does(app: argocd.App) -> None:
    named = re.findall(r"^  (\w+) +(KRMFN_\w+)$", app.run(krmfn(app, "generate", "--help")).stdout, re.MULTILINE)
    assert [key for key, _ in named] == KEYS.split(", ")
    assert all(f"| `{key}` | `{variable}` |" in (EXAMPLE / "README.md").read_text() for key, variable in named)


@pytest.mark.parametrize("example", ["argocd-plugin", "argocd-helm"])
def test_sidecar_of_the_example_fits_argo_cds_repo_server(example: str) -> None:
    patch = yaml.safe_load((EXAMPLE.parent / example / "sidecar.yaml").read_text())
    pod = patch["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    assert container["command"] == ["/var/run/argocd/argocd-cmp-server"]
    security = container["securityContext"]
    assert (security["runAsUser"], security["readOnlyRootFilesystem"]) == (999, True)
    mounts = {mount["mountPath"]: mount for mount in container["volumeMounts"]}
    assert mounts["/var/run/argocd"]["name"] == "var-files"
    assert mounts["/home/argocd/cmp-server/plugins"]["name"] == "plugins"
    own = {mount["name"] for mount in mounts.values()} - {"var-files", "plugins"}
    assert own == {volume["name"] for volume in pod["volumes"]}
    assert {"/tmp", "/home/argocd/cmp-server/config/plugin.yaml"} <= set(mounts)


# A command that does well


def test_output_of_the_command_comes_out_with_image_pulls_and_untouched_else(generate: Generate) -> None:
    finished = generate(*prints(f"# c\n{POD}---\n{SECRET}"))
    assert (finished.stdout, finished.stderr) == (f"# c\n{POD_DONE}---\n{SECRET}", "")
    assert len(argocd.objects(finished)) == 2


def test_command_needs_no_dashes_and_keeps_its_own(generate: Generate) -> None:
    finished = generate("--secret", "regcred", "printf", "%s%s", "--", POD.replace("apiV", "-\napiV", 1))
    assert argocd.objects(finished)[0]["spec"]["imagePullSecrets"] == [{"name": "regcred"}]


def test_command_runs_in_the_folder_with_argo_cds_environment(app: argocd.App, generate: Generate) -> None:
    app.workplace.write({"pod": POD})
    program = "import os; print(open('pod').read().replace('name: a', 'name: ' + os.environ['ARGOCD_ENV_NAME'], 1))"
    assert argocd.objects(generate(*python(program), NAME="web"))[0]["metadata"]["name"] == "web"


def test_what_the_command_says_is_passed_on_for_the_log(generate: Generate) -> None:
    finished = generate("--", "sh", "-c", f"echo deprecated >&2; printf %s {shlex.quote(POD)}")
    assert (finished.returncode, finished.stdout, finished.stderr) == (0, POD_DONE, "deprecated\n")


def test_warning_does_not_fail_it(generate: Generate) -> None:
    finished = generate("--secret", "regcred", *prints(POD + "  serviceAccountName: builder\n"))
    assert finished.returncode == 0
    assert finished.stderr.startswith("warning: the output of printf: Pod a: spec: ServiceAccount builder is not in")


def test_huge_output_comes_out_whole(generate: Generate) -> None:
    finished = generate(*python(f"print(({POD!r} + '---\\n') * 4000)"))
    assert len(argocd.objects(finished)) == 4000
    assert finished.stdout == (POD_DONE + "---\n") * 4000 + "\n"


def test_byte_order_mark_is_left_out(generate: Generate) -> None:
    assert generate(*prints("\ufeff" + POD)).stdout == POD_DONE


def test_json_stays_json(generate: Generate) -> None:
    finished = generate(*prints('{"apiVersion":"v1","kind":"Pod","spec":{"containers":[{"name":"a","image":"b"}]}}'))
    assert '"image":"b","imagePullPolicy":"Always"}' in finished.stdout


# A command that does not


def test_failing_command_fails_it_and_says_why_itself(generate: Generate) -> None:
    finished = generate("--", "sh", "-c", f"printf %s {shlex.quote(POD)}; echo no such chart >&2; exit 3", "hunter2")
    assert (finished.returncode, finished.stdout) == (1, "")
    assert finished.stderr == "no such chart\nerror: sh failed with exit code 3\n"


def test_killed_command_fails_it(generate: Generate) -> None:
    fails(generate("--", "sh", "-c", f"printf %s {shlex.quote(POD)}; kill -KILL $$"), "sh was killed by SIGKILL")


def test_missing_command_is_named(generate: Generate) -> None:
    finished = generate("--", "kustomise", "build", "hunter2")
    fails(finished, "kustomise: command not found: it must be on PATH or a path to a program, and its interpreter must")


def test_script_of_the_repository_is_not_executable(app: argocd.App, generate: Generate) -> None:
    app.workplace.write({"render.sh": "#!/bin/sh\ntrue\n"})
    (app.workplace.folder / "render.sh").chmod(0o644)
    fails(generate("./render.sh"), "./render.sh cannot be run: Permission denied")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "printf printed nothing: Argo CD would delete all resources of the application"),
        ("\n \n", "printf printed nothing: Argo CD would delete all resources of the application"),
        ("# nothing\n---\n", "the output of printf has no manifests: Argo CD would delete all resources of"),
        ("apiVersion: v1\nkind: List\nitems: []\n", "the output of printf has no manifests: Argo CD would"),
        ("Usage: [hunter2", "the output of printf: not YAML: did not find expected ',' or ']'"),
        ("hunter2", "the output of printf: expected an object with apiVersion and kind here (document 1, line 1,"),
        (
            f"{POD}---\n- hunter2",
            "the output of printf: expected an object with apiVersion and kind here (document 2",
        ),
        ("kind: Pod\napiVersion:\n", "the output of printf: expected an object with apiVersion and kind here"),
        (
            "apiVersion: v1\nkind: List\nitems: [hunter2]",
            "the output of printf: expected an object with apiVersion and",
        ),
        (
            "apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nitems: []",
            "the output of printf: a ResourceList is",
        ),
        (POD_DONE.replace("Always", "Alwys"), "the output of printf: Pod a: spec.containers[0].imagePullPolicy: image"),
    ],
    ids=[
        *(
            "empty",
            "blank",
            "only-comments",
            "empty-list",
            "not-yaml",
            "text",
            "text-after-a-manifest",
            "no-apiversion",
        ),
        *("list-of-no-objects", "resource-list", "wrong-policy"),
    ],
)
def test_output_that_is_no_manifests_fails_it(generate: Generate, text: str, message: str) -> None:
    fails(generate(*prints(text)), message)


def test_output_that_is_no_text_fails_it(generate: Generate) -> None:
    finished = generate(*python(r"import sys; sys.stdout.buffer.write(b'\xff\xfea\0')"))
    fails(finished, f"the output of {sys.executable}: the input is UTF-16; krmfn reads UTF-8")


# The end, when it comes from outside


def test_sigterm_ends_the_command_with_all_that_it_started(app: argocd.App) -> None:
    program = "exec 2>/dev/null; sleep 20 & echo $! $$ >pids.new; mv pids.new pids; wait"
    process = app.start(krmfn(app, "generate", "--", "sh", "-c", program))
    pids = [int(pid) for pid in _wait_for(app.workplace.folder / "pids").split()]
    assert all(argocd.is_alive(pid) for pid in pids)
    os.kill(process.pid, signal.SIGTERM)
    assert process.communicate(timeout=hosts.PATIENCE) == (b"", b"")
    assert process.returncode == -signal.SIGTERM
    assert all(argocd.ends(pid) for pid in pids)


def test_timeout_ends_the_command_although_krmfn_is_killed_at_once(app: argocd.App) -> None:
    program = "sleep 60 & echo $! $$ >pids.new; mv pids.new pids; wait"
    process = app.start(krmfn(app, "generate", "--", "sh", "-c", program))
    pids = [int(pid) for pid in _wait_for(app.workplace.folder / "pids").split()]
    # Go ends krmfn when the time is up, and Argo CD the group.
    process.kill()
    os.killpg(process.pid, signal.SIGTERM)
    assert all(argocd.ends(pid) for pid in pids)
    assert process.communicate(timeout=hosts.PATIENCE) == (b"", b"")


def test_sigterm_to_krmfn_alone_ends_the_command_in_the_group_of_another(app: argocd.App) -> None:
    command = shlex.join(krmfn(app, "generate", "--", "sh", "-c", "echo $$ >pid.new; mv pid.new pid; exec sleep 20"))
    process = app.start(["sh", "-c", f"{command} & echo $! >krmfn; wait $!"])
    pid = int(_wait_for(app.workplace.folder / "pid"))
    os.kill(int(_wait_for(app.workplace.folder / "krmfn")), signal.SIGTERM)
    assert process.communicate(timeout=hosts.PATIENCE)[0] == b""
    assert process.returncode == 128 + signal.SIGTERM
    assert argocd.ends(pid)


def test_sigterm_ends_a_command_that_ignores_it_before_argo_cd_kills(app: argocd.App) -> None:
    program = "exec 2>/dev/null; trap '' TERM; echo $$ >pids.new; mv pids.new pids; for i in 1 2 3 4; do sleep 5; done"
    process = app.start(krmfn(app, "generate", "--", "sh", "-c", program))
    (pid,) = (int(pid) for pid in _wait_for(app.workplace.folder / "pids").split())
    os.killpg(process.pid, signal.SIGTERM)
    began = time.monotonic()
    process.communicate(timeout=hosts.PATIENCE)
    assert process.returncode == -signal.SIGTERM
    assert time.monotonic() - began < 5
    assert argocd.ends(pid)


# Limits

# A child and its children, one of them in a session of its own, that do not end themselves.
STUBBORN = (
    "exec 2>/dev/null; trap '' TERM; setsid sh -c 'while :; do sleep 1; done' & echo $! >a; sleep 60 & echo $! >b; "
    "echo $$ >c; while :; do sleep 1; done"
)


def test_command_that_takes_too_long_is_ended_with_all_that_it_started(app: argocd.App, generate: Generate) -> None:
    finished = generate("--timeout", "1", "--", "sh", "-c", STUBBORN)
    fails(
        finished, "sh did not end within 1 seconds, so krmfn ended it and all that it had started: `--timeout SECONDS`"
    )
    assert not any(argocd.is_alive(int((app.workplace.folder / name).read_text())) for name in "abc")


def test_command_that_closed_its_output_and_runs_on_is_ended_too(generate: Generate) -> None:
    program = f"printf %s {shlex.quote(POD)}; exec >&-; sleep 60"
    fails(generate("--timeout", "1", "--", "sh", "-c", program), "sh did not end within 1 seconds")


def test_output_that_is_kept_open_when_the_command_has_ended_is_not_waited_for_without_end(
    app: argocd.App, generate: Generate
) -> None:
    program = f"printf %s {shlex.quote(POD)}; sleep 60 2>/dev/null & echo $! >pid"
    finished = generate("--timeout", "1", "--", "sh", "-c", program)
    fails(finished, "sh ended, but a process that it had started kept its output within 1 seconds")
    assert not argocd.is_alive(int((app.workplace.folder / "pid").read_text()))


def test_output_that_comes_late_from_what_the_command_left_behind_is_in_it(generate: Generate) -> None:
    finished = generate("--", "sh", "-c", f"(sleep 1; printf %s {shlex.quote(POD)}) &")
    assert (finished.returncode, finished.stdout) == (0, POD_DONE)


def test_output_without_end_is_cut_off(generate: Generate) -> None:
    finished = generate("--max-output", "1Mi", "--", "sh", "-c", "exec 2>/dev/null; yes & yes")
    fails(finished, "sh printed more than 1,048,576 bytes, so krmfn ended it: `--max-output SIZE` allows more")


def test_output_up_to_the_limit_comes_out(generate: Generate) -> None:
    assert generate("--max-output", str(len(POD)), *prints(POD)).stdout == POD_DONE
    fails(generate("--max-output", str(len(POD) - 1), *prints(POD)), "printf printed more than")


def test_without_limits_anything_goes(generate: Generate) -> None:
    assert generate("--max-output", "0", "--timeout", "0", *prints(POD)).stdout == POD_DONE


def test_ctrl_c_ends_the_command_with_all_that_it_started(app: argocd.App) -> None:
    process = app.start(krmfn(app, "generate", "--", "sh", "-c", f"trap '' INT; {STUBBORN}"))
    pids = [int(_wait_for(app.workplace.folder / name)) for name in "abc"]
    os.kill(process.pid, signal.SIGINT)
    assert process.communicate(timeout=hosts.PATIENCE)[0] == b""
    assert process.returncode
    assert all(argocd.ends(pid) for pid in pids)


def test_in_the_group_of_others_nobody_else_is_ended(app: argocd.App) -> None:
    command = shlex.join(krmfn(app, "generate", "--timeout", "1", "--", "sh", "-c", STUBBORN))
    process = app.start(["sh", "-c", f"sleep 300 2>/dev/null >&2 & echo $! >other; {command}; echo $?; kill $!"])
    assert process.communicate(timeout=hosts.PATIENCE)[0] == b"1\n"
    assert not any(argocd.is_alive(int((app.workplace.folder / name).read_text())) for name in "abc")


@pytest.mark.parametrize(
    "arguments",
    [
        ["--timeout", "-1"],
        ["--timeout", "1m"],
        ["--timeout", "9" * 400],
        ["--max-output", "1M"],
        ["--max-output", "Mi"],
    ],
)
def test_limits_that_are_none_are_a_wrong_command_line(generate: Generate, arguments: list[str]) -> None:
    assert generate(*arguments, *prints(POD)).returncode == 2


def _wait_for(path: Path) -> str:
    deadline = time.monotonic() + hosts.PATIENCE
    while not path.exists() or not path.read_text():
        assert time.monotonic() < deadline
        time.sleep(0.01)
    return path.read_text()


@pytest.mark.usefixtures("buffering")
def test_output_that_nobody_reads_is_no_success(app: argocd.App) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "wb") as pipe:
        process = app.start(krmfn(app, "generate", *prints(POD)), stdout=pipe.fileno())
        assert process.communicate(timeout=hosts.PATIENCE)[1] == b""
    assert process.returncode == 1


@pytest.mark.usefixtures("buffering")
@pytest.mark.parametrize("to", [">&-", ">/dev/full"])
def test_output_that_cannot_be_written_is_no_success(app: argocd.App, to: str) -> None:
    if to == ">/dev/full" and not Path("/dev/full").exists():
        pytest.skip("there is no /dev/full here")
    finished = app.run(["sh", "-c", f"exec krmfn cmp generate -- printf %s {shlex.quote(POD)} {to}"])
    assert finished.returncode == 1
    assert finished.stderr.startswith("error: cannot write the output: ")


# Parameters


def pull_secrets(finished: hosts.Finished) -> list[str]:
    return [secret["name"] for secret in argocd.objects(finished)[0]["spec"].get("imagePullSecrets", [])]


def policy(finished: hosts.Finished) -> str:
    return str(argocd.objects(finished)[0]["spec"]["containers"][0]["imagePullPolicy"])


@pytest.mark.parametrize(
    "parameters",
    [
        [{"name": "imagePullSecrets", "array": ["one", "two"]}, {"name": "imagePullPolicy", "string": "Never"}],
        [{"name": "imagePullSecrets", "string": "one, two"}, {"name": "imagePullPolicy", "string": "Never"}],
    ],
    ids=["array", "string"],
)
def test_parameters_mean_what_the_config_map_means(generate: Generate, parameters: object) -> None:
    finished = generate(*prints(POD), parameters=parameters)
    assert (pull_secrets(finished), policy(finished)) == (["one", "two"], "Never")


def test_variables_mean_the_same(generate: Generate) -> None:
    variables = {"KRMFN_IMAGE_PULL_SECRETS": "one two", "KRMFN_IMAGE_PULL_POLICY": "Never", "KRMFN_OVERWRITE": "true"}
    finished = generate(*prints(POD_DONE), **variables)
    assert (pull_secrets(finished), policy(finished)) == (["one", "two"], "Never")


def test_parameters_win_over_variables_and_add_to_flags(generate: Generate) -> None:
    parameters = [{"name": "imagePullSecrets", "array": ["two"]}, {"name": "imagePullPolicy", "string": "Never"}]
    flags = ["--secret", "one", "--policy", "Always"]
    finished = generate(*flags, *prints(POD), parameters=parameters, KRMFN_IMAGE_PULL_SECRETS="three")
    assert (pull_secrets(finished), policy(finished)) == (["one", "two"], "Never")


@pytest.mark.parametrize("parameters", [None, "", [], [{"name": "imagePullPolicy", "string": ""}]], ids=repr)
def test_parameters_that_are_not_set_change_nothing(generate: Generate, parameters: object) -> None:
    assert generate(*prints(POD), parameters=parameters, KRMFN_OVERWRITE="", OTHER="x").stdout == POD_DONE


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        (
            [{"name": "pullSecret", "string": "hunter2"}],
            f"unknown parameter `pullSecret`, did you mean `imagePullSecrets`?; known are {KEYS}",
        ),
        ([{"string": "hunter2"}], f"unknown parameter `None`; known are {KEYS}"),
        (
            [{"name": "imagePullPolicy", "string": "Alwys"}],
            "parameter `imagePullPolicy` is 'Alwys', did you mean `Always`?; it must be one of Defaulted, Always",
        ),
        (
            [{"name": "overwrite", "string": "maybe"}],
            "parameter `overwrite` is 'maybe'; it must be one of true, false, Stale, StaleLatest, StalePinned",
        ),
        ([{"name": "overwrite", "array": ["true"]}], "parameter `overwrite` must be a string"),
        (
            [{"name": "imagePullSecrets", "map": {"a": "b"}}],
            "parameter `imagePullSecrets` must be a string or an array",
        ),
        ("hunter2", "ARGOCD_APP_PARAMETERS is not JSON"),
        ({"name": "overwrite"}, "ARGOCD_APP_PARAMETERS must be a list of parameters, each with a name"),
    ],
    ids=[
        *("misspelt", "nameless", "wrong-policy", "no-boolean", "array-for-a-string", "map", "not-json", "no-list"),
    ],
)
def test_wrong_parameter_is_named_before_the_command_runs(
    app: argocd.App, generate: Generate, parameters: object, message: str
) -> None:
    fails(generate("--", "touch", "ran", parameters=parameters), message)
    assert not (app.workplace.folder / "ran").exists()


@pytest.mark.parametrize("name", ["values-files", "helm-parameters", "secrets", "policy", "env"])
def test_parameter_of_another_tool_is_left_to_the_command(generate: Generate, name: str) -> None:
    program = f"import os; print({POD!r}.replace('nginx', 'n' * ('hello' in os.environ['ARGOCD_APP_PARAMETERS'])))"
    parameters = [{"name": name, "string": "hello"}, {"name": "imagePullPolicy", "string": "Never"}]
    finished = generate(*python(program), parameters=parameters)
    assert policy(finished) == "Never"
    assert argocd.objects(finished)[0]["spec"]["containers"][0]["image"] == "n"
    assert finished.stderr.startswith(
        f"info: krmfn does not know the parameter `{name}` and leaves it to the command\n"
    )


def test_parameter_of_another_tool_is_an_error_where_no_command_could_read_it(
    app: argocd.App, generate: Generate
) -> None:
    app.workplace.write({"a.yaml": POD})
    fails(
        generate(parameters=[{"name": "values-files", "array": ["a"]}]), "unknown parameter `values-files`; known are"
    )


def test_wrong_variable_is_named(generate: Generate) -> None:
    fails(
        generate(*prints(POD), KRMFN_OVERWRIT="x"), "unknown variable `ARGOCD_ENV_KRMFN_OVERWRIT`, did you mean `ARGO"
    )
    finished = generate(*prints(POD), KRMFN_IMAGE_PULL_SECRETS="My_Secret")
    fails(finished, "`ARGOCD_ENV_KRMFN_IMAGE_PULL_SECRETS`: 'My_Secret' is not a valid name of a Secret")


def test_announced_parameters_are_those_that_are_read(app: argocd.App, generate: Generate) -> None:
    announced = argocd.announcements(app.run(plugin(app, PLUGIN["parameters"]["dynamic"])))
    assert {parameter["name"] for parameter in announced} == set(KEYS.split(", "))
    assert all(parameter["title"] and parameter["tooltip"] for parameter in announced)
    # Set to what they default to, they change nothing.
    assert generate(*prints(POD), parameters=announced).stdout == POD_DONE


def test_config_file_is_taken_too(app: argocd.App, generate: Generate) -> None:
    app.workplace.write({"pull.yaml": "apiVersion: v1\nkind: ConfigMap\ndata: {imagePullSecrets: regcred}\n"})
    assert pull_secrets(generate("--config", "pull.yaml", *prints(POD))) == ["regcred"]


# Charts

SHOWS_ARGUMENTS = """
import json, sys
arguments = json.dumps(json.dumps(sys.argv[1:]))
print("apiVersion: v1\\nkind: ConfigMap\\nmetadata: {name: a}\\ndata: {arguments: %s}" % arguments)
"""


def shown(finished: hosts.Finished) -> list[str]:
    """The arguments that krmfn adds to those of a command."""
    found: list[str] = json.loads(argocd.objects(finished)[0]["data"]["arguments"])
    return found


def values_files(*files: str) -> list[dict[str, object]]:
    return [{"name": "values-files", "array": list(files)}]


def test_helm_gets_what_argo_cd_says_of_the_application(app: argocd.App, generate: Generate) -> None:
    app.workplace.write({"values.yaml": "", "prod/values.yaml": ""})
    values = {"name": "helm-parameters", "map": {"image.tag": "1.2", "hosts": "{a,b}", "note": r"x,y\,z, $HOME"}}
    parameters = [*values_files("values.yaml", "prod/values.yaml"), values]
    finished = generate("--helm", *python(SHOWS_ARGUMENTS), "--skip-tests", parameters=parameters)
    assert shown(finished) == [
        *("--skip-tests", "--include-crds", "--name-template=shop", "--namespace=demo", "--kube-version=1.32"),
        *("--api-versions=v1", "--api-versions=apps/v1", "--values=./values.yaml", "--values=./prod/values.yaml"),
        *("--set=image.tag=1.2", "--set=hosts={a,b}", r"--set=note=x\,y\,z\, $HOME"),
    ]


def test_build_environment_stands_in_parameters_and_nothing_else_of_the_environment(
    app: argocd.App, generate: Generate
) -> None:
    app.workplace.write({"shop/a.yaml": ""})
    value = "$ARGOCD_APP_NAME-${ARGOCD_ENV_STAGE} $HOME ${HOME} $$ARGOCD_APP_NAME $KUBE_VERSION 1$"
    values = {"name": "helm-parameters", "map": {"a": value, "$ARGOCD_APP_NAME": "b"}}
    parameters = [*values_files("$ARGOCD_APP_NAME/a.yaml"), values]
    arguments = shown(generate("--helm", *python(SHOWS_ARGUMENTS), parameters=parameters, STAGE="a,b"))
    assert arguments[-3:] == [
        "--values=./shop/a.yaml",
        r"--set=a=shop-a\,b $HOME ${HOME} $ARGOCD_APP_NAME 1.32 1$",
        "--set=$ARGOCD_APP_NAME=b",
    ]
    parameters = [{"name": "helm-parameters", "map": {"a": "$ARGOCD_APP_REVISON"}}]
    message = "parameter `helm-parameters`: the variable ARGOCD_APP_REVISON is not set"
    fails(generate("--helm", *python(SHOWS_ARGUMENTS), parameters=parameters), message)


def test_release_has_the_name_of_an_application_in_whatever_namespace(app: argocd.App) -> None:
    command = krmfn(app, "generate", "--helm", *python(SHOWS_ARGUMENTS))
    finished = app.workplace.run(*command, ARGOCD_APP_NAME="team-a_shop")
    assert shown(finished) == ["--include-crds", "--name-template=shop"]


def test_value_file_may_stand_beside_the_chart_in_the_repository(app: argocd.App) -> None:
    """Argo CD's plugin server has the whole repository, and the current folder is that of the source."""
    app.workplace.write({"apps/shop/Chart.yaml": "", "values/shop.yaml": ""})
    script = 'cd apps/shop && exec "$@"'
    command = ["sh", "-c", script, "-", *krmfn(app, "generate", "--helm", *python(SHOWS_ARGUMENTS))]
    parameters = json.dumps(values_files("../../values/shop.yaml"))
    arguments = {"ARGOCD_APP_SOURCE_PATH": "apps/shop", "ARGOCD_APP_PARAMETERS": parameters}
    assert shown(app.workplace.run(*command, **arguments)) == ["--include-crds", "--values=./../../values/shop.yaml"]
    # Where it is not known what the repository is, it is the folder.
    del arguments["ARGOCD_APP_SOURCE_PATH"]
    fails(
        app.workplace.run(*command, **arguments), "parameter `values-files`: ../../values/shop.yaml must be a file in"
    )


@pytest.mark.parametrize(
    "file",
    [
        *("/etc/passwd", "../home/out.yaml", "link.yaml", "folder", "absent.yaml", "-", "https://example.com/v.yaml"),
        # Helm would read two files.
        *("a,b.yaml", 'a"b.yaml', "n" * 5000),
    ],
)
def test_value_file_that_is_not_in_the_repository_is_refused(app: argocd.App, generate: Generate, file: str) -> None:
    app.workplace.write({"folder/a": "", "a,b.yaml": "", 'a"b.yaml': "", "../home/out.yaml": "hunter2"})
    (app.workplace.folder / "link.yaml").symlink_to("../home/out.yaml")
    finished = generate("--helm", "--", "touch", "ran", parameters=values_files(file))
    fails(finished, f"parameter `values-files`: {file} must be a file in the repository, relative to the applic")
    assert not (app.workplace.folder / "ran").exists()


@pytest.mark.parametrize(
    ("parameter", "message"),
    [
        ({"name": "values-files", "map": {"a": "b"}}, "parameter `values-files` must be an array of paths"),
        ({"name": "values-files", "array": "a"}, "parameter `values-files` must be an array of paths"),
        ({"name": "helm-parameters", "array": ["a=b"]}, "parameter `helm-parameters` must be a map of values by"),
        ({"name": "helm-parameters", "string": "a=b"}, "parameter `helm-parameters` must be a map of values by"),
        ({"name": "helm-parameters", "map": {"a": "\0"}}, "parameter `helm-parameters`: `a` or its value has a charac"),
        ({"name": "helm-parameters", "map": {"a": "\ud800"}}, "parameter `helm-parameters`: `a` or its value has a ch"),
        ({"name": "values-files", "array": ["\0"]}, r"parameter `values-files`: \x00 must be a file in the repository"),
        ({"name": "value-files", "array": ["a"]}, "unknown parameter `value-files`, did you mean `values-files`?"),
    ],
    ids=["map-of-files", "no-array", "array-of-values", "string-of-values", "nul", "half", "nul-in-file", "misspelt"],
)
def test_wrong_parameter_for_helm_is_named(generate: Generate, parameter: dict[str, object], message: str) -> None:
    fails(generate("--helm", "--", "touch", "ran", parameters=[parameter]), message)


def test_announced_parameters_for_helm_change_nothing_as_they_are(app: argocd.App, generate: Generate) -> None:
    announced = argocd.announcements(app.run(krmfn(app, "parameters", "--helm")))
    assert [parameter["name"] for parameter in announced] == [*KEYS.split(", "), "values-files", "helm-parameters"]
    arguments = shown(generate("--helm", *python(SHOWS_ARGUMENTS), parameters=announced))
    assert [argument for argument in arguments if argument.startswith(("--set", "--values"))] == []


def test_chart_is_rendered_with_the_kubernetes_that_argo_cd_names(app: argocd.App) -> None:
    """By `helm template .` when no command is given."""
    template = '{{- if .Capabilities.APIVersions.Has "acme.example.com/v1" }}' + POD.replace(
        "name: a\n", "name: {{ .Release.Name }}-{{ .Capabilities.KubeVersion.Minor }}\n", 1
    )
    chart = helm.write_chart(app.workplace, {"templates/a.yaml": template + "{{- end }}", "crds/a.yaml": CRD})
    versions = {"KUBE_VERSION": "1.31", "KUBE_API_VERSIONS": "v1,acme.example.com/v1"}
    environment = {**helm.as_helm(app.workplace, helm.HELM_3), **versions, "ARGOCD_APP_NAME": "shop"}
    finished = app.workplace.run("sh", "-c", f"cd {chart.name} && exec krmfn cmp generate --helm", **environment)
    definition, pod = argocd.objects(finished)
    assert definition["kind"] == "CustomResourceDefinition"
    assert pod["metadata"]["name"] == "shop-31"
    assert pod["spec"]["containers"][0]["imagePullPolicy"] == "Always"


# Pull secrets that the command renames

RENAMED = """\
apiVersion: v1
kind: Secret
metadata: {name: prod-regcred-m654t874c6}
type: kubernetes.io/dockerconfigjson
stringData: {.dockerconfigjson: '{"auths": {"docker.io": {"auth": "aHVudGVyOjI="}}}'}
---
"""
IMAGE_PULL = "apiVersion: krmfn.dev/v1alpha1\nkind: ImagePull\nmetadata: {name: x}\n"
SAYS_RENAMED = (
    "the output of printf: Pod a: these pods use the Secret regcred, which the input does not have; "
    "kustomize seems to have renamed it to prod-regcred-m654t874c6: "
)


def test_pod_whose_pull_secret_has_another_name_is_not_printed(generate: Generate) -> None:
    fails(generate("--secret", "regcred", *prints(RENAMED + POD)), SAYS_RENAMED)


def test_pod_whose_pull_secret_has_the_name_that_is_there_is_printed(generate: Generate) -> None:
    finished = generate("--secret", "prod-regcred-m654t874c6", *prints(RENAMED + POD))
    assert finished.returncode == 0
    assert "kustomize seems" not in finished.stderr


@pytest.mark.parametrize("setting", ["renamedSecrets: Warn", "renamedSecrets: Off", "checkSecrets: Off"])
def test_pod_whose_pull_secret_has_another_name_is_printed_when_the_config_allows_it(
    app: argocd.App, generate: Generate, setting: str
) -> None:
    app.workplace.write({"pull.yaml": IMAGE_PULL + f"spec: {{pullSecrets: [{{name: regcred}}], {setting}}}\n"})
    finished = generate("--config", "pull.yaml", *prints(RENAMED + POD))
    assert argocd.objects(finished)[1]["spec"]["imagePullSecrets"] == [{"name": "regcred"}]
    assert (f"warning: {SAYS_RENAMED}" in finished.stderr) is ("Warn" in setting)


@pytest.mark.parametrize("value", ["Off", "off", "false"])
def test_pod_whose_pull_secret_has_another_name_is_printed_when_the_application_allows_it(
    generate: Generate, value: str
) -> None:
    parameters = [{"name": "renamedSecrets", "string": value}]
    by_parameter = generate("--secret", "regcred", *prints(RENAMED + POD), parameters=parameters)
    by_variable = generate("--secret", "regcred", *prints(RENAMED + POD), KRMFN_RENAMED_SECRETS=value)
    assert by_parameter.returncode == 0
    assert "kustomize seems" not in by_parameter.stderr
    assert by_variable.stdout == by_parameter.stdout


def test_application_can_ask_for_the_error_again(app: argocd.App, generate: Generate) -> None:
    app.workplace.write({"pull.yaml": IMAGE_PULL + "spec: {pullSecrets: [{name: regcred}], renamedSecrets: Off}\n"})
    arguments = ["--config", "pull.yaml", *prints(RENAMED + POD)]
    fails(generate(*arguments, parameters=[{"name": "renamedSecrets", "string": "Error"}]), SAYS_RENAMED)


# Internal annotations


@pytest.mark.parametrize(
    ("metadata", "left"),
    [
        (
            "  annotations:\n    config.k8s.io/id: 0 # i\n    m: x\n    config.kubernetes.io/id: 0\n    # c\n  x: a\n",
            "  annotations:\n    m: x\n    # c\n  x: a\n",
        ),
        (
            "  name: a\n  annotations:\n    internal.config.kubernetes.io/path: a.yaml\n    config.k8s.io/id: '1'\n",
            "  name: a\n",
        ),
        (
            "  annotations: {config.kubernetes.io/path: a, mine: x, config.kubernetes.io/id: 1, config.k8s.io/id: 1}\n",
            "  annotations: {mine: x}\n",
        ),
        ("  {name: a, annotations: {config.kubernetes.io/path: a}}\n", "  {name: a}\n"),
        ("  {annotations: {config.kubernetes.io/path: a}, name: a}\n", "  {name: a}\n"),
        (
            "  annotations: {a: b, # of a\n    config.k8s.io/id: 1, # of id\n    # of c\n    c: d} # e\n",
            "  annotations: {a: b, # of a\n    # of c\n    c: d} # e\n",
        ),
        (
            "  annotations: {a: b, # of a\n    config.k8s.io/id: 1 # of id\n  }\n",
            "  annotations: {a: b # of a\n  }\n",
        ),
        (
            "  annotations: {a: b, config.k8s.io/id: 1, # of id\n  }\n",
            "  annotations: {a: b\n  }\n",
        ),
        ("  name: a\n  annotations: &x {config.k8s.io/id: '1'}\n", "  name: a\n"),
        (
            "  annotations:\n    config.kubernetes.io/path: |\n      hunter2\n    a: b\n",
            "  annotations:\n    a: b\n",
        ),
        (
            "  name: a\n  annotations:\n    config.kubernetes.io/local-config: 'false'\n    note: config.k8s.io/id\n",
            "  name: a\n  annotations:\n    config.kubernetes.io/local-config: 'false'\n    note: config.k8s.io/id\n",
        ),
    ],
    ids=[
        "among-others",
        "alone",
        "flow",
        "flow-alone",
        "flow-alone-and-first",
        "flow-comments",
        "flow-comments-last",
        "flow-comment-behind-comma",
        "anchor",
        "block-scalar",
        "others-stay",
    ],
)
@pytest.mark.parametrize("kind", ["Pod", "Secret"])
def test_internal_annotations_are_taken_out_and_nothing_else(
    generate: Generate, kind: str, metadata: str, left: str
) -> None:
    text = f"apiVersion: v1\nkind: {kind}\nmetadata:\n{metadata}"
    finished = generate(*prints(text))
    assert (finished.stdout, finished.stderr) == (text.replace(metadata, left), "")


def test_internal_annotations_are_taken_out_of_the_items_of_a_list(generate: Generate) -> None:
    item = "- apiVersion: v1\n  kind: Secret\n  metadata:\n    name: a\n    annotations:\n      config.k8s.io/id: '1'\n"
    finished = generate(*prints("apiVersion: v1\nkind: List\nitems:\n" + item * 2))
    assert len(argocd.objects(finished)) == 2


@pytest.mark.parametrize(
    ("annotations", "reason"),
    [
        (
            "&x {config.k8s.io/id: '1'}\n  labels: *x",
            "the removed part has, or seems to have, an anchor that an alias refers to",
        ),
        ("{<<: {config.k8s.io/id: '1'}}", "they arrive by `<<`"),
        ("\n    a: b\n    ? config.kubernetes.io/path\n    : hunter2", "the removed part has a key after a `?`"),
    ],
    ids=["anchor", "merged", "explicit-key"],
)
def test_internal_annotations_that_cannot_be_taken_out_are_an_error(
    generate: Generate, annotations: str, reason: str
) -> None:
    finished = generate(*prints(f"apiVersion: v1\nkind: Secret\nmetadata:\n  name: a\n  annotations: {annotations}\n"))
    fails(finished, f"the output of printf: internal annotations cannot be removed from here: {reason}")


# Objects that are for no cluster


LOCAL = "apiVersion: kpt.dev/v1\nkind: Kptfile\nmetadata:\n  name: shop\n  annotations: {%s}\n"
MARK = "config.kubernetes.io/local-config"


@pytest.mark.parametrize("value", ["'true'", "true", "'yes'"])
def test_local_object_is_left_out_and_named(generate: Generate, value: str) -> None:
    local = LOCAL % f"{MARK}: {value}"
    for text in (f"{local}---\n{POD}", f"# c\n---\n{POD}---\n{local}", f"{local}---\n{POD}---\n{local}---\n{local}"):
        finished = generate(*prints(text))
        assert argocd.objects(finished) == [yaml.safe_load(POD_DONE)]
        said = f"info: the output of printf: Kptfile shop is left out: it has the annotation `{MARK}`\n"
        assert finished.stderr == said * text.count("Kptfile")


def test_object_that_is_not_local_stays(generate: Generate) -> None:
    text = LOCAL % f"{MARK}: 'false'"
    assert generate(*prints(text)).stdout == text


def test_local_object_in_a_file_is_left_out(app: argocd.App, generate: Generate) -> None:
    app.workplace.write({"a.yaml": POD, "b.yaml": LOCAL % f"{MARK}: 'true'", "c.yaml": SECRET})
    finished = generate()
    assert [manifest["kind"] for manifest in argocd.objects(finished)] == ["Pod", "Secret"]
    assert finished.stderr == f"info: the folder: Kptfile shop is left out: it has the annotation `{MARK}`\n"


def test_nothing_but_local_objects_is_a_failure(generate: Generate) -> None:
    finished = generate(*prints(LOCAL % f"{MARK}: 'true'"))
    assert (finished.returncode, finished.stdout) == (1, "")
    assert "the output of printf has no manifests: Argo CD would delete" in finished.stderr


def test_local_object_in_a_list_is_refused(generate: Generate) -> None:
    item = "- " + (LOCAL % f"{MARK}: 'true'").replace("\n", "\n  ").rstrip() + "\n"
    finished = generate(*prints("apiVersion: v1\nkind: List\nitems:\n" + item))
    fails(
        finished,
        f"the output of printf: this object must be left out, because it has the annotation `{MARK}`; sep",
    )


def test_settings_of_krmfn_in_the_folder_are_not_applied(app: argocd.App, generate: Generate) -> None:
    config = "apiVersion: krmfn.dev/v1alpha1\nkind: ImagePull\nmetadata: {name: image-pull}\nspec: {}\n"
    app.workplace.write({"a.yaml": POD, "krmfn.yaml": config})
    finished = generate()
    assert [manifest["kind"] for manifest in argocd.objects(finished)] == ["Pod"]
    assert finished.stderr == "info: the folder: ImagePull image-pull is left out: it holds settings of krmfn\n"


# Without a command


def test_files_of_the_folder_are_read_in_order(app: argocd.App, generate: Generate) -> None:
    app.workplace.write(
        {
            "b.yaml": POD.replace("name: a", "name: b", 1).rstrip(),
            "a.json": '{"apiVersion":"v1","kind":"Secret","metadata":{"name":"a"}}',
            "sub/c.yml": "# c\n---\n" + POD.replace("name: a", "name: c", 1),
            "empty.yaml": "# nothing\n",
            "pull.yaml": "apiVersion: v1\nkind: ConfigMap\ndata: {imagePullSecrets: regcred}\n",
            ".github/workflow.yaml": "on: push\n",
            "README.md": "nothing: [",
        }
    )
    manifests = argocd.objects(generate("--config", "./pull.yaml"))
    assert [manifest["metadata"]["name"] for manifest in manifests] == ["a", "b", "c"]
    assert [m["spec"]["imagePullSecrets"] for m in manifests[1:]] == [[{"name": "regcred"}]] * 2


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({}, "the folder has no manifests: Argo CD would delete all resources of the application"),
        (
            {"a.yaml": "# nothing\n"},
            "the folder has no manifests: Argo CD would delete all resources of the application",
        ),
        ({"a.yaml": POD, "b.yaml": "a: [hunter2\n"}, "b.yaml: not YAML: "),
        ({"a.yaml": POD, "values.yaml": "a: hunter2\n"}, "values.yaml: expected an object with apiVersion and kind"),
        (
            {"a.yaml": POD, "kustomization.yaml": "resources: [a.yaml]"},
            "kustomization.yaml must be rendered: name a command, such as `krmfn cmp generate -- kustomize build",
        ),
        (
            {"sub/Chart.yaml": "name: c"},
            "sub/Chart.yaml must be rendered: name a command, such as `krmfn cmp generate -- h",
        ),
    ],
    ids=["no-file", "no-manifest", "not-yaml", "no-object", "kustomization", "chart"],
)
def test_folder_that_is_no_manifests_fails_it(
    app: argocd.App, generate: Generate, files: dict[str, str], message: str
) -> None:
    app.workplace.write(files)
    fails(generate(), message)


# Discovery


@pytest.mark.parametrize(
    ("files", "found"),
    [
        ({}, ""),
        ({"README.md": "x", "values.yaml": "a: b"}, ""),
        ({"values.yaml": "a: b", "web.yaml": POD}, "web.yaml\n"),
        ({"kustomization.yml": "", "web.yaml": POD}, "kustomization.yml\n"),
        ({"Kustomization": "", "web.yaml": POD}, "Kustomization\n"),
        ({"Chart.yaml": "name: c", "templates/web.yaml": POD}, "Chart.yaml\n"),
    ],
    ids=["nothing", "no-manifest", "manifests", "kustomization.yml", "Kustomization", "chart"],
)
def test_discover_names_what_there_is_to_render(app: argocd.App, files: dict[str, str], found: str) -> None:
    app.workplace.write(files)
    finished = app.run(krmfn(app, "discover"))
    assert (finished.returncode, finished.stdout, finished.stderr) == (0, found, "")


def test_discover_looks_for_one_kind_when_asked(app: argocd.App) -> None:
    app.workplace.write({"kustomization.yaml": "", "web.yaml": POD})
    found = {kind: app.run(krmfn(app, "discover", kind)).stdout for kind in ("kustomize", "helm", "manifests")}
    assert found == {"kustomize": "kustomization.yaml\n", "helm": "", "manifests": ""}


@pytest.mark.parametrize("arguments", [[], ["render"], ["discover", "jsonnet"], ["generate", "--unknown"]], ids=str)
def test_wrong_command_line_is_exit_code_2(app: argocd.App, arguments: list[str]) -> None:
    finished = app.run(krmfn(app, *arguments))
    assert (finished.returncode, finished.stdout) == (2, "")
    assert finished.stderr.startswith("usage: krmfn cmp")


MERGED = """\
apiVersion: v1
kind: ConfigMap
x-base: &m
  annotations:
    internal.config.kubernetes.io/path: a
metadata:
  <<: *m
  name: y
"""
DOUBLED = """\
apiVersion: v1
kind: ConfigMap
metadata:
  annotations: {internal.config.kubernetes.io/path: a}
  annotations: {b: c}
"""
EXPLICIT = """\
apiVersion: v1
kind: ConfigMap
metadata:
  annotations:
    a: b
    ?
      internal.config.kubernetes.io/path
    : x
"""
BEHIND_A_BLOCK_SCALAR = """\
apiVersion: v1
kind: ConfigMap
metadata:
  annotations:
    a: |
      l1
    internal.config.kubernetes.io/path: x
      # c
    b: c
"""


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param(MERGED, "internal annotations cannot be removed from here: they arrive by `<<`", id="merged"),
        pytest.param(DOUBLED, "key `annotations` stands twice in one mapping (document 1, line 5", id="doubled"),
        pytest.param(EXPLICIT, "internal annotations cannot be removed from here: the removed part has", id="explicit"),
        pytest.param(
            BEHIND_A_BLOCK_SCALAR,
            "internal annotations cannot be removed from here: something else would change",
            id="behind-a-block-scalar",
        ),
    ],
)
def test_internal_annotations_are_never_printed_for_want_of_a_place(
    generate: Generate, text: str, message: str
) -> None:
    fails(generate(*prints(text)), f"the output of printf: {message}")


def test_an_internal_annotation_behind_escapes_is_taken_out_too(generate: Generate) -> None:
    annotations = r'{"internal.config.kubernetes.io\/path":"a.yaml","b":"c"}'
    pod = '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"x","annotations":%s}}'
    finished = generate(*prints(pod % annotations))
    assert (finished.returncode, finished.stdout) == (0, pod % '{"b":"c"}')
