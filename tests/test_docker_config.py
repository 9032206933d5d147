"""Docker configs against the answers of the kubelet's own code, and Secrets that hold none."""

import base64
import json
from pathlib import Path

import pytest

from krmfn.errors import InputError
from krmfn.imagepull.docker_config import DockerConfig, normal_key, of_secret, parse
from krmfn.imagepull.images.reference import Reference
from krmfn.imagepull.images.reference import parse as parse_image

TYPE = "kubernetes.io/dockerconfigjson"
AUTH = base64.b64encode(b"robot:hunter2").decode()
CONFIG = json.dumps({"auths": {"registry.example.com": {"auth": AUTH}}})


def table(name: str) -> list[list[str]]:
    lines = Path(__file__).with_name(name).read_text(encoding="utf-8").splitlines()
    return [line.split("\t") for line in lines if not line.startswith("#")]


def reference(image: str) -> Reference:
    found = parse_image(image)
    assert found is not None
    return found


def in_base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


KEYRING = table("kubelet_keyring.tsv")
CONFIGS = table("kubelet_docker_configs.tsv")


def test_keys_are_for_the_images_that_the_kubelet_takes_them_for() -> None:
    assert len(KEYRING) > 400
    astray = []
    for keys, image, expected in KEYRING:
        config = parse(json.dumps({"auths": {key: {"username": key, "password": "p"} for key in json.loads(keys)}}))
        matching = config.matching(reference(json.loads(image)))
        found = [entry.credentials.username for entry in matching]
        if found != json.loads(expected):
            astray.append((keys, image, found, expected))
        assert config.serves(reference(json.loads(image))) == any(json.loads(expected))
    assert astray == []


@pytest.mark.parametrize(
    ("text", "kind", "expected"), CONFIGS, ids=[f"{row[1]}-{row[0][:60]!a}".replace("\\", "") for row in CONFIGS]
)
def test_config_is_read_as_the_kubelet_reads_it(text: str, kind: str, expected: str) -> None:
    config = json.loads(text)
    if expected == "error":
        with pytest.raises(InputError):
            parse(config, legacy=kind == "dockercfg")
        return
    matching = parse(config, legacy=kind == "dockercfg").matching(reference("reg.example.com/app"))
    as_json = [
        [part.encode(errors="surrogateescape").decode(errors="replace") for part in (found.username, found.password)]
        for found in (entry.credentials for entry in matching)
    ]
    assert as_json == json.loads(expected)


# Names


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("https://index.docker.io/v1/", "index.docker.io"),
        ("https://user:hunter2@registry.example.com/v2/team?token=hunter2#hunter2", "registry.example.com/team"),
        ("registry.example.com:5000/", "registry.example.com:5000"),
        ("registry.example.com/v1/team", "registry.example.com/team"),
        ("registry.example.com/v1", "registry.example.com/v1"),
        ("registry.example.com ", None),
        ("user:hunter2/hunter2@registry.example.com", None),
        ("registry.example.com?user:hunter2@other.example.com", None),
        ("registry.example.com#user:hunter2@other.example.com", None),
        ("registry.example.com/team?a#user:hunter2@other.example.com", None),
        ("https://registry.example.com/%zz", None),
        ("us er@registry.example.com", None),
        ("{{ registry }}", None),
    ],
)
def test_name_of_an_entry_loses_all_that_is_no_registry(name: str, key: str | None) -> None:
    assert normal_key(name) == key


# What shows


def test_credentials_do_not_show() -> None:
    config = parse(CONFIG)
    (entry,) = config.entries
    assert (entry.credentials.username, entry.credentials.password) == ("robot", "hunter2")
    for shown in (f"{config} {config!r}", f"{entry} {entry!r}", f"{entry.credentials} {entry.credentials!r}"):
        assert not any(part in shown for part in ("robot", "hunter2", AUTH))


def test_config_says_what_has_credentials_and_what_has_none() -> None:
    auths = {
        "https://index.docker.io/v1/": {"auth": AUTH},
        "a.example.com": {},
        "b.example.com": {"identitytoken": "t"},
        " c.example.com": {"auth": AUTH},
        "d.example.com/team": {"username": "u", "password": "p"},
    }
    config = parse(json.dumps({"auths": auths, "credsStore": "desktop"}))
    assert config.registries == ("index.docker.io", "d.example.com/team")
    assert config.without_credentials == ("a.example.com", "b.example.com")
    assert config.ignored == (4,)
    assert config.serves(reference("nginx"))
    assert not config.serves(reference("a.example.com/app"))
    assert not config.serves(reference("d.example.com/app"))


# Secrets


def test_secret_gives_its_config() -> None:
    for data, strings in (
        ({".dockerconfigjson": in_base64(CONFIG)}, None),
        (None, {".dockerconfigjson": CONFIG}),
        ({".dockerconfigjson": "from before"}, {".dockerconfigjson": CONFIG}),
    ):
        assert of_secret(TYPE, data, strings).registries == ("registry.example.com",)


