# BASE is any image with Python >= 3.11 and its venv module, such as a mirror's: docker build --build-arg BASE=...
ARG BASE=python:3.12-slim

FROM ${BASE} AS build
WORKDIR /src
COPY . .
# Compiled now, since nobody can write there later; unchecked, since the sources never change.
RUN python3 -m venv /opt/build \
 && /opt/build/bin/pip wheel --no-cache-dir --no-deps --wheel-dir /dist . \
 && python3 -m venv --without-pip /opt/krmfn \
 && /opt/build/bin/pip --python /opt/krmfn/bin/python install --no-cache-dir /dist/krmfn-*.whl \
 && /opt/krmfn/bin/python -m compileall -q -f --invalidation-mode unchecked-hash /opt/krmfn/lib

FROM ${BASE}
LABEL org.opencontainers.image.title="krmfn" \
      org.opencontainers.image.description="KRM function that makes image pulls explicit: imagePullPolicy and imagePullSecrets" \
      org.opencontainers.image.licenses="Apache-2.0"
COPY --from=build /opt/krmfn /opt/krmfn
# nobody, as a number: `runAsNonRoot` cannot judge a name.
USER 65534:65534
# An absolute path: Porch runs the entry point without a shell and from anywhere.
ENTRYPOINT ["/opt/krmfn/bin/krmfn"]
