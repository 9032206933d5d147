"""Repositories made by chance: bases, overlays and components, and all ways in which they replace images."""

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

PRIVATE = "registry.example.com"
SECRET = "regcred"
SETTINGS = f"""\
apiVersion: krmfn.dev/v1alpha1
kind: ImagePull
metadata: {{name: image-pull}}
spec:
  pullSecrets:
  - name: {SECRET}
    images: ["{PRIVATE}/**"]
"""
IMAGES = (
    "web",
    "web:latest",
    "web:1.2",
    "docker.io/library/web",
    f"{PRIVATE}/shop/web",
    f"{PRIVATE}/shop/web:1.0",
    f"{PRIVATE}:5000/shop/web:latest",
    "side:2@sha256:" + "0" * 64,
    "side@sha256:" + "1" * 64,
    "side",
)
NEW = ("app", f"{PRIVATE}/new/app", "localhost:5000/app", "ghcr.io/acme/app")
TAGS = ("latest", "2.0", "v3")
KINDS = (
    ("apps/v1", "Deployment", ("spec", "template")),
    ("apps/v1", "StatefulSet", ("spec", "template")),
    ("batch/v1", "CronJob", ("spec", "jobTemplate", "spec", "template")),
    ("v1", "Pod", ()),
    ("apps.kruise.io/v1alpha1", "CloneSet", ("spec", "template")),
)
KEPT = "kept"
"""Containers whose names begin so have a policy of the user's."""