def test_legacy_secret_gives_its_config() -> None:
    data = {".dockercfg": in_base64(json.dumps({"registry.example.com": {"auth": AUTH, "email": "a@example.com"}}))}
    assert of_secret("kubernetes.io/dockercfg", data).registries == ("registry.example.com",)


def auths(value: object) -> dict[str, str]:
    return {".dockerconfigjson": in_base64(json.dumps({"auths": value}))}


@pytest.mark.parametrize(
    ("secret_type", "data", "path", "message"),
    [
        (
            None,
            {".dockerconfigjson": in_base64(CONFIG)},
            "type",
            f"is of type Opaque; the kubelet ignores it unless its type is {TYPE} for its key",
        ),
        ("Opaque", {"password": "aHVudGVyMg=="}, "type", f"unless its type is {TYPE} or kubernetes.io/dockercfg"),
        (7, {}, "type", "has a type that is not a string"),
        ("kubernetes.io/dockercfg", {".dockerconfigjson": in_base64(CONFIG)}, "data", "has `.dockerconfigjson`"),
        (TYPE, {".dockercfg": "e30="}, "data", "has no key `.dockerconfigjson`"),
        (TYPE, {}, "data", "has no key `.dockerconfigjson`"),
        (TYPE, None, "data", "has no key `.dockerconfigjson`"),
        (TYPE, [], "data", "in data that is not a mapping"),
        (TYPE, {".dockerconfigjson": ""}, "data", "has an empty data[.dockerconfigjson]"),
        (TYPE, {".dockerconfigjson": None}, "data", "that is not base64"),
        (TYPE, {".dockerconfigjson": 7}, "data", "that is not base64"),
        (TYPE, {".dockerconfigjson": CONFIG}, "data", "that is not base64"),
        (TYPE, {".dockerconfigjson": in_base64(CONFIG[:-1])}, "data", "is not JSON (line 1, column"),
        (TYPE, {".dockerconfigjson": in_base64("hunter2")}, "data", "is not JSON (line 1, column 1)"),
        (TYPE, {".dockerconfigjson": in_base64("[" * 100_000)}, "data", "is nested too deeply"),
        (TYPE, {".dockerconfigjson": in_base64('{"auths": [NaN]}')}, "data", "is not JSON (it has NaN or Infinity)"),
        (TYPE, {".dockerconfigjson": in_base64("[]")}, "data", "must be a JSON object"),
        (TYPE, auths({}), "data", "has a Docker config in data[.dockerconfigjson] with no registry in `auths`"),
        (
            "kubernetes.io/dockercfg",
            {".dockercfg": in_base64("{}")},
            "data",
            "has a Docker config in data[.dockercfg] with no registry in it",
        ),
        (TYPE, auths({"r.example.com": AUTH}), "data", "the entry for `r.example.com`: must be an object with `auth`"),
        (TYPE, auths({"r.example.com": {}}), "data", "without user name and password for `r.example.com`"),
        (TYPE, auths({"r.example.com": {"identitytoken": "hunter2"}}), "data", "does not read tokens"),
        (TYPE, auths({"r.example.com": {"auth": "hunter2!"}}), "data", "`auth` is not base64"),
        (TYPE, auths({"r.example.com": {"auth": in_base64("hunter2")}}), "data", "has no colon in it once decoded"),
        (TYPE, auths({"hunter2 @r.example.com": {"auth": 1}}), "data", "the entry number 1: `auth` must be a string"),
        (TYPE, auths({"u:hunter2@r.example.com": {"auth": 1}}), "data", "the entry for `r.example.com`"),
    ],
)
def test_secret_without_a_config_says_why_and_nothing_of_what_it_holds(
    secret_type: object, data: object, path: str, message: str
) -> None:
    with pytest.raises(InputError) as refused:
        of_secret(secret_type, data)
    assert message in str(refused.value)
    assert refused.value.path == path
    assert not any(part in str(refused.value) for part in ("robot", "hunter2", in_base64("hunter2"), AUTH))
    assert refused.value.__suppress_context__ or refused.value.__context__ is None


@pytest.mark.parametrize(
    ("strings", "message"),
    [
        ([], "has a value in stringData that is not a mapping"),
        ({".dockerconfigjson": 7}, "has a value in stringData[.dockerconfigjson] that is not a string"),
        ({".dockerconfigjson": ""}, "has an empty stringData[.dockerconfigjson]; expected a Docker config"),
    ],
)
def test_plain_strings_of_a_secret_are_named_too(strings: object, message: str) -> None:
    with pytest.raises(InputError) as refused:
        of_secret(TYPE, None, strings)
    assert (str(refused.value), refused.value.path) == (message, "stringData")


def test_text_of_a_secret_is_named_by_its_field() -> None:
    with pytest.raises(InputError, match=r"stringData\[.dockerconfigjson\]: is not JSON") as refused:
        of_secret(TYPE, None, {".dockerconfigjson": "hunter2"})
    assert refused.value.path == "stringData"


def test_config_without_entries_serves_nothing() -> None:
    assert not DockerConfig([]).serves(reference("nginx"))
