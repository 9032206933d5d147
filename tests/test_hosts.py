"""krmfn under the real kustomize, kubectl and kpt: what people see, and that nothing is lost on the way."""

import re
import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import hosts
import pytest
import yaml
from hosts import Finished, Workplace

DEPLOYMENT = """\
# Head comment.
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  selector:
    matchLabels: {app: web}
  template:
    metadata:
      labels: {app: web}
    spec:
      # Above the containers.
      containers:
      - name: web # beside the name
        image: 'registry.example.com/web:1.2' # pinned
        env:
        - {name: A, value: "on"}
        - {name: B, value: "1e3"}
      - name: sidecar
        image: registry.example.com/sidecar
"""
CRD = """\
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  name: pools.example.com
spec:
  group: example.com
  names: {kind: Pool, plural: pools, singular: pool, listKind: PoolList}
  scope: Namespaced
  versions:
  - name: v1
    served: true
    storage: true
    schema:
      openAPIV3Schema:
        type: object
        properties:
          spec:
            type: object
            properties:
              containers:
                type: array
                items:
                  type: object
                  properties:
                    image: {type: string, default: nginx}
"""
LOCAL_POD = """\
apiVersion: v1
kind: Pod
metadata:
  name: local
  annotations:
    config.kubernetes.io/local-config: "true"
spec:
  containers:
  - name: local
    image: nginx
"""
WITH_NEVER = DEPLOYMENT.replace("        image:", "        imagePullPolicy: Never\n        image:")
MISSPELT_POLICY = WITH_NEVER.replace("Never", "IfNotPresnt", 1)
MISSPELT_POLICY_SAYS = "imagePullPolicy 'IfNotPresnt' is not one of Always, IfNotPresent, Never"
SECRET_GENERATOR = """
secretGenerator:
- name: regcred
  type: kubernetes.io/dockerconfigjson
  literals:
  - .dockerconfigjson={"auths":{"registry.example.com":{"auth":"ZHVtbXk6ZHVtbXk="}}}
"""
REGCRED = "{pullSecrets: [{name: regcred}]}"


@pytest.fixture
def workplace(tmp_path: Path) -> Workplace:
    return Workplace(tmp_path)


def documents(text: str) -> dict[str, Any]:
    """The objects of a stream by their kind."""
    return {document["kind"]: document for document in yaml.safe_load_all(text) if document}


# kustomize and kubectl


@dataclass(frozen=True)
class Kustomize:
    """One way to run krmfn when kustomize builds: the command, and whether krmfn is an exec function or a plugin."""

    workplace: Workplace
    command: tuple[str, ...]
    is_plugin: bool

    def config(self, spec: str, name: str = "image-pull") -> str:
        """A transformer's file."""
        annotations = '{config.kubernetes.io/function: "exec: {path: krmfn}"}'
        metadata = f"{{name: {name}}}" if self.is_plugin else f"{{name: {name}, annotations: {annotations}}}"
        return f"apiVersion: krmfn.dev/v1alpha1\nkind: ImagePull\nmetadata: {metadata}\nspec: {spec}\n"

    def build(self, files: Mapping[str, str], folder: str = ".") -> Finished:
        """Write the files and build one folder of them."""
        self.workplace.write(files)
        return self.workplace.run(*self.command, folder, KUSTOMIZE_PLUGIN_HOME=str(self._plugins()))

    def _plugins(self) -> Path:
        home = self.workplace.folder.parent / "plugins"
        plugin = home / "krmfn.dev" / "v1alpha1" / "imagepull" / "ImagePull"
        if self.is_plugin and not plugin.exists():
            plugin.parent.mkdir(parents=True)
            plugin.symlink_to(self.workplace.krmfn)
        return home


EXEC = ("kustomize", "build", "--enable-alpha-plugins", "--enable-exec")
PLUGIN = ("kustomize", "build", "--enable-alpha-plugins")
KUBECTL = ("kubectl", "kustomize", "--enable-alpha-plugins")


@pytest.fixture(
    params=[
        pytest.param((EXEC, False), id="kustomize-exec"),
        pytest.param((PLUGIN, True), id="kustomize-plugin"),
        pytest.param((KUBECTL, True), id="kubectl-plugin"),
    ]
)
def kustomize(request: pytest.FixtureRequest, workplace: Workplace) -> Kustomize:
    command, is_plugin = request.param
    hosts.require(command[0])
    return Kustomize(workplace, command, is_plugin)


def test_hashed_name_of_a_generated_secret_ends_up_in_the_pod_spec(kustomize: Kustomize) -> None:
    finished = kustomize.build(
        {
            "kustomization.yaml": "resources: [web.yaml]\ntransformers: [pull.yaml]" + SECRET_GENERATOR,
            "web.yaml": DEPLOYMENT,
            "pull.yaml": kustomize.config(REGCRED),
        }
    )
    assert finished.returncode == 0, finished.stderr
    built = documents(finished.stdout)
    secret = built["Secret"]["metadata"]["name"]
    assert re.fullmatch(r"regcred-\w{10}", secret)
    pod = built["Deployment"]["spec"]["template"]["spec"]
    assert pod["imagePullSecrets"] == [{"name": secret}]
    assert [c["imagePullPolicy"] for c in pod["containers"]] == ["IfNotPresent", "Always"]


