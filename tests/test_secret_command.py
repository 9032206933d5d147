"""`krmfn secret` as people run it: the Secret is kubectl's, helpers are called, and no credential is anywhere else."""

import base64
import gc
import json
import os
import random
import shlex
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import hosts
import pytest
import yaml

from krmfn.cli import main
from krmfn.commands.secret import credential_helpers
from krmfn.errors import InputError
from krmfn.imagepull.docker_config import of_secret
from krmfn.imagepull.images.reference import parse

USERNAME, PASSWORD, TOKEN = "robot-7f3a", "hunter2-9c1e", "eyJraWQi-5b2d"
OTHER_USERNAME, OTHER_PASSWORD = "other-1d4c", "letmein-8e6b"
HUB = "https://index.docker.io/v1/"
POD = "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {containers: [{name: a, image: %s}]}\n"

Secret = Callable[..., hosts.Finished]


def in_base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


AUTH, OTHER_AUTH = in_base64(f"{USERNAME}:{PASSWORD}"), in_base64(f"{OTHER_USERNAME}:{OTHER_PASSWORD}")
CREDENTIALS = (USERNAME, PASSWORD, TOKEN, AUTH, OTHER_USERNAME, OTHER_PASSWORD, OTHER_AUTH)
ENTRY = {"auth": AUTH}
OTHER_ENTRY = {"auth": OTHER_AUTH}
TWO = {"auths": {"registry.example.com": ENTRY, "other.example.com": OTHER_ENTRY}}


@pytest.fixture
def place(tmp_path: Path) -> hosts.Workplace:
    return hosts.Workplace(tmp_path)


@pytest.fixture
def secret(place: hosts.Workplace) -> Secret:
    """Runs `krmfn secret` with a Docker config in `config.json`, and checks that no message shows a credential."""

    def run(*arguments: str, config: object = None, stdin: str = "", **environment: str) -> hosts.Finished:
        source: tuple[str, ...] = ()
        if config is not None:
            place.write({"config.json": config if isinstance(config, str) else json.dumps(config)})
            source = ("--from", "config.json")
        finished = place.run(place.krmfn, "secret", *source, *arguments, stdin=stdin, **environment)
        assert shown(finished.stdout, finished.stderr) == []
        return finished

    return run


def shown(stdout: str, stderr: str) -> list[str]:
    """The credentials that are in the output, but for the data of Secrets."""
    around = "\n".join(line for line in stdout.splitlines() if not line.startswith("  .dockerconfigjson: "))
    return [part for part in CREDENTIALS if part in around + stderr]


def documents(finished: hosts.Finished) -> list[Any]:
    assert (finished.returncode, finished.stderr) == (0, "")
    return list(yaml.safe_load_all(finished.stdout))


def held(manifest: Any) -> dict[str, Any]:
    """The entries of `auths` in a Secret."""
    config = json.loads(base64.b64decode(manifest["data"][".dockerconfigjson"]))
    assert list(config) == ["auths"]
    auths: dict[str, Any] = config["auths"]
    return auths


def entries(finished: hosts.Finished) -> dict[str, Any]:
    """The entries of `auths` in the only Secret, whatever warnings there are."""
    assert finished.returncode == 0, finished.stderr
    return held(yaml.safe_load(finished.stdout))


def fails(finished: hosts.Finished, *messages: str) -> None:
    """Nothing on stdout, and one line on stderr with all of these in it."""
    assert (finished.returncode, finished.stdout) == (1, ""), finished.stderr
    assert finished.stderr.startswith("error: ")
    assert finished.stderr.count("\n") == 1
    for message in messages:
        assert message in finished.stderr


def entry(username: str = USERNAME, password: str = PASSWORD) -> dict[str, str]:
    return {"username": username, "password": password, "auth": in_base64(f"{username}:{password}")}


# The Secret


def test_secret_holds_what_is_asked_for_and_nothing_else(secret: Secret) -> None:
    (manifest,) = documents(secret("--registry", "registry.example.com", config=TWO))
    assert held(manifest) == {"registry.example.com": entry()}
    del manifest["data"]
    assert manifest == {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "regcred"},
        "type": "kubernetes.io/dockerconfigjson",
    }


@pytest.mark.parametrize(
    ("username", "password"),
    [(USERNAME, PASSWORD), ("ü<&>", 'p"\\ \t\x7f\u2028 :é'), ("_json_key", '{"type": "service_account"}\n')],
)
@pytest.mark.parametrize("namespace", [(), ("--namespace", "shop")])
def test_secret_is_what_kubectl_makes(
    place: hosts.Workplace, secret: Secret, username: str, password: str, namespace: tuple[str, ...]
) -> None:
    hosts.require("kubectl")
    kubectl = place.run(
        *("kubectl", "create", "secret", "docker-registry", "regcred", "--dry-run=client", "--output=yaml"),
        *(f"--docker-server={HUB}", f"--docker-username={username}", f"--docker-password={password}", *namespace),
    )
    kubectl.check_returncode()
    theirs = yaml.safe_load(kubectl.stdout)
    theirs["metadata"].pop("creationTimestamp", None)
    config = {"auths": {HUB: {"auth": in_base64(f"{username}:{password}")}}}
    assert documents(secret("--registry", "docker.io", *namespace, config=config)) == [theirs]


