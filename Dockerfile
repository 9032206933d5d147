# BASE is any image with Python >= 3.11 and its venv module, and a user nobody: docker build --build-arg BASE=... .
# By tag here; a release is built on the digests that its tags have on that day, and says so in its labels.
ARG BASE=docker.io/library/python:3.12-slim
# For the target `argocd`: an image with a static kustomize, and where in it that is.
ARG KUSTOMIZE=registry.k8s.io/kustomize/kustomize:v5.5.0
# For the target `argocd-helm`: an image with a static Helm 3, which kustomize needs too, and where in it that is.
ARG HELM=docker.io/alpine/helm:3.22.0

FROM ${BASE} AS build
WORKDIR /src
COPY . .
# The commit, for `krmfn --version`: docker build --build-arg COMMIT="$(git rev-parse HEAD)" .
ARG COMMIT=
# Where pip needs settings to reach its index: docker build --secret id=pip,src=pip.conf .
# With certificates of its own: --secret id=ca,src=ca.crt, and `cert = /run/secrets/ca` in the former.
# Compiled now, since nobody can write there later; unchecked, since the sources never change.
RUN --mount=type=secret,id=pip,target=/etc/pip.conf \
    --mount=type=secret,id=ca \
    python3 -m venv /opt/build \
 && /opt/build/bin/pip install --no-cache-dir --require-hashes --requirement locks/build.txt \
 && KRMFN_COMMIT="${COMMIT}" /opt/build/bin/pip wheel --no-cache-dir --no-deps --no-build-isolation --wheel-dir /dist . \
 && python3 -m venv --without-pip /opt/krmfn \
 && /opt/build/bin/pip --python /opt/krmfn/bin/python install --no-cache-dir --require-hashes --requirement locks/run.txt \
 && /opt/build/bin/pip --python /opt/krmfn/bin/python install --no-cache-dir --no-deps /dist/krmfn-*.whl \
 && echo container | tee /opt/krmfn/lib/python3*/site-packages/krmfn-*.dist-info/INSTALLER \
 && /opt/krmfn/bin/python -m compileall -q -f --invalidation-mode unchecked-hash /opt/krmfn/lib

FROM ${BASE} AS function
ARG VERSION=dev
LABEL org.opencontainers.image.title="krmfn" \
      org.opencontainers.image.description="KRM function that makes image pulls explicit: imagePullPolicy and imagePullSecrets" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}"
COPY --from=build /opt/krmfn /opt/krmfn
ENV PATH=/opt/krmfn/bin:/usr/local/bin:/usr/bin:/bin
# The bytecode of Python's own library, which slim images lack.
RUN ["/opt/krmfn/bin/python", "-c", "import compileall, re, sysconfig; compileall.compile_dir(sysconfig.get_path('stdlib'), rx=re.compile('-packages'), quiet=1)"]
# Fails the build when it does not run.
RUN ["/opt/krmfn/bin/krmfn", "cmp", "parameters"]
# nobody, as a number: `runAsNonRoot` cannot judge a name.
USER 65534:65534
# An absolute path: Porch runs the entry point without a shell and from anywhere.
ENTRYPOINT ["/opt/krmfn/bin/krmfn"]

FROM ${KUSTOMIZE} AS kustomize

FROM ${HELM} AS helm

# The sidecar of Argo CD's repo server, see examples/argocd-plugin: docker build --target argocd .
FROM function AS argocd
ARG KUSTOMIZE
ARG KUSTOMIZE_PATH=/app/kustomize
LABEL dev.krmfn.kustomize="${KUSTOMIZE}"
COPY --from=kustomize ${KUSTOMIZE_PATH} /usr/local/bin/kustomize
USER 999:999

# The same with Helm, see examples/argocd-helm: docker build --target argocd-helm .
FROM argocd AS argocd-helm
ARG HELM
ARG HELM_PATH=/usr/bin/helm
LABEL dev.krmfn.helm="${HELM}"
COPY --from=helm ${HELM_PATH} /usr/local/bin/helm

FROM function
