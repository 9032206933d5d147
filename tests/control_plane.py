"""A Kubernetes control plane on the loopback interface: etcd and kube-apiserver, without controllers and nodes.

`.ci/run` builds both from `tests/servers/kubernetes`; `api_server` asks them.
"""

import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import hosts
import yaml
from api_server import HOST, TOKEN, ControlPlane

ETCD, API_SERVER = "etcd", "kube-apiserver"
_GRACE = 20
"""Seconds that a server gets to end by itself."""


@contextmanager
def running() -> Iterator[ControlPlane]:
    """A control plane with nothing in it; afterwards its processes and files are gone."""
    hosts.require(ETCD)
    hosts.require(API_SERVER)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="krmfn-control-plane-")))
        client, peer, secure = _free_ports(3)
        stack.enter_context(_server(folder, ETCD, *_etcd(folder, client, peer)))
        server = stack.enter_context(_server(folder, API_SERVER, *_api_server(folder, client, secure)))
        _write_kubeconfig(folder, secure)
        _wait(folder, secure, server)
        plane = stack.enter_context(closing(ControlPlane(folder, secure)))
        plane.namespace("default")
        yield plane


def _etcd(folder: Path, client: int, peer: int) -> list[str]:
    url = f"http://{HOST}:{client}"
    return [
        *(f"--data-dir={folder / 'etcd'}", "--unsafe-no-fsync", "--log-level=error"),
        *(f"--listen-client-urls={url}", f"--advertise-client-urls={url}"),
        f"--listen-peer-urls=http://{HOST}:{peer}",
    ]


def _api_server(folder: Path, client: int, secure: int) -> list[str]:
    certificates = folder / "certs"
    (folder / "tokens.csv").write_text(f'{TOKEN},tester,1,"system:masters"\n')
    return [
        *(f"--etcd-servers=http://{HOST}:{client}", f"--bind-address={HOST}", f"--secure-port={secure}"),
        *(f"--advertise-address={HOST}", "--endpoint-reconciler-type=none", "--service-cluster-ip-range=10.0.0.0/24"),
        *(f"--cert-dir={certificates}", f"--token-auth-file={folder / 'tokens.csv'}"),
        # The key of the certificate that the server makes for itself signs for ServiceAccounts too.
        *(f"--service-account-{use}-file={certificates / 'apiserver.key'}" for use in ("key", "signing-key")),
        "--service-account-issuer=https://kubernetes.default.svc",
        *("--authorization-mode=AlwaysAllow", "--allow-privileged", "--enable-priority-and-fairness=false"),
    ]


def _write_kubeconfig(folder: Path, secure: int) -> None:
    cluster = {"server": f"https://{HOST}:{secure}", "certificate-authority": "certs/apiserver.crt"}
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "tests", "cluster": cluster}],
        "users": [{"name": "tests", "user": {"token": TOKEN}}],
        "contexts": [{"name": "tests", "context": {"cluster": "tests", "user": "tests"}}],
        "current-context": "tests",
    }
    (folder / "kubeconfig").write_text(yaml.safe_dump(config))


@contextmanager
def _server(folder: Path, program: str, *flags: str) -> Iterator[subprocess.Popen[bytes]]:
    """A server that ends with us, even where we are killed and the system has a word for that."""
    tied = ["setpriv", "--pdeathsig", "KILL"] if shutil.which("setpriv") else []
    command = [*tied, str(hosts.find(program)), *flags]
    with (folder / f"{program}.log").open("wb") as log:
        process = subprocess.Popen(command, cwd=folder, env={"HOME": str(folder)}, stdout=log, stderr=log)
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(_GRACE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait(folder: Path, secure: int, server: subprocess.Popen[bytes]) -> None:
    """Until the API server is ready; what it logged last is told when it is not."""
    deadline = time.monotonic() + hosts.PATIENCE
    while time.monotonic() < deadline and server.poll() is None:
        try:
            with closing(ControlPlane(folder, secure)) as plane:
                if plane.is_ready():
                    return
        except OSError:
            pass  # no certificate yet, or nobody listens
        time.sleep(0.1)
    log = (folder / f"{API_SERVER}.log").read_text(encoding="utf-8", errors="replace").splitlines()
    raise AssertionError("\n".join(["kube-apiserver did not get ready:", *log[-5:]]))


def _free_ports(count: int) -> list[int]:
    """Ports that nobody listened on a moment ago, all different."""
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind((HOST, 0))
        return [each.getsockname()[1] for each in sockets]