def test_output_is_always_the_same(secret: Secret) -> None:
    arguments = ("--registry", "registry.example.com", "--registry", "other.example.com", "--label", "a=b")
    backwards = {"auths": dict(reversed(TWO["auths"].items()))}
    swapped = (*arguments[2:4], *arguments[:2], *arguments[4:])
    first = secret(*arguments, config=TWO)
    assert first.stdout == secret(*swapped, config=backwards).stdout != ""


def test_each_namespace_gets_a_secret(secret: Secret) -> None:
    arguments = ("--namespace", "shop", "--namespace", "blog", "--namespace", "shop")
    finished = secret("--registry", "registry.example.com", "--name", "pull", *arguments, config=TWO)
    shop, blog = documents(finished)
    assert shop["metadata"] == {"name": "pull", "namespace": "shop"}
    assert blog["metadata"] == {"name": "pull", "namespace": "blog"}
    assert shop["data"] == blog["data"]


def test_labels_and_annotations_stay_strings(secret: Secret) -> None:
    labels = ("--label", "example.com/a=true", "--label", "b=1", "--label", "c=")
    annotations = ("--annotation", 'a=x: y # "z"\n', "--annotation", "sealedsecrets.bitnami.com/cluster-wide=true")
    (manifest,) = documents(secret("--registry", "registry.example.com", *labels, *annotations, config=TWO))
    assert manifest["metadata"]["labels"] == {"example.com/a": "true", "b": "1", "c": ""}
    assert manifest["metadata"]["annotations"] == {
        "a": 'x: y # "z"\n',
        "sealedsecrets.bitnami.com/cluster-wide": "true",
    }


def test_krmfn_finds_nothing_to_change_in_it(place: hosts.Workplace, secret: Secret) -> None:
    finished = secret("--registry", "registry.example.com", config=TWO)
    assert place.run(place.krmfn, stdin=finished.stdout).stdout == finished.stdout


@pytest.fixture
def in_process(
    tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> Iterator[Callable[..., tuple[int, str, str]]]:
    """Runs `krmfn secret` without a process of its own, for tests that run it very often."""
    file = tmp_path / "config.json"

    def run(*arguments: str, config: bytes) -> tuple[int, str, str]:
        file.write_bytes(config)
        status = main(["secret", "--from", str(file), *arguments])
        captured = capsysbinary.readouterr()
        return status, captured.out.decode(), captured.err.decode()

    yield run
    gc.enable()  # the command turns it off, since it is about to end


def test_metadata_is_taken_as_the_api_server_takes_it(in_process: Callable[..., tuple[int, str, str]]) -> None:
    lines = Path(__file__).with_name("kubernetes_metadata.tsv").read_text().splitlines()
    rows = [line.split("\t") for line in lines if not line.startswith("#")]
    config = json.dumps(TWO).encode()
    answers = []
    for flag, value, _ in rows:
        status, out, err = in_process(f"--{flag}={json.loads(value)}", "--registry=other.example.com", config=config)
        assert err.startswith(f"error: --{flag}") if status else yaml.safe_load(out)
        answers.append([flag, value, "invalid" if status else "valid"])
    assert answers == rows
    assert {row[2] for row in rows} == {"valid", "invalid"}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--label", "a"), "--label: 'a' is not KEY=VALUE with a key such as `example.com/team`"),
        (("--label", "a=b", "--label", "a=c"), "--label a: has two values; one is expected"),
        (
            (
                "--annotation",
                "a=" + "b" * (100 << 10),
                "--annotation",
                "c=" + "d" * (100 << 10),
                *("--annotation", "e=" + "f" * (100 << 10)),
            ),
            "more than 256 KiB",
        ),
        (("--name", "Pull_Secret"), "--name: 'Pull_Secret' is not a valid name of a Secret: use lower-case letters"),
        (("--namespace", "a.b"), "--namespace: 'a.b' is not a namespace"),
    ],
)
def test_metadata_that_is_wrong_is_named(secret: Secret, arguments: tuple[str, ...], message: str) -> None:
    fails(secret("--registry", "registry.example.com", *arguments, config=TWO), message)


def test_secret_that_would_be_too_large_is_refused(secret: Secret) -> None:
    config = {"auths": {"registry.example.com": {"username": "u", "password": "x" * (1 << 20)}}}
    fails(secret("--registry", "registry.example.com", config=config), "Kubernetes accepts at most 1048576")


# Which registries


