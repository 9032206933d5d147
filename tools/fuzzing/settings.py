"""Random settings: the spec of an `ImagePull`, as plain data."""

from typing import Any

from fuzzing.data import Chance
from fuzzing.manifests import SECRETS

POLICIES = ("Defaulted", "Always", "IfNotPresent", "Never", "Off")
SEVERITIES = ("Warning", "Info", "Off")
PATTERNS = (
    *("registry.example.com/**", "nginx", "nginx:1.*", "**", "*", "!ghcr.io/**", "docker.io/library/*", "*/*/*"),
    *("ghcr.io/a/b", "registry.example.com/team/*", "localhost:5000/**", "!nginx"),
)


def random_spec(chance: Chance) -> dict[str, Any]:
    """A spec that is mostly valid."""
    choice, hit = chance.choice, chance.hit
    attach = choice((["PodSpecs"], ["ServiceAccounts"], ["PodSpecs", "ServiceAccounts"]))
    accounts = [
        ("names", 0.6, choice((["*"], ["sa1"], ["default", "sa*"], ["other"]))),
        ("secrets", 0.5, hit(0.5)),
        ("create", 0.5, hit(0.6)),
    ]
    known = {"serviceAccount": choice(("*", "sa1")), "secrets": choice(([], ["old"], ["regcred"]))}
    secrets_path = choice(("spec.imagePullSecrets", {"path": "spec.imagePullSecrets", "form": "strings"}))
    row = {"group": "example.com", "kind": "Shop", "podSpecs": ["spec.template.spec", "spec.jobs.*.podSpec"]}
    created = ["spec.template", {"path": "spec.template.spec", "lists": ["containers"]}]
    return chance.some(
        [
            ("pullPolicy", 0.6, _policy(chance)),
            ("pullSecrets", 0.85, [_secret(chance, name) for name in _sample(chance, SECRETS, (1, 1, 2, 3))]),
            ("attachTo", 0.3, attach),
            ("serviceAccounts", 0.7 * ("ServiceAccounts" in attach), chance.some(accounts)),
            ("knownServiceAccounts", 0.2, [known]),
            ("immutableObjects", 0.2, choice(("Warn", "Edit", "Skip"))),
            ("checkSecrets", 0.15, choice(("Present", "Off", "All"))),
            ("exclude", 0.1, [{"kind": choice(("Job", "Pod"))}]),
            ("include", 0.05, [{"namespace": choice(("shop", ""))}]),
            ("embedded", 0.2, True),
            ("unknownKinds", 0.15, "Skip"),
            ("kinds", 0.25, [row | chance.some([("pullSecrets", 0.5, [secrets_path]), ("create", 0.5, created)])]),
        ]
    )


def _policy(chance: Chance) -> dict[str, Any]:
    images = [chance.choice([pattern for pattern in PATTERNS if not pattern.startswith("!")])]
    rule = {"images": images, "policy": chance.choice(POLICIES[1:])}
    stale = chance.some([("latest", 0.5, chance.choice(SEVERITIES)), ("pinned", 0.7, chance.choice(SEVERITIES))])
    return chance.some(
        [
            ("policy", 0.7, chance.choice(POLICIES)),
            ("overwrite", 0.4, chance.choice((True, False, "Stale", "StaleLatest", "StalePinned"))),
            ("stale", 0.3, stale),
            ("rules", 0.3, [rule]),
        ]
    )


def _secret(chance: Chance, name: str) -> dict[str, Any]:
    images = _sample(chance, PATTERNS, (1, 2))
    return {"name": name} | chance.some([("images", 0.3, images), ("matchUnresolved", 0.1, True)])


def _sample(chance: Chance, given: tuple[str, ...], counts: tuple[int, ...]) -> list[str]:
    return chance.random.sample(given, chance.choice(counts))
