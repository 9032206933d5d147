"""krmfn as a post-renderer of the real Helm 3 and as a plugin of the real Helm 4."""

import json
import re
import shutil
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

import helm
import hosts
import pytest
import yaml
from api_server import ControlPlane
from helm import HELM_3, HELM_4, Helm, write_chart

EXAMPLE = hosts.REPOSITORY / "examples" / "helm"
SHARED = hosts.REPOSITORY.parent / "shared" / "cases" / "helm"
POD = "spec: {restartPolicy: Never, containers: [{name: a, image: registry.example.com/a}]}"
DEPLOYMENT = """\
# The shop
apiVersion: apps/v1
kind: Deployment
metadata: {name: "{{ .Release.Name }}"}
spec:
  selector: {matchLabels: {a: b}}
  template:
    metadata: {labels: {a: b}}
    spec:
      containers:
      - name: a
        image: registry.example.com/a:{{ .Values.tag | default "1" }} # the image
"""
HOOK = f"""\
apiVersion: batch/v1
kind: Job
metadata: {{name: migrate, annotations: {{helm.sh/hook: "%s"}}}}
spec: {{template: {{{POD}}}}}
"""
WRONG = """\
apiVersion: v1
kind: Pod
metadata: {name: web}
spec: {containers: [{name: web, image: a, imagePullPolicy: Alwys}]}
"""
TEST = f"apiVersion: v1\nkind: Pod\nmetadata: {{name: test, annotations: {{helm.sh/hook: test}}}}\n{POD}\n"
ACCOUNT = "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: builder}\n"
# Not run by anything, so no hook waits for it.
TEMPLATE = """\
apiVersion: v1
kind: PodTemplate
metadata: {name: before, annotations: {helm.sh/hook: pre-install}}
template: {spec: {containers: [{name: a, image: registry.example.com/a}]}}
"""
WIDGET = """\
apiVersion: acme.example.com/v1
kind: Widget
metadata: {name: w}
spec: {runner: {containers: [{name: a, image: a}]}}
"""


@pytest.fixture(params=[HELM_3, HELM_4])
def either(request: pytest.FixtureRequest, tmp_path: Path) -> Helm:
    """Each Helm in turn, with the plugin installed where it needs one."""
    hosts.require(request.param)
    made = Helm(hosts.Workplace(tmp_path), request.param)
    made.install_plugin()
    return made


def only(program: str) -> Callable[[Path], Helm]:
    def make(tmp_path: Path) -> Helm:
        hosts.require(program)
        made = Helm(hosts.Workplace(tmp_path), program)
        made.install_plugin()
        return made

    return make


helm3, helm4 = pytest.fixture(name="helm3")(only(HELM_3)), pytest.fixture(name="helm4")(only(HELM_4))


def objects(finished: hosts.Finished) -> dict[tuple[str, str], dict[str, Any]]:
    """The objects of a rendered chart by kind and name."""
    assert finished.returncode == 0, finished.stderr
    documents = [document for document in yaml.safe_load_all(finished.stdout) if document]
    found = {(document["kind"], document["metadata"]["name"]): document for document in documents}
    assert len(found) == len(documents)
    return found


def pod_of(manifest: dict[str, Any]) -> dict[str, Any]:
    """Its pod spec."""
    spec = manifest.get("spec", manifest)
    pod: dict[str, Any] = spec["template"]["spec"] if "template" in spec else spec
    return pod


def has_secret(manifest: dict[str, Any]) -> bool:
    pod = pod_of(manifest)
    assert ("imagePullSecrets" in pod) == ("imagePullPolicy" in pod["containers"][0])
    return pod.get("imagePullSecrets") == [{"name": "regcred"}]


# The example

README = (EXAMPLE / "README.md").read_text(encoding="utf-8")


def shell_of_readme(word: str) -> str:
    """The one block of commands that has the word in it."""
    (block,) = (block for block in re.findall(r"```sh\n(.*?)```", README, re.DOTALL) if word in block)
    return textwrap.dedent(block)