@pytest.mark.parametrize(
    ("asked", "name", "config_name"),
    [
        ("docker.io", HUB, HUB),
        ("index.docker.io", HUB, "docker.io"),
        (HUB, HUB, "index.docker.io"),
        ("docker.io/team", "docker.io/team", HUB),
        ("index.docker.io/team", "docker.io/team", "docker.io/team"),
        ("registry.example.com", "registry.example.com", "https://registry.example.com/v2/"),
        ("https://registry.example.com/v1/", "registry.example.com", "registry.example.com"),
        ("registry.example.com/team/", "registry.example.com/team", "registry.example.com"),
        ("registry.example.com/team/app", "registry.example.com/team/app", "registry.example.com/team"),
        ("registry.example.com:5000", "registry.example.com:5000", "http://registry.example.com:5000/"),
        ("eu.example.com", "eu.example.com", "*.example.com"),
        ("*.example.com", "*.example.com", "*.example.com"),
        ("localhost:5000", "localhost:5000", "localhost:5000"),
    ],
)
def test_registry_is_found_by_all_its_names(secret: Secret, asked: str, name: str, config_name: str) -> None:
    config = {"auths": {config_name: ENTRY, "elsewhere.example.org": OTHER_ENTRY}}
    assert entries(secret("--registry", asked, config=config)) == {name: entry()}


@pytest.mark.parametrize(
    ("asked", "image"),
    [
        ("docker.io", "nginx"),
        ("docker.io/team", "team/app:1"),
        ("registry.example.com:5000", "registry.example.com:5000/a/b"),
        ("registry.example.com/team", "registry.example.com/team/app"),
        ("*.example.com", "eu.example.com/app"),
    ],
)
def test_kubelet_finds_the_credentials_for_an_image(secret: Secret, asked: str, image: str) -> None:
    auths = dict.fromkeys((HUB, "registry.example.com", "registry.example.com:5000", "*.example.com"), ENTRY)
    (manifest,) = documents(secret("--registry", asked, config={"auths": auths}))
    found, other = parse(image), parse("quay.io/a/b")
    assert found is not None
    assert other is not None
    config = of_secret(manifest["type"], manifest["data"])
    assert config.serves(found)
    assert not config.serves(other)


def test_longest_path_counts(secret: Secret) -> None:
    config = {"auths": {"registry.example.com": OTHER_ENTRY, "registry.example.com/team": ENTRY}}
    assert entries(secret("--registry", "registry.example.com/team/app", config=config)) == {
        "registry.example.com/team/app": entry()
    }


@pytest.mark.parametrize(
    ("asked", "config_name", "message"),
    [
        ("registry.example.com", "other.example.com", "`docker login registry.example.com` adds some"),
        ("registry.example.com", "registry.example.com/team", "there are credentials for `registry.example.com/team`"),
        ("registry.example.com/teamwork", "registry.example.com/team", "credentials for `registry.example.com/team`"),
        ("registry.example.com:5000", "registry.example.com", "no credentials for `registry.example.com:5000`"),
        ("localhost", HUB, "no credentials for `localhost`"),
        ("registry.example.com", "registry.example.com ", "the name of entry number 1 is not a registry"),
    ],
)
def test_registry_without_credentials_is_named(secret: Secret, asked: str, config_name: str, message: str) -> None:
    config = {"auths": {config_name: ENTRY}}
    fails(secret("--registry", asked, config=config), "config.json: no credentials for", message)


@pytest.mark.parametrize(
    "asked",
    [
        "team",
        "",
        "https://",
        "registry.example.com/app:1",
        "registry.example.com/App",
        "a b.example.com",
        "r.io?x",
        "/x",
        "registry.example.com/a@sha256:0",
    ],
)
def test_what_is_no_registry_is_refused(secret: Secret, asked: str) -> None:
    fails(secret("--registry", asked, config=TWO), "--registry: ", "HOST[:PORT]/PATH is expected")


def test_password_in_what_is_asked_for_is_not_shown(secret: Secret) -> None:
    fails(secret("--registry", f"https://{USERNAME}:{PASSWORD}@registry.example.com", config=TWO), "is not a registry")


