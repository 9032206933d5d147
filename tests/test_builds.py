"""What builds make of images, with the real kustomize as the judge: what krmfn writes is right for what runs."""

from pathlib import Path

import hosts
import pytest
import yaml
from hosts import Workplace
from repositories import KEPT, PRIVATE, SECRET, Repository, containers_in

from krmfn.files.builds.image_rules import ImageRule, rules_in
from krmfn.imagepull.builds import UNKNOWN

IMAGES = (
    "nginx",
    "nginx:1",
    "nginx:{{tag}}",
    "nginx:${TAG}",
    "nginx:<tag>",
    "nginx@sha256:abc",
    "nginx:1@sha256:abc",
    "nginx@sha512:abc",
    "docker.io/nginx",
    "library/nginx:latest",
    "nginx-extra:1",
    "nginxx",
    "reg:5000/a/nginx:2",
    "reg:5000/nginx",
    "foo:1",
)
RULES = (
    [{"name": "nginx", "newTag": "9"}],
    [{"name": "nginx", "newName": "foo"}],
    [{"name": "nginx", "newName": "foo"}, {"name": "foo", "newTag": "9"}],
    [{"name": "foo", "newTag": "9"}, {"name": "nginx", "newName": "foo"}],
    [{"name": "nginx", "newTag": "8"}, {"name": "nginx", "newTag": "9"}],
    [{"name": "nginx", "newName": "a"}, {"name": "nginx", "newName": "b"}],
    [{"name": "nginx", "digest": "sha256:def"}],
    [{"name": "nginx", "newTag": "9", "digest": "sha256:def"}],
    [{"name": "nginx", "newName": "a/b", "digest": "sha256:def"}],
    [{"name": "nginx", "tagSuffix": "-d"}],
    [{"name": "nginx:1", "newTag": "9"}],
    [{"name": "nginx.*", "newTag": "9"}],
    [{"name": "[a-z]+", "newTag": "9"}],
    [{"name": "ngin.", "newName": "z"}],
    [{"name": "reg:5000/nginx", "newTag": "3"}],
    [{"name": "reg:5000/a/nginx", "newName": "reg:6000/b"}],
    [{"name": "nginx", "newTag": ""}],
    [{"NAME": "nginx", "NewTag": "9"}],
    [{"name": "docker.io/nginx", "newName": "nginx"}, {"name": "nginx", "newTag": "7"}],
)
SEEDS = 200


def build(workplace: Workplace, folder: Path) -> str:
    """What kustomize builds of a folder; empty when it refuses."""
    finished = workplace.run("kustomize", "build", folder)
    return finished.stdout if finished.returncode == 0 else ""


def test_rules_make_of_images_what_kustomize_makes_of_them(tmp_path: Path) -> None:
    hosts.require("kustomize")
    workplace = Workplace(tmp_path)
    containers = [{"name": f"c{i}", "image": image} for i, image in enumerate(IMAGES)]
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"}, "spec": {"containers": containers}}
    for number, rules in enumerate(RULES):
        folder = workplace.folder / str(number)
        folder.mkdir()
        (folder / "pod.yaml").write_text(yaml.safe_dump(pod), encoding="utf-8")
        (folder / "kustomization.yaml").write_text(yaml.safe_dump({"resources": ["pod.yaml"], "images": rules}))
        found = [container["image"] for _, container in containers_in(build(workplace, folder))]
        assert [final(image, list(rules_in(rules))) for image in IMAGES] == found, rules


def final(image: str, rules: list[ImageRule]) -> str:
    for rule in rules:
        image = rule.applied(rule.applied(image)) if rule.tag_suffix else rule.applied(image)
    return image


@pytest.mark.parametrize("name", ["a|b", "(a+)+", r"\w+", "a{2}", "(?i)nginx", "a**", "[", ".*.*.*.*"])
def test_an_expression_that_python_may_read_otherwise_makes_the_image_unknown(name: str) -> None:
    assert ImageRule(name, new_tag="1").applied("nginx") == UNKNOWN


@pytest.mark.parametrize("first", range(0, SEEDS, 20))
def test_what_fix_writes_is_right_for_what_runs(tmp_path: Path, first: int) -> None:
    hosts.require("kustomize")
    workplace = Workplace(tmp_path)
    repositories = {seed: Repository(workplace.folder / str(seed), seed) for seed in range(first, first + 20)}
    fixed = workplace.run("krmfn", "fix", ".")
    assert fixed.returncode == 0, fixed.stderr
    written = left = builds = 0
    for seed, repository in repositories.items():
        for is_deployed in (False, True)[: 1 + bool(repository.commands)]:
            for folder, argument in repository.commands if is_deployed else ():
                script = f"cd {repository.folder / folder} && kustomize edit set image {argument}"
                assert workplace.run("sh", "-c", script).returncode == 0
            for folder in repository.builds:
                built = build(workplace, repository.folder / folder)
                builds += bool(built)
                is_open = repository.has_replacements or is_deployed
                for pod_spec, container in containers_in(built):
                    image, policy = container["image"], container.get("imagePullPolicy")
                    where = f"seed {seed}, {folder}, {container}"
                    if not container["name"].startswith(KEPT):
                        assert policy in (None, default(image)), where
                        written += policy is not None
                        left += policy is None
                    is_valid = ":-" not in image  # a suffix on no tag makes what is no reference
                    if image.startswith(f"{PRIVATE}/") and folder in repository.roots and is_valid and not is_open:
                        assert {"name": SECRET} in pod_spec.get("imagePullSecrets", []), where
    assert builds > 20
    assert written > left / 2, (written, left)


def default(image: str) -> str:
    """What Kubernetes would default."""
    name, _, digest = image.partition("@")
    tag = name.rpartition("/")[2].partition(":")[2]
    return "Always" if tag == "latest" or not (tag or digest) else "IfNotPresent"
