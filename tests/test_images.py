"""Image references against the reference parser's answers, and the patterns that match them."""

import json
from pathlib import Path

import pytest

from krmfn import Settings, run
from krmfn.imagepull.images.patterns import ImagePattern, select
from krmfn.imagepull.images.reference import default_pull_policy, is_filled_in_later, known_part, known_registry, parse

ROWS = [
    line.split("\t")
    for line in Path(__file__).with_name("image_policy.tsv").read_text().splitlines()
    if not line.startswith("#")
]


@pytest.mark.parametrize(("image", "policy", "grammar", "repository", "tag"), ROWS, ids=[row[0][:40] for row in ROWS])
def test_reference_is_read_as_kubernetes_reads_it(
    image: str, policy: str, grammar: str, repository: str, tag: str
) -> None:
    text = json.loads(image)
    reference = parse(text)
    assert default_pull_policy(text) == policy
    assert (reference is not None) == (grammar == "valid")
    if reference:
        assert (reference.repository, reference.effective_tag) == (repository, tag)


@pytest.mark.parametrize(("image", "policy", "grammar"), [row[:3] for row in ROWS], ids=[row[0][:40] for row in ROWS])
def test_pod_gets_the_policy_exactly_where_the_reference_is_valid(image: str, policy: str, grammar: str) -> None:
    pod = f'{{"apiVersion":"v1","kind":"Pod","spec":{{"containers":[{{"name":"a","image":{image}}}]}}}}'
    outcome = run(pod.encode(), Settings())
    container = json.loads(outcome.output)["spec"]["containers"][0]
    is_final = grammar == "valid" and json.loads(image) != "auto"  # which Istio's injector replaces
    assert container.get("imagePullPolicy") == (policy if is_final else None)
    silent = is_final or json.loads(image) == ""
    assert silent or any(result.field and result.field.path.endswith(".image") for result in outcome.results)


@pytest.mark.parametrize(
    ("pattern", "image"),
    [
        ("nginx", "nginx:1.27"),
        ("nginx", "docker.io/library/nginx"),
        ("index.docker.io/library/nginx", "nginx"),
        ("team/*", "team/app"),
        ("ngin*", "nginx"),
        ("**", "registry.example.com:5000/a/b/c:1"),
        ("*", "registry.example.com:5000/a/b/c:1"),
        ("*/team/app", "ghcr.io/team/app"),
        ("*.example.com/**", "eu.example.com/a/b"),
        ("host:5000/**", "host:5000/a"),
        ("nginx:1.*", "nginx:1.27"),
        ("nginx:latest", "nginx"),
        ("localhost/app", "localhost/app:1"),
        ("docker.io/**", "index.docker.io/team/app"),
        ("index.docker.io/**", "docker.io/team/app"),
        ("index.docker.io/**/index.docker.io/app", "docker.io/mirror/index.docker.io/app"),
        ("host:5000/team/**", "host:5000/team/app:{{tag}}"),
        ("registry.example.com/*/app", "registry.example.com/team/app:1.${PATCH}@{{digest}}"),
        ("nginx", "nginx@{{digest}}"),
        ("**", "{{image}}"),
        ("!docker.io/**", "ghcr.io/team/app"),
    ],
)
def test_pattern_matches(pattern: str, image: str) -> None:
    assert select([ImagePattern.compile(pattern)], image)


@pytest.mark.parametrize(
    ("pattern", "image"),
    [
        ("nginx", "ghcr.io/library/nginx"),
        ("team/*", "team/a/b"),
        ("registry.example.com/team/**", "registry.example.com/team"),
        ("registry.example.com/team/**", "registry.example.com/teamwork/a"),
        ("host/**", "host:5000/a"),
        ("nginx:1.*", "nginx"),
        ("registryXexample.com/*", "registry.example.com/a"),
        ("registry.example.com/team/**", "registry.example.com/other/app:{{tag}}"),
        ("nginx:1.*", "redis:{{tag}}"),
        ("!docker.io/**", "nginx:{{tag}}"),
    ],
)
def test_pattern_does_not_match(pattern: str, image: str) -> None:
    assert select([ImagePattern.compile(pattern)], image) is False


@pytest.mark.parametrize(
    ("patterns", "image"),
    [
        ("registry.example.com/**", "{{image}}"),
        ("registry.example.com/**", "registry.example.com/{{name}}:1"),
        ("registry.example.com/**", "registry.example.com:{{port}}/app"),
        ("registry.example.com/**", "registry.example.com:{{port-and-more}}"),
        ("nginx:1.*", "nginx:{{tag}}"),
        ("ghcr.io/**", "ghcr.io/acme/app:{{tag}}/more"),
        ("ghcr.io/**", "ko://ghcr.io/acme/cmd/app"),
        ("docker.io/**", "auto"),
        ("** !nginx", "{{image}}"),
        ("nginx !nginx:1.*", "nginx:{{tag}}"),
    ],
)
def test_what_hangs_on_what_is_filled_in_is_told(patterns: str, image: str) -> None:
    assert select([ImagePattern.compile(pattern) for pattern in patterns.split()], image) is None