def test_hooks_of_the_example_are_named_by_the_command_of_its_readme(helm3: Helm) -> None:
    shutil.copytree(EXAMPLE, helm3.workplace.folder, dirs_exist_ok=True)
    environment = helm.as_helm(helm3.workplace, helm.HELM_3)
    finished = helm3.workplace.run("bash", "-c", shell_of_readme("krmfn check"), **environment)
    assert finished.returncode == 1
    assert [line.split(":")[1] for line in finished.stdout.splitlines() if "would change" in line] == [
        " Job shop-migrate"
    ]


def test_helm_4_gives_the_hook_of_the_example_its_image_pulls_too(tmp_path: Path) -> None:
    workplace = hosts.Workplace(tmp_path)
    environment = helm.as_helm(workplace, helm.HELM_4)
    install = f"cd {EXAMPLE} && {shell_of_readme('plugin install ../..')}"
    workplace.run("bash", "-c", install, **environment).check_returncode()
    shutil.copytree(EXAMPLE, workplace.folder, dirs_exist_ok=True)
    found = objects(workplace.run("bash", ".expected/exec.sh", **environment))
    expected = yaml.safe_load_all((EXAMPLE / ".expected" / "output.yaml").read_text())
    wanted = {(manifest["kind"], manifest["metadata"]["name"]): manifest for manifest in expected}
    job = found["Job", "shop-migrate"]
    assert pod_of(job)["imagePullSecrets"] == [{"name": "regcred"}]
    assert {**found, ("Job", "shop-migrate"): wanted["Job", "shop-migrate"]} == wanted
    # An error is in the log that the README names, and `cat` shows it.
    (workplace.folder / "chart" / "templates" / "web.yaml").write_text(WRONG)
    without_cluster = shell_of_readme("cat krmfn.log").replace("upgrade --install", "template")
    shown = workplace.run("bash", "-c", without_cluster, **environment)
    assert "error: Pod web: spec.containers[0].imagePullPolicy: imagePullPolicy 'Alwys' is not one of" in shown.stdout


# What reaches it


def test_templates_of_chart_and_subchart_get_their_image_pulls(either: Helm) -> None:
    chart = write_chart(either.workplace, {"templates/web.yaml": DEPLOYMENT, "values.yaml": "database: {tag: latest}"})
    write_chart(either.workplace, {"templates/db.yaml": DEPLOYMENT.replace('}}"', '}}-db"')}, "chart/charts/database")
    (chart / "charts" / "database" / "Chart.yaml").write_text("apiVersion: v2\nname: database\nversion: 1.0.0\n")
    finished = either.with_krmfn("template", "shop", chart)
    found = objects(finished)
    assert [has_secret(manifest) for manifest in found.values()] == [True, True]
    policies = {name: pod_of(manifest)["containers"][0]["imagePullPolicy"] for (_, name), manifest in found.items()}
    assert policies == {"shop": "IfNotPresent", "shop-db": "Always"}
    assert "# Source: chart/charts/database/templates/db.yaml" in finished.stdout
    assert "# The shop" in finished.stdout
    assert "# the image" in finished.stdout


def test_hooks_and_tests_are_reached_by_helm_4_only(either: Helm) -> None:
    files = {"web.yaml": DEPLOYMENT, "hook.yaml": HOOK % "pre-install,pre-upgrade", "tests/test.yaml": TEST}
    chart = write_chart(either.workplace, {f"templates/{name}": text for name, text in files.items()})
    finished = either.with_krmfn("template", "shop", chart)
    found = objects(finished)
    reached = {kind: has_secret(manifest) for (kind, _), manifest in found.items()}
    assert reached == {"Deployment": True, "Job": either.program == HELM_4, "Pod": either.program == HELM_4}
    # The rest is what the documentation says: what Helm 3 lets by is found by `krmfn check`.
    checked = either.workplace.run("krmfn", "check", "--secret=regcred", stdin=finished.stdout)
    assert checked.returncode == int(either.program == HELM_3)
    named = [line.split(":")[1] for line in checked.stdout.splitlines() if line.startswith("would change: ")]
    assert named == ([" Pod test", " Job migrate"] if either.program == HELM_3 else [])


