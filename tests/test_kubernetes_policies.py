"""krmfn's decision about an image is the one that Kubernetes' own code makes, for twenty thousand generated strings."""

import itertools
import json
import random
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import kubernetes
import pytest
import yaml

from krmfn import Settings, run

HOW_MANY = 20_000
PLACES = {
    "container": ("containers", "image", "imagePullPolicy"),
    "initContainer": ("initContainers", "image", "imagePullPolicy"),
    "ephemeralContainer": ("ephemeralContainers", "image", "imagePullPolicy"),
    "volume": ("volumes", "reference", "pullPolicy"),
}
"""Where an image stands in a pod spec, by the judge's name of the place: list, key of the image, key of the policy."""
HEX = "0123456789abcdef"
HOSTS = """
docker.io index.docker.io DOCKER.IO docker.io:443 docker.io. localhost LOCALHOST localhost. localhost:5000 LocalHost
gcr.io registry.example.com Registry.Example.com registry.example.com:5000 a A foo. .foo foo- -foo a..b a--b.c a_b.c
bücher.de 日本.jp 10.0.0.1 10.0.0.1:80 1 1.2 [::1] [::1]:5000 [2001:DB8::1] [fe80::1%25eth0] ::1 [] [::1 host: host:port
host:00 host:99999 library
"""
PATHS = """
nginx library/nginx library a/b/c a.b a_b a__b a___b a-b a---b a.-b a._b -a a- _a a_ .a a. A aB nginx/ /nginx a//b
latest é a+b a~b a@b a:b docker.io docker.io/nginx localhost/a . .. ./a a/../b 1 0.1 {{img}} ${IMG} $(IMG) <path:x#y>
"""
ODD_PATHS = [
    *("", "a b", "a\tb", "a\nb", "a\u200bb", "\u0131", "\u017f", "k\u212a", "\u0663"),
    *("f" * 63, "f" * 64, "F" * 64, "0" * 64, "f" * 65, "x" * 128, "x" * 240, "x" * 255, "x" * 256, "y/" * 100 + "y"),
]
TAGS = """
latest latest latest Latest LATEST latest. latest-1 latest_ latest:latest latest/x v1 1.27-alpine _ -a .a a.b-c_d a:b
a+b a/b é {{tag}} ${TAG} sha256 0
"""
ODD_TAGS = [
    *("", "latest ", " latest", "latest\n", "latest\u00a0", "\u017fatest", "\u0663", "a b", "x" * 128, "x" * 129),
]
ALGORITHMS = "sha256 sha256 sha512 sha384 SHA256 sha1 md5 sha256+b64 x.y x_y+z"
ODD = "abzAZ09._-/:@[]+ \t\n\x00é\u0130\u0663\uff21\u2044\ud7ff😀%$#~\\\"'{}<>"


class Images:
    """Makes strings that are images, nearly images, or no images at all."""

    def __init__(self, seed: int) -> None:
        self._chance = random.Random(seed)

    def image(self) -> str:
        make = self._chance.choice([self._reference] * 3 + [self._long])
        spoil = self._chance.choice([str] * 16 + [self._mutated] * 2 + [self._padded, str.swapcase])
        return spoil(make())

    def _reference(self) -> str:
        name = (self._host() + "/" if self._chance.random() < 0.5 else "") + self._path()
        tag = ":" + self._tag() if self._chance.random() < 0.5 else ""
        return name + tag + ("@" + self._digest() if self._chance.random() < 0.2 else "")

    def _long(self) -> str:
        """Around the longest path that is allowed, with a registry and without."""
        host = self._pick("", "", "docker.io/", "a/", "b.c/", "registry.example.com:5000/")
        return host + "q" * self._chance.randint(235, 262) + self._pick("", ":latest", ":1")

    def _host(self) -> str:
        if self._chance.random() < 0.2:
            return self._pick(*HOSTS.split())
        port = f":{self._chance.randint(0, 70_000)}" if self._chance.random() < 0.4 else ""
        return ".".join(self._word("abXY019") for _ in range(self._chance.randint(1, 3))) + port

    def _path(self) -> str:
        if self._chance.random() < 0.2:
            return self._pick(*PATHS.split(), *ODD_PATHS)
        return "/".join(self._component() for _ in range(self._chance.choice([1, 1, 1, 2, 5])))

    def _component(self) -> str:
        between = self._pick(*[""] * 12, ".", "_", "__", "-", "---", "___", "._", "..")
        return self._word("abc019") + between + self._word("abc019")

    def _tag(self) -> str:
        if self._chance.random() < 0.2:
            return self._pick(*TAGS.split(), *ODD_TAGS)
        return self._pick("latest", self._word("abXY019._-"))

    def _digest(self) -> str:
        if self._chance.random() < 0.5:
            return f"sha256:{''.join(self._chance.choices(HEX, k=64))}"
        algorithm = self._pick(*ALGORITHMS.split(), "")
        length = self._chance.choice([32, 40, 63, 64, 64, 64, 65, 96, 97, 128, 128, 129])
        digest = f"{algorithm}:{''.join(self._chance.choices(HEX, k=length))}"
        return self._pick(digest, digest, digest.upper(), f"{digest}:latest", f"{digest}@{digest}", digest[:-1] + "g")

    def _mutated(self, text: str) -> str:
        for _ in range(self._chance.randint(1, 3)):
            at = self._chance.randint(0, len(text))
            text = text[:at] + self._pick("", *ODD) + text[at + self._chance.randint(0, 1) :]
        return text

    def _padded(self, text: str) -> str:
        blank = self._pick(" ", "\n", "\t", "\u00a0", "\ufeff", "\x00")
        return self._pick(blank + text, text + blank)

    def _word(self, alphabet: str) -> str:
        return "".join(self._chance.choices(alphabet, k=self._chance.randint(1, 7)))

    def _pick(self, *of: str) -> str:
        return self._chance.choice(of)


