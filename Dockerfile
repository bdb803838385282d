# Landbridge as an image, laid out like a checkout: /opt/landbridge with its own .venv.
FROM debian:bookworm-slim AS native
# python-ldap and gssapi come as source.
RUN apt-get -qq update \
 && DEBIAN_FRONTEND=noninteractive apt-get -qq -y --no-install-recommends install \
      ca-certificates gcc libc6-dev libkrb5-dev libldap-dev libsasl2-dev python3-dev python3-venv >/dev/null
ARG PIP_INDEX_URL
ARG PIP_EXTRA_INDEX_URL
ARG PIP_TRUSTED_HOST
COPY requirements requirements
RUN python3 -m venv build \
 && build/bin/pip install --quiet --no-cache-dir --disable-pip-version-check --require-hashes -r requirements/build.txt \
 && build/bin/pip wheel --quiet --no-cache-dir --disable-pip-version-check --no-deps --no-build-isolation --require-hashes \
      --wheel-dir /wheels -r requirements/native.txt \
 && build/bin/pip wheel --quiet --no-cache-dir --disable-pip-version-check --no-deps --require-hashes \
      --wheel-dir /wheels -r requirements/kerberos.txt

FROM debian:bookworm-slim

RUN apt-get -qq update \
 && DEBIAN_FRONTEND=noninteractive apt-get -qq -y --no-install-recommends install \
      ca-certificates libgssapi-krb5-2 libldap-2.5-0 libsasl2-2 python3 python3-venv >/dev/null \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --system --uid 10001 --home-dir /var/lib/landbridge --create-home --shell /usr/sbin/nologin landbridge

WORKDIR /opt/landbridge
# For who installs from a mirror: docker build --build-arg PIP_INDEX_URL. pip reads them by these names.
ARG PIP_INDEX_URL
ARG PIP_EXTRA_INDEX_URL
ARG PIP_TRUSTED_HOST
COPY requirements requirements
RUN python3 -m venv .venv \
 && .venv/bin/pip install --quiet --no-cache-dir --disable-pip-version-check --require-hashes \
      -r requirements/build.txt -r requirements/runtime.txt -r requirements/postgresql.txt
COPY --from=native /wheels /tmp/wheels
RUN .venv/bin/pip install --quiet --no-cache-dir --disable-pip-version-check --no-deps /tmp/wheels/*.whl
COPY . .
RUN .venv/bin/pip install --quiet --no-deps --no-build-isolation --editable .

ENV PATH=/opt/landbridge/.venv/bin:$PATH \
    LANDBRIDGE_HOST=0.0.0.0 \
    LANDBRIDGE_PORT=9443 \
    LANDBRIDGE_DATA_DIR=/var/lib/landbridge \
    LANDBRIDGE_DOCUMENTS=/opt/landbridge/config
# A number: Kubernetes does not take a name for proof that it is not root (runAsNonRoot).
USER 10001
VOLUME /var/lib/landbridge
EXPOSE 9443
# The certificate is Landbridge's own; here it is asked whether it answers, not who it is.
HEALTHCHECK --interval=5s --timeout=5s --start-period=30s --retries=6 CMD ["python", "-c", \
  "import os, ssl, urllib.request as r; r.urlopen('https://127.0.0.1:' + os.environ['LANDBRIDGE_PORT'] + '/healthz', context=ssl._create_unverified_context(), timeout=4)"]
ENTRYPOINT ["landbridge"]
CMD ["serve"]
