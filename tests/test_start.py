"""What a cold start imports: function mode runs ten thousand times a day, and imports are most of a small run."""

import subprocess
import sys

import pytest

import krmfn

RESOURCE_LIST = """\
apiVersion: config.kubernetes.io/v1
kind: ResourceList
functionConfig:
  apiVersion: {version}
  kind: {kind}
  {settings}
items:
- apiVersion: apps/v1
  kind: Deployment
  metadata: {{name: web, namespace: shop}}
  spec:
    template:
      spec:
        containers:
        - name: web
          image: registry.example.com/shop/web:1.27
"""
CONFIG_MAP = RESOURCE_LIST.format(version="v1", kind="ConfigMap", settings="data: {imagePullSecrets: regcred}")
IMAGE_PULL = RESOURCE_LIST.format(
    version="krmfn.dev/v1alpha1", kind="ImagePull", settings="spec: {pullSecrets: [{name: regcred}]}"
)
VALIDATED = IMAGE_PULL.replace("{name: regcred}", '{name: regcred, images: ["registry.example.com/**"]}')
STREAM = "".join(line[2:] + "\n" for line in CONFIG_MAP.partition("items:\n")[2].splitlines())
LIST_MODULES = (
    "import sys; before = set(sys.modules); from krmfn.cli import main; code = main(sys.argv[1:]); "
    "sys.stderr.write(' '.join(sorted(set(sys.modules) - before))); sys.exit(code)"
)
HEAVY = {
    "argparse": "the command line is read without it where there is none",
    "dataclasses": "each costs a call of `exec`, and the module imports `inspect`",
    "inspect": "",
    "pathlib": "function mode opens no files",
    "pydantic": "its model classes cost more than all of krmfn",
    "pydantic_core": "validates an ImagePull with more than names and a policy",
    "shtab": "",
    "subprocess": "",
    "tempfile": "",
    "tqdm": "",
    "traceback": "only a bug needs it",
}
"""What takes long to import, with the reason why function mode does without it."""
OWN = 90
"""How many modules of krmfn a run needs at most. One more is no fault, if it is needed: count again then."""


def imported(text: str, *arguments: str) -> set[str]:
    finished = subprocess.run(
        [sys.executable, "-c", LIST_MODULES, *arguments], input=text, capture_output=True, text=True, check=False
    )
    assert finished.returncode == 0, finished.stderr
    assert "imagePullPolicy: IfNotPresent" in finished.stdout
    assert "regcred" in finished.stdout
    return set(finished.stderr.splitlines()[-1].split())


@pytest.mark.parametrize(
    ("text", "arguments", "allowed"),
    [
        pytest.param(CONFIG_MAP, [], set[str](), id="ConfigMap"),
        pytest.param(STREAM, ["--secret", "regcred"], {"argparse"}, id="flags"),
        pytest.param(IMAGE_PULL, [], set[str](), id="ImagePull"),
        # What pydantic's core itself imports is its own affair.
        pytest.param(VALIDATED, [], HEAVY.keys() - {"argparse", "pydantic"}, id="ImagePull-with-patterns"),
    ],
)
def test_function_mode_imports_only_what_it_needs(text: str, arguments: list[str], allowed: set[str]) -> None:
    modules = imported(text, *arguments)
    found = (modules & HEAVY.keys()) - allowed
    assert not found, {name: HEAVY[name] for name in found}
    own = {name for name in modules if name.partition(".")[0] == "krmfn"}
    assert len(own) <= OWN, sorted(own)
    assert not {
        name for name in own if name.startswith(("krmfn.commands.", "krmfn.files", "krmfn.imagepull.explanation"))
    }


def test_a_heavy_import_would_be_noticed() -> None:
    assert "pydantic_core" in imported(VALIDATED)


@pytest.mark.parametrize(("arguments", "ends"), [([], ""), (["--secret", "regcred"], ""), (["kinds", "Pod"], "end\n")])
def test_only_commands_wait_for_the_end_of_python(arguments: list[str], ends: str) -> None:
    program = (
        "import atexit, sys; atexit.register(lambda: sys.stderr.write('end\\n')); "
        "from krmfn.__main__ import program; program()"
    )
    finished = subprocess.run(
        [sys.executable, "-c", program, *arguments], input=STREAM, capture_output=True, text=True, check=False
    )
    assert (finished.returncode, finished.stderr) == (0, ends)
    assert finished.stdout


LISTED = """\
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  imagePullSecrets: [{name: regcred}]
  containers: [{name: web, image: "web:1", imagePullPolicy: IfNotPresent}]
---
apiVersion: v1
kind: Secret
metadata: {name: another}
data: {imagePullPolicy: IfNotPresent}
"""


def test_secrets_are_read_only_where_pods_name_them() -> None:
    """A Secret by another name is not even composed."""
    checks, reading = "krmfn.imagepull.secrets.checks", "krmfn.imagepull.secrets.in_input"
    assert {checks, reading}.isdisjoint(imported(LISTED))
    assert {checks, reading} <= imported(LISTED.replace("another", "regcred"))


def test_the_package_imports_a_public_name_when_it_is_asked_for() -> None:
    program = (
        "import sys, krmfn; assert 'yaml' not in sys.modules; assert not hasattr(krmfn, 'nothing'); krmfn.run; "
        "assert 'yaml' in sys.modules; from krmfn import *; print(sorted({*krmfn.__all__} - {*globals()}))"
    )
    finished = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (finished.stdout, finished.stderr) == ("[]\n", "")
    with pytest.raises(AttributeError, match="module 'krmfn' has no attribute 'nothing'"):
        krmfn.nothing  # noqa: B018
