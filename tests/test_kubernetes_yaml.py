"""What krmfn writes is read alike by every parser around Kubernetes: names, other text, and what stands in braces."""

import itertools
import json
import random
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import kubernetes
import pytest
import yaml

from krmfn import Outcome, Settings, run
from krmfn.splice import rendering

NAME = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*")
HOW_MANY = 10_000
AT_ONCE = 100
WORDS = [
    *(
        "y",
        "n",
        "yes",
        "no",
        "on",
        "off",
        "true",
        "false",
        "null",
        "none",
        "nan",
        "inf",
        "infinity",
        "e",
        "1s",
        "5m",
        "1k",
    ),
    *(
        "1e",
        "1e3",
        "1.e3",
        "1e-3",
        "12e03",
        "0.1e1",
        "0.e1",
        "0e0",
        "0e-0",
        "1.0e5",
        "00.5",
        "1.10",
        "1.0.0",
        "10.0.0.1",
    ),
    *("0", "00", "0777", "0888", "09", "1-1", "1--1", "190.20.30", "0b", "0b0", "0b1", "0b-1", "0b-0", "0b-01", "0b2"),
    *("0o", "0o7", "0o-7", "0o-0", "0o8", "0x", "0x1", "0xf", "0x-1", "0x1p3", "0x1p-3", "0x0.8", "0xg"),
    *("2001-01-01", "2001-1-1", "0001-1-1", "9999-12-31", "2001-13-1", "20010101", "2001-01-01t00"),
]
HEAD = "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\n"
CONTAINER = '{"name": "a", "image": "nginx", "imagePullPolicy": "Never"}'
STYLES = {
    "block": "spec:\n  containers:\n  - @\n",
    "behind a plain name": "spec:\n  imagePullSecrets:\n  - name: old.one\n  containers: [@]\n",
    "flow": "spec: {containers: [@]}\n",
    "behind a name in braces": "spec: {imagePullSecrets: [{name: old.one}], containers: [@]}\n",
    "single quotes": "spec: {'imagePullSecrets': [], 'containers': [@]}\n",
    "JSON": 'spec: {"imagePullSecrets": null, "containers": [@]}\n',
    "JSON without blanks": 'spec: {"imagePullSecrets":[],"containers":[@]}\n',
}


BLOCK = HEAD + STYLES["block"].replace("@", CONTAINER)


def settings(names: Sequence[str]) -> Settings:
    spec = {"pullSecrets": [{"name": name} for name in names]}
    config = {"apiVersion": "krmfn.dev/v1alpha1", "kind": "ImagePull", "metadata": {"name": "x"}, "spec": spec}
    return Settings.from_function_config(config)


def names_like_numbers() -> list[str]:
    """Valid names, most of them near to what some parser takes for a number, a date or a word of its own."""
    chance = random.Random(10)
    makers: tuple[Callable[[], str], ...] = (
        lambda: _letters(chance, "0123456789.-", 10),
        lambda: _letters(chance, "0123456789abcdefxo.-", 10),
        lambda: f"0{chance.choice('box')}{chance.choice(['', '-', '0'])}{_letters(chance, '01', 8)}",
        lambda: f"{chance.randint(0, 9999):04}-{chance.randint(0, 13)}-{chance.randint(0, 32)}",
        lambda: (
            f"{chance.randint(0, 99)}.{_letters(chance, '0123', 2)}e{chance.choice(['', '-'])}{chance.randint(0, 99)}"
        ),
        lambda: chance.choice(WORDS) + chance.choice(["", "0", ".0", "-0", "e1", "x"]),
        lambda: f"{_letters(chance, 'abcdefghijklmnopqrstuvwxyz', 8)}-{_letters(chance, 'abc0123', 4)}.io",
    )
    found = dict.fromkeys(WORDS)
    for make in itertools.cycle(makers):
        if NAME.fullmatch(name := make()):
            found[name] = None
        if len(found) == HOW_MANY:
            break
    return list(found)


def _letters(chance: random.Random, alphabet: str, most: int) -> str:
    return "".join(chance.choice(alphabet) for _ in range(chance.randint(1, most)))


def output(outcome: Outcome) -> str:
    assert outcome.exit_code == 0, outcome.results
    return outcome.output.decode()