@pytest.mark.parametrize("attached", ["PodSpecs", "ServiceAccounts"])
def test_objects_of_one_identity_stay_two(either: Helm, attached: str) -> None:
    """A ServiceAccount that hooks need before the release has it, and Jobs before and after."""
    hook = ACCOUNT.replace("{name: builder}", "{name: builder, annotations: {helm.sh/hook: pre-install}}")
    files = {"a.yaml": ACCOUNT, "b.yaml": hook, "c.yaml": HOOK % "pre-install", "d.yaml": HOOK % "post-install"}
    chart = write_chart(either.workplace, {f"templates/{name}": text for name, text in files.items()})
    spec = f"spec: {{pullSecrets: [{{name: regcred}}], attachTo: [{attached}], serviceAccounts: {{names: ['*']}}}}\n"
    either.workplace.write(
        {"c.yaml": f"apiVersion: krmfn.dev/v1alpha1\nkind: ImagePull\nmetadata: {{name: c}}\n{spec}"}
    )
    finished = either.with_krmfn("template", "shop", chart, krmfn=("--config=c.yaml",))
    assert finished.returncode == 0, finished.stderr
    found = [document for document in yaml.safe_load_all(finished.stdout) if document]
    assert sorted(manifest["kind"] for manifest in found) == ["Job", "Job", "ServiceAccount", "ServiceAccount"]
    listed = [m for m in found if "imagePullSecrets" in (m if m["kind"] == "ServiceAccount" else pod_of(m))]
    reached = [m for m in found if either.program == HELM_4 or "annotations" not in m["metadata"]]
    wanted = "Job" if attached == "PodSpecs" else "ServiceAccount"
    assert listed == [manifest for manifest in reached if manifest["kind"] == wanted]


def test_kinds_of_the_folder_crds_are_known_where_krmfn_is_told_the_folder(either: Helm) -> None:
    chart = write_chart(either.workplace, {"templates/w.yaml": WIDGET, "crds/w.yaml": definition()})
    assert "imagePullSecrets" not in either.with_krmfn("template", "shop", chart).stdout
    told = either.with_krmfn("template", "shop", chart, krmfn=("--secret=regcred", "--crds=chart/crds"))
    (widget,) = objects(told).values()
    assert widget["spec"]["runner"]["imagePullSecrets"] == [{"name": "regcred"}]


def definition() -> str:
    pod = {
        "type": "object",
        "properties": {
            "imagePullSecrets": {
                "type": "array",
                "items": {"type": "object", "properties": {"name": {"type": "string"}}},
            },
            "containers": {"type": "array", "items": {"type": "object", "properties": {"image": {"type": "string"}}}},
        },
    }
    spec = {"type": "object", "properties": {"runner": pod}}
    schema = {"openAPIV3Schema": {"type": "object", "properties": {"spec": spec}}}
    return json.dumps(
        {
            "apiVersion": "apiextensions.k8s.io/v1",
            "kind": "CustomResourceDefinition",
            "metadata": {"name": "widgets.acme.example.com"},
            "spec": {
                "group": "acme.example.com",
                "scope": "Namespaced",
                "names": {"kind": "Widget", "plural": "widgets", "singular": "widget", "listKind": "WidgetList"},
                "versions": [{"name": "v1", "served": True, "storage": True, "schema": schema}],
            },
        }
    )


def test_created_account_is_part_of_the_release(either: Helm) -> None:
    """Helm 4 finds no name of a file on it."""
    chart = write_chart(either.workplace, {"templates/web.yaml": DEPLOYMENT})
    spec = "spec: {pullSecrets: [{name: regcred}], attachTo: [ServiceAccounts], serviceAccounts: {create: true}}\n"
    either.workplace.write(
        {"c.yaml": f"apiVersion: krmfn.dev/v1alpha1\nkind: ImagePull\nmetadata: {{name: c}}\n{spec}"}
    )
    found = objects(either.with_krmfn("template", "shop", chart, krmfn=("--config=c.yaml",)))
    assert found["ServiceAccount", "default"]["imagePullSecrets"] == [{"name": "regcred"}]
    assert "annotations" not in found["ServiceAccount", "default"]["metadata"]
    assert ("Deployment", "shop") in found


