"""Measure krmfn against what one would write instead, in one run and by hand: `.venv/bin/python tools/benchmark.py`.

Only the ratios mean anything on another machine. The runs of the two sides alternate, so that a busy moment hits both,
and the medians are compared.
"""

import argparse
import os
import re
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, cycle, islice
from pathlib import Path
from statistics import median

KRMFN = [str(Path(sys.executable).with_name("krmfn"))]
# Installed programs are compiled; an editable one must be allowed to keep what it compiles.
ENVIRONMENT = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
IMPORTS = [sys.executable, "-c", "import yaml; from pydantic import BaseModel"]

# The usual way: load, edit, dump. Comments, quotes and long lines are lost on it.
LOAD_AND_DUMP = """\
import sys
import yaml

def make_explicit(pod):
    pod.setdefault("imagePullSecrets", []).append({"name": "regcred"})
    for container in pod["containers"]:
        tag = container["image"].rpartition("/")[2].partition(":")[2]
        policy = "Always" if tag in ("", "latest") else "IfNotPresent"
        container.setdefault("imagePullPolicy", policy)

resource_list = yaml.load(sys.stdin.buffer, Loader=yaml.CSafeLoader)
for item in resource_list["items"]:
    if item["kind"] == "Deployment":
        make_explicit(item["spec"]["template"]["spec"])
yaml.dump(resource_list, sys.stdout, Dumper=yaml.CSafeDumper, sort_keys=False)
"""

HEAD = """\
apiVersion: config.kubernetes.io/v1
kind: ResourceList
functionConfig:
  apiVersion: krmfn.dev/v1alpha1
  kind: ImagePull
  metadata:
    name: image-pull
  spec:
    pullSecrets:
    - name: regcred
items:
"""

DEPLOYMENT = """\
- apiVersion: apps/v1
  kind: Deployment
  metadata:
    name: app-{number}
    namespace: team-{team}
    labels:
      app.kubernetes.io/name: app-{number}
      app.kubernetes.io/part-of: shop  # the umbrella chart
    annotations:
      internal.config.kubernetes.io/path: team-{team}/app-{number}.yaml
      internal.config.kubernetes.io/index: '0'
  spec:
    replicas: 2
    selector:
      matchLabels:
        app.kubernetes.io/name: app-{number}
    template:
      metadata:
        labels:
          app.kubernetes.io/name: app-{number}
      spec:
        securityContext:
          runAsNonRoot: true
        containers:
        # The program itself.
        - name: app
          image: registry.example.com/team-{team}/app-{number}:1.{number}.0
          args: ["--listen=:8080", "--log-level=info"]
          ports:
          - name: http
            containerPort: 8080
          env:
          - name: DATABASE_URL
            valueFrom:
              secretKeyRef:
                name: app-{number}-database
                key: url
          resources:
            requests:
              cpu: 100m  # measured in March
              memory: 128Mi
            limits:
              memory: 256Mi
          readinessProbe:
            httpGet:
              path: /ready
              port: http
        # Ships the logs.
        - name: logs
          image: "fluent/fluent-bit:latest"
          volumeMounts:
          - name: logs
            mountPath: /var/log/app
        volumes:
        - name: logs
          emptyDir: {{}}
"""


@dataclass(frozen=True)
class Run:
    """What one process took."""

    seconds: float
    kilobytes: float


def main() -> None:
    """Run what was asked for and print it."""
    arguments = parse_arguments()
    with tempfile.TemporaryDirectory() as folder:
        program = Path(folder, "load_and_dump.py")
        program.write_text(LOAD_AND_DUMP)
        usual = [sys.executable, str(program)]

        data = write(Path(folder, "deployments.yaml"), deployments(2000))
        old, new = measure(usual, KRMFN, data, arguments.runs)
        print_pair(f"2,000 Deployments, {megabytes(data)}", ("load and dump", old), ("krmfn", new))
        print_ratio("time", new.seconds / old.seconds, at_most=0.2)
        print_ratio("memory", new.kilobytes / old.kilobytes, at_most=0.8)

        for name, items in crd_lists(arguments.crds) if arguments.crds else ():
            data = write(Path(folder, "crds.yaml"), items)
            old, new = measure(usual, KRMFN, data, arguments.runs)
            print_pair(f"{name}, {megabytes(data)}", ("load and dump", old), ("krmfn", new))
            print_ratio("times faster", old.seconds / new.seconds, at_least=20)

        data = write(Path(folder, "small.yaml"), deployments(10))
        old, new = measure(IMPORTS, KRMFN, data, 4 * arguments.runs)
        print_pair("10 Deployments, cold", ("only imports", old), ("krmfn", new))
        print_ratio("time", new.seconds / old.seconds, at_most=1.3)