@pytest.mark.parametrize("secret", ["regcred", "dev-regcred"], ids=["plain-name", "prefixed-name"])
def test_prefix_and_namespace_of_an_overlay_reach_the_name_of_the_secret(kustomize: Kustomize, secret: str) -> None:
    finished = kustomize.build(
        {
            "base/kustomization.yaml": "resources: [web.yaml]" + SECRET_GENERATOR,
            "base/web.yaml": DEPLOYMENT,
            "dev/kustomization.yaml": "resources: [../base]\nnamePrefix: dev-\nnamespace: dev\ntransformers: [p.yaml]",
            "dev/p.yaml": kustomize.config(f"{{pullSecrets: [{{name: {secret}}}]}}"),
        },
        "dev",
    )
    assert finished.returncode == 0, finished.stderr
    built = documents(finished.stdout)
    name = built["Secret"]["metadata"]["name"]
    assert re.fullmatch(r"dev-regcred-\w{10}", name)
    assert built["Secret"]["metadata"]["namespace"] == "dev"
    assert built["Deployment"]["metadata"] == {"name": "dev-web", "namespace": "dev"}
    assert built["Deployment"]["spec"]["template"]["spec"]["imagePullSecrets"] == [{"name": name}]


def test_base_and_overlay_that_both_run_krmfn_add_the_secret_once(kustomize: Kustomize) -> None:
    finished = kustomize.build(
        {
            "base/kustomization.yaml": "resources: [web.yaml]\ntransformers: [p.yaml]" + SECRET_GENERATOR,
            "base/web.yaml": DEPLOYMENT,
            "base/p.yaml": kustomize.config(REGCRED),
            "dev/kustomization.yaml": "resources: [../base]\nnameSuffix: -dev\ntransformers: [p.yaml]",
            "dev/p.yaml": kustomize.config(REGCRED),
        },
        "dev",
    )
    assert finished.returncode == 0, finished.stderr
    built = documents(finished.stdout)
    secret = built["Secret"]["metadata"]["name"]
    assert built["Deployment"]["spec"]["template"]["spec"]["imagePullSecrets"] == [{"name": secret}]


def test_created_account_carries_the_hashed_name_of_a_generated_secret(kustomize: Kustomize) -> None:
    spec = (
        "{pullSecrets: [{name: regcred}], attachTo: [ServiceAccounts], serviceAccounts: {create: true, secrets: true}}"
    )
    head = "resources: [web.yaml]\nnamespace: shop\ntransformers: [pull.yaml]\nconfigurations: [references.yaml]"
    finished = kustomize.build(
        {
            "kustomization.yaml": head + SECRET_GENERATOR,
            "references.yaml": kustomize.workplace.run("krmfn", "kinds", "core", "--format", "kustomize").stdout,
            "web.yaml": DEPLOYMENT,
            "pull.yaml": kustomize.config(spec),
        }
    )
    assert finished.returncode == 0, finished.stderr
    assert "warning" not in finished.stderr
    built = documents(finished.stdout)
    name = built["Secret"]["metadata"]["name"]
    assert re.fullmatch(r"regcred-\w{10}", name)
    assert built["ServiceAccount"] == {
        "apiVersion": "v1",
        "kind": "ServiceAccount",
        "metadata": {"name": "default", "namespace": "shop"},
        "imagePullSecrets": [{"name": name}],
        "secrets": [{"name": name}],
    }
    assert "imagePullSecrets" not in built["Deployment"]["spec"]["template"]["spec"]


def test_generated_secret_is_checked_under_all_its_names(kustomize: Kustomize) -> None:
    """Without its host in the secret's config; with a pod in another namespace, where the secret is not."""
    limited = "{name: regcred, images: ['registry.example.com/**']}"
    other = DEPLOYMENT.replace("name: web\n", "name: other\n  namespace: other\n", 1)
    files = {
        "base/kustomization.yaml": "resources: [web.yaml]"
        + SECRET_GENERATOR.replace("registry.example.com", "ghcr.io"),
        "base/web.yaml": DEPLOYMENT,
        "dev/kustomization.yaml": "resources: [../base, other]\nnamePrefix: dev-\ntransformers: [p.yaml]",
        "dev/other/kustomization.yaml": "resources: [web.yaml]",
        "dev/other/web.yaml": other,
        "dev/p.yaml": kustomize.config(f"{{pullSecrets: [{limited}], checkSecrets: All}}"),
    }
    files["base/kustomization.yaml"] = "namespace: dev\n" + files["base/kustomization.yaml"]
    finished = kustomize.build(files, "dev")
    assert finished.returncode != 0
    assert "which has no credentials for registry.example.com, only for ghcr.io" in finished.stderr
    assert "in namespace other, but the input has it only in dev" in finished.stderr


CLONE_SET = """\
apiVersion: apps.kruise.io/v1alpha1
kind: CloneSet
metadata: {name: web}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - {name: web, image: registry.example.com/web}
"""
STAND = """\
apiVersion: example.com/v1
kind: Stand
metadata: {name: corner}
spec:
  workers:
  - pods: {containers: [{name: w, image: registry.example.com/worker}]}
  pullSecret: ''
"""
BOOTH = """\
apiVersion: example.org/v1
kind: Booth
metadata: {name: hall}
spec:
  image: registry.example.com/booth
"""
KIOSK = """\
apiVersion: example.net/v1
kind: Kiosk
metadata: {name: gate}
spec:
  template:
    spec:
      containers: [{name: k, image: registry.example.com/kiosk}]
"""
STAND_ROW = (
    "{group: example.com, kind: Stand, podSpecs: ['spec.workers[].pods'], "
    "pullSecrets: [{path: spec.pullSecret, form: string}]}"
)
BOOTHS = """\
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: booths.example.org}
spec:
  group: example.org
  names: {kind: Booth, plural: booths}
  scope: Namespaced
  versions:
  - name: v1
    served: true
    storage: true
    schema:
      openAPIV3Schema:
        type: object
        properties:
          spec:
            type: object
            properties:
              image: {type: string}
              imagePullPolicy: {type: string}
              imagePullSecrets:
                type: array
                items: {type: object, properties: {name: {type: string}}}
"""