# What is wrong with a Docker config


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ("", "config.json: is empty; a Docker config is expected"),
        (" \n", "config.json: is empty"),
        (f'{{"auths": {{"registry.example.com": {{"auth": "{AUTH}"}}', "config.json: is not JSON (line 1, column"),
        (PASSWORD, "config.json: is not JSON (line 1, column 1)"),
        (f'"{PASSWORD}"', "config.json: must be a JSON object"),
        (f'{{"auths": ["{AUTH}"]}}', "config.json: `auths` must be an object"),
        ("[" * 200_000, "config.json: is JSON that is nested too deeply"),
        ({}, "no credentials for `registry.example.com`"),
        ({"auths": {}}, "no credentials for `registry.example.com`"),
        ({"auths": {"registry.example.com": {}}}, "the entry `registry.example.com` has no user name and password"),
        ({"auths": {"registry.example.com": None}}, "has no user name and password: `auth`, or `username` and `pass"),
        ({"auths": {"registry.example.com": {"username": USERNAME}}}, "has no user name and password"),
        ({"auths": {"registry.example.com": AUTH}}, "the entry for `registry.example.com`: must be an object"),
        (
            {"auths": {"registry.example.com": {"auth": PASSWORD}}},
            "`auth` is not base64; base64 of `USERNAME:PASSWORD`",
        ),
        ({"auths": {"registry.example.com": {"auth": in_base64(PASSWORD)}}}, "`auth` has no colon in it once decoded"),
        (
            {"auths": {"registry.example.com": {"auth": 7}}},
            "the entry for `registry.example.com`: `auth` must be a str",
        ),
        (
            {"auths": {"other.example.com": {"auth": PASSWORD}}},
            "the entry for `other.example.com`: `auth` is not base64",
        ),
        (
            {"auths": {f"{USERNAME}:{PASSWORD}@registry.example.com": {"auth": 7}}},
            "the entry for `registry.example.com`",
        ),
        ({"auths": {f"{PASSWORD} x": {"auth": 7}}}, "the entry number 1: `auth` must be a string"),
        ({"auths": {"registry.example.com": {"identitytoken": TOKEN}}}, "a token, which the kubelet does not read"),
        (
            {"auths": {"registry.example.com": {"auth": in_base64(f"{USERNAME}:"), "identitytoken": TOKEN}}},
            "has only a token, which the kubelet does not read: log in with a user name and a password",
        ),
        (
            {"auths": {"registry.example.com": {"auth": base64.b64encode(b"u:\xff").decode()}}},
            "user name and password for `registry.example.com` are not UTF-8",
        ),
        ({"auths": {"registry.example.com": {"username": "a:b", "password": PASSWORD}}}, "has a colon in it"),
        ({**TWO, "credsStore": 7}, "config.json: `credsStore` must be a string"),
        ({**TWO, "credsStore": "../x"}, "`credsStore` has an invalid name of a helper"),
        ({**TWO, "credHelpers": []}, "`credHelpers` must be an object"),
        (
            {**TWO, "credHelpers": {"registry.example.com": 7}},
            "`credHelpers` for `registry.example.com`: the name of a",
        ),
    ],
)
def test_config_that_is_wrong_is_named(secret: Secret, config: object, message: str) -> None:
    fails(secret("--registry", "registry.example.com", config=config), message)


def test_config_of_another_encoding_is_refused(place: hosts.Workplace, secret: Secret) -> None:
    for encoding in ("utf-16", "latin-1"):
        (place.folder / "config").write_bytes(json.dumps({"auths": {"ü": ENTRY}}, ensure_ascii=False).encode(encoding))
        fails(secret("--registry", "registry.example.com", "--from", "config"), "config: is not UTF-8")


def test_byte_order_mark_is_no_matter(secret: Secret) -> None:
    config = "\ufeff" + json.dumps(TWO)
    assert entries(secret("--registry", "registry.example.com", config=config)) == {"registry.example.com": entry()}


# Where the Docker config is


def home(place: hosts.Workplace) -> Path:
    return Path(place.environment["HOME"])


def put(file: Path, config: object) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(config))
    return file


def test_config_is_looked_for_where_docker_and_podman_keep_it(place: hosts.Workplace, secret: Secret) -> None:
    runtime, podman, docker = (place.folder / name for name in ("runtime", "podman.json", "docker"))
    variables = {
        "XDG_RUNTIME_DIR": str(runtime),
        "REGISTRY_AUTH_FILE": str(podman),
        "DOCKER_CONFIG": str(docker),
    }
    fails(secret("--registry", "r.example.com"), "found no Docker config; looked at: ", ".docker/config.json", "--from")
    places = [
        (home(place) / ".config/containers/auth.json", {}),
        (runtime / "containers/auth.json", {"XDG_RUNTIME_DIR": str(runtime)}),
        (podman, {"REGISTRY_AUTH_FILE": str(podman)}),
        (home(place) / ".docker/config.json", {}),
        (docker / "config.json", {"DOCKER_CONFIG": str(docker)}),
    ]
    given: dict[str, str] = {}
    for number, (file, variable) in enumerate(places):
        given |= variable
        put(file, {"auths": {"r.example.com": {"username": f"u{number}", "password": "p"}}})
        found = entries(secret("--registry", "r.example.com", **given))
        assert found["r.example.com"]["username"] == f"u{number}"
    finished = secret("--registry", "x.example.com", **variables)
    fails(finished, f"{docker}/config.json: no credentials", f"not read: {podman}, {runtime}/containers/auth.json")


def test_config_that_cannot_be_read_is_named(place: hosts.Workplace, secret: Secret) -> None:
    fails(secret("--registry", "r.example.com", "--from", "none.json"), "none.json: No such file or directory")
    fails(secret("--registry", "r.example.com", "--from", "."), ".: Is a directory")
    looped = home(place) / ".docker"
    looped.symlink_to(looped)
    fails(secret("--registry", "r.example.com"), "found no Docker config")


