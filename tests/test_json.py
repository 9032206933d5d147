"""What was JSON is JSON afterwards: whatever is empty or null in it, however it is written, and whoever has a bug."""

import itertools
import json
import random
from collections.abc import Iterator
from typing import Any

import pytest

import krmfn.krm.envelope
from krmfn import Settings, run
from krmfn.errors import VerificationError
from krmfn.splice import parsing, rendering
from krmfn.splice.changes import AddKey, AppendItems
from krmfn.splice.edits import Edit
from krmfn.splice.nodes import MappingNode, Node, SequenceNode
from krmfn.splice.verify import verify

CONFIG = {"apiVersion": "v1", "kind": "ConfigMap", "data": {"imagePullSecrets": "regcred"}}
SETTINGS = Settings.from_function_config(CONFIG)


class Manifests:
    """Makes data in which everything that krmfn may write to is there, missing, null or empty, at any depth."""

    def __init__(self, seed: int) -> None:
        self._chance = random.Random(seed)

    def any(self) -> dict[str, Any]:
        make = self._chance.choice([self._pod, self._deployment, self._cluster, self._account, self._list])
        return make()

    def resource_list(self) -> dict[str, Any]:
        head = {"apiVersion": "config.kubernetes.io/v1", "kind": "ResourceList", "functionConfig": CONFIG}
        results = self._some([], None, [{}], [None], [{"message": "m"}])
        return head | self._shuffled({"items": [self.any() for _ in range(3)]} | self._some({}, {"results": results}))

    def written(self, data: object) -> str:
        """As JSON: on one line or many, with or without blanks, with CRLF."""
        separators = self._some((",", ":"), (", ", ": "), (" , ", " : "))
        text = json.dumps(data, indent=self._some(None, None, 1, 2), separators=separators)
        return text.replace("\n", self._some("\n", "\r\n"))

    def _pod(self) -> dict[str, Any]:
        return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a"}, "spec": self._pod_spec()}

    def _deployment(self) -> dict[str, Any]:
        spec = {"template": {"spec": self._pod_spec()}}
        return {"spec": spec, "kind": "Deployment", "apiVersion": "apps/v1", "metadata": {"name": "a"}}

    def _cluster(self) -> dict[str, Any]:
        spec = {
            "pdms": self._some([{}], [{}, {}], [self._pod_spec(), {}], [{}, self._pod_spec()]),
            "tikv": self._some({}, None, self._pod_spec()),
        }
        return {"apiVersion": "pingcap.com/v1alpha1", "kind": "TidbCluster", "metadata": {"name": "a"}, "spec": spec}

    def _account(self) -> dict[str, Any]:
        return {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "a"}, "imagePullSecrets": []}

    def _list(self) -> dict[str, Any]:
        return {"apiVersion": "v1", "kind": "List", "items": [self._pod(), self._cluster()]}

    def _pod_spec(self) -> dict[str, Any]:
        secrets = self._some(None, [], [{}], [{"name": "x"}], [{"name": "x"}, {}], [{}, {"name": "x"}], [None])
        fields = {"containers": [self._container(), self._container()], "imagePullSecrets": secrets, "x": 1}
        return self._shuffled(fields)

    def _container(self) -> dict[str, Any]:
        fields = {
            "name": "a",
            "image": "nginx",
            "imagePullPolicy": self._some(None, "", "Always"),
            "env": self._some([], {}),
        }
        return self._shuffled(fields)

    def _shuffled(self, fields: dict[str, Any]) -> dict[str, Any]:
        """Some of the fields, in any order."""
        return {key: fields[key] for key in self._chance.sample(sorted(fields), self._chance.randint(1, len(fields)))}

    def _some(self, *of: Any) -> Any:
        return self._chance.choice(of)


def texts(make: Manifests, count: int) -> Iterator[list[str]]:
    """The documents of an input: one, several, or a ResourceList."""
    for kind in itertools.islice(itertools.cycle(["one", "several", "list"]), count):
        if kind == "list":
            yield [make.written(make.resource_list())]
        else:
            yield [make.written(make.any()) for _ in range(1 if kind == "one" else 3)]


@pytest.mark.usefixtures("loader")
def test_json_comes_out_as_json() -> None:
    edited = 0
    for documents in texts(Manifests(3), 450):
        data = "\n---\n".join(documents).encode()
        outcome = run(data, None if b"ResourceList" in data else SETTINGS)
        edited += bool(outcome.edits)
        for document in outcome.output.decode().split("\n---\n"):
            json.loads(document)
    assert edited > 150


def test_a_json_item_in_block_style_stays_json() -> None:
    pod = '{"kind":"TidbCluster","apiVersion":"pingcap.com/v1alpha1","metadata":{"name":"a"},"spec":{"pdms":[{},[]]}}'
    head = f"apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nfunctionConfig: {json.dumps(CONFIG)}\nitems:\n- "
    output = run(f"{head}{pod.replace(',[]', '')}\n".encode()).output.decode()
    first = output.removeprefix(head).partition("\n")[0]
    assert json.loads(first)["spec"]["pdms"] == [{"imagePullSecrets": [{"name": "regcred"}]}]


def only_list(text: str) -> tuple[Node, SequenceNode]:
    """The root of a text that is a mapping of one list, and the list."""
    (root,) = parsing.compose(text)
    inner = root.value[0] if isinstance(root, SequenceNode) else root
    assert isinstance(inner, MappingNode)
    (_, value) = inner.value[0]
    assert isinstance(value, SequenceNode)
    return root, value


def append(text: str, new: str) -> None:
    """Verify an edit that puts one more item, x, into the list: it is right for YAML in any quotes."""
    root, value = only_list(text)
    place = text.rindex("]")
    verify([root], text, [Edit(place, place, new)], [AppendItems("a", value, ("x",))])


JSON = {
    "a document": '{"a": []}',
    "a document behind a separator": '---\n{"a": []}\n',
    "a list item": '- {"a": []}\n',
    "a key that stands twice": '{"a": [], "b": 1, "b": 2}',
    "a number of many digits": '{"a": [], "b": %s}' % ("1" * 5_000),
    "NaN": '{"a": [], "b": NaN}',
}


@pytest.mark.parametrize("text", JSON.values(), ids=JSON)
def test_an_edit_after_which_json_is_yaml_only_is_caught(text: str) -> None:
    append(text, '"x"')
    with pytest.raises(VerificationError, match=r"the JSON at line .* would no longer be JSON"):
        append(text, "x")


@pytest.mark.parametrize("text", ["{a: []}", '{"a": [],}', '# c\n{"a": [], b: 1}', "a: []", '"a": []'])
def test_what_is_no_json_need_not_become_json(text: str) -> None:
    append(text, "x")


def test_results_after_which_a_resource_list_is_yaml_only_are_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    items = [{"apiVersion": "v1", "kind": "Pod", "spec": {"containers": [{"name": "a", "image": "nginx"}]}}]
    head = {"apiVersion": "config.kubernetes.io/v1", "kind": "ResourceList", "functionConfig": CONFIG}
    text = json.dumps(head | {"items": items})

    def without_quotes(text: str, change: AddKey) -> list[Edit]:
        return [Edit(len(text) - 1, len(text) - 1, f", results: {rendering.flow(change.value)}")]

    monkeypatch.setattr(krmfn.krm.envelope, "place", without_quotes)
    with pytest.raises(VerificationError, match="would no longer be JSON"):
        run(text.encode())