def renamed(kustomize: Kustomize, settings: str, configurations: str = "") -> dict[str, str]:
    """A base with kinds that kustomize knows nothing of, and an overlay that renames their pull secret."""
    head = "resources: [../base]\nnamePrefix: prod-\nnamespace: shop\ntransformers: [pull.yaml]\n"
    spec = f"{{pullSecrets: [{{name: regcred}}], kinds: [{STAND_ROW}]{settings}}}"
    names = ("web", "clones", "stand", "booth", "booths", "kiosk")
    return {
        "base/kustomization.yaml": f"resources: [{', '.join(f'{name}.yaml' for name in names)}]",
        "base/web.yaml": DEPLOYMENT,
        "base/clones.yaml": CLONE_SET + "---\n" + CLONE_SET.replace("name: web}\nspec", "name: other}\nspec"),
        "base/stand.yaml": STAND,
        "base/booth.yaml": BOOTH,
        "base/booths.yaml": BOOTHS,
        "base/kiosk.yaml": KIOSK,
        "prod/kustomization.yaml": head + configurations + SECRET_GENERATOR,
        "prod/pull.yaml": kustomize.config(spec),
    }


def named_secrets(finished: Finished) -> dict[str, Any]:
    """The pull secrets that each kind names, and the name that the Secret has."""
    assert finished.returncode == 0, finished.stderr
    built = documents(finished.stdout)
    (worker,) = built["Stand"]["spec"]["workers"]
    return {
        "Secret": built["Secret"]["metadata"]["name"],
        "Deployment": built["Deployment"]["spec"]["template"]["spec"]["imagePullSecrets"],
        "CloneSet": built["CloneSet"]["spec"]["template"]["spec"]["imagePullSecrets"],
        "Stand": worker["pods"]["imagePullSecrets"],
        "pullSecret": built["Stand"]["spec"]["pullSecret"],
        "Booth": built["Booth"]["spec"]["imagePullSecrets"],
        "Kiosk": built["Kiosk"]["spec"]["template"]["spec"]["imagePullSecrets"],
    }


def test_kinds_in_which_kustomize_does_not_update_a_renamed_secret_are_warned_of_once(workplace: Workplace) -> None:
    hosts.require("kustomize")
    kustomize = Kustomize(workplace, EXEC, is_plugin=False)
    finished = kustomize.build(renamed(kustomize, ""), "prod")
    named = named_secrets(finished)
    assert re.fullmatch(r"prod-regcred-\w{10}", named["Secret"])
    assert named["Deployment"] == [{"name": named["Secret"]}]
    assert named["CloneSet"] == named["Stand"] == named["Booth"] == named["Kiosk"] == [{"name": "regcred"}]
    warnings = [line for line in finished.stderr.splitlines() if "kustomize renames the Secret regcred" in line]
    assert [re.findall(r"of (\w+) \((\S+)\), .*run `([^>]+) >", line) for line in warnings] == [
        [("CloneSet", "apps.kruise.io", "krmfn kinds --format kustomize")],
        [("Stand", "example.com", "krmfn kinds --format kustomize --config CONFIG")],
        [("Booth", "example.org", "krmfn kinds --format kustomize --crds CRDS")],
        [("Kiosk", "example.net", "krmfn kinds --format kustomize --for MANIFESTS")],
    ]


@pytest.mark.parametrize("flags", ["--crds base --for base/kiosk.yaml", "--for base"])
def test_file_for_configurations_has_kinds_by_catalogue_row_definition_and_structure(
    workplace: Workplace, flags: str
) -> None:
    hosts.require("kustomize")
    kustomize = Kustomize(workplace, EXEC, is_plugin=False)
    files = renamed(kustomize, ", renamedSecrets: Off", "configurations: [secret-names.yaml]\n")
    workplace.write(files)
    made = workplace.run("krmfn", "kinds", "--format", "kustomize", "--config", "prod/pull.yaml", *flags.split())
    assert (made.returncode, made.stderr) == (0, "")
    finished = kustomize.build({"prod/secret-names.yaml": made.stdout}, "prod")
    assert "kustomize renames" not in finished.stderr
    named = named_secrets(finished)
    assert re.fullmatch(r"prod-regcred-\w{10}", named.pop("Secret"))
    secret = named.pop("pullSecret")
    assert re.fullmatch(r"prod-regcred-\w{10}", secret)
    assert set(map(str, named.values())) == {str([{"name": secret}])}