def generated() -> list[str]:
    make = Images(20)
    made = dict.fromkeys(itertools.chain(TAGS.split(), PATHS.split(), HOSTS.split(), ODD_TAGS, ODD_PATHS))
    while len(made) < HOW_MANY:
        made[make.image()] = None
    return list(made)


@pytest.fixture(scope="module")
def judged() -> dict[str, dict[str, str]]:
    """Kubernetes' answer to each of the images."""
    images = generated()
    return dict(zip(images, kubernetes.default_policies(images), strict=True))


def chunks(images: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    return (images[i : i + size] for i in range(0, len(images), size))


def written(images: Sequence[str], place: str) -> list[str | None]:
    """The policy that krmfn writes beside each image at a place; None where it writes nothing."""
    field, key, policy = PLACES[place]
    wrap: Callable[[Any], Any] = (lambda entry: {"name": "v", "image": entry}) if place == "volume" else dict
    spec = {field: [wrap({key: image}) for image in images]}
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"}, "spec": spec}
    # Escaped, so that no reader of YAML makes anything else of a string; but libyaml reads no halves of a character.
    text = json.dumps(pod).replace(json.dumps("😀")[1:-1], "😀")
    outcome = run(text.encode(), Settings())
    assert outcome.exit_code == 0, outcome.results
    entries = yaml.load(outcome.output, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))["spec"][field]
    found = [entry["image"] if place == "volume" else entry for entry in entries]
    assert [entry[key] for entry in found] == list(images)
    return [entry.get(policy) for entry in found]


def wrong(judged: dict[str, dict[str, str]], images: Sequence[str], place: str) -> list[tuple[str, str | None]]:
    """The images where krmfn and Kubernetes differ, with what krmfn writes."""
    return [
        (image, policy)
        for some in chunks(images, 1000)
        for image, policy in zip(some, written(some, place), strict=True)
        if policy != (None if "error" in judged[image] else judged[image][place])
    ]


def test_twenty_thousand_images_get_the_policy_that_kubernetes_gives_them(judged: dict[str, dict[str, str]]) -> None:
    assert len(judged) == HOW_MANY
    assert wrong(judged, list(judged), "container") == []


@pytest.mark.parametrize("place", list(PLACES)[1:])
def test_every_other_place_has_the_same_rule(judged: dict[str, dict[str, str]], place: str) -> None:
    assert all(answer[place] == answer["container"] for answer in judged.values())
    # Each place gets a quarter, and none the same as another.
    assert wrong(judged, list(judged)[list(PLACES).index(place) :: len(PLACES)], place) == []


def test_the_images_are_of_all_sorts(judged: dict[str, dict[str, str]], capsys: pytest.CaptureFixture[str]) -> None:
    sorts = Counter("no image" if "error" in answer else answer["container"] for answer in judged.values())
    with capsys.disabled():
        sys.stdout.write(f"\ngenerated images: {dict(sorts)}\n")
    assert min(sorts["no image"], sorts["Always"], sorts["IfNotPresent"]) > HOW_MANY / 20
