# syntax=docker/dockerfile:1
# One image for web, worker and cron. Name mirrors with --build-arg PIP_INDEX_URL=… --build-arg NPM_REGISTRY=… --build-arg PYTHON_IMAGE=…
ARG PYTHON_IMAGE=python:3.11-slim

FROM ${PYTHON_IMAGE} AS build
ARG PIP_INDEX_URL=
ARG NPM_REGISTRY=
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
RUN python -m venv /program
WORKDIR /source
COPY requirements.lock ./
COPY .ci/build.lock .ci/
RUN if [ -n "$PIP_INDEX_URL" ]; then export PIP_INDEX_URL; else unset PIP_INDEX_URL; fi; \
    /program/bin/pip install --require-hashes -r .ci/build.lock && /program/bin/pip install --require-hashes --no-build-isolation -r requirements.lock
COPY . .
RUN if [ -n "$NPM_REGISTRY" ]; then export npm_config_registry="$NPM_REGISTRY"; fi; \
    /program/bin/pip install --no-deps --no-build-isolation --no-index .

FROM ${PYTHON_IMAGE}
RUN useradd --system --uid 10001 --create-home gongchuang && mkdir /data && chown gongchuang /data
COPY --from=build /program /program
ENV PATH=/program/bin:$PATH PYTHONUNBUFFERED=1 GONGCHUANG_DATA=/data GONGCHUANG_HOST=0.0.0.0
USER gongchuang
WORKDIR /data
VOLUME /data
EXPOSE 8080
ENTRYPOINT ["gongchuang"]
CMD ["web"]