def test_check_behind_a_build_takes_a_renamed_secret_for_its_old_name(workplace: Workplace) -> None:
    hosts.require("kustomize")
    kustomize = Kustomize(workplace, EXEC, is_plugin=False)
    files = {
        "kustomization.yaml": "namePrefix: dev-\nresources: [web.yaml]\ntransformers: [pull.yaml]" + SECRET_GENERATOR,
        "web.yaml": DEPLOYMENT,
        "pull.yaml": kustomize.config(REGCRED),
    }
    built = kustomize.build(files).stdout
    checked = workplace.run("krmfn", "check", "--secret", "regcred", stdin=built)
    assert (checked.returncode, checked.stdout) == (0, "")
    without = kustomize.build(files | {"kustomization.yaml": files["kustomization.yaml"].replace("transformers", "#")})
    piped = workplace.run("krmfn", "--secret", "regcred", stdin=without.stdout)
    assert piped.returncode == 0
    assert re.search(r"^warning: .*which the input does not have; .* to dev-regcred-\w{10}:", piped.stderr)
    assert workplace.run("krmfn", "check", "--secret", "regcred", stdin=without.stdout).returncode == 1


def test_policy_follows_the_tag_that_the_same_kustomization_sets(kustomize: Kustomize) -> None:
    finished = kustomize.build(
        {
            "kustomization.yaml": "resources: [web.yaml]\ntransformers: [pull.yaml]\nimages:\n"
            "- {name: registry.example.com/web, newTag: latest}\n- {name: registry.example.com/sidecar, newTag: '7'}",
            "web.yaml": DEPLOYMENT,
            "pull.yaml": kustomize.config("{}"),
        }
    )
    assert finished.returncode == 0, finished.stderr
    containers = documents(finished.stdout)["Deployment"]["spec"]["template"]["spec"]["containers"]
    assert [(c["image"], c["imagePullPolicy"]) for c in containers] == [
        ("registry.example.com/web:latest", "Always"),
        ("registry.example.com/sidecar:7", "IfNotPresent"),
    ]


def test_component_does_not_see_the_tags_of_the_kustomization_that_lists_it(kustomize: Kustomize) -> None:
    component = "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\n"
    images = "images: [{name: registry.example.com/sidecar, newTag: '7'}]\n"
    files = {
        "base/kustomization.yaml": "resources: [web.yaml]",
        "base/web.yaml": DEPLOYMENT,
        "pull/kustomization.yaml": component + "transformers: [pull.yaml]",
        "pull/pull.yaml": kustomize.config("{}"),
        "tags/kustomization.yaml": component + images,
        "own/kustomization.yaml": "resources: [../base]\ncomponents: [../pull]\n" + images,
        "before/kustomization.yaml": "resources: [../base]\ncomponents: [../tags, ../pull]",
    }
    for folder, policy in {"own": "Always", "before": "IfNotPresent"}.items():
        finished = kustomize.build(files, folder)
        assert finished.returncode == 0, finished.stderr
        container = documents(finished.stdout)["Deployment"]["spec"]["template"]["spec"]["containers"][1]
        assert (container["image"], container["imagePullPolicy"]) == ("registry.example.com/sidecar:7", policy)


def test_krmfn_as_text_in_the_kustomization_runs_before_a_file_that_is_listed_above_it(kustomize: Kustomize) -> None:
    """What an example warns of."""
    tags = "apiVersion: builtin\nkind: ImageTagTransformer\nmetadata: {name: tags}\n"
    tags += "imageTag: {name: registry.example.com/sidecar, newTag: '7'}\n"
    entries = {"file": "tags.yaml", "text": f"|-\n{textwrap.indent(tags, '  ')}"}
    for tags_as, policy in {"file": "Always", "text": "IfNotPresent"}.items():
        finished = kustomize.build(
            {
                "kustomization.yaml": f"resources: [web.yaml]\ntransformers:\n- {entries[tags_as]}\n"
                f"- |-\n{textwrap.indent(kustomize.config('{}'), '  ')}",
                "web.yaml": DEPLOYMENT,
                "tags.yaml": tags,
            }
        )
        assert finished.returncode == 0, finished.stderr
        container = documents(finished.stdout)["Deployment"]["spec"]["template"]["spec"]["containers"][1]
        assert (container["image"], container["imagePullPolicy"]) == ("registry.example.com/sidecar:7", policy)


def test_what_runs_no_image_is_built_as_without_krmfn(kustomize: Kustomize) -> None:
    files = {
        "kustomization.yaml": "resources: [crd.yaml, local.yaml]\nnamePrefix: a-" + SECRET_GENERATOR,
        "crd.yaml": CRD,
        "local.yaml": LOCAL_POD,
        "pull.yaml": kustomize.config(REGCRED),
    }
    plain = kustomize.build(files)
    finished = kustomize.build({"kustomization.yaml": files["kustomization.yaml"] + "transformers: [pull.yaml]\n"})
    assert (finished.returncode, finished.stdout) == (0, plain.stdout), finished.stderr
    assert set(documents(plain.stdout)) == {"Secret", "CustomResourceDefinition"}