def parse_arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=5, help="runs of each side (default: 5; four times that when cold)")
    parser.add_argument("--crds", type=Path, metavar="DIR", help="folder of CustomResourceDefinitions to measure with")
    return parser.parse_args()


def deployments(count: int) -> Iterator[str]:
    """Items as a careful person would have written them."""
    return (DEPLOYMENT.format(number=number, team=number % 20) for number in range(count))


def crd_lists(folder: Path) -> Iterator[tuple[str, Iterator[str]]]:
    """Two readings of nine tenths: of the items, and of the bytes, which has far more Deployments in it."""
    crds = [item for file in sorted(folder.glob("*.y*ml")) for item in items_of(file.read_text(encoding="utf-8"))]
    if not crds:
        sys.exit(f"{folder} holds no CustomResourceDefinition")
    # CRDs first, as kustomize sorts them.
    by_bytes = sum(map(len, crds)) // 9 // len(DEPLOYMENT)
    yield f"CRDs are 9 of 10 bytes: {len(crds)} and {by_bytes:,} Deployments", chain(crds, deployments(by_bytes))
    yield "CRDs are 9 of 10 items: 9 and 1 Deployment", chain(islice(cycle(crds), 9), deployments(1))


def items_of(stream: str) -> Iterator[str]:
    """The CustomResourceDefinitions of a YAML stream as list items."""
    for document in re.split(r"^---.*\n", stream, flags=re.MULTILINE):
        if re.search(r"^kind: CustomResourceDefinition$", document, re.MULTILINE):
            # An item begins with a key: comments and blank lines before it stay out.
            lines = document[re.search(r"^\w", document, re.MULTILINE).start() :].splitlines()  # type: ignore[union-attr]
            yield "- " + "\n".join(f"  {line}" if line else "" for line in lines).lstrip() + "\n"


def write(file: Path, items: Iterator[str]) -> Path:
    """Write a ResourceList item by item: see `run_once` for why this process has to stay small."""
    with file.open("w", encoding="utf-8") as stream:
        stream.write(HEAD)
        stream.writelines(items)
    return file


def measure(old: list[str], new: list[str], data: Path, runs: int) -> tuple[Run, Run]:
    """The medians of both sides."""
    for command in (old, new):
        run_once(command, data)  # fills the caches of the file system
    pairs = [(run_once(old, data), run_once(new, data)) for _ in range(runs)]
    return middle([pair[0] for pair in pairs]), middle([pair[1] for pair in pairs])


def run_once(command: list[str], data: Path) -> Run:
    """Run a command on a file and throw the output away.

    The peak memory that the system reports for a child is never below that of the process that started it.
    """
    files = [
        (os.POSIX_SPAWN_OPEN, 0, str(data), os.O_RDONLY, 0),
        (os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0),
    ]
    start = time.perf_counter()
    process = os.posix_spawn(command[0], command, ENVIRONMENT, file_actions=files)
    _, status, usage = os.wait4(process, 0)
    seconds = time.perf_counter() - start
    if code := os.waitstatus_to_exitcode(status):
        sys.exit(f"{' '.join(command)} ended with {code}; nothing to measure")
    return Run(seconds, usage.ru_maxrss)


def middle(runs: list[Run]) -> Run:
    """The median of each quantity."""
    return Run(median(run.seconds for run in runs), median(run.kilobytes for run in runs))


def megabytes(file: Path) -> str:
    """The size of a file in words."""
    return f"{file.stat().st_size / 1e6:.1f} MB"


def print_pair(title: str, *sides: tuple[str, Run]) -> None:
    """Print what was measured."""
    print(f"\n{title}")
    for name, run in sides:
        print(f"  {name:<14} {run.seconds:7.3f} s {run.kilobytes / 1024:6.0f} MiB", flush=True)


def print_ratio(name: str, ratio: float, *, at_most: float | None = None, at_least: float | None = None) -> None:
    """Print a ratio beside its target."""
    if at_most is not None:
        target, reached = f"at most {at_most}", ratio <= at_most
    else:
        target, reached = f"at least {at_least}", ratio >= (at_least or 0)
    print(f"  {name:<14} {ratio:7.2f}   ({target}{'' if reached else ': MISSED'})", flush=True)


if __name__ == "__main__":
    main()
