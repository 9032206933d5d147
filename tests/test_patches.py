"""`krmfn patches`: a build with the patches is what krmfn makes of the build, or fails."""

import io
import json
import os
import re
import subprocess
import zlib
from collections.abc import Mapping
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any, NamedTuple

import hosts
import pytest
import shared
import yaml
from repositories import Repository
from test_cases import Case, find_cases

from krmfn import Settings, run
from krmfn.cli import main
from krmfn.commands.patches.formats import FORMATS
from krmfn.commands.patches.objects import patches

EXAMPLES = hosts.REPOSITORY / "examples"
SETTINGS = Settings().overridden(secrets=["regcred"])
POD = """\
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  containers:
  - {name: web, image: nginx}
  - {name: side, image: "side:1"}
"""
WORKFLOW = """\
apiVersion: argoproj.io/v1alpha1
kind: Workflow
metadata: {name: flow}
spec:
  entrypoint: a
  templates:
  - name: a
    resource:
      action: create
      manifest: |
        apiVersion: v1
        kind: Pod
        metadata: {name: x}
        spec: {containers: [{name: a, image: nginx}]}
"""


class Said(NamedTuple):
    """What a command answered."""

    code: int
    output: str
    errors: str


def krmfn(*arguments: str, stdin: str = "", monkeypatch: pytest.MonkeyPatch) -> Said:
    """Run krmfn patches in this process."""
    output, errors = (io.TextIOWrapper(io.BytesIO(), "utf-8", write_through=True) for _ in range(2))
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(stdin.encode())))
    with redirect_stdout(output), redirect_stderr(errors):
        code = main(["patches", *arguments])
    output.seek(0)
    errors.seek(0)
    return Said(code, output.read(), errors.read())


# What is printed


HEAD = "# Made by `krmfn patches %s`. If a test fails, the base has changed: run it again.\n"
PATCHES = """\
patches:
- target:
    kind: Pod
    name: web
  patch: |-
    - {op: test, path: /spec/containers/0/image, value: nginx}
    - {op: test, path: /spec/containers/0/imagePullPolicy, value: null}
    - {op: test, path: /spec/containers/1/image, value: "side:1"}
    - {op: test, path: /spec/containers/1/imagePullPolicy, value: null}
    - {op: test, path: /spec/imagePullSecrets, value: null}
    - {op: add, path: /spec/imagePullSecrets, value: [{name: regcred}]}
    - {op: add, path: /spec/containers/0/imagePullPolicy, value: Always}
    - {op: add, path: /spec/containers/1/imagePullPolicy, value: IfNotPresent}
"""


def test_a_component_has_tests_before_the_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    said = krmfn("--secret", "regcred", "-", stdin=POD, monkeypatch=monkeypatch)
    top = "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\n"
    assert (said.code, said.output) == (0, HEAD % "--secret regcred -" + top + PATCHES)
    assert "warning: Pod web: a Pod is immutable" in said.errors


def test_flux_gets_its_field(monkeypatch: pytest.MonkeyPatch) -> None:
    said = krmfn("--format", "flux", "--secret", "regcred", "-", stdin=POD, monkeypatch=monkeypatch)
    inner = "".join(f"  {line}\n" for line in PATCHES.splitlines())
    assert said.output == HEAD % "--format flux --secret regcred -" + "spec:\n" + inner