def test_error_in_a_resource_fails_the_build_and_says_where_it_is(kustomize: Kustomize) -> None:
    finished = kustomize.build(
        {
            "kustomization.yaml": "resources: [web.yaml]\ntransformers: [pull.yaml]",
            "web.yaml": MISSPELT_POLICY,
            "pull.yaml": kustomize.config(REGCRED),
        }
    )
    assert (finished.returncode, finished.stdout) == (1, "")
    field = "spec.template.spec.containers[0].imagePullPolicy"
    assert f"error: Deployment web: {field}: {MISSPELT_POLICY_SAYS}" in finished.stderr


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("{pullSecret: [{name: a}]}", "unknown key `spec.pullSecret`, did you mean `pullSecrets`?"),
        ("{pullPolicy: {policy: Allways}}", "`spec.pullPolicy.policy` is 'Allways', did you mean `Always`?"),
        (
            "{pullSecrets: [{name: My_Secret}]}",
            "`spec.pullSecrets[0].name`: 'My_Secret' is not a valid name of a Secret",
        ),
    ],
    ids=["unknown-key", "unknown-policy", "no-name-of-a-secret"],
)
def test_error_in_the_config_fails_the_build_and_names_the_key(kustomize: Kustomize, spec: str, message: str) -> None:
    finished = kustomize.build(
        {
            "kustomization.yaml": "resources: [web.yaml]\ntransformers: [pull.yaml]",
            "web.yaml": DEPLOYMENT,
            "pull.yaml": kustomize.config(spec),
        }
    )
    assert (finished.returncode, finished.stdout) == (1, "")
    assert message in finished.stderr
    assert "Traceback" not in finished.stderr


def test_selection_that_matches_nothing_changes_nothing(kustomize: Kustomize) -> None:
    files = {
        "kustomization.yaml": "resources: [web.yaml]",
        "web.yaml": DEPLOYMENT,
        "pull.yaml": kustomize.config("{pullSecrets: [{name: regcred}], include: [{kind: Pod}]}"),
    }
    plain = kustomize.build(files)
    finished = kustomize.build({"kustomization.yaml": files["kustomization.yaml"] + "\ntransformers: [pull.yaml]\n"})
    assert (finished.returncode, finished.stdout) == (0, plain.stdout), finished.stderr


def test_kustomization_without_resources_builds_to_nothing(workplace: Workplace) -> None:
    hosts.require("kustomize")
    kustomize = Kustomize(workplace, EXEC, is_plugin=False)
    finished = kustomize.build(
        {"kustomization.yaml": "transformers: [pull.yaml]", "pull.yaml": kustomize.config(REGCRED)}
    )
    assert (finished.returncode, finished.stdout) == (0, "")
    assert "kustomize sends only the function config" in finished.stderr


def test_kustomization_without_resources_fails_with_the_plugin_which_gets_empty_input(workplace: Workplace) -> None:
    hosts.require("kubectl")
    kustomize = Kustomize(workplace, KUBECTL, is_plugin=True)
    finished = kustomize.build(
        {"kustomization.yaml": "transformers: [pull.yaml]", "pull.yaml": kustomize.config(REGCRED)}
    )
    assert (finished.returncode, finished.stdout) == (1, "")
    assert "error: stdin is empty" in finished.stderr


def test_under_generators_it_says_where_it_belongs(kustomize: Kustomize) -> None:
    finished = kustomize.build(
        {
            "kustomization.yaml": "resources: [web.yaml]\ngenerators: [pull.yaml]",
            "web.yaml": DEPLOYMENT,
            "pull.yaml": kustomize.config(REGCRED),
        }
    )
    assert "as it does under `generators:`" in finished.stderr or "sends nothing under `generators:`" in finished.stderr
    assert "list the config under `transformers:`" in finished.stderr
    assert finished.returncode == int(kustomize.is_plugin), "a plugin gets an empty stdin"


def test_validator_passes_when_there_is_nothing_left_to_do(kustomize: Kustomize) -> None:
    # kustomize compares line numbers too, and those settle only in the second of two functions, whatever they are.
    finished = kustomize.build(
        {
            "kustomization.yaml": "resources: [web.yaml]\ntransformers: [a.yaml, b.yaml]\nvalidators: [c.yaml]",
            "web.yaml": DEPLOYMENT,
            **{f"{name}.yaml": kustomize.config(REGCRED, name) for name in "abc"},
        }
    )
    assert finished.returncode == 0, finished.stderr
    pod = documents(finished.stdout)["Deployment"]["spec"]["template"]["spec"]
    assert pod["imagePullSecrets"] == [{"name": "regcred"}]


def test_validator_fails_the_build_when_something_is_left_to_do(kustomize: Kustomize) -> None:
    off = "{pullPolicy: {policy: 'Off'}}"
    finished = kustomize.build(
        {
            "kustomization.yaml": "resources: [web.yaml]\ntransformers: [a.yaml, b.yaml]\nvalidators: [c.yaml]",
            "web.yaml": DEPLOYMENT,
            "a.yaml": kustomize.config(off, "a"),
            "b.yaml": kustomize.config(off, "b"),
            "c.yaml": kustomize.config(REGCRED, "c"),
        }
    )
    assert (finished.returncode, finished.stdout) == (1, "")
    assert "validator shouldn't modify the resource map" in finished.stderr


def test_exec_function_is_left_out_silently_without_enable_exec(workplace: Workplace) -> None:
    """What the examples warn of. Should this fail one day, kustomize has become better, and the warning can go."""
    hosts.require("kustomize")
    kustomize = Kustomize(workplace, PLUGIN, is_plugin=False)
    finished = kustomize.build(
        {
            "kustomization.yaml": "resources: [web.yaml]\ntransformers: [pull.yaml]",
            "web.yaml": DEPLOYMENT,
            "pull.yaml": kustomize.config(REGCRED),
        }
    )
    assert (finished.returncode, finished.stderr) == (0, "")
    assert "imagePull" not in finished.stdout