def test_output_dir_has_image_pulls_with_helm_4_and_is_an_error_with_helm_3(either: Helm) -> None:
    chart = write_chart(either.workplace, {"templates/web.yaml": DEPLOYMENT})
    finished = either.with_krmfn("template", "shop", chart, "--output-dir=out")
    written = (either.workplace.folder / "out" / "chart" / "templates" / "web.yaml").read_text()
    if either.program == HELM_4:
        assert finished.returncode == 0, finished.stderr
        assert has_secret(yaml.safe_load(written))
    else:
        assert finished.returncode == 1
        assert "stdin is empty" in finished.stderr
        assert "imagePull" not in written
        # As the documentation says.
        either.workplace.run("krmfn", "fix", "--secret=regcred", "out").check_returncode()
        fixed = (either.workplace.folder / "out" / "chart" / "templates" / "web.yaml").read_text()
        assert has_secret(yaml.safe_load(fixed))


def test_chart_of_nothing_but_hooks_is_an_error_with_helm_3(helm3: Helm) -> None:
    chart = write_chart(helm3.workplace, {"templates/hook.yaml": HOOK % "pre-install"})
    assert "stdin is empty" in helm3.with_krmfn("template", "shop", chart).stderr
    allowed = helm3.with_krmfn("template", "shop", chart, krmfn=("--allow-empty",))
    assert allowed.returncode == 0, allowed.stderr
    assert "helm.sh/hook" in allowed.stdout


@pytest.mark.skipif(not SHARED.exists(), reason="../shared is not there")
def test_untidy_chart_is_edited_and_nothing_else_in_it(either: Helm) -> None:
    plain, done = (run("template", "shop", SHARED / "chart") for run in (either.run, either.with_krmfn))
    before, after = objects(plain), objects(done)
    assert before.keys() == after.keys()
    for key, manifest in after.items():
        if key[0] != "ServiceAccount" and (either.program == HELM_4 or "annotations" not in manifest["metadata"]):
            pod = pod_of(manifest)
            assert pod.pop("imagePullSecrets")[-1] == {"name": "regcred"}
            assert pod["containers"][0].pop("imagePullPolicy")
        assert manifest == before[key]


# What it says


WARNED = DEPLOYMENT.replace("      containers", "      serviceAccountName: other\n      containers")
LOGGED = {"KRMFN_LOG": "krmfn.log"}
SAYS = "warning: Deployment shop: spec.template.spec: ServiceAccount other is not in the input"


def test_error_stops_helm_3_which_shows_it(helm3: Helm) -> None:
    chart = write_chart(helm3.workplace, {"templates/web.yaml": DEPLOYMENT})
    finished = helm3.with_krmfn("template", "shop", chart, krmfn=("--secret=NO",))
    assert (finished.returncode, finished.stdout) == (1, "")
    assert "'NO' is not a valid name of a Secret" in finished.stderr


def test_error_stops_helm_4_which_does_not_show_it_and_the_log_has_it(helm4: Helm) -> None:
    chart = write_chart(helm4.workplace, {"templates/web.yaml": DEPLOYMENT})
    finished = helm4.with_krmfn("template", "shop", chart, krmfn=("--secret=NO",), environment=LOGGED)
    assert (finished.returncode, finished.stdout) == (1, "")
    assert "'NO' is no name" not in finished.stderr
    assert 'plugin "krmfn" exited with error' in finished.stderr
    assert "'NO' is not a valid name of a Secret" in helm4.workplace.read()["krmfn.log"]


def test_warnings_are_in_the_log_though_both_drop_them(either: Helm) -> None:
    chart = write_chart(either.workplace, {"templates/web.yaml": WARNED})
    for runs in (1, 2):
        finished = either.with_krmfn("template", "shop", chart, environment=LOGGED)
        assert finished.returncode == 0
        assert "warning: Deployment" not in finished.stderr
        assert either.workplace.read()["krmfn.log"].count(SAYS) == runs


