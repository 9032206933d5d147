"""Function configs: what is accepted, and what the errors say."""

from pathlib import Path
from typing import Any

import pytest

from krmfn import KrmfnError, Settings, Severity, run
from krmfn.imagepull.images.staleness import Staleness
from krmfn.imagepull.settings import API_VERSION, FILE_NAMES, KIND, MINIMAL, PullSecret, Selector, config_file


def image_pull(spec: Any) -> Settings:
    config = {
        "apiVersion": API_VERSION,
        "kind": KIND,
        "metadata": {"name": "x", "annotations": {"a": "b"}},
        "spec": spec,
    }
    return Settings.from_function_config(config)


def config_map(data: Any) -> Settings:
    return Settings.from_function_config({"apiVersion": "v1", "kind": "ConfigMap", "data": data})


@pytest.mark.parametrize("spec", [None, {}, {"pullPolicy": None, "pullSecrets": None}])
def test_nothing_given_is_the_default(spec: Any) -> None:
    assert image_pull(spec) == Settings()


@pytest.mark.parametrize("value", ["Off", "off", "OFF", False, "false"])
def test_off_may_have_become_a_boolean_on_its_way(value: object) -> None:
    assert image_pull({"pullPolicy": {"policy": value}}).pull_policy.policy == "Off"


@pytest.mark.parametrize("value", [True, "true", "on", "yes", "1"])
def test_booleans_may_come_as_text(value: object) -> None:
    assert image_pull({"pullPolicy": {"overwrite": value}}).pull_policy.overwrite is True
    assert image_pull({"embedded": value}).embedded is True


@pytest.mark.parametrize("value", [False, "false", "off", "No", 0])
def test_false_may_come_as_text_too(value: object) -> None:
    assert image_pull({"pullPolicy": {"overwrite": value}}).pull_policy.overwrite is False
    assert image_pull({"embedded": value}).embedded is False


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (True, [True, True, True]),
        (False, [False, False, False]),
        ("Stale", [True, True, False]),
        ("stale", [True, True, False]),
        ("StaleLatest", [True, False, False]),
        ("StalePinned", [False, True, False]),
    ],
)
def test_overwrite_may_be_limited_to_stale_policies(value: object, expected: list[bool]) -> None:
    for config in (image_pull({"pullPolicy": {"overwrite": value}}), config_map({"overwrite": value})):
        ways = (Staleness.LATEST, Staleness.PINNED, None)
        assert [config.pull_policy.overwrites(way) for way in ways] == expected


def test_stale_policies_have_severities_of_their_own() -> None:
    def severities(**stale: object) -> list[Severity | None]:
        settings = image_pull({"pullPolicy": {"stale": stale}}).pull_policy.stale
        return [settings.severity(way) for way in (Staleness.LATEST, Staleness.PINNED)]

    assert severities() == [Severity.INFO, None]
    assert severities(latest="Warning", pinned="error") == [Severity.WARNING, Severity.ERROR]
    assert severities(latest=False, pinned="info") == [None, Severity.INFO]


def test_numbers_may_be_names() -> None:
    assert image_pull({"pullSecrets": [{"name": 123}]}).pull_secrets[0].name == "123"


@pytest.mark.parametrize("names", ["regcred,other", "regcred, other", "regcred other\n", " regcred ,\n other,"])
def test_config_map_lists_secrets(names: str) -> None:
    assert [secret.name for secret in config_map({"imagePullSecrets": names}).pull_secrets] == ["regcred", "other"]


@pytest.mark.parametrize("data", [None, {}, {"imagePullSecrets": ""}, {"imagePullSecrets": None}])
def test_config_map_may_be_empty(data: Any) -> None:
    assert config_map(data) == Settings()


def test_config_map_has_no_other_keys() -> None:
    whole = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}, "data": {}, "immutable": True}
    assert Settings.from_function_config(whole) == Settings()
    with pytest.raises(
        KrmfnError, match=r"^unknown key `spec`; known are apiVersion, kind, metadata, data, immutable$"
    ):
        Settings.from_function_config({**whole, "spec": {}})


def test_config_map_sets_the_policy() -> None:
    policy = config_map({"imagePullPolicy": "Always", "overwrite": True}).pull_policy
    assert (policy.policy, policy.overwrite) == ("Always", True)


