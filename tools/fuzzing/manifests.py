"""Random objects of kinds that krmfn edits, of kinds that it leaves alone, and of similar kinds."""

import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from fuzzing.data import Chance, Data, Pairs, Verbatim, pairs
from fuzzing.writing import Writer, json_text

CATALOGUE = Path(__file__).parents[2] / "krmfn" / "imagepull" / "kinds" / "catalogue.jsonl"
IMAGES = (
    *("nginx", "nginx:latest", "nginx:1.2", "registry.example.com/team/app:1", "docker.io/library/redis:7"),
    *("ghcr.io/a/b@sha256:" + "a" * 64, "nginx:latest@sha256:" + "b" * 64, "localhost:5000/x", "quay.io/x/y:v1.0"),
    *("{{inputs.parameters.image}}", "registry.example.com/app:{{tag}}", "${IMAGE}", "$(IMAGE)", "a/b:on", "x:1e3"),
    *("UPPER/Case", "nginx:", "bad image", "*weird", "&x", "[x]", "# no", "a: b", "é", "-", "?", "nginx # x", "0"),
)
SECRETS = ("regcred", "a", "team-a", "on", "null", "1", "1e3", "true", "0x1f", "regcred.v1", "y", "n", "2001-01-01")
ODD: tuple[Data, ...] = (
    *(None, [], Pairs(), "", 1, True, ["a"], pairs(a="b"), [None], [Pairs()], [[]]),
    *map(Verbatim, ("", "on", "0x10", "1e3", "!!str", "!!null ''", "!!null", "2001-01-01", "'~'", '"null"', "0o17")),
    *map(
        Verbatim, ("017", "1_000", "=", "<<", "9" * 30, ".inf", ".NaN", "1:30", "! x", "!!int 1", "!x y", "!!set {a}")
    ),
    *map(
        Verbatim, ("[,]", "{a}", "[a: b]", "{? a}", "!!binary aGk=", "'it''s'", '"\\u0061"', '"a\\\n  b"', "a\n      b")
    ),
)
NULLS = (None, *map(Verbatim, ("", "null", "~", "NULL", "Null")))
TEXTS = (
    *("x\ny\n", "  lead\n more\n", "# no comment\n---\n...\n", "kind: Pod\nspec:\n  containers: []\n", "long " * 60),
    *("", " ", "\n", "a\n\n\n", "{{ .Values }}", "%x", "@x", "`x", "é😀", "a\ufeffb", "a\u2028b", "a\x85b", "\ttab"),
    *("x'y\"z", "trailing \n  spaces\n\n", "- a\n- b", "a: b # c", "items:\n- x\n", "on", "1", "null", "---", "&a *a"),
)
POLICIES = ("Always", "IfNotPresent", "Never", "", Verbatim('""'))
ANNOTATIONS = (
    *("krmfn.dev/skip", "config.kubernetes.io/local-config", "x/y", "argocd.argoproj.io/hook", "a b", "key: x", "#k"),
    *("internal.config.kubernetes.io/path", "config.kubernetes.io/path", "? q", "<<", "config.kubernetes.io/index"),
)