@pytest.mark.parametrize("style", [HEAD + style.replace("@", CONTAINER) for style in STYLES.values()], ids=STYLES)
def test_ten_thousand_names_are_read_as_they_are(style: str) -> None:
    names = names_like_numbers()
    assert len(names) == HOW_MANY
    lists = [names[i : i + AT_ONCE] for i in range(0, HOW_MANY, AT_ONCE)]
    texts = [output(run(style.encode(), settings(some))) for some in lists]
    for some, text, readings in zip(lists, texts, kubernetes.read_yaml(texts), strict=True):
        for parser, reading in readings.items():
            found = [entry.get("name") for entry in reading["value"]["spec"]["imagePullSecrets"]]
            assert found[-len(some) :] == some, (parser, text)


@pytest.mark.parametrize(
    "name", ["regcred", "my-registry.example.com", "1password", "0x-face", "0b-cafe", "0o-8", "e5", "10.0.0.1", "1-1"]
)
def test_ordinary_names_get_no_quotes(name: str) -> None:
    assert f"- name: {name}\n" in output(run(BLOCK.encode(), settings([name])))


@pytest.mark.parametrize("name", ["0b-1", "0o-7", "2001-1-1", "0001-1-1"])
def test_names_that_only_kubernetes_takes_for_numbers_get_quotes(name: str) -> None:
    assert f'- name: "{name}"\n' in output(run(BLOCK.encode(), settings([name])))


def odd_texts() -> Iterator[str]:
    chance = random.Random(6)
    alphabet = " :#,[]{}&*!|>'\"%@`~-?=<\\/_+.0b1eE\tyn\n\r\x7f\x85\u2028\ufeffé😀"
    yield from (
        "0b_1",
        "0X1F",
        "0B1",
        "1_000",
        "+0b1",
        "-0b1",
        ".5",
        "+1",
        "_",
        "1_e5",
        "12:30:45",
        "a: b",
        "a #b",
        "---",
        "=",
    )
    yield from (_letters(chance, alphabet, 8) for _ in range(700))


@pytest.mark.parametrize("results", ["", "results: []\n", 'results: [{"message": "m"}]\n'], ids=["new", "[]", "JSON"])
def test_any_text_in_results_is_read_as_it_is(results: str) -> None:
    # The file that a host says an object is from comes back in the result about it.
    paths = list(dict.fromkeys(odd_texts()))
    items = [
        {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {"name": f"p{i}", "annotations": {"internal.config.kubernetes.io/path": path}},
            "spec": {"containers": [{"name": "a", "image": "nginx"}]},
        }
        for i, path in enumerate(paths)
    ]
    config = {"apiVersion": "v1", "kind": "ConfigMap", "data": {"imagePullSecrets": "regcred"}}
    head = "apiVersion: config.kubernetes.io/v1\nkind: ResourceList\n" + results
    # Escaped, every parser reads the same; but libyaml reads no halves of a character.
    escaped = json.dumps(items).replace(json.dumps("😀")[1:-1], "😀")
    text = output(run((head + f"functionConfig: {json.dumps(config)}\nitems: {escaped}\n").encode()))
    for parser, reading in kubernetes.read_yaml([text])[0].items():
        found = [result.get("file", {}).get("path") for result in reading["value"]["results"]]
        assert {path for path in found if path} == set(paths), parser


GLUED = [
    *("{imagePullPolicy:, x: a}", "{imagePullPolicy:}", "{x: a, imagePullPolicy:}", "{imagePullPolicy :, x: a}"),
    *("{x: [imagePullPolicy:]}", "{imagePullPolicy:{}}", "{imagePullPolicy:[], x: a}", "{image: nginx:, x: a}"),
    *("{image: nginx:}", "{image: nginx\n  :, x: a}", "{&x imagePullPolicy:, x: a}", "{? imagePullPolicy:, x: a}"),
]


@pytest.mark.usefixtures("loader")
@pytest.mark.parametrize("container", GLUED)
def test_a_colon_glued_to_what_follows_is_refused(container: str) -> None:
    data = f"{HEAD}spec: {{containers: [{container}]}}\n".encode()
    outcome = run(data)
    assert outcome.exit_code == 1
    assert outcome.output is data
    assert (
        "write a blank behind the colon, or put quotes around the word (document 1, line" in outcome.results[0].message
    )


def test_kubernetes_reads_a_glued_colon_as_no_other_parser_of_yaml_1_2() -> None:
    for text, readings in zip(GLUED, kubernetes.read_yaml(GLUED), strict=True):
        reading = readings[kubernetes.API_SERVER]
        assert reading.get("error") or ":" in "".join(_words(reading["value"])), text


