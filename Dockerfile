# The build needs a package index and nothing else. For another index pass --build-arg PIP_INDEX_URL=…, for another base
# image (with certificates or a pip.conf of its own, say) --build-arg PYTHON=….
ARG PYTHON=python:3.13-slim-trixie

FROM ${PYTHON} AS build
ARG PIP_INDEX_URL
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
RUN python3 -m venv /tools && python3 -m venv --without-pip /opt/twicetold
WORKDIR /src
COPY requirements.lock requirements-build.lock ./
RUN /tools/bin/pip install --quiet --no-deps --require-hashes -r requirements-build.lock \
 && /tools/bin/pip --python /opt/twicetold/bin/python install --quiet --no-deps --require-hashes --only-binary :all: \
    -r requirements.lock
COPY pyproject.toml README.md LICENSE openapi.yaml ./
COPY service service
RUN /tools/bin/pip wheel --quiet --no-deps --no-build-isolation --wheel-dir /dist . \
 && /tools/bin/pip --python /opt/twicetold/bin/python install --quiet --no-deps /dist/*.whl \
 && find /opt/twicetold -type d \( -name tests -o -name __pycache__ \) -prune -exec rm -rf {} + \
 && /opt/twicetold/bin/python -m compileall -q /opt/twicetold/lib

FROM ${PYTHON}
LABEL org.opencontainers.image.title="Twicetold" \
      org.opencontainers.image.licenses="Apache-2.0"
RUN groupadd --system --gid 10001 twicetold \
 && useradd --system --uid 10001 --gid 10001 --home-dir /nonexistent --shell /usr/sbin/nologin twicetold \
 && install -d -o twicetold -g twicetold -m 700 /data
COPY --from=build /opt/twicetold /opt/twicetold
ENV PATH=/opt/twicetold/bin:$PATH \
    PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    TWICETOLD_HOST=0.0.0.0 \
    TWICETOLD_STORE_URL=sqlite:////data/twicetold.db
# By number, so that an orchestrator can tell that it is not root.
USER 10001:10001
WORKDIR /data
VOLUME /data
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=6s --start-period=20s --retries=3 CMD ["twicetold", "check"]
CMD ["twicetold", "serve"]