def test_config_map_says_whether_secrets_were_renamed() -> None:
    assert config_map({"renamedSecrets": "Error"}) == image_pull({"renamedSecrets": "Error"}) != Settings()


_BOTH = ["a.b", "a.b.c", "a.b.d"]


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        (
            {"pullSecret": []},
            ["spec.pullSecret`", "did you mean `pullSecrets`", "`krmfn init --output -`"],
        ),
        ({"pullSecrets": [{"nam": "x"}]}, ["spec.pullSecrets[0].nam`", "did you mean `name`", "images"]),
        ({"pullSecrets": [{}]}, ["spec.pullSecrets[0].name` is missing, such as `name: regcred`"]),
        ({"pullSecrets": {"name": "regcred"}}, ["spec.pullSecrets` must be a list"]),
        ({"pullSecrets": [["regcred"]]}, ["spec.pullSecrets[0]` must be a mapping"]),
        ({"pullSecrets": "Reg_Cred"}, ["spec.pullSecrets[0].name`", "'Reg_Cred'", "lower-case"]),
        ({"pullSecrets": [{"name": "Reg_Cred"}]}, ["spec.pullSecrets[0].name`", "'Reg_Cred'", "lower-case"]),
        ({"pullSecrets": [{"name": "a" * 254}]}, ["spec.pullSecrets[0].name`"]),
        ({"pullSecrets": [{"name": "x", "images": ["r.example.com"]}]}, ["images[0]`", "'r.example.com/**'"]),
        ({"pullPolicy": {"policy": "Alway"}}, ["spec.pullPolicy.policy`", "did you mean `Always`", "IfNotPresent"]),
        ({"kinds": [{"group": "a.b", "kind": "C", "podSpec": []}]}, ["kinds[0].podSpec`", "did you mean `podSpecs`"]),
        ({"kinds": [{"kind": "C"}]}, ["spec.kinds[0].group` is missing, such as `group: example.com`"]),
        ({"kinds": [{"group": "a.b", "kind": "C", "podSpecs": ["spec..x"]}]}, ["podSpecs[0]`", "'spec..x' is no path"]),
        ({"kinds": [{"group": "a.b", "kind": "C", "containers": [{"img": "a"}]}]}, ["containers[0].img`", "policy"]),
        (
            {"kinds": [{"group": "a.b", "kind": "C", "pullSecrets": [{"path": "a", "form": "list"}]}]},
            ["spec.kinds[0].pullSecrets[0].form` is 'list'", "names, strings, string, name"],
        ),
        (
            {"kinds": [{"group": "a.b", "kind": "C", "podSpecs": ["*.podSpec"]}]},
            ["podSpecs[0]`", "begin with a key"],
        ),
        (
            {"kinds": [{"group": "a.b", "kind": "C", "pullSecrets": ["a.b", {"path": "a.b", "form": "string"}]}]},
            ["spec.kinds[0]`", "has a.b twice"],
        ),
        (
            {"kinds": [{"group": "a.b", "kind": "C", "podSpecs": ["spec"], "pullSecrets": ["spec.imagePullSecrets"]}]},
            ["spec.kinds[0]`", "part of the pod spec"],
        ),
        (
            {"kinds": [{"group": "a.b", "kind": "C", "ignore": True, "forbid": ["a"]}]},
            ["spec.kinds[0]`", "`ignore: true`"],
        ),
        (
            {"kinds": [{"group": "a.b", "kind": "C", "pullSecrets": ["spec.secrets[]"]}]},
            ["pullSecrets[0].path`", "'spec.secrets[]' must end with the key of a field"],
        ),
        ({"kinds": [{"group": "a.b", "kind": "C"}]}, ["spec.kinds[0]`", "says nothing about C"]),
        (
            {"kinds": [{"group": "a.b", "kind": "C", "objects": ["spec.o[]"], "podSpecs": ["spec.o[].spec"]}]},
            ["spec.kinds[0]`", "spec.o[].spec is inside a path of `objects`"],
        ),
        (
            {"kinds": [{"group": "a.b", "kind": "C", "podSpecs": ["a.b.spec"], "create": ["a.b"]}]},
            ["spec.kinds[0]`", "`create` has a.b, but no field with pull secrets is in it"],
        ),
        (
            {"kinds": [{"group": "a.b", "kind": "C", "pullSecrets": ["a.b.c.s", "a.b.d.s"], "create": _BOTH}]},
            ["spec.kinds[0]`", "`create` has a.b, and 2 fields with pull secrets are in it; expected one"],
        ),
        (
            {"kinds": [{"group": "a.b", "kind": "C", "pullSecrets": ["a.b.s"], "create": ["a.b", {"path": "a.b"}]}]},
            ["spec.kinds[0]`", "`create` has a.b twice"],
        ),
        (
            {"kinds": [{"group": "a.b", "kind": "C", "pullSecrets": ["a[].s"], "create": ["a[]"]}]},
            ["spec.kinds[0].create[0].path`", "'a[]' must end with the key of a field"],
        ),
        (
            {
                "kinds": [
                    {"group": "a.b", "kind": "C", "pullSecrets": ["a.s"], "create": [{"path": "a", "lists": ["b[]"]}]}
                ]
            },
            ["spec.kinds[0].create[0].lists[0]`", "'b[]' is not the key of a field"],
        ),
        (
            {"kinds": [{"group": "a.b", "kind": "C", "create": ["a"], "forbid": ["b"]}]},
            ["spec.kinds[0]`", "says nothing"],
        ),
        ({"kinds": [{"group": "a.b", "kind": "C", "ignore": True}] * 2}, ["spec.kinds`", "two rows for C of a.b"]),
        ({"kinds": [{"group": "a.b/v1", "kind": "C", "ignore": True}]}, ["kinds[0].group`", "'a.b/v1' is not a group"]),
        ({"unknownKinds": "structure"}, ["spec.unknownKinds`", "did you mean `Structural`"]),
        ({"embedded": "maybe"}, ["spec.embedded` must be true or false, not 'maybe'"]),
        (
            {"pullPolicy": {"overwrite": "maybe"}},
            ["spec.pullPolicy.overwrite` is 'maybe'; it must be one of true, false, Stale, StaleLatest, StalePinned"],
        ),
        ({"pullPolicy": {"overwrite": "Stal"}}, ["spec.pullPolicy.overwrite`", "did you mean `Stale`"]),
        ({"pullPolicy": {"overwrite": 7}}, ["spec.pullPolicy.overwrite`", "must be one of true, false, Stale"]),
        ({"pullPolicy": {"overwrite": []}}, ["spec.pullPolicy.overwrite`", "must be one of true, false, Stale"]),
        (
            {"pullPolicy": {"stale": {"latest": "Fatal"}}},
            ["spec.pullPolicy.stale.latest` is 'Fatal'; it must be one of Error, Warning, Info, Off"],
        ),
        ({"pullPolicy": {"stale": {"pined": "Info"}}}, ["spec.pullPolicy.stale.pined`", "did you mean `pinned`"]),
        ({"pullPolicy": {"stale": "Warning"}}, ["spec.pullPolicy.stale` must be a mapping"]),
        ({"pullPolicy": {"rules": [{"images": [], "policy": "Always"}]}}, ["rules[0].images` must not be empty"]),
        (
            {"pullPolicy": {"rules": [{"images": ["a"]}]}},
            ["rules[0].policy` is missing, such as `policy: Always`"],
        ),
        ({"include": [{}]}, ["spec.include[0]`", "selects nothing", "apiVersion"]),
        ({"exclude": [{"labels": "a=b"}]}, ["spec.exclude[0].labels` must be a mapping"]),
        ({"exclude": [{"Kind": "Job"}]}, ["spec.exclude[0].Kind`", "did you mean `kind`"]),
        ("regcred", ["spec` must be a mapping"]),
    ],
)
def test_error_names_the_key_and_what_would_do(spec: Any, words: list[str]) -> None:
    with pytest.raises(KrmfnError) as raised:
        image_pull(spec)
    for word in words:
        assert word in str(raised.value)