def test_config_comes_on_stdin(secret: Secret) -> None:
    finished = secret("--registry", "registry.example.com", "--from", "-", stdin=json.dumps(TWO))
    assert entries(finished) == {"registry.example.com": entry()}
    fails(secret("--registry", "registry.example.com", "--from", "-"), "stdin: is empty; a Docker config is expected")


def test_legacy_file_is_read(place: hosts.Workplace, secret: Secret) -> None:
    place.write({".dockercfg": json.dumps({"registry.example.com": ENTRY})})
    finished = secret("--registry", "registry.example.com", "--from", ".dockercfg")
    assert entries(finished) == {"registry.example.com": entry()}


def test_config_that_podman_wrote_is_read(secret: Secret) -> None:
    config = {"auths": {"docker.io": ENTRY, "quay.io/team": OTHER_ENTRY}, "credHelpers": {}}
    found = entries(secret("--registry", "docker.io", "--registry", "quay.io/team", config=config))
    assert found == {HUB: entry(), "quay.io/team": entry(OTHER_USERNAME, OTHER_PASSWORD)}


# Credential helpers


@pytest.fixture
def helper(place: hosts.Workplace, tmp_path: Path) -> Callable[[str, str], dict[str, str]]:
    """Puts a credential helper on PATH, a Python program that has `server` and `verb`; gives the environment."""
    folder = tmp_path / "helpers"
    folder.mkdir()

    def write(name: str, program: str) -> dict[str, str]:
        file = folder / f"docker-credential-{name}"
        lines = "import json, sys\nverb, server = sys.argv[1], sys.stdin.read()\nassert verb == 'get'\n"
        file.write_text(f"#!{sys.executable}\n{lines}{program}\n")
        file.chmod(0o755)
        return {"PATH": os.pathsep.join([str(folder), place.environment["PATH"]])}

    return write


ANSWER = f"print(json.dumps({{'ServerURL': server, 'Username': {USERNAME!r}, 'Secret': {PASSWORD!r}}}))"
BY_SERVER = f"print(json.dumps({{'ServerURL': server, 'Username': {USERNAME!r}, 'Secret': server}}))"
NOT_FOUND = "print('credentials not found in native keychain'); sys.exit(1)"

Helper = Callable[[str, str], dict[str, str]]


@pytest.mark.parametrize(
    ("asked", "config", "server"),
    [
        ("registry.example.com", {"credsStore": "x"}, "registry.example.com"),
        ("registry.example.com:5000/team", {"credsStore": "x"}, "registry.example.com:5000"),
        ("docker.io", {"auths": {HUB: {}}, "credsStore": "x"}, HUB),
        ("docker.io/team", {"credHelpers": {"docker.io": "x"}}, HUB),
        ("docker.io", {"credHelpers": {HUB: "x"}, "credsStore": "none"}, HUB),
        (
            "registry.example.com",
            {"credHelpers": {"registry.example.com": "x"}, "credsStore": "none"},
            "registry.example.com",
        ),
        ("registry.example.com", {"credHelpers": {"https://registry.example.com": "x"}}, "registry.example.com"),
        ("registry.example.com", {**TWO, "credsStore": "x"}, "registry.example.com"),
    ],
)
def test_helper_is_asked_for_the_server(
    secret: Secret, helper: Helper, asked: str, config: object, server: str
) -> None:
    (found,) = entries(secret("--helpers", "--registry", asked, config=config, **helper("x", BY_SERVER))).values()
    assert (found["username"], found["password"]) == (USERNAME, server)


def test_helper_is_named_and_not_run_unless_allowed(place: hosts.Workplace, secret: Secret, helper: Helper) -> None:
    environment = helper("x", f"open('ran', 'w').close(); {ANSWER}")
    config = {"auths": {"registry.example.com": {}}, "credsStore": "x"}
    finished = secret("--registry", "registry.example.com", config=config, **environment)
    fails(finished, "docker-credential-x may have them: --helpers asks it")
    assert not (place.folder / "ran").exists()
    assert entries(secret("--helpers", "--registry", "registry.example.com", config=config, **environment))
    assert (place.folder / "ran").exists()


def test_entry_is_used_with_a_warning_where_docker_would_ask_a_helper(secret: Secret) -> None:
    finished = secret("--registry", "registry.example.com", config={**TWO, "credsStore": "x"})
    assert entries(finished) == {"registry.example.com": entry()}
    assert finished.stderr == (
        "warning: config.json: the entry for `registry.example.com` is used; Docker would ask docker-credential-x, as "
        "--helpers does\n"
    )


def test_entry_is_used_when_the_helper_has_nothing(secret: Secret, helper: Helper) -> None:
    environment = helper("x", NOT_FOUND)
    finished = secret(
        "--helpers", "--registry", "registry.example.com", config={**TWO, "credsStore": "x"}, **environment
    )
    assert entries(finished) == {"registry.example.com": entry()}