def patches_of(text: str, *flags: str, monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """The patches for a stream, each with its operations."""
    said = krmfn(*(flags or ("--secret", "regcred")), "-", stdin=text, monkeypatch=monkeypatch)
    assert said.code == 0, said.errors
    found: list[dict[str, Any]] = yaml.safe_load(said.output)["patches"]
    return [one | {"patch": yaml.safe_load(one["patch"])} for one in found]


def test_where_nothing_changes_there_is_no_patch(monkeypatch: pytest.MonkeyPatch) -> None:
    done = run(POD.encode(), SETTINGS).output.decode()
    assert patches_of(done, monkeypatch=monkeypatch) == []


def test_a_text_is_tested_and_replaced_as_a_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    [patch] = patches_of(WORKFLOW, monkeypatch=monkeypatch)
    before = yaml.safe_load(WORKFLOW)["spec"]["templates"][0]["resource"]["manifest"]
    path = "/spec/templates/0/resource/manifest"
    assert {"op": "test", "path": path, "value": before} in patch["patch"]
    [after] = [one["value"] for one in patch["patch"] if (one["op"], one["path"]) == ("replace", path)]
    assert yaml.safe_load(after)["spec"]["imagePullSecrets"] == [{"name": "regcred"}]


def test_an_image_counts_for_secrets_only_where_they_are_there_for_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = POD.replace("nginx}", "nginx, imagePullPolicy: Never}").replace('1"}', '1", imagePullPolicy: Never}')
    tested = [one["path"] for one in patches_of(done, monkeypatch=monkeypatch)[0]["patch"] if one["op"] == "test"]
    assert tested == ["/spec/imagePullSecrets"]
    config = tmp_path / "krmfn.yaml"
    spec = '{pullSecrets: [{name: regcred, images: ["docker.io/library/nginx"]}]}'
    config.write_text(f"apiVersion: krmfn.dev/v1alpha1\nkind: ImagePull\nmetadata: {{name: a}}\nspec: {spec}\n")
    [patch] = patches_of(done, "--config", str(config), monkeypatch=monkeypatch)
    tested = [one["path"] for one in patch["patch"] if one["op"] == "test"]
    assert tested == ["/spec/containers/0/image", "/spec/imagePullSecrets"]


def test_an_old_value_is_replaced_and_a_null_is_added(monkeypatch: pytest.MonkeyPatch) -> None:
    text = POD.replace("nginx}", "nginx, imagePullPolicy: null}") + "  imagePullSecrets: []\n"
    [patch] = patches_of(text, monkeypatch=monkeypatch)
    assert {"op": "add", "path": "/spec/containers/0/imagePullPolicy", "value": "Always"} in patch["patch"]
    assert {"op": "test", "path": "/spec/imagePullSecrets", "value": []} in patch["patch"]
    assert {"op": "add", "path": "/spec/imagePullSecrets/-", "value": {"name": "regcred"}} in patch["patch"]


def pod(**metadata: str) -> str:
    return POD.replace("{name: web}", json.dumps({"name": "web"} | metadata), 1)


SERVICE = "apiVersion: serving.knative.dev/v1\nkind: Pod\nmetadata: {name: web}\nspec: {}\n"


@pytest.mark.parametrize(
    ("others", "target", "tested"),
    [
        ([], {}, []),
        ([pod(name="api")], {}, []),
        ([pod(name="dev-web")], {}, ["/metadata/name"]),
        ([pod(namespace="shop")], {"namespace": "default"}, ["/metadata/namespace"]),
        ([SERVICE], {"group": "^$"}, []),
        ([SERVICE.replace("web}", "dev-web}")], {}, ["/metadata/name"]),
        ([POD.replace("v1", "v2", 1)], {"version": "v1"}, []),
    ],
    ids=["alone", "other-name", "name-in-another", "namespace", "group", "name-in-another-group", "version"],
)
def test_a_target_names_what_tells_an_object_apart(
    others: list[str], target: dict[str, str], tested: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    found = patches_of("---\n".join([POD, *others]), monkeypatch=monkeypatch)[0]
    assert found["target"] == {"kind": "Pod", "name": "web"} | target
    assert [one["path"] for one in found["patch"] if one["path"].startswith("/metadata")] == tested


JOB = """\
apiVersion: batch/v1
kind: Job
metadata: {name: web}
spec: {template: {spec: {containers: [{name: a, image: nginx}]}}}
"""


def test_another_group_is_told_by_the_group_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    other = JOB.replace("batch", "example.com").replace("{name: web}", "{name: web, namespace: shop}")
    found = patches_of(f"{JOB}---\n{other}", monkeypatch=monkeypatch)
    assert found[0]["target"] == {"group": "batch", "kind": "Job", "name": "web"}


def test_a_name_with_a_hash_is_one_as_any_other_if_nothing_generates_it(monkeypatch: pytest.MonkeyPatch) -> None:
    [patch] = patches_of(pod(name="web-7kfmf5tc77"), monkeypatch=monkeypatch)
    assert patch["target"]["name"] == "web-7kfmf5tc77"


def test_a_name_is_no_pattern(monkeypatch: pytest.MonkeyPatch) -> None:
    [patch] = patches_of(pod(name="web.v1"), monkeypatch=monkeypatch)
    assert patch["target"]["name"] == r"web\.v1"


CONFIG_MAP = """\
apiVersion: v1
kind: ConfigMap
metadata: {name: web-7kfmf5tc77}
pods: {containers: [{name: a, image: nginx}]}
"""
KINDS = "{kinds: [{group: '', kind: ConfigMap, podSpecs: [pods]}]}"
ACCOUNTS = "{attachTo: [ServiceAccounts], pullSecrets: [{name: regcred}], serviceAccounts: {create: true}}"


@pytest.mark.parametrize(
    ("text", "spec", "reason"),
    [
        (POD.replace("name: web", "generateName: web-", 1), "{}", "no patch can target an object without a name"),
        (f"{POD}---\n{POD}", "{}", "no patch can tell objects with the same kind, namespace and name apart"),
        (f"{POD}---\n{pod(namespace='default')}", "{}", "no patch can tell objects"),
        (json.dumps({"apiVersion": "v1", "kind": "List", "items": [yaml.safe_load(POD)]}), "{}", "objects in a List"),
        (json.dumps([yaml.safe_load(POD)]), "{}", "objects in a List"),
        (CONFIG_MAP, KINDS, "no patch can target an object whose name gets a hash"),
        (POD, ACCOUNTS, "ServiceAccount default: no patch creates an object"),
    ],
    ids=["no-name", "twins", "twins-in-default", "list", "sequence", "hash", "created"],
)
def test_what_no_patch_can_do_is_an_error_and_the_others_are_printed(
    text: str, spec: str, reason: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = tmp_path / "krmfn.yaml"
    config.write_text(f"apiVersion: krmfn.dev/v1alpha1\nkind: ImagePull\nmetadata: {{name: a}}\nspec: {spec}\n")
    said = krmfn("--config", str(config), "-", stdin=f"{text}\n---\n{WORKFLOW}", monkeypatch=monkeypatch)
    assert said.code == 1
    assert reason in next(line for line in said.errors.splitlines() if line.startswith("error: "))
    kinds = [one["target"]["kind"] for one in yaml.safe_load(said.output)["patches"]]
    assert kinds == (["Pod", "Workflow"] if "create" in spec else ["Workflow"])


def test_after_an_error_nothing_is_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    said = krmfn("-", stdin=POD.replace("{name: web, image", "{name: web, image: a, image"), monkeypatch=monkeypatch)
    assert (said.code, said.output) == (1, "")
    assert said.errors.startswith("error: ")


def test_flags_for_builds_need_a_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SystemExit, match="2"):
        krmfn("--enable-helm", "-", stdin=POD, monkeypatch=monkeypatch)


def test_the_command_in_the_comment_stays_in_its_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a\nb").mkdir()
    (tmp_path / "a\nb" / "crd.yaml").write_text("a: b\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    said = krmfn("--crds", "a\nb", "-", stdin=POD, monkeypatch=monkeypatch)
    assert said.output.startswith("# Made by `krmfn patches --crds 'a\\nb' -`. ")


# What kustomize makes of it


def build(folder: Path, tool: str = "kustomize") -> hosts.Finished:
    """What kustomize builds of a folder, or how it fails."""
    command = (hosts.find(tool) or tool, {"kustomize": "build", "kubectl": "kustomize"}[tool], str(folder))
    return subprocess.run(command, capture_output=True, encoding="utf-8", timeout=hosts.PATIENCE, check=False)


class Around:
    """A kustomization around a folder, with what krmfn patches prints for it."""

    def __init__(self, folder: Path, around: Path, settings: Settings = SETTINGS, form: str = "component") -> None:
        """Make it in `around`. `wanted` is what krmfn makes of the build; None where it changes nothing or cannot."""
        self.folder = around / "around"
        self.wanted: bytes | None = None
        built = build(folder)
        data = built.stdout.encode()
        if built.returncode or not data.strip():
            return
        outcome = run(data, settings, explains=True)
        if outcome.exit_code or not outcome.changes:
            return
        found, unreachable = patches(data, outcome)
        assert unreachable == [] or all("creates" in result.message for result in unreachable)
        if unreachable:
            return
        self.wanted = outcome.output
        text = FORMATS[form]("Made by a test", found)
        resources = {"resources": [os.path.relpath(folder.resolve(), self.folder.resolve())]}
        if form == "flux":  # as its controller adds them to the kustomization at `spec.path`
            self._write("around", json.dumps(resources | yaml.safe_load(text)["spec"]))
        else:
            self._write("around", json.dumps(resources | {"components": ["../component"]}))
            self._write("component", text)

    def _write(self, name: str, text: str) -> None:
        folder = self.folder.parent / name
        folder.mkdir(parents=True)
        (folder / "kustomization.yaml").write_text(text, encoding="utf-8")

    def check(self, settings: Settings = SETTINGS, tool: str = "kustomize") -> bool:
        """Hold the build against what krmfn makes; whether krmfn changes anything."""
        if self.wanted is None:
            return False
        built = build(self.folder, tool)
        assert built.returncode == 0, built.stderr
        assert _load(_renamed(built.stdout)) == _load(_renamed(self.wanted.decode()))
        assert run(built.stdout.encode(), settings).changes == ()
        return True


def _renamed(text: str) -> str:
    """A build without the final name of a generated Secret, which kustomize puts into pods behind the patches only."""
    return re.sub(r"\b(?:[a-z]+-)?regcred(?:-[2456789bcdfghkmt]{10})?\b", "regcred", text)


def _load(text: str) -> list[Any]:
    return list(yaml.load_all(text, Loader=yaml.CSafeLoader))


@pytest.fixture
def _kustomize() -> None:
    hosts.require("kustomize")


real = pytest.mark.usefixtures("_kustomize")


def base(folder: Path, text: str, **more: Any) -> Path:
    """A kustomization with one file of manifests."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "kustomization.yaml").write_text(json.dumps({"resources": ["r.yaml"]} | more), encoding="utf-8")
    (folder / "r.yaml").write_text(text, encoding="utf-8")
    return folder


@real
@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("seed", range(6))
def test_generated_repositories(seed: int, form: str, tmp_path: Path) -> None:
    repository = Repository(tmp_path / "made", seed)
    around = [Around(tmp_path / "made" / one, tmp_path / str(i), form=form) for i, one in enumerate(repository.builds)]
    assert [one.check() for one in around] == [one.wanted is not None for one in around]


@real
def test_most_generated_repositories_have_changes(tmp_path: Path) -> None:
    repositories = [Repository(tmp_path / f"made{seed}", seed) for seed in range(3)]
    assert any(Around(one.folder / one.builds[0], one.folder / "tried").wanted for one in repositories)


KUSTOMIZATIONS = sorted(path.parent for path in EXAMPLES.rglob("kustomization.yaml"))


@real
@pytest.mark.parametrize("folder", KUSTOMIZATIONS, ids=lambda path: str(path.relative_to(EXAMPLES)))
def test_examples(folder: Path, tmp_path: Path) -> None:
    Around(folder, tmp_path).check()


KUSTOMIZE_HANGS = "aliases/bomb"
# What kustomize notes for itself, and panics at or takes for its own when a file has it.
NOTES = b"internal.config.kubernetes.io/previousNames"
# A few, and the same ones when others come.
SAMPLE = [
    case
    for case in find_cases()
    if zlib.crc32(case.name.encode()) % 7 == 0
    and case.path.suffix == ".yaml"
    and case.name != KUSTOMIZE_HANGS
    and NOTES not in case.data
]


@real
@pytest.mark.parametrize("case", SAMPLE, ids=lambda case: case.name)
def test_cases(case: Case, tmp_path: Path) -> None:
    settings = case.settings or SETTINGS
    folder = base(tmp_path / "base", "")
    (folder / "r.yaml").write_bytes(case.data)
    Around(folder, tmp_path, settings).check(settings)


@real
@shared.needs_shared
@pytest.mark.parametrize("part", range(4))
@pytest.mark.parametrize("corpus", ["kubernetes-examples", "argo-workflows"])
def test_real_manifests(corpus: str, part: int, tmp_path: Path) -> None:
    files = sorted((shared.CORPUS / corpus).rglob("*.yaml"))[part::16]
    around = []
    for i, file in enumerate(files):
        folder = base(tmp_path / str(i), "")
        # kustomize builds no object without a name.
        text = re.sub(r"generateName: *(\S+?)-? *$", r"name: \1", file.read_text(encoding="utf-8"), flags=re.MULTILINE)
        (folder / "r.yaml").write_text(text, encoding="utf-8")
        around.append(Around(folder, tmp_path / f"around{i}"))
    assert sum(one.check() for one in around) > len(around) / 4


TWO = f"{POD}  imagePullSecrets: [{{name: other}}]\n---\n{WORKFLOW}"


@real
def test_kubectl_builds_the_same(tmp_path: Path) -> None:
    hosts.require("kubectl")
    assert Around(base(tmp_path / "base", TWO), tmp_path).check(tool="kubectl")


@real
@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("image: nginx}\n", "image: nginx:1}\n"),
        ("image: nginx}\n", "image: nginx, imagePullPolicy: Never}\n"),
        ("  - {name: web, image: nginx}\n", ""),
        ("  - {name: web", "  - {name: first, image: first}\n  - {name: web"),
        ("[{name: other}]", "[{name: other}, {name: more}]"),
        ("[{name: other}]", "[]"),
        ("  imagePullSecrets: [{name: other}]\n", ""),
        ("  entrypoint: a\n", "  entrypoint: a\n  imagePullSecrets: [{name: more}]\n"),
        ("metadata: {name: x}", "metadata: {name: y}"),
        ("- name: a\n", "- name: b\n  - name: a\n"),
    ],
)
def test_a_base_that_has_changed_fails(before: str, after: str, tmp_path: Path) -> None:
    folder = base(tmp_path / "base", TWO)
    around = Around(folder, tmp_path)
    assert before in TWO
    (folder / "r.yaml").write_text(TWO.replace(before, after), encoding="utf-8")
    assert build(folder).returncode == 0
    built = build(around.folder)
    assert built.returncode != 0
    assert re.search(r"test(ing value)? .*failed|missing path|does not exist|Unable to access", built.stderr)


@real
@pytest.mark.parametrize(
    "listed", ["[]", "null", "[{name: other}, null]", "[{name: 5}]", "[{name: other, a: {b: [1]}}]"]
)
def test_odd_lists_are_appended_to(listed: str, tmp_path: Path) -> None:
    """kustomize panics when it compares a list with a null in it."""
    assert Around(base(tmp_path / "base", f"{POD}  imagePullSecrets: {listed}\n"), tmp_path).check()


@real
def test_what_else_changes_in_the_base_is_no_matter(tmp_path: Path) -> None:
    folder = base(tmp_path / "base", TWO)
    around = Around(folder, tmp_path)
    moved = TWO.replace("{name: web}", "{name: web, namespace: shop, labels: {a: b}}").replace(
        "image: nginx}\n", "image: nginx, args: [a]}\n"
    )
    base(folder, f"{pod(name='another')}---\n{moved}", namespace="shop")
    built = build(around.folder)
    assert built.returncode == 0, built.stderr
    assert built.stdout.count("imagePullPolicy") == 3


@real
def test_an_object_that_had_the_same_name_is_not_changed_unasked(tmp_path: Path) -> None:
    """kustomize finds an object by its first name too. The patch of `web` meets `dev-web`, and fails there."""
    base(tmp_path / "base", POD)
    base(tmp_path / "dev", "", resources=["../base"], namePrefix="dev-")
    both = base(tmp_path / "all", "", resources=["../base", "../dev"])
    built = build(Around(both, tmp_path).folder)
    assert "testing value /metadata/name failed" in built.stderr


DOCKER_CONFIG = json.dumps({"auths": {"docker.io": {"auth": "YTpi"}}})


def generated(name: str) -> dict[str, Any]:
    return {
        "name": name,
        "type": "kubernetes.io/dockerconfigjson",
        "literals": [f".dockerconfigjson={DOCKER_CONFIG}"],
    }


@real
@pytest.mark.parametrize("listed", ["", "  imagePullSecrets: [{name: other}]\n"])
def test_pull_secrets_get_their_final_names(listed: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    secrets = {"secretGenerator": [generated("regcred"), generated("other")], "namePrefix": "dev-"}
    folder = base(tmp_path / "base", POD + listed, **secrets)
    said = krmfn("--secret", "regcred", str(folder), monkeypatch=monkeypatch)
    assert "Secret regcred" not in said.errors  # as krmfn says of a build, where it comes too late for that
    base(tmp_path / "around", "", resources=["../base"], components=["../component"])
    base(tmp_path / "component", "")
    (tmp_path / "component" / "kustomization.yaml").write_text(said.output, encoding="utf-8")
    built = build(tmp_path / "around")
    [made] = [one for one in _load(built.stdout) if one["kind"] == "Pod"]
    names = [one["name"].rpartition("-")[0] for one in made["spec"]["imagePullSecrets"]]
    assert names == [*(["dev-other"] if listed else []), "dev-regcred"]


DEPLOYMENT = JOB.replace("batch", "apps").replace("Job", "Deployment")
LISTED = WORKFLOW.replace("  entrypoint", "  imagePullSecrets: [{name: regcred}]\n  entrypoint")


@real
@pytest.mark.parametrize(
    "text",
    [WORKFLOW, f"{DEPLOYMENT}---\n{WORKFLOW}", f"{WORKFLOW}---\n{JOB}", f"{DEPLOYMENT}---\n{LISTED}"],
    ids=["alone", "behind", "before", "listed"],
)
def test_a_name_that_kustomize_does_not_update_is_still_a_warning(
    text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = base(tmp_path / "base", text, secretGenerator=[generated("regcred")])
    said = krmfn("--secret", "regcred", str(folder), monkeypatch=monkeypatch)
    assert "kustomize seems to have renamed it" in said.errors


@real
def test_a_renamed_secret_on_stdin_is_a_warning(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the patches go then, nobody knows."""
    built = build(base(tmp_path / "base", POD, secretGenerator=[generated("regcred")])).stdout
    said = krmfn("--secret", "regcred", "-", stdin=built, monkeypatch=monkeypatch)
    assert "kustomize seems to have renamed it" in said.errors


@real
def test_a_renamed_secret_is_an_error_for_who_wants_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spec = "{renamedSecrets: Error, pullSecrets: [{name: regcred}]}"
    (tmp_path / "krmfn.yaml").write_text(f"apiVersion: krmfn.dev/v1alpha1\nkind: ImagePull\nspec: {spec}\n")
    folder = base(tmp_path / "base", POD, secretGenerator=[generated("regcred")])
    said = krmfn("--config", str(tmp_path / "krmfn.yaml"), str(folder), monkeypatch=monkeypatch)
    assert (said.code, said.output) == (1, "")
    assert "kustomize seems to have renamed it" in said.errors


@real
def test_warnings_of_kustomize_are_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = base(tmp_path / "base", POD, commonLabels={"a": "b"})
    assert (
        "kustomize build: # Warning: 'commonLabels' is deprecated" in krmfn(str(folder), monkeypatch=monkeypatch).errors
    )


@real
@pytest.mark.parametrize(
    ("more", "warned"),
    [
        ({}, ""),
        ({"namePrefix": "a-"}, "changes names after"),
        ({"images": [{"name": "nginx", "newTag": "1"}]}, "changes images after"),
        ({"replacements": []}, ""),
        ({"transformers": ["tag.yaml"]}, "changes fields, by replacements or transformers after"),
    ],
    ids=["nothing", "names", "images", "no-replacement", "transformer"],
)
def test_for_flux_what_comes_behind_patches_is_a_warning(
    more: Mapping[str, Any], warned: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = base(tmp_path / "base", POD, **more)
    transformer = {"apiVersion": "builtin", "kind": "ImageTagTransformer", "metadata": {"name": "a"}}
    (folder / "tag.yaml").write_text(json.dumps(transformer | {"imageTag": {"name": "nginx", "newTag": "2"}}))
    said = krmfn("--format", "flux", str(folder), monkeypatch=monkeypatch)
    assert said.code == 0
    assert (f"warning: {folder} {warned}" in said.errors) == bool(warned)
    assert ("after its own patches" in said.errors) == bool(warned)
    assert "after its own patches" not in krmfn(str(folder), monkeypatch=monkeypatch).errors


# Folders


@real
def test_a_folder_has_the_settings_of_the_nearest_config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".git").mkdir()
    config = "apiVersion: krmfn.dev/v1alpha1\nkind: ImagePull\nspec: {pullSecrets: [{name: nearest}]}\n"
    (tmp_path / "krmfn.yaml").write_text(config)
    said = krmfn(str(base(tmp_path / "base", POD)), monkeypatch=monkeypatch)
    assert "value: [{name: nearest}]" in said.output


def test_a_folder_of_manifests_is_read_as_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, text in {
        "b.yml": POD,
        "a/flow.yaml": WORKFLOW.rstrip("\n"),
        "c.json": "{}",
        ".d.yaml": "{",
        "e": "{",
    }.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    said = krmfn(str(tmp_path), monkeypatch=monkeypatch)
    assert said.code == 0
    assert [one["target"]["kind"] for one in yaml.safe_load(said.output)["patches"]] == ["Workflow", "Pod"]


@pytest.mark.parametrize(
    ("files", "reason"),
    [
        ({}, "has neither a kustomization nor manifests"),
        ({"a/kustomization.yaml": ""}, "a has a kustomization, but"),
        ({"a.yaml": "kind: Deployment\n"}, ": has no manifests"),
        ({"a.yaml": "a: 1\nb: ["}, "a.yaml:2:5: "),
    ],
    ids=["empty", "below", "no-manifest", "no-text"],
)
def test_a_folder_that_gives_nothing_is_an_error(
    files: Mapping[str, str], reason: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    said = krmfn(str(tmp_path), monkeypatch=monkeypatch)
    assert (said.code, said.output) == (1, "")
    assert reason in said.errors


@pytest.mark.parametrize(("folder", "reason"), [("", "DIR is empty"), ("absent", "absent: must be a folder")])
def test_no_folder_is_an_error(folder: str, reason: str, monkeypatch: pytest.MonkeyPatch) -> None:
    said = krmfn(folder, monkeypatch=monkeypatch)
    assert (said.code, said.output) == (1, "")
    assert reason in said.errors


@real
def test_a_build_that_fails_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said = krmfn(str(base(tmp_path / "base", POD, components=["absent"])), monkeypatch=monkeypatch)
    assert (said.code, said.output) == (1, "")
    assert re.search(r"base: kustomize build failed with exit code 1: .*absent", said.errors)