def test_all_errors_are_named_at_once() -> None:
    with pytest.raises(KrmfnError, match=r"pullSecret`.*overwrite`|overwrite`.*pullSecret`"):
        image_pull({"pullSecret": [], "pullPolicy": {"overwrite": "maybe"}})


@pytest.mark.parametrize(
    "config",
    [
        {},
        {"apiVersion": API_VERSION, "kind": "ImagePulls"},
        {"apiVersion": "krmfn.dev/v1", "kind": KIND},
        {"apiVersion": "apps/v1", "kind": "ConfigMap"},
    ],
)
def test_unknown_function_config_is_answered_with_a_minimal_one(config: dict[str, Any]) -> None:
    with pytest.raises(KrmfnError) as raised:
        Settings.from_function_config(config)
    assert MINIMAL in str(raised.value)


def test_unknown_keys_beside_spec_are_refused() -> None:
    with pytest.raises(KrmfnError, match="unknown key `specs`, did you mean `spec`"):
        Settings.from_function_config({"apiVersion": API_VERSION, "kind": KIND, "specs": {}})
    with pytest.raises(KrmfnError, match=r"unknown key `data.imagePullSecret`, did you mean `imagePullSecrets`"):
        config_map({"imagePullSecret": "regcred"})


def test_flags_go_over_a_config() -> None:
    config = image_pull({"pullSecrets": [{"name": "a"}], "pullPolicy": {"overwrite": True}})
    settings = config.overridden(secrets=["b"], policy="Never")
    assert [secret.name for secret in settings.pull_secrets] == ["a", "b"]
    assert (settings.pull_policy.policy, settings.pull_policy.overwrite) == ("Never", True)
    with pytest.raises(KrmfnError, match="lower-case"):
        config.overridden(secrets=["B"])
    with pytest.raises(KrmfnError, match="policy 'Sometimes' is not one of Defaulted, "):
        config.overridden(policy="Sometimes")


