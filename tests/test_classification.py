"""What is no manifest stays as it is, and is counted; what is one is fixed beside it."""

import re
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path

import hosts
import pytest

POD = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: a\nspec:\n  containers:\n  - name: a\n    image: nginx\n"
DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - name: web
        image: nginx:1.27
"""
PATCH = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  template:
    spec:
      containers:
      - name: web
        image: nginx:1.28
      - name: sidecar
        image: busybox
"""
DONE = "imagePullPolicy"
CONFIG = "apiVersion: krmfn.dev/v1alpha1\nkind: ImagePull\nspec: {pullSecrets: [{name: regcred}]}\n"

Krmfn = Callable[..., hosts.Finished]


@pytest.fixture
def workplace(tmp_path: Path) -> hosts.Workplace:
    return hosts.Workplace(tmp_path)


@pytest.fixture
def folder(workplace: hosts.Workplace) -> Path:
    return workplace.folder


@pytest.fixture
def krmfn(workplace: hosts.Workplace) -> Krmfn:
    def run(*arguments: str) -> hosts.Finished:
        return workplace.run(workplace.krmfn, *arguments)

    return run


def put(folder: Path, files: Mapping[str, str]) -> None:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def fix(krmfn: Krmfn, folder: Path, files: Mapping[str, str], *paths: str) -> str:
    """What `krmfn fix -v` says of the files; the pull secret is configured, so that a resource cannot go unnoticed."""
    (folder / ".git").mkdir(exist_ok=True)
    put(folder, {"krmfn.yaml": CONFIG, **files})
    finished = krmfn("fix", "-v", *(paths or ["."]))
    assert finished.returncode == 0, finished.stderr
    return finished.stderr


def untouched(folder: Path, files: Mapping[str, str]) -> bool:
    return all((folder / name).read_text(encoding="utf-8") == text for name, text in files.items())


def test_templates_of_a_chart(krmfn: Krmfn, folder: Path) -> None:
    chart = {
        "chart/Chart.yaml": "apiVersion: v2\nname: shop\n",
        "chart/values.yaml": "image: {repository: nginx}\n",
        "chart/values-prod.yaml": "spec: {containers: [{name: a, image: b}]}\n",
        "chart/templates/plain.yaml": POD,
        "chart/templates/web.yaml": "apiVersion: v1\nkind: {{ .Values.kind }}\n{{- if .x }}\n{{ end }}\n",
        "chart/templates/tests/pod.yaml": POD,
        "chart/charts/inner/Chart.yaml": "apiVersion: v2\nname: inner\n",
        "chart/charts/inner/templates/a.yaml": POD,
    }
    said = fix(krmfn, folder, {**chart, "plain/templates/pod.yaml": POD})
    assert untouched(folder, chart)
    assert DONE in (folder / "plain/templates/pod.yaml").read_text()
    assert "chart/templates/plain.yaml: skipped: Helm template\n" in said
    assert said.splitlines()[-1].endswith(
        "9 skipped (4 Helm templates, 2 Helm chart files, 2 values files, 1 krmfn config)"
    )


@pytest.mark.parametrize(
    "text",
    [
        "{{- if .Values.pod }}\n" + POD + "{{- end }}\n",
        POD + "    {{ include `a` . }}\n  x: {{ toYaml .Values.x }}\n",
        POD.replace("nginx", "{{ $image }}: {{ .Values.tag }}"),
        "{% if pod %}\n" + POD + "{% endif %}\n",
    ],
    ids=["if", "include", "value", "jinja"],
)
def test_a_template_anywhere_that_does_not_parse(krmfn: Krmfn, folder: Path, text: str) -> None:
    assert "1 template that is not YAML" in fix(krmfn, folder, {"a.yaml": text}).splitlines()[-1]
    assert untouched(folder, {"a.yaml": text})


def test_what_only_argo_fills_in_and_does_not_parse_is_an_error(krmfn: Krmfn, folder: Path) -> None:
    put(folder, {"a.yaml": POD.replace("nginx", "'{{workflow.parameters.image}}'") + "  x: [\n"})
    assert krmfn("fix", ".").returncode == 1


