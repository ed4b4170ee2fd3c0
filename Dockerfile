# syntax=docker/dockerfile:1
# One image with both programs: `sutler serve` is what it runs, `sutler balance` is the balancer.
#   docker build --tag sutler:0.1.0 .
FROM rust:1.95.0-bookworm AS build
# The libraries of the balancer are built with cmake.
RUN apt-get update \
 && apt-get install --yes --no-install-recommends cmake \
 && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY . .
# The commit that `sutler version` shows; nothing is looked up.
ARG SUTLER_COMMIT=""
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/src/target \
    cargo build --locked --release --package sutler-server --package sutler-balance \
 && mkdir /out \
 && cp target/release/sutler target/release/sutler-balance /out/

FROM debian:bookworm-slim
# Certificates by which PostgreSQL, Redis and NATS are known over TLS.
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
COPY --from=build /out/ /usr/local/bin/
# A volume takes over the owner of the folder it is mounted on the first time.
RUN install --directory --owner=65532 --group=65532 --mode=0700 /data
ENV SUTLER_DATA_DIR=/data SUTLER_HTTP__LISTEN=0.0.0.0:8420
USER 65532:65532
WORKDIR /data
VOLUME /data
EXPOSE 8420
# Ready, not only alive: exit code 7 while the store cannot be used and while it ends.
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s CMD ["sutler", "status", "--quiet"]
ENTRYPOINT ["sutler"]
CMD ["serve"]
