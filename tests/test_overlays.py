"""Files whose images are replaced before they run: what krmfn writes into them, and what it says."""

import base64
import io
import json
from collections.abc import Mapping
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any

import pytest
import yaml

from krmfn.cli import main
from krmfn.files.builds.commands import builds, set_images

POD = """\
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  containers:
  - name: web
    image: %s
"""
APP = {"base/pod.yaml": POD % "acme/web", "base/kustomization.yaml": "resources: [pod.yaml]\n"}
OVERLAY = "resources: [../base]\n"
PATCH = "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec:\n  %s\n"


@pytest.fixture(autouse=True)
def _repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(tmp_path)


def write(files: Mapping[str, str]) -> None:
    for name, text in files.items():
        path = Path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def krmfn(*arguments: str) -> str:
    """What a command says, stdout and stderr together."""
    said = io.TextIOWrapper(io.BytesIO(), write_through=True)
    with redirect_stdout(said), redirect_stderr(said):
        main(arguments)
    said.seek(0)
    return said.read()


def policy_written(files: Mapping[str, str]) -> str:
    """The policy that `krmfn fix` writes beside the image of base/pod.yaml; empty for none."""
    write(files)
    krmfn("fix", ".")
    return Path("base/pod.yaml").read_text(encoding="utf-8").partition("imagePullPolicy: ")[2].strip()