def test_a_template_that_parses_is_a_manifest(krmfn: Krmfn, folder: Path) -> None:
    fix(krmfn, folder, {"a.yaml": POD + "  x: '{{ .Values.x }}'\n"})
    assert DONE in (folder / "a.yaml").read_text()


PATCHES = {
    "patches": "patches:\n- path: patch.yaml\n  target: {kind: Deployment}\n",
    "patches as strings": "patches: [patch.yaml]\n",
    "patchesStrategicMerge": "patchesStrategicMerge:\n- patch.yaml\n",
    "patchesJson6902": "patchesJson6902:\n- path: patch.yaml\n  target: {version: v1, kind: Pod, name: a}\n",
    "transformers": "transformers:\n- transformer.yaml\n",
}


@pytest.mark.parametrize("kustomization", PATCHES.values(), ids=PATCHES)
def test_a_patch_that_a_kustomization_lists(krmfn: Krmfn, folder: Path, kustomization: str) -> None:
    files = {
        "k/kustomization.yaml": f"resources: [deployment.yaml]\n{kustomization}",
        "k/patch.yaml": POD,  # whole, so that nothing but the list tells
        "k/transformer.yaml": "apiVersion: builtin\nkind: PatchTransformer\nmetadata: {name: a}\npath: patch.yaml\n",
    }
    said = fix(krmfn, folder, {**files, "k/deployment.yaml": DEPLOYMENT})
    assert untouched(folder, files)
    assert "k/patch.yaml: skipped: kustomize patch\n" in said
    assert "regcred" in (folder / "k/deployment.yaml").read_text()


@pytest.mark.parametrize("path", ["k", "k/patches", "k/patches/patch.yaml"])
def test_the_kustomization_may_stand_above_the_path(krmfn: Krmfn, folder: Path, path: str) -> None:
    files = {"k/kustomization.yaml": "patches: [{path: patches/patch.yaml}]\n", "k/patches/patch.yaml": POD}
    assert "k/patches/patch.yaml: skipped: kustomize patch\n" in fix(krmfn, folder, files, path)
    assert untouched(folder, files)


def test_a_kustomization_may_list_what_is_outside_of_its_folder(krmfn: Krmfn, folder: Path) -> None:
    files = {"k/overlay/kustomization.yml": "patches: [{path: ../../shared/patch.yaml}]\n", "shared/patch.yaml": POD}
    assert "shared/patch.yaml: skipped: kustomize patch\n" in fix(krmfn, folder, files)
    assert untouched(folder, files)


def test_inline_patches_and_all_that_a_kustomization_says(krmfn: Krmfn, folder: Path) -> None:
    indented = PATCH.replace("\n", "\n    ").rstrip(" ")
    files = {
        "a/kustomization.yaml": f"patches:\n- patch: |-\n    {indented}",
        "b/kustomization.yaml": "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n"
        f"patchesStrategicMerge:\n- |-\n    {indented}",
        "c/kustomization.yaml": "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\n"
        f"patches:\n- patch: |-\n    {indented}",
    }
    said = fix(krmfn, folder, files)
    assert untouched(folder, files)
    assert "3 kustomizations" in said.splitlines()[-1]


def test_files_that_a_kustomization_reads_in_other_ways(krmfn: Krmfn, folder: Path) -> None:
    files = {
        "kustomization.yaml": "configMapGenerator: [{name: a, files: [pod.yaml, key=other.yaml]}]\n"
        "helmCharts: [{name: a, valuesFile: chart-config.yaml}]\nconfigurations: [names.yaml]\ngenerators: [gen]\n",
        "pod.yaml": POD,
        "other.yaml": POD,
        "chart-config.yaml": POD,
        "names.yaml": POD,
        "gen/config.yaml": POD,
    }
    said = fix(krmfn, folder, files)
    assert untouched(folder, files)
    assert "2 generator inputs" in said.splitlines()[-1]


def test_a_kustomization_that_cannot_be_read_is_no_error_of_the_files_below(krmfn: Krmfn, folder: Path) -> None:
    put(folder, {"k/kustomization.yaml": "patches: [\n", "k/sub/pod.yaml": POD, "k/patch.yaml": PATCH, "pod.yaml": POD})
    finished = krmfn("fix", ".")
    assert finished.returncode == 0
    assert "k/kustomization.yaml: warning: not YAML: " in finished.stderr
    assert "krmfn does not know which files below are patches" in finished.stderr
    for name in ("k/sub/pod.yaml", "pod.yaml"):
        assert DONE in (folder / name).read_text()
    assert (folder / "k/patch.yaml").read_text() == PATCH


