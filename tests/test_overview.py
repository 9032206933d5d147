"""What `krmfn explain` prints to a terminal: what needs attention first, then the images of each registry."""

import os
import pty
import re
import subprocess
import unicodedata
from pathlib import Path

import pytest
from hosts import Workplace

MANIFESTS = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  selector: {matchLabels: {app: web}}
  template:
    spec:
      imagePullSecrets: [{name: listed}]
      containers:
      - {name: web, image: "registry.example.com/team/web:1.2"}
      - {name: old, image: nginx, imagePullPolicy: IfNotPresent}
      - {name: pinned, image: "nginx:1.27", imagePullPolicy: Always}
      - {name: later, image: "registry.example.com/x:{{tag}}"}
      - {name: wrong, image: "Wrong/X"}
      - {name: fine, image: "nginx:1"}
"""
PODS = "".join(
    f"---\napiVersion: v1\nkind: Pod\nmetadata: {{name: p{i}}}\nspec: {{containers: [{{name: c, image: busybox:1}}]}}\n"
    for i in range(5)
)


@pytest.fixture
def place(tmp_path: Path) -> Workplace:
    made = Workplace(tmp_path)
    made.write({"a.yaml": MANIFESTS, "pods.yaml": PODS.removeprefix("---\n")})
    return made


def overview(place: Workplace, *arguments: str, columns: int = 100) -> str:
    done = place.run("krmfn", "explain", "--format", "overview", *arguments, ".", COLUMNS=str(columns))
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_it_begins_with_what_needs_attention(place: Workplace) -> None:
    assert overview(place, "--secret", "regcred") == (
        """\
needs attention: 4 images in 4 places
  Wrong/X  no policy, listed, + regcred
    ! not a valid image reference: the kubelet refuses it
    a.yaml:14  Deployment shop/web (wrong)
  nginx  IfNotPresent, listed, + regcred
    ! IfNotPresent: nodes may keep an old image of the tag latest
    a.yaml:11  Deployment shop/web (old)
  nginx:1.27  Always, listed, + regcred
    ! Always: each start asks the registry, although the image is pinned
    a.yaml:12  Deployment shop/web (pinned)
  registry.example.com/x:{{tag}}  no policy, listed, + regcred
    ! filled in later, so its default policy is unknown
    a.yaml:13  Deployment shop/web (later)

docker.io: 2 images in 6 places
  busybox:1  + IfNotPresent, + regcred  (5 places)
  nginx:1    + IfNotPresent, listed, + regcred

registry.example.com: 1 image in 1 place
  registry.example.com/team/web:1.2  + IfNotPresent, listed, + regcred