CASES = yaml.safe_load((Path(__file__).parent / "overlays.yaml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("case", [pytest.param(case, id=case["name"].replace(" ", "-")) for case in CASES])
def test_a_policy_is_written_where_every_build_agrees(case: dict[str, Any]) -> None:
    assert policy_written(APP | case["files"]) == ("" if case["by"] else "Always")
    if case["by"]:
        where = f"info: Pod web: spec.containers[0].image: builds replace this image: {case['by']} "
        assert where in krmfn("check", "-v", ".")


def test_a_place_that_kustomize_does_not_look_at_keeps_its_image() -> None:
    template = "  templates:\n  - name: a\n    container: {image: acme/web}\n"
    workflow = f"apiVersion: argoproj.io/v1alpha1\nkind: Workflow\nmetadata: {{name: a}}\nspec:\n{template}"
    overlay = {"prod/kustomization.yaml": f"{OVERLAY}images: [{{name: acme/web, newTag: '2'}}]\n"}
    assert policy_written(APP | overlay | {"base/pod.yaml": workflow}) == "Always}"


SETTINGS = """\
apiVersion: krmfn.dev/v1alpha1
kind: ImagePull
metadata: {name: image-pull}
spec:
  pullSecrets: [{name: regcred, images: ["private.example.com/**"]}]
"""


@pytest.mark.parametrize(
    ("overlay", "is_needed"),
    [
        ("images: [{name: acme/web, newName: private.example.com/web}]\n", True),
        ("images: [{name: acme/web, newName: other.example.com/web}]\n", False),
        ("patches:\n- path: p.yaml\n", True),
    ],
)
def test_secrets_go_by_the_images_that_run(overlay: str, is_needed: bool) -> None:
    patch = PATCH % "containers: [{name: side, image: private.example.com/side}]"
    write(APP | {"krmfn.yaml": SETTINGS, "prod/kustomization.yaml": OVERLAY + overlay, "prod/p.yaml": patch})
    krmfn("fix", ".")
    assert ("regcred" in Path("base/pod.yaml").read_text(encoding="utf-8")) == is_needed


def test_a_secret_that_only_some_builds_need_is_said() -> None:
    private = f"{OVERLAY}images: [{{name: acme/web, newName: private.example.com/web}}]\n"
    write(APP | {"krmfn.yaml": SETTINGS, "prod/kustomization.yaml": private, "dev/kustomization.yaml": OVERLAY})
    said = krmfn("check", "-v", ".")
    assert "regcred is needed for private.example.com/web in prod, but not in the other builds of this file" in said
    assert "base/pod.yaml:6:5: info: Pod web: spec.containers[0]: regcred" in krmfn(
        "check", "-v", "--format", "junit", "."
    )


@pytest.mark.parametrize(
    "patch",
    [
        "imagePullSecrets: null",
        "imagePullSecrets: []",
        "imagePullSecrets: [{$patch: replace}, {name: mine}]",
        "- {op: add, path: /spec/imagePullSecrets, value: [{name: mine}]}",
        "- {op: remove, path: /spec/imagePullSecrets/0}",
        "- {op: test, path: /spec/imagePullSecrets, value: []}",
    ],
)
def test_a_patch_that_takes_secrets_away_is_a_warning(patch: str) -> None:
    text = patch if patch.startswith("-") else PATCH % patch
    overlay = f"{OVERLAY}patches:\n- path: p.yaml\n  target: {{kind: Pod}}\n"
    write(APP | {"prod/kustomization.yaml": overlay, "prod/p.yaml": text})
    said = krmfn("check", "--secret", "regcred", ".")
    assert "warning: Pod web: spec.imagePullSecrets: the patch in prod/p.yaml replaces, removes or tests" in said


@pytest.mark.parametrize(("builds", "more"), [(3, ""), (4, "; 1 more"), (5, "; 2 more")])
def test_only_the_first_builds_are_named(builds: int, more: str) -> None:
    images = "images: [{name: acme/web, newTag: v%s}]\n"
    write(APP | {f"{i}/kustomization.yaml": OVERLAY + images % i for i in range(builds)})
    named = "; ".join(f"{i}/kustomization.yaml makes it acme/web:v{i}" for i in range(3))
    assert f"builds replace this image: {named}{more}. No imagePullPolicy is written" in krmfn("check", "-v", ".")


def test_all_patches_that_take_secrets_away_are_named() -> None:
    overlay = f"{OVERLAY}patches:\n- path: p.yaml\n"
    write(APP | {f"{name}/kustomization.yaml": overlay for name in "ab"} | {f"{name}/p.yaml": TAKEN for name in "ab"})
    assert "the patch in a/p.yaml and in b/p.yaml replaces, removes" in krmfn("check", "--secret", "regcred", ".")


TAKEN = PATCH % "imagePullSecrets: null"
ELASTIC = """\
apiVersion: elasticsearch.k8s.elastic.co/v1
kind: Elasticsearch
metadata: {name: web}
spec: {nodeSets: [{name: a}], http: {}}
"""


@pytest.mark.parametrize(
    ("patch", "is_lost"),
    [
        ("- {op: add, path: /spec/nodeSets/0/podTemplate, value: {spec: {}}}", True),
        ("- {op: replace, path: /spec/nodeSets, value: []}", True),
        ("- {op: add, path: /spec/nodeSets/0, value: {name: b}}", False),
        ("- {op: add, path: /spec/nodeSets/0/pod, value: {}}", False),
        ("- {op: add, path: /spec/nodeSets/0/podTemplate/spec/hostNetwork, value: true}", False),
        ("- {op: add, path: /spec/http, value: {a: 1}}", False),
        ("spec: {nodeSets: null}", True),
        ("spec: {http: null}", False),
    ],
)
def test_a_patch_that_replaces_what_is_created_is_a_warning(patch: str, is_lost: bool) -> None:
    text = patch if patch.startswith("-") else ELASTIC.partition("spec:")[0] + patch
    overlay = f"{OVERLAY}patches:\n- path: p.yaml\n  target: {{kind: Elasticsearch}}\n"
    base = {"base/kustomization.yaml": "resources: [pod.yaml]\n", "base/pod.yaml": ELASTIC}
    write(APP | base | {"prod/kustomization.yaml": overlay, "prod/p.yaml": text})
    said = krmfn("check", "--secret", "regcred", ".")
    where = "warning: Elasticsearch web: spec.nodeSets[0].podTemplate.spec.imagePullSecrets: the patch in prod/p.yaml"
    assert (where in said) == is_lost


def test_a_patch_that_adds_a_secret_is_no_warning() -> None:
    for text in (PATCH % "imagePullSecrets: [{name: mine}]", "- {op: add, path: /spec/imagePullSecrets/-, value: {}}"):
        overlay = f"{OVERLAY}patches:\n- path: p.yaml\n  target: {{kind: Pod}}\n"
        write(APP | {"prod/kustomization.yaml": overlay, "prod/p.yaml": text})
        assert "the patch in" not in krmfn("check", "--secret", "regcred", ".")


def test_what_a_kustomization_lists_is_what_it_is() -> None:
    template = "  template: {spec: {containers: [{name: web, image: x}]}}\n"
    deployment = f"apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: web}}\nspec:\n{template}"
    kustomization = "resources: [../a/deploy.yaml]\npatches: [{path: ../a/patch.yaml}]\n"
    write({"a/deploy.yaml": deployment, "a/patch.yaml": POD % "x", "b/kustomization.yaml": kustomization})
    said = krmfn("check", "-v", "a")
    assert "a/deploy.yaml" in said
    assert "a/deploy.yaml: skipped" not in said
    assert "a/patch.yaml: skipped: kustomize patch" in said


def test_commands_in_scripts() -> None:
    text = (
        "cd overlays/a && kustomize edit set image a=b:1 'c=${X}' d:2 e@sha256:1 # f=g\n"
        "(cd config/manager; ${KUSTOMIZE} edit set image controller=${IMG})\n"
        "cd $X && $KZ edit set image acme/$s=acme/$s:$T $IMAGES\n"
        "kustomize edit set nameprefix x-\n"
    )
    found = [(one.rule.name, one.rule.image, one.folder) for one in set_images(text)]
    assert found == [
        ("a", "b:${TAG}", "overlays/a"),
        ("c", "${X}", "overlays/a"),
        ("d", "d:${TAG}", "overlays/a"),
        ("e", "e:${TAG}", "overlays/a"),
        ("controller", "${IMG}", "config/manager"),
        ("acme/.*", "acme/$s:$T", ""),
        (".*", "${IMAGE}", ""),
    ]
    text = "kustomize build a | kubectl apply -f -\nkubectl apply --server-side -k b/c\nkustomize build $X\n"
    assert list(builds(text)) == ["a", "b/c"]


@pytest.mark.parametrize(
    ("image", "overlay", "is_stale"),
    [
        ("acme/web", "images: [{name: acme/web, newTag: '2'}]\n", False),
        ("acme/web:1", "images: [{name: acme/web, newTag: latest}]\n", True)],
)  # fmt: skip
def test_a_policy_is_stale_for_the_image_that_runs(image: str, overlay: str, is_stale: bool) -> None:
    pod = POD % image + "    imagePullPolicy: IfNotPresent\n"
    write(APP | {"base/pod.yaml": pod, "prod/kustomization.yaml": OVERLAY + overlay})
    assert ("for the tag latest" in krmfn("check", "-v", ".")) == is_stale


def test_explain_shows_what_runs() -> None:
    patch = PATCH % "containers: [{name: side, image: private.example.com/side}, {name: web, tty: true}]"
    prod = f"{OVERLAY}images: [{{name: acme/web, newTag: '2'}}]\npatches: [{{path: p.yaml}}]\n"
    write(APP | {"prod/kustomization.yaml": prod, "prod/p.yaml": patch, "dev/kustomization.yaml": OVERLAY})
    answer = json.loads(krmfn("explain", "--format", "json", ".").partition("\n0 files")[0].partition("\n1 file")[0])
    added, web = answer["images"]
    assert web["runs"] == [
        {"image": "acme/web", "build": "dev", "by": []},
        {"image": "acme/web:2", "build": "prod", "by": ["prod/kustomization.yaml"]},
    ]
    assert (added["image"], added["role"], added["container"]) == (
        "private.example.com/side",
        "container of a patch",
        "side",
    )
    assert [(one["name"], one["images"]) for one in answer["registries"]] == [
        ("docker.io", 2),
        ("private.example.com", 1),
    ]
    assert "acme/web in dev; acme/web:2 in prod" in krmfn("explain", ".")
    assert "acme/web in dev; acme/web:2 in prod" in krmfn("explain", "--format", "csv", ".")
    krmfn("explain", "--html", "page.html", ".")
    assert "→ acme/web:2 in prod" in Path("page.html").read_text(encoding="utf-8")


def test_a_secret_is_made_for_the_images_that_run() -> None:
    config = {"auths": {host: {"auth": "dTpw"} for host in ("docker.io", "private.example.com")}}
    private = f"{OVERLAY}images: [{{name: acme/web, newName: private.example.com/web}}]\n"
    write(APP | {"prod/kustomization.yaml": private, "config.json": json.dumps(config)})
    made = krmfn("secret", "--for", "base", "--name", "x", "--from", "config.json")
    assert "private.example.com" in base64.b64decode(made.partition(".dockerconfigjson: ")[2].split()[0]).decode()


LONG = f"{{apiVersion: builtin, kind: X, metadata: {{name: {'x' * 300}}}}}"
SUFFIXES = ", ".join(["{name: acme/web, tagSuffix: -a}"] * 40)
MANY = ", ".join(f"../k{i}" for i in range(60))
HOSTILE: dict[str, dict[str, str]] = {
    "a-text-that-is-too-long-for-a-file-name": {"prod/kustomization.yaml": f"{OVERLAY}transformers: ['{LONG}']\n"},
    "a-name-that-no-file-can-have": {
        "flux.yaml": "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {name: a}\n"
        'spec: {path: base, components: ["a\\0b"]}\n'
    },
    "a-long-chain": {f"c{i}/kustomization.yaml": f"resources: [../c{i + 1}]\n" for i in range(1200)},
    "transformers-in-circles": {"prod/kustomization.yaml": "resources: [../base]\ntransformers: ['.']\n"},
    "transformers-that-double": {
        f"t{i}/kustomization.yaml": f"transformers: [../t{i + 1}, ../t{i + 1}]\nresources: [../base]\n"
        for i in range(30)
    },
    "components-that-double": {
        "prod/kustomization.yaml": f"{OVERLAY}components: [../k0]\n",
        **{
            f"k{i}/kustomization.yaml": f"kind: Component\ncomponents: [../k{i + 1}, ../k{i + 2}, ../k{i + 1}]\n"
            for i in range(40)
        },
    },
    "components-and-a-command": {
        "prod/kustomization.yaml": f"{OVERLAY}components: [{MANY}]\n",
        "d.sh": "cd $X && kustomize edit set image acme/web=$Y\n",
        **{f"k{i}/kustomization.yaml": "kind: Component\n" for i in range(60)},
    },
    "finals-that-double": {
        "base/pod.yaml": POD % "acme/web" + "  volumes: [{name: v, image: {reference: acme/web}}]\n",
        "prod/kustomization.yaml": f"{OVERLAY}images: [{SUFFIXES}]\n",
    },
    "an-expression-that-takes-long": {
        "base/pod.yaml": POD % ("a" * 4000 + "!"),
        "prod/kustomization.yaml": "resources: [../base]\nimages: [{name: '[a-z]*[a-z]*[a-z]*', newTag: '1'}]\n",
    },
}


@pytest.mark.parametrize("files", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_repository_ends_without_a_bug(files: dict[str, str]) -> None:
    write(APP | files)
    assert main(["check", "--jobs", "1", "."]) in (0, 1)


def test_flux_builds_a_folder_without_a_kustomization() -> None:
    flux = "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {name: a}\n"
    write(
        {
            "apps/pod.yaml": POD % "acme/web",
            "flux.yaml": f"{flux}spec: {{path: apps, images: [{{name: acme/web, newTag: v2}}]}}\n",
        }
    )
    assert "builds replace this image: flux.yaml makes it acme/web:v2" in krmfn("check", "-v", ".")


def test_too_many_kustomizations_leave_no_policy() -> None:
    assert policy_written(APP | HOSTILE["components-that-double"]) == ""


def test_explain_lists_each_container_that_a_patch_adds() -> None:
    patch = PATCH % "containers: [{name: one, image: 'x:1'}, {name: two, image: 'x:1'}]"
    write(APP | {"prod/kustomization.yaml": f"{OVERLAY}patches: [{{path: p.yaml}}]\n", "prod/p.yaml": patch})
    answer = json.loads(krmfn("explain", "--format", "json", ".").partition("\n0 files")[0].partition("\n1 file")[0])
    assert [one["container"] for one in answer["images"]] == ["one", "two", "web"]