@pytest.mark.parametrize(
    "text",
    [
        PATCH,
        POD.replace("spec:\n", "spec:\n  $patch: replace\n"),
        POD.replace("- name: a", "- $patch: delete\n    name: a"),
    ],
    ids=["no selector", "directive", "directive in a list"],
)
def test_a_patch_that_nobody_lists_is_told_by_its_look(krmfn: Krmfn, folder: Path, text: str) -> None:
    assert "a.yaml: skipped: likely patch\n" in fix(krmfn, folder, {"a.yaml": text})
    assert untouched(folder, {"a.yaml": text})


def test_a_file_that_mixes_is_handled_by_document(krmfn: Krmfn, folder: Path) -> None:
    documents = ["a: b\nimage: x\n", POD, PATCH, "# nothing\n", CONFIG, '- op: add\n  path: "/spec"\n', DEPLOYMENT]
    text = "".join(f"---\n{document}" for document in documents)
    said = fix(krmfn, folder, {"a.yaml": text})
    after = (folder / "a.yaml").read_text()
    assert (
        after.replace("    imagePullPolicy: Always\n", "")
        .replace("        imagePullPolicy: IfNotPresent\n", "")
        .replace("  imagePullSecrets:\n  - name: regcred\n", "")
        .replace("      imagePullSecrets:\n      - name: regcred\n", "")
        == text
    )
    assert (after.count("imagePullPolicy:"), after.count("regcred")) == (2, 3)
    assert "a.yaml: 2 documents skipped: without apiVersion and kind\n" in said
    assert "not a Kubernetes resource" not in said
    assert said.splitlines()[-1].endswith(
        "4 documents skipped (2 without apiVersion and kind, 1 likely patch, 1 krmfn config)"
    )


OBJECTS = [
    '{"apiVersion": "v1", "kind": "Pod", "spec": {"containers": [{"name": "a", "image": "nginx"}]}}',
    '{"apiVersion": "v1", "kind": "Pod", "spec": {"containers": [{"name": "b", "image": "nginx:1"}]}}',
]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        pytest.param("a.json", f"[{', '.join(OBJECTS)}]", id="list-in-JSON"),
        pytest.param("a.json", "\n".join(OBJECTS), id="lines-of-JSON"),
        pytest.param("a.json", f'{{"a": {OBJECTS[0]}, "b": {{"c": {OBJECTS[1]}}}}}', id="mapping-in-JSON"),
        pytest.param("a.yaml", f"- {OBJECTS[0]}\n- {OBJECTS[1]}\n", id="list"),
        pytest.param("a.yaml", "a:\n  " + POD.replace("\n", "\n  ") + f"\nb: {OBJECTS[1]}\n", id="mapping"),
    ],
)
def test_objects_in_a_file_in_whatever_shape(krmfn: Krmfn, folder: Path, name: str, text: str) -> None:
    fix(krmfn, folder, {name: text}, ".")
    fixed = (folder / name).read_text()
    assert (fixed.count("Always"), fixed.count("IfNotPresent")) == (1, 1)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(f"replicas: 1\nextra: {OBJECTS[0]}\n", id="value-that-is-no-object"),
        pytest.param(f"extraObjects:\n- {OBJECTS[0]}\n", id="list-below-a-key"),
        pytest.param("- {apiVersion: v1, name: a}\n- {kind: Pod, name: b}\n", id="list-of-other-things"),
    ],
)
def test_objects_inside_of_something_else_are_no_manifests(krmfn: Krmfn, folder: Path, text: str) -> None:
    said = fix(krmfn, folder, {"a.yaml": text}, ".")
    assert untouched(folder, {"a.yaml": text})
    assert "a.yaml: skipped: without apiVersion and kind\n" in said