# kpt

KPTFILE = """\
apiVersion: kpt.dev/v1
kind: Kptfile
metadata:
  name: shop # our package
  annotations:
    config.kubernetes.io/local-config: "true"
pipeline:
  # Comments stay.
  {role}:
  - exec: krmfn
{settings}"""
CONFIG_FILE = """\
apiVersion: krmfn.dev/v1alpha1
kind: ImagePull
metadata:
  name: image-pull
  annotations:
    config.kubernetes.io/local-config: "true"
spec:
  pullSecrets:
  - name: regcred # for all
"""


def kptfile(settings: str, role: str = "mutators") -> str:
    return KPTFILE.format(role=role, settings="".join(f"    {line}\n" for line in settings.splitlines()))


@pytest.fixture
def kpt(workplace: Workplace) -> Iterator[Workplace]:
    """A workplace with kpt; at the end the files that kpt may not touch are looked at."""
    hosts.require("kpt")
    yield workplace
    before = workplace.run("git", "show", "HEAD:Kptfile").stdout
    if before:
        assert workplace.read()["Kptfile"] == before


def render(kpt: Workplace, *flags: str) -> Finished:
    return kpt.run("kpt", "fn", "render", "--allow-exec", *flags)


def evaluate(kpt: Workplace, *arguments: str) -> Finished:
    return kpt.run("kpt", "fn", "eval", "--exec", "krmfn", *arguments)


def added_lines(diff: str) -> list[str]:
    """The lines a diff adds, without their indent; nothing may be removed."""
    lines = [line for line in diff.splitlines() if not line.startswith(("--- ", "+++ "))]
    assert not [line for line in lines if line.startswith(("-", "rename", "new file", "deleted"))], diff
    return [line[1:].strip() for line in lines if line.startswith("+")]


ADDED = [
    "imagePullPolicy: IfNotPresent",
    "imagePullPolicy: Always",
    "imagePullSecrets:",
    "- name: regcred",
]


def test_render_only_adds_lines_and_keeps_comments_and_files(kpt: Workplace) -> None:
    kpt.write(
        {
            "Kptfile": kptfile("configPath: image-pull.yaml"),
            "image-pull.yaml": CONFIG_FILE,
            "apps/web.yaml": DEPLOYMENT + "---\n" + CRD,
            "local.yaml": LOCAL_POD,
            "notes.txt": "image: nginx\n",
        }
    )
    kpt.commit()
    finished = render(kpt)
    assert finished.returncode == 0, finished.stderr
    assert added_lines(kpt.diff()) == ADDED
    assert list(kpt.read()) == ["Kptfile", "apps/web.yaml", "image-pull.yaml", "local.yaml", "notes.txt"]


def test_second_render_changes_nothing_and_says_nothing(kpt: Workplace) -> None:
    kpt.write({"Kptfile": kptfile("configPath: pull.yaml"), "pull.yaml": CONFIG_FILE, "web.yaml": DEPLOYMENT})
    render(kpt).check_returncode()
    assert "- name: regcred" in kpt.read()["web.yaml"]
    kpt.commit()
    finished = render(kpt)
    assert finished.returncode == 0, finished.stderr
    assert kpt.diff() == ""
    assert "Results:" not in finished.stderr


def test_created_account_gets_a_file_beside_its_pods(kpt: Workplace) -> None:
    config = CONFIG_FILE + "  attachTo: [ServiceAccounts]\n  serviceAccounts: {create: true}\n"
    kpt.write({"Kptfile": kptfile("configPath: pull.yaml"), "pull.yaml": config, "apps/web.yaml": DEPLOYMENT})
    kpt.commit()
    for _ in range(2):
        finished = render(kpt)
        assert finished.returncode == 0, finished.stderr
        files = kpt.read()
        assert list(files) == ["Kptfile", "apps/serviceaccount-default.yaml", "apps/web.yaml", "pull.yaml"]
        assert yaml.safe_load(files["apps/serviceaccount-default.yaml"]) == {
            "apiVersion": "v1",
            "kind": "ServiceAccount",
            "metadata": {"name": "default"},
            "imagePullSecrets": [{"name": "regcred"}],
        }


def test_eval_takes_its_settings_from_the_command_line_of_kpt(kpt: Workplace) -> None:
    kpt.write({"web.yaml": DEPLOYMENT})
    kpt.commit()
    finished = evaluate(kpt, "--", "imagePullSecrets=regcred", "imagePullPolicy=Defaulted")
    assert finished.returncode == 0, finished.stderr
    assert added_lines(kpt.diff()) == ADDED


def test_eval_takes_its_settings_from_a_file(kpt: Workplace) -> None:
    kpt.write({"web.yaml": DEPLOYMENT, "pull.yaml": CONFIG_FILE})
    kpt.commit()
    finished = evaluate(kpt, "--fn-config", "pull.yaml")
    assert finished.returncode == 0, finished.stderr
    assert added_lines(kpt.diff()) == ADDED


def test_eval_takes_the_flags_of_krmfn(kpt: Workplace) -> None:
    kpt.write({"web.yaml": DEPLOYMENT})
    kpt.commit()
    finished = kpt.run("kpt", "fn", "eval", "--exec", "krmfn --secret regcred --policy Never")
    assert finished.returncode == 0, finished.stderr
    assert added_lines(kpt.diff()) == ["imagePullPolicy: Never", "imagePullPolicy: Never", *ADDED[2:]]