@pytest.mark.parametrize("data", ["imagePullSecrets: regcred", ["regcred"]])
def test_data_of_a_config_map_is_a_mapping(data: object) -> None:
    with pytest.raises(KrmfnError, match="`data` must be a mapping, not "):
        config_map(data)


def test_errors_name_the_keys_of_the_config_map_that_has_them() -> None:
    with pytest.raises(KrmfnError, match=r"`data.imagePullSecrets` is 'Reg_Cred'|`data.imagePullSecrets`: 'Reg_Cred'"):
        config_map({"imagePullSecrets": "Reg_Cred"})
    with pytest.raises(KrmfnError, match=r"`data.imagePullPolicy` is 'Alway', did you mean `Always`"):
        config_map({"imagePullPolicy": "Alway"})


@pytest.mark.parametrize(("data", "warned"), [("{imagePullSecrets: regcred}", True), ("{}", False)])
def test_settings_that_are_given_take_the_place_of_a_function_config(data: str, warned: bool) -> None:
    config = f"functionConfig: {{apiVersion: v1, kind: ConfigMap, data: {data}}}\n"
    outcome = run(f"apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nitems: []\n{config}".encode(), Settings())
    messages = ["the functionConfig is ignored, because settings are given in another way"]
    assert [result.message for result in outcome.results] == messages * warned


def test_list_of_secrets_in_a_config_map_is_refused() -> None:
    config = {"apiVersion": "v1", "kind": "ConfigMap", "data": {"imagePullSecrets": ["a"]}}
    with pytest.raises(KrmfnError, match=r"`data.imagePullSecrets` must be a string, such as .*, not \['a'\]"):
        Settings.from_function_config(config)


@pytest.mark.parametrize("text", ["- name: a\n- name: b\n", "- a\n\n  - 'b'", '- "a"\n- name: "b"', "- name: a\r\n- b"])
def test_config_map_may_list_names_of_secrets_as_pod_specs_do(text: str) -> None:
    assert config_map({"imagePullSecrets": text}) == config_map({"imagePullSecrets": "a, b"})


@pytest.mark.parametrize("text", ["- name: a\n- b c", "[a, b]", "name: a", "- name: a\nb", "- name: a, b", "a - b"])
def test_other_yaml_in_a_config_map_is_refused_in_one_sentence(text: str) -> None:
    with pytest.raises(
        KrmfnError, match=r"^`data.imagePullSecrets` must be names .*, such as `regcred, team-a`, not '"
    ):
        config_map({"imagePullSecrets": text})


@pytest.mark.parametrize("secrets", ["", "regcred", "a, b\n c"])
@pytest.mark.parametrize("policy", [None, "Always", "Off", "off", "always"])
@pytest.mark.parametrize("overwrite", [None, "true", "false", "True", True, "Stale", "staleLatest"])
def test_config_map_is_the_image_pull_that_it_stands_for(secrets: str, policy: str | None, overwrite: object) -> None:
    data = {"imagePullSecrets": secrets, "imagePullPolicy": policy, "overwrite": overwrite}
    config_map = {"apiVersion": "v1", "kind": "ConfigMap", "data": data}
    names = [{"name": name} for name in secrets.replace(",", " ").split()]
    spec = {"pullSecrets": names, "pullPolicy": {"policy": policy, "overwrite": overwrite}}
    # With a further key, settings are validated by pydantic; most need no validation.
    validated = image_pull(spec | {"embedded": False})
    assert Settings.from_function_config(config_map) == image_pull(spec) == validated