def test_a_separator_that_is_glued_to_other_text_is_an_error(krmfn: Krmfn, folder: Path) -> None:
    put(folder, {"a.yaml": "---" + POD, "b.yaml": POD.rstrip() + "---\n" + POD})
    finished = krmfn("fix", ".")
    assert (finished.returncode, untouched(folder, {"a.yaml": "---" + POD})) == (1, True)
    assert "a.yaml:1:1: error: `---` is glued to other text" in finished.stderr
    assert "b.yaml:8:17: error: `---` is glued to other text" in finished.stderr


def test_templates_of_ytt(krmfn: Krmfn, folder: Path) -> None:
    files = {
        "a.yaml": "#@ load('@ytt:data', 'data')\n---\n" + POD,
        "b.yaml": POD.replace("name: a\nspec", "name: #@ data.values.name\nspec"),
        "c.yaml": "#@overlay/match by=overlay.all\n---\n" + POD,
        "d.yaml": POD + "    #@ if x:\n\ta: b\n    #@ end\n",
    }
    said = fix(krmfn, folder, files, ".")
    assert untouched(folder, files)
    assert "(4 ytt templates, 1 krmfn config)" in said


def test_what_only_looks_like_ytt(krmfn: Krmfn, folder: Path) -> None:
    inside = "apiVersion: v1\nkind: ConfigMap\ndata:\n  a: |\n    #@ load('@ytt:data', 'data')\n    a: #@ b\n---\n"
    fix(krmfn, folder, {"a.yaml": inside + POD, "b.yaml": POD + "#@home\n", "c.yaml": POD + "# @ x\n"}, ".")
    assert all(DONE in (folder / name).read_text() for name in ("a.yaml", "b.yaml", "c.yaml"))


def test_what_tests_of_clusters_expect(krmfn: Krmfn, folder: Path) -> None:
    names = (
        "00-assert.yaml",
        "web-assert.yml",
        "assert.yaml",
        "01-errors.yaml",
        "chainsaw-test.yaml",
        "kuttl-test.yaml",
    )
    files = dict.fromkeys(names, POD)
    listed = {"k/01-errors.yaml": POD, "k/kustomization.yaml": "resources: [01-errors.yaml]\n"}
    said = fix(krmfn, folder, {**files, **listed, "errors.yaml": POD}, ".")
    assert untouched(folder, files)
    assert "(6 test expectations, 1 kustomization, 1 krmfn config)" in said
    assert DONE in (folder / "k/01-errors.yaml").read_text()
    assert DONE in (folder / "errors.yaml").read_text()


@pytest.mark.parametrize("marker", ["test/chainsaw-test.yaml", "test/kuttl-test.yml", "test/web/01-errors.yaml"])
def test_usual_names_of_expectations_count_beside_a_test_only(krmfn: Krmfn, folder: Path, marker: str) -> None:
    expected = {"test/web/http-errors.yaml": POD, "test/web/web-assert.yaml": POD}
    manifests = {"http-errors.yaml": POD, "deploy/web-assert.yaml": POD, "deploy/assert.yaml": POD}
    fix(krmfn, folder, {**expected, **manifests, marker: POD}, ".")
    assert untouched(folder, expected)
    assert all(DONE in (folder / name).read_text() for name in manifests)


def test_kuttl_at_the_root_of_a_repository_is_for_all_of_it(krmfn: Krmfn, folder: Path) -> None:
    manifests = {"http-errors.yaml": POD, "deploy/web-assert.yaml": POD}
    (folder / ".git").mkdir(exist_ok=True)
    fix(krmfn, folder, {**manifests, "kuttl-test.yaml": "apiVersion: kuttl.dev/v1beta1\nkind: TestSuite\n"}, ".")
    assert all(DONE in (folder / name).read_text() for name in manifests)


CHAINSAW = """\
apiVersion: chainsaw.kyverno.io/v1alpha1
kind: Test
metadata: {name: a}
spec:
  steps:
  - try:
    - apply: {file: applied.yaml}
    - assert: {file: common/there.yaml}
    catch:
    - error: {file: ./gone.yaml}
"""


def test_what_a_test_of_chainsaw_names(krmfn: Krmfn, folder: Path) -> None:
    expected = {"a/common/there.yaml": POD, "a/gone.yaml": POD}
    manifests = {"a/applied.yaml": POD, "b/gone.yaml": POD}
    fix(krmfn, folder, {**expected, **manifests, "a/chainsaw-test.yaml": CHAINSAW, "b/chainsaw-test.yaml": "["}, ".")
    assert untouched(folder, expected)
    assert all(DONE in (folder / name).read_text() for name in manifests)