class Repository:
    """One repository, made from a seed.

    Attributes:
        builds: its overlays, as folders.
        roots: those that no other one lists.
        has_replacements: whether images come from elsewhere, so that krmfn says that it does not know them.
        commands: the images that a Makefile sets before it deploys, by folder.
    """

    def __init__(self, folder: Path, seed: int) -> None:
        self.folder = folder
        self.builds: list[str] = []
        self.has_replacements = False
        self.commands: list[tuple[str, str]] = []
        self._random = random.Random(seed)
        self._objects: list[tuple[str, str, str, list[str]]] = []
        self._make()

    def _write(self, path: str, *data: Any) -> None:
        file = self.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(yaml.safe_dump_all(data, sort_keys=False), encoding="utf-8")

    def _make(self) -> None:
        choose = self._random
        (self.folder / ".git").mkdir(parents=True)
        (self.folder / "krmfn.yaml").write_text(SETTINGS, encoding="utf-8")
        files = [f"app{i}.yaml" for i in range(choose.randint(1, 3))]
        for i, file in enumerate(files):
            self._write(f"base/{file}", self._object(f"app{i}"))
        self._write("base/kustomization.yaml", {"resources": files} | self._images(0.3))
        components = []
        for i in range(choose.randint(0, 2)):
            component = {"apiVersion": "kustomize.config.k8s.io/v1alpha1", "kind": "Component"}
            self._write(f"components/{i}/kustomization.yaml", component | self._images(0.6) | self._patches(0.4))
            components.append(f"../../components/{i}")
        below = ["../../base"]
        listed_ones: set[str] = set()
        for i in range(choose.randint(1, 3)):
            name = f"overlays/o{i}"
            listed = [choose.choice(below)]
            data: dict[str, Any] = {"resources": listed}
            if components and choose.random() < 0.5:
                data["components"] = choose.sample(components, choose.randint(1, len(components)))
            if choose.random() < 0.4:
                data["namePrefix"] = f"p{i}-"
            data |= self._images(0.7) | self._patches(0.4) | self._replacements(0.2)
            if choose.random() < 0.2:
                transformer = {"apiVersion": "builtin", "kind": "ImageTagTransformer", "metadata": {"name": "x"}}
                self._write(f"{name}/tag.yaml", transformer | {"imageTag": self._rule()})
                data["transformers"] = ["tag.yaml"]
            self._write(f"{name}/kustomization.yaml", data)
            below.append(f"../o{i}")
            self.builds.append(name)
            listed_ones |= {f"overlays/{one.removeprefix('../')}" for one in listed}
        self.roots = [build for build in self.builds if build not in listed_ones]
        self._make_commands()

    def _make_commands(self) -> None:
        choose = self._random
        lines = []
        for folder in ("base", *self.builds):
            if choose.random() < 0.2:
                name = choose.choice(IMAGES).partition("@")[0].partition(":")[0]
                self.commands.append((folder, f"{name}={choose.choice(NEW)}:{choose.choice(TAGS)}"))
                shown = choose.choice((f"{name}=$(IMAGE)", f"'{name}=${{IMAGE}}'", f"{name}={PRIVATE}/x:$(TAG)"))
                lines.append(f"\tcd {folder} && \\\n\t  kustomize edit set image {shown}\n")
        if lines:
            (self.folder / "Makefile").write_text("deploy:\n" + "".join(lines), encoding="utf-8")

    def _object(self, name: str) -> dict[str, Any]:
        api_version, kind, path = self._random.choice(KINDS)
        names = [f"{choice}{i}" for i, choice in enumerate(self._random.choices(("c", KEPT), (4, 1), k=3))]
        containers = []
        for container in names:
            entry = {"name": container, "image": self._random.choice(IMAGES)}
            if container.startswith(KEPT):
                entry["imagePullPolicy"] = self._random.choice(("Always", "IfNotPresent", "Never"))
            containers.append(entry)
        pods: dict[str, Any] = {"spec": {"initContainers": containers[:1], "containers": containers[1:]}}
        self._objects.append((api_version, kind, name, names))
        data: dict[str, Any] = {"apiVersion": api_version, "kind": kind, "metadata": {"name": name}}
        if not path:
            return data | pods
        pods["metadata"] = {"labels": {"app": name}}
        at = data
        for key in path[:-1]:
            at = at.setdefault(key, {})
        at[path[-1]] = pods
        if kind != "CronJob":
            data["spec"]["selector"] = {"matchLabels": {"app": name}}
        return data

    def _rule(self) -> dict[str, str]:
        choose = self._random
        image = choose.choice((*IMAGES, *NEW))
        name = image.partition("@")[0]
        if choose.random() < 0.8 and ":" in name.rpartition("/")[2]:
            name = name.rpartition(":")[0]
        rule = {"name": name}
        if choose.random() < 0.5:
            rule["newName"] = choose.choice(NEW)
        kind = choose.random()
        if kind < 0.6:
            rule["newTag"] = choose.choice(TAGS)
        elif kind < 0.7:
            rule["digest"] = "sha256:" + "2" * 64
        elif kind < 0.8:
            rule["tagSuffix"] = "-d"
        return rule

    def _images(self, chance: float) -> dict[str, Any]:
        if self._random.random() > chance:
            return {}
        return {"images": [self._rule() for _ in range(self._random.randint(1, 3))]}

    def _patches(self, chance: float) -> dict[str, Any]:
        """Strategic merge patches of a container's image, or with a new one; JSON patches of an image."""
        if self._random.random() > chance:
            return {}
        choose = self._random
        api_version, kind, name, names = choose.choice(self._objects)
        path = next(path for _, one, path in KINDS if one == kind)
        target = {"kind": kind, "name": name}
        if choose.random() < 0.5:
            pointer = "".join(f"/{key}" for key in path) + "/spec/containers/0/image"
            patch = yaml.safe_dump([{"op": "replace", "path": pointer, "value": choose.choice(IMAGES)}])
            return {"patches": [{"target": target, "patch": patch}]}
        if kind == "CloneSet":  # a list of a custom resource is replaced as a whole
            return {}
        container = choose.choice((*names[1:], "added"))
        inner: dict[str, Any] = {"spec": {"containers": [{"name": container, "image": choose.choice(IMAGES)}]}}
        for key in reversed(path):
            inner = {key: inner}
        data = {"apiVersion": api_version, "kind": kind, "metadata": {"name": name}} | inner
        return {"patches": [{"patch": yaml.safe_dump(data), "target": target}]}

    def _replacements(self, chance: float) -> dict[str, Any]:
        if self._random.random() > chance:
            return {}
        self.has_replacements = True
        _, kind, name, names = self._random.choice(self._objects)
        path = next(path for _, one, path in KINDS if one == kind)
        field = ".".join((*path, "spec", "containers", f"[name={names[1]}]", "image"))
        source = {"kind": kind, "name": name, "fieldPath": ".".join((*path, "spec", "containers", "1", "image"))}
        target = {"select": {"kind": kind, "name": name}, "fieldPaths": [field]}
        return {"replacements": [{"source": source, "targets": [target]}]}


def containers_in(built: str) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """The pod specs of a build, each with one of its containers."""
    for data in yaml.load_all(built, Loader=yaml.CSafeLoader):
        for pod_spec in _pod_specs(data):
            for key in ("initContainers", "containers"):
                yield from ((pod_spec, container) for container in pod_spec.get(key) or ())


def _pod_specs(data: Any) -> Iterator[dict[str, Any]]:
    if isinstance(data, dict):
        if "containers" in data:
            yield data
        for value in data.values():
            yield from _pod_specs(value)