# A cluster


@pytest.fixture
def cluster(control_plane: ControlPlane, either: Helm) -> dict[str, str]:
    """Variables with which Helm talks to the control plane, in a namespace of its own."""
    return {"KUBECONFIG": str(control_plane.kubeconfig), "HELM_NAMESPACE": control_plane.namespace(either.program)}


@pytest.mark.parametrize("dry", ["client", "server"])
def test_dry_run_shows_what_would_be_installed_and_installs_nothing(
    control_plane: ControlPlane, either: Helm, cluster: dict[str, str], dry: str
) -> None:
    chart = write_chart(either.workplace, {"templates/web.yaml": DEPLOYMENT})
    finished = either.with_krmfn("install", "dry", chart, f"--dry-run={dry}", environment=cluster)
    assert finished.returncode == 0, finished.stderr
    assert "- name: regcred" in finished.stdout
    assert stored(control_plane, cluster, "deployments", "dry") is None


def test_release_is_installed_and_upgraded_with_image_pulls(
    control_plane: ControlPlane, either: Helm, cluster: dict[str, str]
) -> None:
    chart = write_chart(either.workplace, {"templates/web.yaml": DEPLOYMENT, "templates/before.yaml": TEMPLATE})
    installed = either.with_krmfn("install", "shop", chart, environment=cluster)
    assert installed.returncode == 0, installed.stderr
    first = stored(control_plane, cluster, "deployments", "shop")
    assert first
    assert has_secret(first["spec"]["template"])
    hook = stored(control_plane, cluster, "podtemplates", "before")
    assert hook
    assert ("imagePullSecrets" in hook["template"]["spec"]) == (either.program == HELM_4)
    # The same again changes nothing; a new tag gets another policy.
    either.with_krmfn("upgrade", "shop", chart, environment=cluster).check_returncode()
    again = stored(control_plane, cluster, "deployments", "shop")
    assert again
    assert again["metadata"]["generation"] == first["metadata"]["generation"]
    either.with_krmfn("upgrade", "shop", chart, "--set=tag=latest", environment=cluster).check_returncode()
    upgraded = stored(control_plane, cluster, "deployments", "shop")
    assert upgraded
    assert pod_of(upgraded)["containers"][0]["imagePullPolicy"] == "Always"
    either.run("uninstall", "shop", **cluster).check_returncode()
    assert stored(control_plane, cluster, "deployments", "shop") is None


def test_failure_installs_nothing(control_plane: ControlPlane, either: Helm, cluster: dict[str, str]) -> None:
    chart = write_chart(either.workplace, {"templates/web.yaml": DEPLOYMENT, "templates/before.yaml": TEMPLATE})
    finished = either.with_krmfn("install", "never", chart, krmfn=("--secret=NO",), environment=cluster)
    assert finished.returncode == 1
    assert stored(control_plane, cluster, "deployments", "never") is None
    releases = f"/api/v1/namespaces/{cluster['HELM_NAMESPACE']}/secrets?labelSelector=owner=helm,name=never"
    assert control_plane.request("GET", releases).object["items"] == []


def stored(plane: ControlPlane, cluster: dict[str, str], kind: str, name: str) -> dict[str, Any] | None:
    """An object in the cluster, None when there is none."""
    root = "/apis/apps/v1" if kind == "deployments" else "/api/v1"
    answer = plane.request("GET", f"{root}/namespaces/{cluster['HELM_NAMESPACE']}/{kind}/{name}")
    return answer.body if answer.accepted else None


# The plugin


def test_plugin_has_the_version_of_krmfn() -> None:
    project = (hosts.REPOSITORY / "pyproject.toml").read_text(encoding="utf-8")
    version = yaml.safe_load((hosts.REPOSITORY / "plugin.yaml").read_text(encoding="utf-8"))["version"]
    assert f'\nversion = "{version}"\n' in project