def test_a_template_outside_of_a_chart_is_told_with_the_way_out(krmfn: Krmfn, folder: Path) -> None:
    put(folder, {"a.yaml": POD + "{{- if .Values.x }}\n"})
    finished = krmfn("check", "-v", ".")
    assert finished.returncode == 0
    assert (
        "a.yaml: info: is a template, and not YAML before it is rendered: run krmfn on the rendered" in finished.stdout
    )


def test_other_yaml_that_has_images_and_containers(krmfn: Krmfn, folder: Path) -> None:
    other = "services: {web: {image: nginx}}\ncontainers: [{name: a, image: b}]\n"
    names = {
        ".gitlab-ci.yml": "CI file",
        "azure-pipelines.yml": "CI file",
        "docker-compose.override.yml": "Compose file",
        "compose.yaml": "Compose file",
        "values.yaml": "values file",
        "something.yaml": "without apiVersion and kind",
        "package.json": "without apiVersion and kind",
    }
    files = {name: other if name.endswith("ml") else '{"image": "x"}' for name in names}
    said = fix(krmfn, folder, {**files, ".github/workflows/ci.yaml": other}, ".", ".github/workflows")
    assert untouched(folder, files)
    for name, reason in {**names, ".github/workflows/ci.yaml": "CI file", ".github": "hidden folder"}.items():
        assert f"{name}: skipped: {reason}\n" in said


def test_what_is_no_manifest_need_not_even_be_yaml(krmfn: Krmfn, folder: Path) -> None:
    put(folder, {"a.yaml": "a: [\n", "tsconfig.json": '{"a": 1, // why\n}', "b.yaml": "kind: x\n\ta: b\n"})
    (folder / "c.yaml").write_bytes(b"\xff\xfe\x00")
    finished = krmfn("fix", ".")
    assert (finished.returncode, finished.stderr) == (
        0,
        "0 files changed, 0 looked at, 4 skipped (4 without apiVersion and kind)\n",
    )


def test_a_manifest_in_another_encoding_is_an_error(krmfn: Krmfn, folder: Path) -> None:
    (folder / "a.yaml").write_bytes(POD.encode("utf-16"))
    finished = krmfn("fix", ".")
    assert finished.returncode == 1
    assert "a.yaml: error: the input is UTF-16; krmfn reads UTF-8" in finished.stderr


def test_a_definition_in_one_file_teaches_all(krmfn: Krmfn, folder: Path) -> None:
    container = (
        "{properties: {image: {type: string}, imagePullPolicy: {type: string}, command: {type: array, items: "
        "{type: string}}, volumeMounts: {type: array}}}"
    )
    definition = (
        "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: shops.example.com}\n"
        "spec:\n  group: example.com\n  names: {kind: Shop}\n  versions:\n  - name: v1\n    schema:\n"
        f"      openAPIV3Schema: {{properties: {{spec: {{properties: {{front: {container}}}}}}}}}\n"
    )
    shop = "apiVersion: example.com/v1\nkind: Shop\nmetadata: {name: a}\nspec:\n  front:\n    image: nginx:1.27\n"
    files = {"crds/shop.yaml": definition, "apps/a.yaml": shop, "other/b.yaml": shop}
    fix(krmfn, folder, files)
    for name in ("apps/a.yaml", "other/b.yaml"):
        assert (folder / name).read_text() == shop + "    imagePullPolicy: IfNotPresent\n"
    assert untouched(folder, {"crds/shop.yaml": definition})


def test_a_definition_that_is_no_yaml_is_no_error_of_other_files(krmfn: Krmfn, folder: Path) -> None:
    template = (
        "{{- if .Values.crds }}\napiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\n"
        "spec: {group: example.com, names: {kind: Shop}}\n{{- end }}\n"
    )
    shop = "apiVersion: example.com/v1\nkind: Shop\nmetadata: {name: a}\n---\n"
    chart = {"chart/Chart.yaml": "name: shop\n", "chart/templates/crd.yaml": template}
    fix(krmfn, folder, {**chart, "a.yaml": shop + POD})
    assert DONE in (folder / "a.yaml").read_text()
    finished = krmfn("check", "-v", ".")
    assert "chart/templates/crd.yaml: info: mentions a CustomResourceDefinition but is not YAML" in finished.stdout
    assert finished.returncode == 0