@pytest.mark.parametrize(
    ("image", "is_selected"),
    [
        ("registry.example.com/team/app:1", True),
        ("registry.example.com/team/public/app:1", False),
        ("registry.example.com/team/public/app:{{tag}}", False),
        ("nginx", False),
    ],
)
def test_exclamation_marks_take_away_wherever_they_stand(image: str, is_selected: bool) -> None:
    patterns = ["!*/team/public/**", "registry.example.com/**"]
    for given in (patterns, patterns[::-1]):
        assert select([ImagePattern.compile(pattern) for pattern in given], image) is is_selected


@pytest.mark.parametrize("pattern", ["", "!", "! nginx", " nginx", "registry.example.com", "host.io:5000"])
def test_pattern_that_could_never_match_is_refused(pattern: str) -> None:
    with pytest.raises(ValueError, match=r"image pattern|names a registry") as refused:
        ImagePattern.compile(pattern)
    form = "a reference such as `registry.example.com/team/app`, with `*` or `**` as globs and an optional tag"
    assert str(refused.value) in {
        f"{pattern!r} is not an image pattern: expected {form}",
        f"{pattern!r} is not an image pattern: it is empty",
        f"{pattern!r} names a registry, not an image; write '{pattern}/**' for all its images",
    }


OF_THE_TAG = [
    *["{{tag}}", "${TAG}", "${TAG:-latest}", "$(TAG)", "$TAG", "#{TAG}#", "#{Octopus.Tag}", "<+artifact.tag>"],
    *[
        "<TAG>",
        "<your tag>",
        "<path:secret#tag>",
        "%TAG%",
        "%(tag)s",
        "@TAG@",
        "@project.version@",
        "v@project.version@",
    ],
    *["1.0-@BUILD@", "v1@PATCH@", "[[tag]]", "((tag))", "{VERSION}", "{0}"],
]


@pytest.mark.parametrize("tag", OF_THE_TAG)
def test_image_of_which_the_tag_is_filled_in_has_its_repository(tag: str) -> None:
    for text in (f"ghcr.io/acme/app:{tag}", f"ghcr.io/acme/app@sha256:{tag}", f"ghcr.io/acme/app:{tag}@sha256:{tag}"):
        known = known_part(text)
        assert is_filled_in_later(text)
        assert known
        assert (known.repository, parse(text)) == ("ghcr.io/acme/app", None)
    known = known_part(f"app:{tag}@sha256:{'0' * 64}")
    assert known
    assert (known.repository, known.tag, known.digest) == ("docker.io/library/app", tag, f"sha256:{'0' * 64}")


@pytest.mark.parametrize("mark", [mark for mark in OF_THE_TAG if not mark.startswith("v@")])
def test_what_is_filled_in_may_be_any_part_of_the_name(mark: str) -> None:
    for text, registry in (
        (mark, None),
        (f"{mark}/acme/app:1", None),
        (f"ghcr.io/{mark}:1", "ghcr.io"),
        (f"ghcr.io/acme/{mark}/app:1", "ghcr.io"),
        (f"ghcr.io/acme/app-{mark}", "ghcr.io"),
    ):
        assert is_filled_in_later(text)
        assert (known_part(text), known_registry(text)) == (None, registry)


@pytest.mark.parametrize(
    ("image", "is_open"),
    [
        ("$ARGOCD_ENV_IMAGE", True),
        ("<path:secret/data#image>", True),
        ("ko://ghcr.io/acme/cmd/app", True),
        ("auto", True),
        # References, as Kubernetes reads them.
        ("app:__TAG__", False),
        ("app:TAG", False),
        ("app:auto", False),
        ("ghcr.io/auto", False),
        ("auto@sha256:" + "0" * 64, False),
        # What nobody fills in.
        ("http://ghcr.io/app", False),
        ("oci://ko://ghcr.io/app", False),
        ("app@sha256:0", False),
        ("joe@example.com/app", False),
        ("joe@example.com/app@sha256:0", False),
        ("joe@acme@example.com/app", False),
        ("app@latest@sha256:" + "0" * 64, False),
        ("app@V1@sha256:" + "0" * 64, False),
        ("app@1@", False),
        ("app:a%20b%3Ac", False),
        ("app:%C3%A4", False),
        ("app:50%", False),
        ("app:<none>", False),
        ("app:%!s(<nil>)", False),
        ("<no value>/app", False),
        ("app:{}", False),
        ("app:{", False),
        ("app:(tag)", False),
        ("[fe80::1]/App", False),
        ("app:<>", False),
        ("app:a > b < c", False),
        ("app#tag", False),
        ("app:$1", False),
    ],
)
def test_what_is_filled_in_later(image: str, is_open: bool) -> None:
    assert is_filled_in_later(image) is is_open
    assert not is_open or (known_part(image), known_registry(image)) == (None, None)