def _words(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from (key, *_words(inner))
    elif isinstance(value, list):
        yield from itertools.chain.from_iterable(map(_words, value))
    elif isinstance(value, str):
        yield value


class Braces:
    """Makes pods in braces, written in all the ways there are: blanks, line breaks, comments, quotes, commas."""

    def __init__(self, seed: int) -> None:
        self._chance = random.Random(seed)

    def pod(self) -> str:
        secrets = self._value("", "null", "[]", "[ ]", self._list(self._secret))
        return (
            HEAD + "spec: " + self._map({"containers": self._list(self._container), "imagePullSecrets": secrets}) + "\n"
        )

    def _container(self) -> str:
        policy = self._value("", "null", "~", '""', "!!null ")
        other = self._value(
            "", "b c", "b\n   c", "http://u:80/x", "a:b", "[]", "{}", "[q: w]", "[q,w:e]", "'s'", "b#c", "-x"
        )
        entries = {
            "name": "a",
            "image": self._value("nginx", '"nginx:1"', "'nginx'"),
            "imagePullPolicy": policy,
            "zz": other,
        }
        names = self._chance.sample(sorted(entries), self._chance.randint(2, 4))
        return self._map({name: entries[name] for name in {"image": 0} | dict.fromkeys(names)})

    def _secret(self) -> str:
        return self._value(
            "{name: x}", '{"name":"x"}', "{'name':'x'}", "name: x", "{}", "{name : x,}", "? name : x", "null"
        )

    def _map(self, entries: dict[str, str]) -> str:
        return self._joined("{", [self._key(key) + value for key, value in entries.items()], "}")

    def _list(self, make: Callable[[], str]) -> str:
        return self._joined("[", [make() for _ in range(self._chance.randint(1, 2))], "]")

    def _joined(self, begin: str, parts: list[str], end: str) -> str:
        self._chance.shuffle(parts)
        comma = self._gap() + "," + self._gap()
        return begin + self._gap() + comma.join(parts) + self._value("", "", ",") + self._gap() + end

    def _key(self, key: str) -> str:
        key = self._value("", "", "", "", "? ") + self._value(key, key, f'"{key}"', f"'{key}'")
        return key + self._value(":", ": ", ": ", ": ", " : ", ":\n   ", ": # c\n    ")

    def _gap(self) -> str:
        return self._value("", " ", " ", "  ", "\n   ", " # c\n   ")

    def _value(self, *of: str) -> str:
        return self._chance.choice(of)


@pytest.mark.usefixtures("loader")
def test_what_is_edited_in_braces_is_read_alike_by_all() -> None:
    make = Braces(7)
    outcomes = [run(make.pod().encode(), settings(["regcred", "0b-1"])) for _ in range(500)]
    texts = [outcome.output.decode() for outcome in outcomes if outcome.edits]
    assert len(texts) > 150
    for text, readings in zip(texts, kubernetes.read_yaml(texts), strict=True):
        # Text that krmfn leaves as it is may be read otherwise by kyaml's printer.
        for parser, reading in ((name, reading) for name, reading in readings.items() if name != kubernetes.PRINTED):
            assert reading.get("value") == yaml.safe_load(text), (parser, text, reading)


SIGNS = "abyn019 .:-_/%=+~^$();<>|'\"\\?&*!#@{}[],"


def strings(seed: int) -> list[str]:
    """What an author may set: words, numbers, and every sign that YAML knows, in places by chance."""
    rng = random.Random(seed)
    made = {"".join(rng.choices(SIGNS, k=rng.randint(1, 6))) for _ in range(9000)}
    return sorted(made | {*WORDS} | {f"{word}{sign}" for word in WORDS for sign in ":%?"})


@pytest.mark.parametrize("place", ["block", "flow", "items"])
def test_strings_that_authors_set_are_read_as_they_are(place: str) -> None:
    """Without quotes wherever `Sparing` leaves them out."""
    texts = strings(7)
    data = {f"k{i}": rendering.Sparing(text) for i, text in enumerate(texts)}
    if place == "flow":
        written = rendering.flow({"d": data})
    else:
        value: Any = data if place == "block" else list(data.values())
        written = "".join(f"{line}\n" for line in rendering.block({"d": value}))
    plain = sum(rendering.scalar(value)[:1] not in ("'", '"') for value in data.values())
    assert plain > 500, "signs alone are no reason for quotes"
    (readings,) = kubernetes.read_yaml([written])
    for parser, reading in readings.items():
        found = reading["value"]["d"]
        read = found if place == "items" else [found[key] for key in data]
        wrong = [(text, one) for text, one in zip(texts, read, strict=True) if text != one]
        assert wrong == [], parser