@pytest.mark.parametrize(
    "spec",
    [
        {"pullSecrets": {"name": "regcred"}},
        {"pullSecrets": [{"name": "UPPER"}]},
        {"pullSecrets": [{"name": 7}, {"name": ["a"]}]},
        {"pullSecrets": [{"name": "a", "image": "b"}]},
        {"pullSecrets": [["a"]]},
        {"pullPolicy": "Always"},
        {"pullPolicy": {"policy": "Sometimes"}},
        {"pullPolicy": {"policy": "Always", "overwrite": "perhaps"}},
        {"pullPolicy": {"polic": "Always"}},
        ["pullSecrets"],
        "text",
    ],
    ids=str,
)
def test_what_is_wrong_is_refused_with_and_without_further_keys(spec: Any) -> None:
    with pytest.raises(KrmfnError) as error:
        image_pull(spec)
    if isinstance(spec, dict):
        with pytest.raises(KrmfnError) as other:
            image_pull(spec | {"embedded": False})
        assert str(other.value) == str(error.value)


def test_settings_cannot_change_and_compare_by_what_is_in_them() -> None:
    secret = PullSecret("a")
    with pytest.raises(AttributeError, match="PullSecret cannot change: name"):
        secret.name = "b"  # type: ignore[misc]
    assert secret == PullSecret(name="a") != PullSecret("b")
    assert len({secret, PullSecret(name="a")}) == 1
    assert Selector(labels={"a": "1", "b": "2"}) == Selector(labels={"b": "2", "a": "1"})


@pytest.mark.parametrize(
    ("values", "named", "message"),
    [
        ((), {}, "PullSecret needs name"),
        (("a",), {"name": "b"}, "PullSecret got name twice"),
        (("a",), {"image": "b"}, "PullSecret has name, images, match_unresolved"),
        (("a", (), False, 1), {}, "PullSecret has name, images, match_unresolved"),
    ],
)
def test_fields_that_a_class_does_not_have_are_refused(
    values: tuple[Any, ...], named: dict[str, Any], message: str
) -> None:
    with pytest.raises(TypeError, match=message):
        PullSecret(*values, **named)


@pytest.mark.parametrize("secret", [7, 1.5])
def test_number_in_a_config_map_is_the_text_that_it_was(secret: float) -> None:
    config = {"apiVersion": "v1", "kind": "ConfigMap", "data": {"imagePullSecrets": secret}}
    assert Settings.from_function_config(config) == Settings().overridden([str(secret)])


def test_outcome_cannot_change_and_compares_by_what_is_in_it() -> None:
    outcome = run(b"a: b\n")
    with pytest.raises(AttributeError, match="an outcome cannot change: output"):
        outcome.output = b""
    assert outcome == run(b"a: b\n") != run(b"a: c\n")
    assert hash(outcome) == hash(run(b"a: b\n"))
    assert repr(run(b"")).startswith("ImagePullOutcome(output=b'', results=(), changes=(), edits=(), ")


OUTER = """\
apiVersion: krmfn.dev/v1alpha1
kind: ImagePull
spec:
  pullSecrets: [a, b]
  pullPolicy: {policy: Never, overwrite: true}
  kinds:
  - {group: example.com, kind: Shop, podSpecs: [spec.outer]}
  - {group: example.com, kind: Bar, podSpecs: [spec]}
"""


def extending(folder: Path, target: str, spec: str = "") -> str:
    """A file whose settings extend others."""
    (folder / "inner").mkdir(exist_ok=True)
    file = folder / "inner" / "own.yaml"
    file.write_text(f"apiVersion: krmfn.dev/v1alpha1\nkind: ImagePull\nspec:\n  extends: {target}\n{spec}")
    return str(file)