@pytest.mark.parametrize(
    ("program", "message"),
    [
        (NOT_FOUND, "docker-credential-x has none for `registry.example.com`"),
        (
            f"print({PASSWORD!r}); sys.exit({TOKEN!r})",
            "docker-credential-x failed for `registry.example.com` with exit code 1",
        ),
        (f"print({PASSWORD!r}); raise SystemExit(77)", "with exit code 77; its output may hold credentials and is not"),
        (f"print({PASSWORD!r})", "the answer of docker-credential-x for `registry.example.com` is not JSON"),
        (f"print({PASSWORD!r}, file=sys.stderr)", "is not JSON (line 1, column 1)"),
        (f"print(json.dumps([{PASSWORD!r}]))", "must be a JSON object"),
        (f"print(json.dumps({{'Username': 7, 'Secret': {PASSWORD!r}}}))", "`Username` must be a string"),
        ("print(json.dumps({'Username': '', 'Secret': ''}))", "docker-credential-x has none"),
        ("print(json.dumps({'Username': 'u'}))", "docker-credential-x has none"),
        (
            f"print(json.dumps({{'Username': '<token>', 'Secret': {TOKEN!r}}}))",
            "docker-credential-x has only a token, which the kubelet does not read",
        ),
        (f"sys.stdout.buffer.write(b'\\xff' + {PASSWORD!r}.encode())", "is not JSON"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "with exit code -9"),
    ],
)
def test_helper_that_fails_is_named_and_its_words_are_not_shown(
    secret: Secret, helper: Helper, program: str, message: str
) -> None:
    environment = helper("x", f"print({USERNAME!r}, file=sys.stderr, flush=True); {program}")
    finished = secret("--helpers", "--registry", "registry.example.com", config={"credsStore": "x"}, **environment)
    fails(finished, message)


def test_helper_that_does_not_answer_is_not_waited_for(helper: Helper, monkeypatch: pytest.MonkeyPatch) -> None:
    environment = helper("x", "import time; time.sleep(60)")
    monkeypatch.setenv("PATH", environment["PATH"])
    monkeypatch.setattr(credential_helpers, "PATIENCE", 0.5)
    with pytest.raises(InputError, match=r"docker-credential-x did not answer for `example\.com` within 0\.5 seconds"):
        credential_helpers.Helper("x").get("example.com")


def test_helper_that_cannot_be_run_is_named(secret: Secret, helper: Helper) -> None:
    arguments = ("--helpers", "--registry", "registry.example.com")
    fails(secret(*arguments, config={"credsStore": "gone"}), "docker-credential-gone", "is not on PATH")
    environment = helper("broken", "")
    Path(environment["PATH"].split(os.pathsep)[0], "docker-credential-broken").write_bytes(b"\x7fELF")
    fails(secret(*arguments, config={"credsStore": "broken"}, **environment), "docker-credential-broken cannot be run")


@pytest.mark.parametrize(
    ("username", "end"),
    [
        ("AWS", "12 hours after it was made"),
        ("oauth2accesstoken", "an hour after it was made"),
        ("_dcgcloud_token", "an hour after it was made"),
        ("gitlab-ci-token", "with its job"),
    ],
)
def test_token_that_ends_soon_is_warned_of(secret: Secret, username: str, end: str) -> None:
    config = {"auths": {"registry.example.com": {"username": username, "password": PASSWORD}}}
    finished = secret("--registry", "registry.example.com", config=config)
    assert entries(finished) == {"registry.example.com": entry(username)}
    assert f"the password for `registry.example.com` is a token that expires {end}" in finished.stderr


# What images need


def test_secret_is_for_what_the_images_need(place: hosts.Workplace, secret: Secret) -> None:
    config = {
        "auths": {
            HUB: ENTRY,
            "registry.example.com": OTHER_ENTRY,
            "registry.example.com/team": ENTRY,
            "unused.example.com": OTHER_ENTRY,
        }
    }
    workflow = "apiVersion: argoproj.io/v1alpha1\nkind: Workflow\nmetadata: {name: w}\nspec:\n  templates:\n"
    place.write(
        {
            "app/pods.yaml": POD % "nginx" + "---\n" + POD % "registry.example.com/team/app:1",
            "app/deep/list.json": json.dumps(
                {"apiVersion": "v1", "kind": "List", "items": [yaml.safe_load(POD % "busybox")]}
            ),
            "app/workflow.yml": workflow + "  - {name: a, script: {image: registry.example.com/tools/x, source: x}}\n",
            "app/values.yaml": "image: unused.example.com/a\n",
            "app/local.yaml": (POD % "unused.example.com/a").replace(
                "name: a}", "name: a, annotations: {config.kubernetes.io/local-config: 'true'}}", 1
            ),
            "app/readme.txt": POD % "unused.example.com/a",
        }
    )
    found = entries(secret("--for", "app", config=config))
    assert found == {
        HUB: entry(),
        "registry.example.com": entry(OTHER_USERNAME, OTHER_PASSWORD),
        "registry.example.com/team": entry(),
    }
    one = entries(secret("--for", "app/workflow.yml", "--registry", "unused.example.com", config=config))
    assert set(one) == {"registry.example.com", "unused.example.com"}