def test_source_and_sink_can_stand_around_krmfn(kpt: Workplace) -> None:
    kpt.write({"web.yaml": DEPLOYMENT})
    kpt.commit()
    finished = kpt.run("bash", "-c", "set -o pipefail; kpt fn source . | krmfn --secret regcred | kpt fn sink out")
    assert finished.returncode == 0, finished.stderr
    difference = kpt.run("diff", "web.yaml", "out/web.yaml").stdout.splitlines()
    assert [line[1:].strip() for line in difference if line.startswith(("<", ">"))] == [*ADDED[2:], *ADDED[:2]]


@pytest.mark.parametrize(
    ("value", "policy"),
    [("on", "Always"), ("yes", "Always"), ("true", "Always"), ("1", "Always"), ("off", "Never"), ("0", "Never")],
)
def test_booleans_of_a_config_map_arrive_though_kpt_takes_their_quotes(kpt: Workplace, value: str, policy: str) -> None:
    settings = f'configMap:\n  overwrite: "{value}"\n  imagePullPolicy: Always\n  imagePullSecrets: regcred'
    kpt.write({"Kptfile": kptfile(settings), "web.yaml": WITH_NEVER})
    kpt.commit()
    finished = render(kpt)
    assert finished.returncode == 0, finished.stderr
    web = kpt.read()["web.yaml"]
    assert re.findall("imagePullPolicy: (.*)", web) == [policy, policy]
    assert "- name: regcred" in web


@pytest.mark.parametrize("name", ["on", "1", "true", "null"])
def test_secret_with_the_name_of_another_type_is_written_with_quotes(kpt: Workplace, name: str) -> None:
    kpt.write({"Kptfile": kptfile(f'configMap:\n  imagePullSecrets: "{name}"'), "web.yaml": DEPLOYMENT})
    kpt.commit()
    finished = render(kpt)
    assert finished.returncode == 0, finished.stderr
    assert added_lines(kpt.diff()) == [*ADDED[:3], f'- name: "{name}"']


@pytest.mark.parametrize("value", ["Off", "off"])
def test_policy_off_arrives_as_off(kpt: Workplace, value: str) -> None:
    settings = f'configMap:\n  imagePullPolicy: "{value}"\n  imagePullSecrets: regcred'
    kpt.write({"Kptfile": kptfile(settings), "web.yaml": DEPLOYMENT})
    kpt.commit()
    finished = render(kpt)
    assert finished.returncode == 0, finished.stderr
    assert added_lines(kpt.diff()) == ADDED[2:]


def test_error_in_a_resource_fails_the_pipeline_and_leaves_every_file_as_it_was(kpt: Workplace) -> None:
    kpt.write(
        {
            "Kptfile": kptfile("configPath: pull.yaml"),
            "pull.yaml": CONFIG_FILE,
            "a.yaml": DEPLOYMENT.replace("name: web", "name: fine"),
            "b.yaml": MISSPELT_POLICY,
        }
    )
    kpt.commit()
    finished = render(kpt)
    assert finished.returncode == 1
    assert kpt.diff() == ""
    field = "spec.template.spec.containers[0].imagePullPolicy"
    assert f"[error] apps/v1/Deployment/web {field}: {MISSPELT_POLICY_SAYS}" in finished.stderr
    assert f"error: b.yaml[0]: Deployment web: {field}: {MISSPELT_POLICY_SAYS}" in finished.stderr


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ("configMap:\n  imagePullSecret: regcred", "unknown key `data.imagePullSecret`, did you mean"),
        ("configMap:\n  overwrite: maybe", "must be one of true, false, Stale, StaleLatest, StalePinned"),
        ("configMap:\n  imagePullPolicy: Sometimes", "must be one of Defaulted, Always, IfNotPresent, Never, Off"),
        ("configPath: other.yaml", "expected krmfn.dev/v1alpha1 ImagePull or v1 ConfigMap"),
        ("", "the ResourceList has no functionConfig. A minimal one:"),
    ],
    ids=["unknown-key", "not-a-boolean", "unknown-policy", "unknown-kind", "none"],
)
def test_error_in_the_config_fails_the_pipeline_and_names_the_key(kpt: Workplace, settings: str, message: str) -> None:
    other = "apiVersion: example.com/v1\nkind: Other\nmetadata:\n  name: other\n"
    kpt.write({"Kptfile": kptfile(settings), "web.yaml": DEPLOYMENT, "other.yaml": other})
    kpt.commit()
    finished = render(kpt)
    assert finished.returncode == 1
    assert kpt.diff() == ""
    assert message in finished.stderr.partition("Results:")[2].partition("Stderr:")[0]
    assert "Traceback" not in finished.stderr


def test_most_important_results_are_in_the_four_lines_that_kpt_shows(kpt: Workplace) -> None:
    names = [f"pod-{i}" for i in range(9)]
    pod = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: {0}\nspec:\n  serviceAccountName: {0}\n"
    container = "  containers:\n  - name: a\n    image: nginx\n"
    files = {f"{name}.yaml": pod.format(name) + container for name in names}
    files["pod-7.yaml"] += "    imagePullPolicy: Alwys\n"
    kpt.write(files)
    kpt.commit()
    finished = evaluate(kpt, "--", "imagePullSecrets=regcred")
    assert finished.returncode == 1
    shown = finished.stderr.partition("Results:\n")[2].splitlines()
    assert shown[0].startswith("    [error] v1/Pod/pod-7 spec.containers[0].imagePullPolicy: imagePullPolicy 'Alwys'")
    assert shown[1].startswith("    [warning] v1/Pod/pod-0 spec: ServiceAccount pod-0 is not in the input")
    assert "truncated" in shown[4]
    said = finished.stderr.partition("Stderr:\n")[2].splitlines()
    assert said[0].startswith('    "error: pod-7.yaml[0]: Pod pod-7: spec.containers[0].imagePullPolicy')