@pytest.mark.parametrize("target", ["..", "../krmfn.yaml", "../../{}/krmfn.yaml"])
def test_settings_of_a_file_go_before_those_that_it_extends(tmp_path: Path, target: str) -> None:
    (tmp_path / "krmfn.yaml").write_text(OUTER)
    own = "  pullSecrets: [b, {name: c}]\n  pullPolicy: {policy: Always}\n"
    own += "  kinds: [{group: example.com, kind: Shop, podSpecs: [spec.own]}]\n"
    read = config_file.read(extending(tmp_path, target.format(tmp_path.name), own))
    assert [secret.name for secret in read.pull_secrets] == ["b", "c", "a"]
    assert (read.pull_policy.policy, read.pull_policy.overwrite) == ("Always", True)
    paths = {kind: [site.path for site in row.sites] for (_, kind), row in read.rows.items()}
    assert paths == {"Shop": ["spec.own"], "Bar": ["spec"]}


@pytest.mark.parametrize("name", FILE_NAMES)
def test_a_folder_that_is_extended_has_a_file_of_settings(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text(OUTER)
    assert config_file.read(extending(tmp_path, "..")) == config_file.read(str(tmp_path / name))


@pytest.mark.parametrize(
    ("target", "words"),
    [
        ("..", "FOLDER/inner/.. has no krmfn.yaml"),
        ("absent", "FOLDER/inner/absent is not a file or folder"),
        ("own.yaml", "FOLDER/inner/own.yaml extends itself, directly or through another file"),
        ("../loop.yaml", "FOLDER/inner/../inner/own.yaml extends itself, directly or through another file"),
        ("../map.yaml", "FOLDER/inner/../map.yaml is a ConfigMap; expected ImagePull"),
        ("[a]", "must be a string, not ['a']"),
    ],
)
def test_what_cannot_be_extended_is_named_with_its_place(tmp_path: Path, target: str, words: str) -> None:
    (tmp_path / "map.yaml").write_text("apiVersion: v1\nkind: ConfigMap\ndata: {}\n")
    (tmp_path / "loop.yaml").write_text(
        "apiVersion: krmfn.dev/v1alpha1\nkind: ImagePull\nspec: {extends: inner/own.yaml}\n"
    )
    with pytest.raises(KrmfnError) as refused:
        config_file.read(extending(tmp_path, target))
    message = str(refused.value).replace(str(tmp_path), "FOLDER")
    place = "FOLDER/inner/../loop.yaml:3:8" if "loop" in target else "FOLDER/inner/own.yaml:4:3"
    assert message == f"{place}: `spec.extends`{'' if words.startswith('must') else ':'} {words}"


@pytest.mark.parametrize(
    ("spec", "place", "words"),
    [
        ("  pullSecrets:\n  - name: a\n  - nam: b\n", "6:5", "`spec.pullSecrets[1].name` is missing"),
        ("  pullSecrets: [a, {}]\n", "4:20", "`spec.pullSecrets[1].name` is missing"),
        ("  pullPolicy:\n    policy: Sometimes\n", "5:5", "`spec.pullPolicy.policy` is 'Sometimes'"),
        ("  pullPolicys: {}\n", "4:3", "unknown key `spec.pullPolicys`"),
        ("  kinds:\n  - {group: a.b, kind: C, podSpecs: ['*']}\n", "5:38", "`spec.kinds[0].podSpecs[0]`"),
        ("  kinds: {a: b}\n", "4:3", "`spec.kinds` must be a list"),
        ("  extends: outer.yaml\n", "outer.yaml:3:1", "`spec` must be a mapping, not []"),
    ],
)
def test_error_in_a_file_has_its_place(tmp_path: Path, spec: str, place: str, words: str) -> None:
    (tmp_path / "outer.yaml").write_text("apiVersion: krmfn.dev/v1alpha1\nkind: ImagePull\nspec: []\n")
    (tmp_path / "own.yaml").write_text(f"apiVersion: krmfn.dev/v1alpha1\nkind: ImagePull\nspec:\n{spec}")
    with pytest.raises(KrmfnError) as refused:
        config_file.read(str(tmp_path / "own.yaml"))
    assert str(refused.value).startswith(f"{tmp_path}/{place if 'yaml' in place else f'own.yaml:{place}'}: {words}")


def test_a_folder_is_no_config(tmp_path: Path) -> None:
    with pytest.raises(KrmfnError, match="Is a directory, not a function config file"):
        config_file.read(str(tmp_path))
    with pytest.raises(KrmfnError, match=r"No such file or directory$"):
        config_file.read(str(tmp_path / "absent"))