+: krmfn would add it. --wide shows each place, and why.
"""
    )


def test_an_image_without_credentials_needs_attention(place: Workplace) -> None:
    spec = "{pullSecrets: [{name: a, images: [registry.example.com/**]}], attachTo: [ServiceAccounts]}"
    config = f"{{apiVersion: krmfn.dev/v1alpha1, kind: ImagePull, spec: {spec}}}\n"
    place.write({"krmfn.yaml": config, "pods.yaml": ""})
    text = overview(place)
    assert "! a does not reach its pods: " in text
    assert "needs attention: 6 images in 6 places" in text


def test_what_builds_replace_needs_attention(place: Workplace) -> None:
    images = "images: [{name: registry.example.com/team/web, newTag: latest}]"
    place.write({"kustomization.yaml": f"resources: [a.yaml]\n{images}\n"})
    assert "! builds replace it: registry.example.com/team/web:latest in " in overview(place)


def test_a_kind_that_is_known_by_its_structure_alone_needs_attention(place: Workplace) -> None:
    place.write({"a.yaml": MANIFESTS.replace("apps/v1", "example.com/v1").replace("Deployment", "Shop")})
    assert "! unknown kind example.com/v1 Shop: it looks like a pod spec" in overview(place)


def test_a_field_that_may_name_an_image_needs_attention_with_what_to_do(place: Workplace) -> None:
    gadget = "apiVersion: example.com/v1\nkind: Gadget\nmetadata: {name: g}\nspec: {thing: {image: quay.io/a/b:1}}\n"
    place.write({"a.yaml": gadget, "pods.yaml": ""})
    text = overview(place, columns=80)
    assert " ".join(text.partition("!")[2].split()).startswith("unknown kind example.com/v1 Gadget: this field may")
    assert "left alone. To include it, add {group:" in " ".join(text.split())


def test_pods_without_an_image_are_there(place: Workplace) -> None:
    bus = "apiVersion: argoproj.io/v1alpha1\nkind: EventBus\nmetadata: {name: e}\nspec: {nats: {native: {}}}\n"
    place.write({"a.yaml": bus, "pods.yaml": ""})
    text = overview(place, "--secret", "regcred")
    assert "no image named: 1 place\n  no image named  no policy, + regcred\n" in text


def test_what_is_overwritten_shows_both(place: Workplace) -> None:
    text = overview(place, "--overwrite", "true")
    assert re.search("nginx:1.27 +Always → IfNotPresent, listed\n", text)
    assert "although the image is pinned" not in text  # since krmfn mends it


def test_a_stale_policy_may_be_inherited(place: Workplace) -> None:
    text = "apiVersion: argoproj.io/v1alpha1\nkind: Workflow\nmetadata: {name: w}\nspec:\n"
    text += "  templateDefaults: {container: {imagePullPolicy: IfNotPresent}}\n"
    place.write({"a.yaml": text + "  templates:\n  - {name: a, container: {image: nginx}}\n", "pods.yaml": ""})
    assert "! inherited policy: nodes may keep an old image of the tag latest" in overview(place)


def test_more_places_are_counted(place: Workplace) -> None:
    place.write({"pods.yaml": PODS.removeprefix("---\n").replace("busybox:1", "busybox:1, imagePullPolicy: Always")})
    text = overview(place)
    assert "    pods.yaml:14  Pod p2 (c)\n    … and 2 more\n" in text
    assert "p3" not in text


def test_without_images_it_says_nothing(place: Workplace) -> None:
    place.write({"a.yaml": "", "pods.yaml": ""})
    assert overview(place) == ""


@pytest.mark.parametrize("columns", [10, 40, 60, 100])
def test_it_fits_the_terminal(place: Workplace, columns: int) -> None:
    deep = "deep/" * 30
    long = MANIFESTS.replace("team/web", f"{deep}web").replace("x:{{tag}}", f"{deep}x:{{{{tag}}}}")
    place.write({f"{deep}b.yaml": long})
    lines = overview(place, columns=columns).splitlines()
    assert max(map(len, lines)) <= max(columns, 40)
    assert any(re.search("….*deep/web:1.2  ", line) for line in lines)
    assert any(re.search("….*deep/x:{{tag}}  no", line) for line in lines)
    assert any(re.search(r"….*deep/b\.yaml:13$", line) for line in lines)
    assert all(unicodedata.east_asian_width(letter) != "W" for line in lines for letter in line)


@pytest.mark.parametrize("length", range(80, 100))
def test_a_line_number_is_not_cut(place: Workplace, length: int) -> None:
    name = "a" * length
    place.write({f"{name}.yaml": MANIFESTS, "a.yaml": "", "pods.yaml": ""})
    lines = [line for line in overview(place).splitlines() if "aaa" in line]
    assert [re.search(r"a\.yaml:(\d+)(  |$)", line)[1] for line in lines] == ["14", "11", "12", "13"]  # type: ignore[index]
    assert max(map(len, lines)) <= 100


@pytest.mark.parametrize(
    ("arguments", "head"), [((), "needs attention"), (("--wide",), "PLACE"), (("--format", "csv"), "file,line")]
)
def test_a_terminal_gets_it_unless_something_else_is_asked_for(
    place: Workplace, arguments: tuple[str, ...], head: str
) -> None:
    leader, follower = pty.openpty()
    try:
        command = [str(place.krmfn), "explain", *arguments, "."]
        done = subprocess.Popen(
            command, cwd=place.folder, env=place.environment, stdout=follower, stderr=subprocess.DEVNULL
        )
        os.close(follower)
        found = b""
        while chunk := _read(leader):
            found += chunk
        assert done.wait(60) == 0
    finally:
        os.close(leader)
    assert found.decode().startswith(head)


def _read(terminal: int) -> bytes:
    """What comes next; nothing once the other side is closed."""
    try:
        return os.read(terminal, 4096)
    except OSError:
        return b""


def test_a_pipe_gets_the_table(place: Workplace) -> None:
    assert place.run("krmfn", "explain", ".").stdout.startswith("PLACE")
    refused = place.run("krmfn", "explain", "--wide", "--format", "csv", ".")
    assert (refused.returncode, "not allowed with" in refused.stderr) == (2, True)


def test_a_terminal_of_no_width_gets_lines_that_say_something(place: Workplace) -> None:
    assert max(map(len, overview(place, columns=5).splitlines())) == 40