def test_results_name_the_file_and_the_document_in_it(kpt: Workplace) -> None:
    kpt.write({"apps/all.yaml": CRD + "---\n" + DEPLOYMENT})
    kpt.commit()
    finished = evaluate(kpt, "--results-dir", "../results", "--", "imagePullSecrets=regcred")
    assert finished.returncode == 0, finished.stderr
    (path,) = (kpt.folder.parent / "results").iterdir()
    (item,) = yaml.safe_load(path.read_bytes())["items"]
    assert item["exitCode"] == 0
    assert {
        "message": "imagePullPolicy on 2 containers: 1 IfNotPresent, 1 Always; imagePullSecrets: regcred",
        "severity": "info",
        "resourceRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"},
        "file": {"path": "apps/all.yaml", "index": 1},
    } in item["results"]


def test_empty_package_stays_empty(kpt: Workplace) -> None:
    kpt.write({"Kptfile": kptfile("configMap:\n  imagePullSecrets: regcred")})
    kpt.commit()
    finished = render(kpt)
    assert finished.returncode == 0, finished.stderr
    assert kpt.diff() == ""


def test_folder_without_any_file_passes(kpt: Workplace) -> None:
    finished = evaluate(kpt, "--", "imagePullSecrets=regcred")
    assert finished.returncode == 0, finished.stderr
    assert kpt.read() == {}


def test_selector_that_matches_nothing_changes_nothing(kpt: Workplace) -> None:
    settings = "configMap:\n  imagePullSecrets: regcred\nselectors:\n- kind: Pod"
    kpt.write({"Kptfile": kptfile(settings), "web.yaml": DEPLOYMENT})
    kpt.commit()
    finished = render(kpt)
    assert finished.returncode == 0, finished.stderr
    assert kpt.diff() == ""


def test_selector_of_kpt_keeps_other_files_as_they_are(kpt: Workplace) -> None:
    other = DEPLOYMENT.replace("name: web\nspec", "name: other\nspec")
    settings = "configMap:\n  imagePullSecrets: regcred\nselectors:\n- name: web"
    kpt.write({"Kptfile": kptfile(settings), "other.yaml": other, "web.yaml": DEPLOYMENT})
    kpt.commit()
    finished = render(kpt)
    assert finished.returncode == 0, finished.stderr
    assert added_lines(kpt.diff()) == ADDED
    assert kpt.read()["other.yaml"] == other


def test_validator_of_a_package_passes_and_changes_no_file(kpt: Workplace) -> None:
    settings = "configMap:\n  imagePullSecrets: regcred"
    kpt.write({"Kptfile": kptfile(settings, role="validators"), "web.yaml": DEPLOYMENT})
    kpt.commit()
    finished = render(kpt)
    assert finished.returncode == 0, finished.stderr
    assert kpt.diff() == ""
    assert "[warning]: the Kptfile lists krmfn under `validators`" in finished.stderr
    kpt.write({"web.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n"})
    assert "under `validators`" not in render(kpt).stderr, "it has nothing to change"


def test_a_validator_behind_a_mutator_is_no_matter(kpt: Workplace) -> None:
    settings = "configMap:\n  imagePullSecrets: regcred"
    validator = "  validators:\n  - exec: krmfn\n    configMap:\n      imagePullSecrets: another\n"
    kpt.write({"Kptfile": kptfile(settings) + validator, "web.yaml": DEPLOYMENT})
    kpt.commit()
    finished = render(kpt)
    assert finished.returncode == 0, finished.stderr
    assert "under `validators`" not in finished.stderr


def test_validator_of_a_package_fails_on_an_error(kpt: Workplace) -> None:
    settings = "configMap:\n  imagePullSecrets: regcred"
    kpt.write({"Kptfile": kptfile(settings, role="validators"), "web.yaml": MISSPELT_POLICY})
    kpt.commit()
    finished = render(kpt)
    assert finished.returncode == 1
    assert MISSPELT_POLICY_SAYS in finished.stderr


def test_packages_inside_a_package_keep_their_files_apart(kpt: Workplace) -> None:
    kpt.write(
        {
            "Kptfile": kptfile("configMap:\n  imagePullSecrets: regcred"),
            "web.yaml": DEPLOYMENT,
            "sub/Kptfile": kptfile("configMap:\n  imagePullSecrets: sub"),
            "sub/web.yaml": DEPLOYMENT.replace("name: web\nspec", "name: sub\nspec"),
        }
    )
    kpt.commit()
    finished = render(kpt)
    assert finished.returncode == 0, finished.stderr
    added = added_lines(kpt.diff())
    assert sorted(added) == sorted([*ADDED, *ADDED, "- name: sub"])
    assert list(kpt.read()) == ["Kptfile", "sub/Kptfile", "sub/web.yaml", "web.yaml"]
