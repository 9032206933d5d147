"""What stands in the other files of a tree counts for a pod: ServiceAccounts, Secrets, and what other pods want."""

from pathlib import Path

import pytest

from krmfn import Settings, cli, run
from krmfn.imagepull.function import shared_facts

POD = """\
apiVersion: v1
kind: Pod
metadata: {generateName: web-}
spec:
  serviceAccountName: web
  containers:
  - name: web
    image: registry.example.com/web:1
    imagePullPolicy: IfNotPresent
"""
SECRETS = "  imagePullSecrets:\n  - name: of-the-account\n  - name: regcred\n"
ACCOUNT = "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: web}\n"
DEFAULT = ACCOUNT.replace("name: web", "name: default")
OWN = "imagePullSecrets:\n- name: of-the-account\n"
SECRET = "apiVersion: v1\nkind: Secret\nmetadata: {name: regcred}\ntype: Opaque\nstringData: {a: b}\n"
WORKFLOW = """\
apiVersion: argoproj.io/v1alpha1
kind: Workflow
metadata: {generateName: w-}
spec:
  entrypoint: main
  templates:
  - name: main
    container:
      image: registry.example.com/web:1
      command: [run]
"""
CONTROLLER = """\
apiVersion: v1
kind: ConfigMap
metadata: {name: workflow-controller-configmap}
data:
  mainContainer: |
    imagePullPolicy: Always
  workflowDefaults: |
    spec:
      imagePullSecrets: [{name: default-cred}]
"""
CONFIG = "apiVersion: krmfn.dev/v1alpha1\nkind: ImagePull\nspec: {pullSecrets: [{name: regcred}], attachTo: [%s]}\n"


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def fix(files: dict[str, str], attach_to: str = "PodSpecs") -> dict[str, str]:
    """The files after `krmfn fix` on the folder."""
    for name, text in {"krmfn.yaml": CONFIG % attach_to, **files}.items():
        Path(name).write_text(text)
    assert cli.main(["fix", "--jobs", "1", "--verbose", "."]) == 0
    return {name: Path(name).read_text() for name in files}


def test_secrets_of_the_service_account_are_kept() -> None:
    assert fix({"pod.yaml": POD, "account.yaml": ACCOUNT + OWN})["pod.yaml"] == POD.replace(
        "  containers:", f"{SECRETS}  containers:"
    )


@pytest.mark.parametrize(
    "paths",
    [["vendor"], ["vendor/pod.yaml", "vendor/account.yaml"], ["vendor/account.yaml", "vendor"], ["odd", "odd/account"]],
)
def test_files_of_a_run_are_siblings_even_if_git_ignores_them_or_their_names_are_odd(paths: list[str]) -> None:
    for folder, account in (("vendor", "account.yaml"), ("odd", "account")):
        Path(folder).mkdir()
        Path(folder, "pod.yaml").write_text(POD)
        Path(folder, account).write_text(ACCOUNT + OWN)
    Path(".git").mkdir()
    Path(".git/HEAD").write_text("ref: refs/heads/main\n")
    Path(".gitignore").write_text("vendor/\n")
    assert cli.main(["fix", "--secret", "regcred", *paths]) == 0
    assert SECRETS in Path(paths[0].partition("/")[0], "pod.yaml").read_text()


def test_service_account_gets_what_pods_elsewhere_want() -> None:
    after = fix({"pod.yaml": POD, "account.yaml": ACCOUNT + OWN}, "ServiceAccounts")
    assert after == {"pod.yaml": POD, "account.yaml": f"{ACCOUNT}{OWN}- name: regcred\n"}


def test_secret_that_serves_no_pod_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    fix({"pod.yaml": POD, "secret.yaml": SECRET})
    assert "the kubelet ignores it unless its type is" in capsys.readouterr().err


def test_file_that_is_no_yaml_takes_nothing_from_the_others() -> None:
    files = {"pod.yaml": POD, "account.yaml": ACCOUNT + OWN, "broken.yaml": ACCOUNT + "  - ["}
    for name, text in {"krmfn.yaml": CONFIG % "PodSpecs", **files}.items():
        Path(name).write_text(text)
    assert cli.main(["fix", "--jobs", "1", "."]) == 1
    assert SECRETS in Path("pod.yaml").read_text()


def test_settings_of_the_workflow_controller_count() -> None:
    after = fix({"workflow.yaml": WORKFLOW, "controller.yaml": CONTROLLER})
    secrets = "  imagePullSecrets:\n  - name: regcred\n"
    assert after == {
        "workflow.yaml": WORKFLOW.replace("  templates:", f"{secrets}  templates:"),
        "controller.yaml": CONTROLLER,
    }


def test_workflow_controller_in_any_folder_counts_unless_there_is_one_beside() -> None:
    Path("argo").mkdir()
    Path("jobs").mkdir()
    Path("beside").mkdir()
    other = CONTROLLER.replace("mainContainer", "executor")
    after = fix({"argo/controller.yaml": CONTROLLER, "jobs/workflow.yaml": WORKFLOW})
    assert "imagePullPolicy" not in after["jobs/workflow.yaml"]
    after = fix({"argo/controller.yaml": other, "beside/controller.yaml": CONTROLLER, "beside/workflow.yaml": WORKFLOW})
    assert "imagePullPolicy" not in after["beside/workflow.yaml"]
    # Which of the two is for this one?
    assert "imagePullPolicy: IfNotPresent" in fix({"jobs/workflow.yaml": WORKFLOW})["jobs/workflow.yaml"]