def test_a_resource_list_gets_no_results(krmfn: Krmfn, folder: Path) -> None:
    items = POD.replace("\n", "\n  ").rstrip(" ")
    text = f"apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nitems:\n- {items}"
    fix(krmfn, folder, {"a.yaml": text})
    after = (folder / "a.yaml").read_text()
    assert DONE in after
    assert "results" not in after


def test_a_kustomize_tree_builds_the_same_with_the_policies_of_its_bases(krmfn: Krmfn, folder: Path) -> None:
    hosts.require("kustomize")
    files = {
        "base/kustomization.yaml": "resources: [deployment.yaml]\n",
        "overlay/kustomization.yaml": "resources: [../base]\npatches:\n- path: patch.yaml\n- path: ops.yaml\n"
        "  target: {kind: Deployment}\n",
        "overlay/patch.yaml": PATCH,
        "overlay/ops.yaml": "- op: add\n  path: /spec/replicas\n  value: 2\n",
    }
    said = fix(krmfn, folder, {**files, "base/deployment.yaml": DEPLOYMENT})
    assert untouched(folder, files)
    assert "2 kustomize patches" in said.splitlines()[-1]
    command = [str(hosts.find("kustomize")), "build", "overlay"]
    built = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True).stdout
    assert built.count("imagePullPolicy") == 1
    assert "image: nginx:1.28" in built


ACCOUNT = (
    "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: builder}\nimagePullSecrets: [{name: of-the-account}]\n"
)
WITH_ACCOUNT = POD + "  serviceAccountName: builder\n"


@pytest.mark.parametrize("paths", [["."], ["a/pod.yaml"]], ids=" ".join)
def test_the_files_of_a_folder_are_one_input_whichever_of_them_are_given(
    krmfn: Krmfn, folder: Path, paths: list[str]
) -> None:
    files = {"a/pod.yaml": WITH_ACCOUNT, "a/serviceaccount.yaml": ACCOUNT, "b/pod.yaml": WITH_ACCOUNT}
    said = fix(krmfn, folder, files, *paths)
    assert "- name: of-the-account\n  - name: regcred\n" in (folder / "a/pod.yaml").read_text()
    assert "of-the-account" not in (folder / "b/pod.yaml").read_text()
    assert not re.search(r"^a/.*ServiceAccount builder is not in the input", said, re.MULTILINE)
    assert bool(re.search(r"^b/.*ServiceAccount builder is not in the input", said, re.MULTILINE)) == (paths == ["."])


def test_an_account_that_is_a_patch_or_ignored_does_not_count(krmfn: Krmfn, folder: Path) -> None:
    files = {
        "a/pod.yaml": WITH_ACCOUNT,
        "a/serviceaccount.yaml": ACCOUNT,
        "a/kustomization.yaml": "patches: [{path: serviceaccount.yaml}]\n",
        "b/pod.yaml": WITH_ACCOUNT,
        "b/serviceaccount.yaml": ACCOUNT,
        "b/.krmignore": "serviceaccount.yaml\n",
    }
    fix(krmfn, folder, files)
    for name in ("a", "b"):
        assert "of-the-account" not in (folder / name / "pod.yaml").read_text()


def test_accounts_that_are_nowhere_are_missed_and_not_created(krmfn: Krmfn, folder: Path) -> None:
    """Another folder may hold them."""
    spec = "pullSecrets: [{name: regcred}], attachTo: [ServiceAccounts], serviceAccounts: {create: true}"
    files = dict.fromkeys(("a/1.yaml", "a/2.yaml", "b/3.yaml"), WITH_ACCOUNT)
    put(folder, {**files, "krmfn.yaml": f"apiVersion: krmfn.dev/v1alpha1\nkind: ImagePull\nspec: {{{spec}}}\n"})
    (folder / ".git").mkdir()
    finished = krmfn("fix", ".")
    assert finished.returncode == 0, finished.stderr
    assert not [name for name in files if "kind: ServiceAccount" in (folder / name).read_text()]
    assert finished.stderr.count("is not in the input: regcred does not reach these pods through it") == len(files)
    assert krmfn("fix", ".").stderr.splitlines()[-1].startswith("0 files changed")


