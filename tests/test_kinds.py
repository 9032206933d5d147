"""The rows of krmfn in the notation of users: what they say of each kind is what krmfn does with it."""

from typing import Any

import pytest

from krmfn.imagepull import kinds
from krmfn.imagepull.kinds import KindTables
from krmfn.krm.typemeta import TypeMeta

SAID = ("podSpecs", "containers", "images", "pullSecrets", "objects", "ignore")
ONLY_TEXTS = ("fleet.cattle.io", "Bundle")
"""The notation has no word for texts with objects."""


@pytest.fixture
def rows() -> list[dict[str, Any]]:
    return list(kinds.rows())  # not when this module is imported, or `make mutants` could not change it


@pytest.mark.parametrize(
    "row",
    [
        {"kind": "Pod", "podSpecs": ["spec"], "immutable": True},
        {"group": "apps", "kind": "Deployment", "podSpecs": ["spec.template.spec"]},
        {"kind": "List", "objects": ["items[]"]},
        {"group": "kyverno.io", "kind": "*", "ignore": "policies"},
        {"group": "argoproj.io", "kind": "Application", "ignore": "Helm renders its values elsewhere"},
        {
            "group": "argoproj.io",
            "kind": "EventSource",
            "pullSecrets": ["spec.template.imagePullSecrets"],
            "create": ["spec.template"],
        },
        {
            "group": "argoproj.io",
            "kind": "EventBus",
            "pullSecrets": ["spec.nats.native.imagePullSecrets", "spec.jetstream.imagePullSecrets"],
        },
    ],
    ids=lambda row: row["kind"],
)
def test_a_built_in_row_is_in_the_notation_of_users(rows: list[dict[str, Any]], row: dict[str, Any]) -> None:
    group = row.get("group", "")
    (found,) = (one for one in rows if (one["group"], one["kind"]) == (group, row["kind"]))
    assert found == {"group": group, **row, "source": "built-in"}


def test_a_shape_that_holds_others_is_written_once(rows: list[dict[str, Any]]) -> None:
    (found,) = (one for one in rows if (one["group"], one["kind"]) == ("argoproj.io", "Workflow"))
    assert found["pullSecrets"] == ["spec.imagePullSecrets"]
    volume = {"path": "spec.templates[].volumes[].image", "image": "reference", "policy": "pullPolicy"}
    for container in ("spec.templates[].script", "spec.templates[].initContainers[]", volume):
        assert found["containers"].count(container) == 1


def test_rows_are_sorted_and_say_something(rows: list[dict[str, Any]]) -> None:
    names = [(row["group"], row["kind"]) for row in rows]
    assert sorted(names) == names
    assert {row["source"] for row in rows} == {"built-in", "catalogue"}
    silent = [name for row, name in zip(rows, names, strict=True) if not any(key in row for key in SAID)]
    assert silent == [ONLY_TEXTS]


def test_rows_of_the_catalogue_may_lack_what_they_create(rows: list[dict[str, Any]]) -> None:
    tables = KindTables()
    for row in rows:
        if row["source"] == "catalogue" and "versions" not in row:
            kind = tables.lookup(TypeMeta(f"{row['group']}/v1", row["kind"]))
            assert kind is not None
            assert kind.may_lack == row.get("mayLack", "")
            assert bool(kind.ignored) == ("ignore" in row)
            assert kind.immutable == row.get("immutable", False)
