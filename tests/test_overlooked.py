"""What krmfn leaves alone and says so: the row that it proposes is one that does what it says."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from krmfn import Settings, run

CASES = Path(__file__).parent / "cases" / "left-alone"
FILES = ("embedded-objects-of-an-unknown-kind.yaml", "fields-of-unknown-kinds.yaml")


def settings(**spec: Any) -> Settings:
    config = {"apiVersion": "krmfn.dev/v1alpha1", "kind": "ImagePull", "metadata": {"name": "a"}, "spec": spec}
    return Settings.from_function_config(config)


def proposed(data: bytes, given: Settings) -> list[str]:
    messages = [result.message for result in run(data, given).results if result.rule == "left-alone"]
    return [match[1] for message in messages if (match := re.search(r"add (\{.*\}) to `kinds`", message))]


@pytest.mark.parametrize("name", FILES)
def test_the_row_that_it_proposes_ends_the_message(name: str) -> None:
    data = (CASES / name).read_bytes()
    secrets = [{"name": "regcred"}]
    rows = proposed(data, settings(pullSecrets=secrets))
    assert rows
    kinds = [yaml.load(row, Loader=yaml.BaseLoader) for row in rows]
    assert proposed(data, settings(pullSecrets=secrets, kinds=kinds)) == []