def test_a_file_that_is_written_does_not_change_what_the_others_get(krmfn: Krmfn, folder: Path) -> None:
    """Each ServiceAccount gets what its pods call for; pods get what it had, and not what it has by then."""
    secrets = ", ".join(f"{{name: {name}, images: ['{name}.example.com/**']}}" for name in "ab")
    spec = f"spec: {{pullSecrets: [{secrets}], attachTo: [PodSpecs, ServiceAccounts]}}"
    config = f"apiVersion: krmfn.dev/v1alpha1\nkind: ImagePull\n{spec}\n"
    account = "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: web}\n"
    pods = {f"pod-{name}.yaml": WITH_ACCOUNT.replace("nginx", f"{name}.example.com/web:1") for name in "ab"}
    put(folder, {"krmfn.yaml": config, "0-account.yaml": account, **pods})
    subprocess.run(["git", "init", "-q"], cwd=folder, check=True)
    patch = krmfn("diff", ".").stdout
    assert krmfn("fix", "--jobs", "2", ".").returncode == 0
    subprocess.run(["git", "apply", "-R"], input=patch, text=True, cwd=folder, check=True)
    assert {name: (folder / name).read_text() for name in pods} == pods


def test_patches_are_told_by_their_look(krmfn: Krmfn, folder: Path) -> None:
    sidecar = PATCH.replace("sidecar", "selector-sidecar")
    flow = "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {containers: [{$patch: delete, name: a, image: b}]}\n"
    said = fix(krmfn, folder, {"a.yaml": sidecar, "b.yaml": flow})
    assert "2 likely patches" in said.splitlines()[-1]
    assert DONE not in (folder / "a.yaml").read_text() + (folder / "b.yaml").read_text()


def test_patches_of_transformers_in_place_and_behind_others_are_told(krmfn: Krmfn, folder: Path) -> None:
    transformer = "apiVersion: builtin\nkind: PatchTransformer\nmetadata: {name: %s}\npath: %s\ntarget: {kind: Pod}\n"
    in_place = "".join(f"  {line}\n" for line in (transformer % ("a", "a.yaml")).splitlines())
    kustomization = f"resources: [pod.yaml]\ntransformers:\n- |-\n{in_place}- more.yaml\n"
    more = "apiVersion: builtin\nkind: LabelTransformer\nmetadata: {name: x}\n---\n" + transformer % ("b", "b.yaml")
    pods = dict.fromkeys(("a.yaml", "b.yaml", "pod.yaml"), POD)
    fix(krmfn, folder, {"kustomization.yaml": kustomization, "more.yaml": more, **pods})
    assert [name for name in pods if DONE in (folder / name).read_text()] == ["pod.yaml"]


def test_what_is_a_resource_too_is_no_generator_input(krmfn: Krmfn, folder: Path) -> None:
    kustomization = "resources: [a.yaml]\nconfigMapGenerator:\n- {name: a, files: [a.yaml]}\n"
    fix(krmfn, folder, {"kustomization.yaml": kustomization, "a.yaml": DEPLOYMENT})
    assert DONE in (folder / "a.yaml").read_text()


def test_an_empty_path_is_not_the_current_folder(krmfn: Krmfn, folder: Path) -> None:
    put(folder, {"a.yaml": DEPLOYMENT})
    finished = krmfn("fix", "")
    assert (finished.returncode, (folder / "a.yaml").read_text()) == (1, DEPLOYMENT)
    assert finished.stderr.startswith("error: a PATH is empty")


def test_what_no_terminal_should_obey_has_escapes(krmfn: Krmfn, folder: Path) -> None:
    name = '"x\\n::error file=ok.yaml::injected\\e[31m"'
    put(folder, {"a.yaml": POD.replace("name: a\nspec", f"name: {name}\nspec") + "    imagePullPolicy: Alwys\n"})
    finished = krmfn("cmp", "generate", "--", "cat", "a.yaml")
    assert finished.returncode == 1
    assert [line for line in finished.stderr.splitlines() if not line.startswith(("error: ", "warning: "))] == []
    assert "\x1b" not in finished.stderr