def test_secret_is_for_what_a_pipe_renders(place: hosts.Workplace, secret: Secret) -> None:
    place.write({"docker.json": json.dumps(TWO)})
    finished = secret("--for", "-", "--from", "docker.json", stdin=POD % "registry.example.com/a:1")
    assert entries(finished) == {"registry.example.com": entry()}


def test_kinds_that_definitions_teach_count(place: hosts.Workplace, secret: Secret) -> None:
    container = {"type": "object", "properties": {"image": {"type": "string"}, "imagePullPolicy": {"type": "string"}}}
    container["properties"] |= {"command": {"type": "array", "items": {"type": "string"}}}  # type: ignore[operator]
    schema = {"properties": {"spec": {"properties": {"front": container}}}}
    definition = {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": "shops.example.com"},
        "spec": {
            "group": "example.com",
            "names": {"kind": "Shop"},
            "versions": [{"name": "v1", "schema": {"openAPIV3Schema": schema}}],
        },
    }
    shop = {"apiVersion": "example.com/v1", "kind": "Shop", "metadata": {"name": "a"}}
    shop["spec"] = {"front": {"image": "registry.example.com/shop", "command": ["run"]}}
    place.write({"app/a-shop.json": json.dumps(shop), "app/definition.json": json.dumps(definition)})
    assert entries(secret("--for", "app", config=TWO)) == {"registry.example.com": entry()}


def test_kinds_of_the_settings_are_known(place: hosts.Workplace, secret: Secret) -> None:
    row = "{group: example.com, kind: Shop, images: [spec.front]}"
    config = f"apiVersion: krmfn.dev/v1alpha1\nkind: ImagePull\nspec: {{kinds: [{row}]}}\n"
    shop = (
        "apiVersion: example.com/v1\nkind: Shop\nmetadata: {name: a}\nspec: {front: {image: registry.example.com/a}}\n"
    )
    place.write({"app/krmfn.yaml": config, "app/shop.yaml": shop})
    assert entries(secret("--for", "app", config=TWO)) == {"registry.example.com": entry()}


def test_what_no_secret_can_be_for_is_warned_of(place: hosts.Workplace, secret: Secret) -> None:
    place.write(
        {
            "app/a.yaml": POD % "registry.example.com/a",
            "app/b.yaml": POD % "registry.k8s.io/pause" + "---\n" + POD % "registry.k8s.io/etcd",
            "app/c.yaml": POD % "'${IMAGE}'",
            "app/d.yaml": "{{ if x }}\n" + POD % "a",
            "app/e.yaml": POD % "'registry.example.com/e:${TAG}'",
        }
    )
    finished = secret("--for", "app", config=TWO)
    assert entries(finished) == {"registry.example.com": entry()}
    no_yaml, unclear, missing = (line.removeprefix("warning: ") for line in finished.stderr.splitlines())
    assert no_yaml.startswith("not YAML, so its images are unknown: app/d.yaml:2:1: ")
    assert unclear == "the registry of '${IMAGE}' is unknown, so the Secret has no credentials for it"
    assert missing == (
        "config.json: no credentials for `registry.k8s.io/etcd`; `docker login registry.k8s.io` adds some (nor for 1 "
        "more images there): pulled only if public"
    )


@pytest.mark.parametrize(
    ("files", "paths", "messages"),
    [
        ({"app/a.yaml": "a: b\n"}, ["app"], ["no image in the manifests that --for names"]),
        ({}, ["gone"], ["gone: there is no such file or folder"]),
        ({"a.yaml": "apiVersion: v1\nkind: [\n"}, ["a.yaml"], ["a.yaml:2:8: "]),
        ({"a.yaml": "a: [\n"}, ["a.yaml"], ["a.yaml: skipped: without apiVersion and kind"]),
        ({"app/a.yaml": POD % "quay.io/a/b"}, ["app"], ["no image in the manifests has credentials", "`quay.io/a/b`"]),
        ({"app/a.yaml": POD % "[a]"}, ["app"], ["app/a.yaml:4:38: spec.containers[0].image must be a string"]),
        ({"app/.krmignore": "*.yaml\n", "app/a.yaml": POD % "a"}, ["app/a.yaml"], ["skipped: ignored by .krmig"]),
    ],
)
def test_manifests_that_need_nothing_or_are_wrong_are_errors(
    place: hosts.Workplace, secret: Secret, files: dict[str, str], paths: list[str], messages: list[str]
) -> None:
    place.write(files)
    fails(secret("--for", *paths, config=TWO), *messages)