def test_service_account_that_workflow_defaults_name_gets_what_their_workflows_want() -> None:
    controller = CONTROLLER.replace(
        "spec:\n      imagePullSecrets: [{name: default-cred}]", "spec: {serviceAccountName: web}"
    )
    files = {"workflow.yaml": WORKFLOW, "controller.yaml": controller, "web.yaml": ACCOUNT, "default.yaml": DEFAULT}
    after = fix(files, "ServiceAccounts")
    assert after == files | {"web.yaml": f"{ACCOUNT}imagePullSecrets:\n- name: regcred\n"}


def test_workflow_defaults_get_what_workflows_beside_them_call_for() -> None:
    config = CONFIG.replace("}], attach", "}, {name: web, images: [registry.example.com/**]}], attach")
    files = {"workflow.yaml": WORKFLOW, "controller.yaml": CONTROLLER, "krmfn.yaml": config % "WorkflowDefaults"}
    after = fix(files)
    names = "[{name: default-cred}, {name: regcred}, {name: web}]"
    assert after["controller.yaml"] == CONTROLLER.replace("[{name: default-cred}]", names)
    assert after["workflow.yaml"] == WORKFLOW


def test_workflow_defaults_in_another_folder_get_the_secrets_for_all_images(capsys: pytest.CaptureFixture[str]) -> None:
    Path("argo").mkdir()
    config = CONFIG.replace("}], attach", "}, {name: web, images: [registry.example.com/**]}], attach")
    files = {"workflow.yaml": WORKFLOW, "argo/controller.yaml": CONTROLLER, "krmfn.yaml": config % "WorkflowDefaults"}
    after = fix(files)
    names = "[{name: default-cred}, {name: regcred}]"
    assert after["argo/controller.yaml"] == CONTROLLER.replace("[{name: default-cred}]", names)
    assert after["workflow.yaml"] == WORKFLOW
    said = capsys.readouterr().err
    assert "web does not reach the pods of this Workflow: ConfigMap workflow-controller-configmap is in another" in said
    assert "regcred does not" not in said


def test_what_is_written_into_workflow_defaults_does_not_count_for_the_folders_behind() -> None:
    Path("a").mkdir()
    Path("b").mkdir()
    controller = CONTROLLER.replace("imagePullSecrets: [{name: default-cred}]", "serviceAccountName: web")
    files = {"a/controller.yaml": controller, "b/account.yaml": ACCOUNT + OWN, "b/workflow.yaml": WORKFLOW}
    after = fix(files, "WorkflowDefaults")
    assert after["a/controller.yaml"] == f"{controller}      imagePullSecrets:\n      - name: regcred\n"
    secrets = "  imagePullSecrets:\n  - name: of-the-account\n"
    assert after["b/workflow.yaml"] == WORKFLOW.replace("  templates:", f"{secrets}  templates:")
    assert fix(after, "WorkflowDefaults") == after


@pytest.mark.parametrize(
    ("config", "said"),
    [
        (CONFIG % "PodSpecs", "is in a folder whose settings add no pull secrets"),
        (CONFIG.replace("regcred", "other") % "WorkflowDefaults", "is in another folder, and gets only"),
        (CONFIG.replace("}], attach", "}], workflowController: {configMap: b}, attach") % "WorkflowDefaults", "add no"),
        ("apiVersion: krmfn.dev/v1alpha1\nkind: ImagePull\nspec: {attachTo: [WorkflowDefaults]}\n", "add no pull"),
        ("apiVersion: krmfn.dev/v1alpha1\nkind: ImagePull\nspec: {extends: ..}\n", ""),
    ],
)
def test_settings_of_the_folder_of_workflow_defaults_decide_what_they_get(
    config: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("argo").mkdir()
    controller = CONTROLLER.replace("imagePullSecrets: [{name: default-cred}]", "serviceAccountName: web")
    files = {"argo/krmfn.yaml": config, "argo/controller.yaml": controller, "workflow.yaml": WORKFLOW}
    after = fix(files | {"account.yaml": ACCOUNT + OWN}, "WorkflowDefaults")
    error = capsys.readouterr().err
    assert said in error
    assert ("regcred does not reach the pods" in error) == bool(said)
    assert ("regcred" in after["argo/controller.yaml"]) == (not said)
    is_written = after["argo/controller.yaml"] != controller
    assert ("of-the-account" in after["workflow.yaml"]) == is_written, "which they lose, or have anyway"


def test_what_a_file_itself_says_stays_beside_other_files() -> None:
    broken = CONTROLLER.replace("imagePullPolicy: Always", "[")
    alone = run(broken.encode(), Settings(), siblings=())
    beside = run(broken.encode(), Settings(), siblings=[shared_facts(POD, Settings())])
    assert "this text is not valid YAML" in beside.results[0].message
    assert beside.results == alone.results