class Manifests:
    """Makes objects; their oddness is chosen once."""

    def __init__(self, chance: Chance) -> None:
        self._chance = chance
        self._hit = chance.hit
        self._of = chance.choice
        self._odd = self._of((0, 0, 0, 0.03, 0.1))
        self._extra = self._of((0, 0.1, 0.3))

    def object(self, depth: int = 0) -> Data:
        """An object; it may be a list of others, or hold some."""
        make: Callable[[Manifests, int], Pairs] = self._of(_MAKERS)
        found = make(self, depth)
        if self._hit(0.1):
            self._chance.shuffle(found)
        if self._hit(self._extra):
            key = self._of(("status", "x-extra", "results", "items", "data", "kind ", "metadata2", "functionConfig"))
            found.insert(self._chance.below(len(found) + 1), (key, self._noise()))
        return found

    def container(self, name: str) -> Pairs:
        """A container."""
        found = pairs(name=name)
        if not self._hit(0.03):
            found.append(("image", self._or_odd(self._of(IMAGES))))
        if self._hit(0.25):
            found.append(("imagePullPolicy", self._policy()))
        if self._hit(0.3):
            found.append(("command", ["sh", "-c", self._of(TEXTS)]))
        if self._hit(0.2):
            found.append(("env", [pairs(name="A", value=self._of(TEXTS))]))
        if self._hit(0.1):
            found.append(("resources", pairs(limits=pairs(cpu=1, memory="1Gi"))))
        if self._hit(0.2):
            self._chance.shuffle(found)
        return found

    def secrets(self) -> Data:
        """A list of pull secrets, or a malformed one."""
        if self._hit(self._odd):
            return self._of(ODD)
        if self._hit(0.3):
            return self._of((*NULLS, [], Verbatim("[]"), Verbatim("[ ]")))
        found: list[Data] = [pairs(name=self._of(SECRETS)) for _ in range(self._of((1, 1, 2, 3)))]
        if self._hit(0.05):
            found.append(self._of((Pairs(), None, pairs(name=None), pairs(name="a", x="y"), "text", [], pairs(x="y"))))
        return found

    def pod_spec(self) -> Pairs:
        """A pod spec."""
        found = Pairs()
        if self._hit(0.3):
            found.append(("serviceAccountName", self._of(("default", "sa1", "sa2", None))))
        if self._hit(0.35):
            found.append(("imagePullSecrets", self.secrets()))
        if self._hit(0.3):
            found.append(("initContainers", self._containers("i", (1, 1, 2))))
        found.append(("containers", self._of(ODD) if self._hit(0.03) else self._containers("c", (1, 1, 1, 2, 3))))
        if self._hit(0.08):
            found.append(("ephemeralContainers", self._containers("e", (1,))))
        if self._hit(0.15):
            source = pairs(reference=self._of(IMAGES), pullPolicy=self._of((None, "Always", "Never")))
            image = pairs(name="v", image=Pairs(source[: self._of((1, 2))]))
            found.append(("volumes", [image, pairs(name="w", emptyDir=Pairs())]))
        if self._hit(0.2):
            found.append(("restartPolicy", "Never"))
        if self._hit(0.3):
            self._chance.shuffle(found)
        return found

    def _containers(self, name: str, counts: tuple[int, ...]) -> list[Data]:
        return [self.container(f"{name}{i}") for i in range(self._of(counts))]

    def _policy(self) -> Data:
        if self._hit(0.03):
            return self._of(("always", "{{x}}"))
        return self._or_odd(self._of((*POLICIES, self._of(NULLS))))

    def _or_odd(self, value: Data) -> Data:
        return self._of(ODD) if self._hit(self._odd) else value

    def _metadata(self) -> Pairs:
        found = pairs(name=self._of(("a", "b", "web", "on", "1", "x.y")))
        if self._hit(0.05):
            found = pairs(generateName="web-")
        if self._hit(0.3):
            found.append(("namespace", self._of(("shop", "default", "1"))))
        if self._hit(0.15):
            found.append(
                ("annotations", pairs((self._of(ANNOTATIONS), self._of(("true", "false", "x\ny", "../etc", "1")))))
            )
        if self._hit(0.1):
            found.append(("labels", pairs(app="web")))
        return found

    def _noise(self) -> Data:
        others: tuple[Data, ...] = (
            pairs(imagePullPolicy="x", image="y"),
            [1, 2, [3, [4]]],
            pairs(a=pairs(b=Pairs())),
            *ODD,
        )
        return self._of(TEXTS) if self._hit(0.6) else self._of(others)

    def _template(self) -> Pairs:
        found = pairs(spec=self.pod_spec())
        return pairs(("metadata", self._metadata()), *found) if self._hit(0.5) else found

    def _head(self, version: str, kind: str) -> Pairs:
        return pairs(apiVersion=version, kind=kind, metadata=self._metadata())

    # --- kinds -------------------------------------------------------------------------------------------------------

    def pod(self, _: int) -> Pairs:
        """A Pod."""
        return Pairs([*self._head("v1", "Pod"), ("spec", self.pod_spec())])

    def workload(self, _: int) -> Pairs:
        """A built-in workload."""
        kind = self._of(("Deployment", "StatefulSet", "DaemonSet", "ReplicaSet"))
        return Pairs([*self._head("apps/v1", kind), ("spec", pairs(replicas=1, template=self._template()))])

    def job(self, _: int) -> Pairs:
        """A Job or CronJob."""
        spec = pairs(template=self._template())
        if self._hit(0.5):
            return Pairs([*self._head("batch/v1", "Job"), ("spec", spec)])
        return Pairs([*self._head("batch/v1", "CronJob"), ("spec", pairs(schedule="@x", jobTemplate=pairs(spec=spec)))])

    def workflow(self, _: int) -> Pairs:
        """A Workflow of Argo, or one of its templates."""
        spec = pairs(entrypoint="t0", templates=[self._step(f"t{i}") for i in range(self._of((1, 2, 3)))])
        if self._hit(0.2):
            spec.append(("imagePullSecrets", self.secrets()))
        if self._hit(0.2):
            spec.append(("templateDefaults", pairs(container=self.container("d"))))
        if self._hit(0.1):
            spec.append(("workflowTemplateRef", self._of((pairs(name="build"), None, Pairs()))))
        if self._hit(0.3):
            self._chance.shuffle(spec)
        kind = self._of(("Workflow", "WorkflowTemplate", "ClusterWorkflowTemplate"))
        if self._hit(0.2):
            kind, spec = "CronWorkflow", pairs(schedule="* * * * *", workflowSpec=spec)
        return Pairs([*self._head("argoproj.io/v1alpha1", kind), ("spec", spec)])

    def _step(self, name: str) -> Pairs:
        found = pairs(name=name)
        inline = pairs(name="s", inline=pairs(container=self.container("in")))
        found.append(
            self._of(
                (
                    ("container", self.container("main")),
                    ("script", Pairs([*self.container("s"), ("source", "print(1)\n# x\n")])),
                    ("containerSet", pairs(containers=self._containers("a", (1, 2)))),
                    ("steps", [[inline]]),
                    ("dag", pairs(tasks=[inline])),
                    ("resource", pairs(action="create", manifest=self._text(self.pod(0)))),
                )
            )
        )
        if self._hit(0.15):
            patch = pairs(containers=[self.container(self._of(("main", "sc0", "other")))])
            found.append(("podSpecPatch", self._text(patch)))
        if self._hit(0.3):
            found.append(("sidecars", self._containers("sc", (1,))))
        if self._hit(0.2):
            found.append(("initContainers", self._containers("ic", (1,))))
        return found

    def _text(self, data: Data) -> str:
        """The data as a text for a scalar; sometimes two documents, or none."""
        if self._hit(0.1):
            return self._of(TEXTS)
        if self._hit(0.3):
            return json_text(data, self._chance)
        text = Writer(self._chance).document(data)
        if self._hit(0.1):
            text += "---\n" + Writer(self._chance).document(self.job(0))
        return text if self._hit(0.8) else text.rstrip("\n")

    def some_list(self, depth: int) -> Pairs:
        """A List with objects or other items."""
        items: Data = [self.object(depth + 1) for _ in range(self._of((0, 1, 2, 3)) if depth < 2 else 0)]
        items = items or self._of(([], None, Verbatim("[]")))
        return pairs(apiVersion="v1", kind=self._of(("List", "List", "PodList")), items=items)

    def account(self, _: int) -> Pairs:
        """A ServiceAccount."""
        found = pairs(apiVersion="v1", kind="ServiceAccount", metadata=pairs(name=self._of(("default", "sa1", "sa2"))))
        if self._hit(0.5):
            found.append(("imagePullSecrets", self.secrets()))
        if self._hit(0.2):
            found.append(("secrets", self.secrets()))
        return found

    def config_map(self, _: int) -> Pairs:
        """A ConfigMap with various texts."""
        data = Pairs((f"k{i}", self._noise()) for i in range(self._of((1, 2, 5))))
        found = self._head("v1", "ConfigMap")
        if self._hit(0.3):
            data.append((self._of(("pod.yaml", "a.json")), self._text(self.pod(0))))
        if self._hit(0.1):
            found = pairs(apiVersion="v1", kind="ConfigMap", metadata=pairs(name="workflow-controller-configmap"))
            data.append(("executor", self._text(self.container("x"))))
        return Pairs([*found, ("data", data)])

    def custom(self, _: int) -> Pairs:
        """A custom resource, of a kind in the settings or of an unknown kind."""
        parts: list[tuple[str, Data]] = [
            ("template", self._template()),
            ("image", "x"),
            ("imagePullSecrets", self.secrets()),
            ("jobs", pairs(j1=pairs(podSpec=self.pod_spec()))),
        ]
        self._chance.shuffle(parts)
        spec = Pairs(parts[: self._of((1, 2, 3, 4))])
        return Pairs([*self._head("example.com/v1", self._of(("Shop", "Widget"))), ("spec", spec)])

    def of_catalogue(self, _: int) -> Pairs:
        """A custom resource of a kind in the catalogue."""
        row = self._of(catalogue())
        found = self._head(f"{row['group']}/v1" if row["group"] else "v1", row["kind"])
        created = [path if isinstance(path, str) else path["path"] for path in row.get("create", ())]
        if created and self._hit(0.6):
            for path in created:
                if path.rpartition(".")[0] not in created:
                    beside = f"{path.rpartition('.')[0]}.x".lstrip(".")
                    self._put(found, self._of((path, beside)), lambda: self._of((None, Pairs())))
            return found
        for path in row.get("podSpecs", ()):
            self._put(found, path, self.pod_spec)
        for path in row.get("containers", ()):
            self._put(found, path if isinstance(path, str) else path["path"], lambda: self.container("x"))
        for path in row.get("pullSecrets", ()):
            if isinstance(path, str) and self._hit(0.5):
                self._put(found, path, self.secrets)
        return found

    def _put(self, root: Pairs, path: str, make: Callable[[], Data]) -> None:
        """Put a value at a path of the catalogue, beside the values of other paths."""
        place = root
        steps = path.split(".")
        for i, step in enumerate(steps):
            key = self._of(("k1", "k2")) if step == "*" else step.removesuffix("[]")
            is_list = step.endswith("[]")
            if i == len(steps) - 1:
                place.append((key, [make()] if is_list else make()))
                return
            known: Data = next((value for name, value in place if name == key), None)
            inner = known[0] if isinstance(known, list) and known else known
            if not isinstance(inner, Pairs):
                inner = Pairs()
                place.append((key, [inner] if is_list else inner))
            place = inner

    def events(self, depth: int) -> Pairs:
        """A Rollout, or a Sensor that makes objects."""
        source = pairs(resource=self.object(depth + 1) if depth < 2 else self.pod(0))
        trigger = pairs(template=pairs(name="t", k8s=pairs(operation="create", source=source)))
        spec = self._of((pairs(template=self._template()), pairs(triggers=[trigger])))
        kind = self._of(("Rollout", "Sensor", "EventSource", "AnalysisRun"))
        return Pairs([*self._head("argoproj.io/v1alpha1", kind), ("spec", spec)])

    def secret(self, _: int) -> Pairs:
        """A Secret, sometimes a pull secret."""
        kind = self._of(("kubernetes.io/dockerconfigjson", "Opaque"))
        data = pairs((".dockerconfigjson", self._of(("e30=", "eyJhdXRocyI6e319", "x", ""))))
        return pairs(apiVersion="v1", kind="Secret", metadata=pairs(name=self._of(SECRETS)), type=kind, data=data)

    def holder(self, depth: int) -> Pairs:
        """A Template of OpenShift, with an object inside."""
        inner = self.object(depth + 1) if depth < 2 else self.pod(0)
        return pairs(apiVersion="template.openshift.io/v1", kind="Template", objects=[inner])

    def odd(self, _: int) -> Pairs:
        """An object whose apiVersion, kind and fields do not match."""
        version, kind = self._of(("v1", "apps/v1", "batch/v1", "")), self._of(("PodTemplate", "Job", "Pod", "", None))
        found = pairs(apiVersion=version, kind=kind, metadata=self._metadata())
        return Pairs([*found, ("template", self._template()), ("spec", pairs(template=self._template()))])


_MAKERS = (
    *(Manifests.pod, Manifests.workload, Manifests.workload, Manifests.job, Manifests.workflow, Manifests.workflow),
    *(Manifests.some_list, Manifests.account, Manifests.config_map, Manifests.custom, Manifests.of_catalogue),
    *(Manifests.of_catalogue, Manifests.events, Manifests.secret, Manifests.holder, Manifests.odd),
)


@cache
def catalogue() -> list[dict[str, Any]]:
    """The rows of the catalogue."""
    return [json.loads(line) for line in CATALOGUE.read_text(encoding="utf-8").splitlines()]