# The command line


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "name what the Secret is for: --registry HOST, or --for PATH with manifests"),
        (("--from", "-", "--for", "-"), "--from - and --for - cannot both read stdin"),
        (("--registry",), "expected one argument"),
    ],
)
def test_wrong_command_line_is_told(secret: Secret, arguments: tuple[str, ...], message: str) -> None:
    finished = secret(*arguments)
    assert (finished.returncode, finished.stdout) == (2, "")
    assert message in finished.stderr


def test_terminal_is_warned_of_before_it_shows_the_credentials(place: hosts.Workplace) -> None:
    place.write({"config.json": json.dumps(TWO)})
    master, slave = os.openpty()
    command: list[str | Path] = [place.krmfn, "secret", "--from", "config.json", "--registry", "registry.example.com"]
    # Both streams are the terminal, so that it tells what came first.
    with subprocess.Popen(
        command, cwd=place.folder, env=place.environment, stdin=subprocess.DEVNULL, stdout=slave, stderr=slave
    ) as process:
        os.close(slave)
        output = b""
        try:
            while block := os.read(master, 65536):
                output += block
        except OSError:  # how Linux tells that the other end is closed
            pass
        assert process.wait(hosts.PATIENCE) == 0
    os.close(master)
    warning, secret = output.decode().replace("\r\n", "\n").split("\n", 1)
    assert warning.startswith("warning: stdout is a terminal and shows the credentials")
    assert held(yaml.safe_load(secret)) == {"registry.example.com": entry()}


def test_terminal_as_stdin_is_not_waited_for(place: hosts.Workplace) -> None:
    master, slave = os.openpty()
    command: list[str | Path] = [place.krmfn, "secret", "--from", "-", "--registry", "registry.example.com"]
    finished = subprocess.run(
        command, env=place.environment, stdin=slave, capture_output=True, timeout=hosts.PATIENCE, check=False
    )
    os.close(master)
    os.close(slave)
    assert finished.returncode == 2
    assert b"nothing on stdin: pipe a Docker config into krmfn" in finished.stderr


@pytest.mark.usefixtures("buffering")
def test_output_that_cannot_be_written_is_an_error(place: hosts.Workplace) -> None:
    place.write({"config.json": json.dumps(TWO)})
    command = f"{shlex.quote(str(place.krmfn))} secret --from config.json --registry registry.example.com > /dev/full"
    finished = place.run("sh", "-c", command)
    assert finished.returncode == 1
    assert "cannot write the output" in finished.stderr
    assert shown("", finished.stderr) == []


# All that can come


def test_configs_of_any_shape_are_read_or_refused_in_one_line(
    in_process: Callable[..., tuple[int, str, str]],
) -> None:
    chance = random.Random(5)
    statuses = set()
    for _ in range(1500):
        text = mutated(chance)
        status, out, err = in_process("--registry", "registry.example.com", "--registry", "docker.io", config=text)
        assert status in (0, 1), text
        assert shown(out, err) == [], text
        assert all(line.startswith(("error: ", "warning: ")) for line in err.splitlines()), text
        if status:
            assert (out, err.count("error: ")) == ("", 1), text
        else:
            assert set(held(yaml.safe_load(out))) == {"registry.example.com", HUB}, text
        statuses.add(status)
    assert statuses == {0, 1}


def mutated(chance: random.Random) -> bytes:
    """A Docker config with a few things wrong with it, or none: values of another type, missing keys, broken bytes."""
    config: dict[str, Any] = {
        "auths": {
            "registry.example.com": {"auth": AUTH, "email": "a@example.com"},
            HUB: {"username": OTHER_USERNAME, "password": OTHER_PASSWORD},
            "quay.io/team": {"auth": OTHER_AUTH, "identitytoken": TOKEN},
        },
        "HttpHeaders": {"User-Agent": "Docker-Client"},
        "credHelpers": {"gcr.io": "gcloud"},
    }
    for _ in range(chance.choice((0, 1, 1, 2))):
        holder: Any = config
        key = chance.choice(list(holder))
        while isinstance(holder[key], dict) and holder[key] and chance.random() < 0.7:
            holder = holder[key]
            key = chance.choice(list(holder))
        odd: tuple[Any, ...] = (
            None,
            7,
            1e999,
            [],
            {},
            "",
            "\ud800",
            "x" * 70000,
            {"auth": "="},
            [[]],
            True,
            holder[key],
            -0.0,
        )
        holder[chance.choice((key, key, key.upper(), "https://" + key, key + "/", " " + key, "*"))] = chance.choice(odd)
        if chance.random() < 0.3:
            del holder[key]
    data = bytearray(json.dumps(config, indent=chance.choice((None, 2))).encode())
    for _ in range(chance.choice((0, 0, 0, 1, 3))):
        at = chance.randrange(len(data))
        data[at : at + chance.choice((0, 1, 9))] = bytes(chance.randrange(256) for _ in range(chance.choice((0, 1, 4))))
    return bytes(data)
