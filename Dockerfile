# syntax=docker/dockerfile:1
# The gateway and nothing else: no shell, no package manager, not root, and it writes only below /data and /tmp. See docs/deploy.md.
# Builds that must be repeatable to the byte name both images by digest: --build-arg SDK=...@sha256:...
ARG SDK=mcr.microsoft.com/dotnet/sdk:10.0-noble
ARG BASE=mcr.microsoft.com/dotnet/runtime-deps:10.0-noble-chiseled

FROM ${SDK} AS build
# Another one needs its lock files first: make publish RID=linux-arm64
ARG RID=linux-x64
WORKDIR /src

# Apart from the sources, so that a changed line does not fetch the packages again.
COPY global.json Directory.Build.props Directory.Packages.props BannedSymbols.txt ./
COPY Gateway.Scheduling/Gateway.Scheduling.csproj Gateway.Scheduling/packages.*.json Gateway.Scheduling/
COPY Gateway/Gateway.csproj Gateway/packages.*.json Gateway/
RUN dotnet restore Gateway -p:RuntimeIdentifier=${RID} --locked-mode

COPY LICENSE config.schema.json ./
COPY Gateway.Scheduling Gateway.Scheduling
COPY Gateway Gateway
RUN dotnet publish Gateway -c Release -r ${RID} --no-restore -o /app && mkdir /data

FROM ${BASE}
COPY --from=build /app /app
# The image has no shell that could make it.
COPY --from=build --chown=1654:1654 /data /data

# A container's loopback is nobody's. Without client keys the gateway then refuses to hand out a paid key, and says so.
ENV HOST=0.0.0.0
# The runtime's diagnostics would be one more thing that writes to /tmp.
ENV DOTNET_EnableDiagnostics=0

# config.json and .env are looked for here; gateway.state and what lies beside it are written here.
WORKDIR /data
VOLUME ["/data"]
USER 1654:1654
EXPOSE 8080 8081 8082
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=5s --retries=3 CMD ["/app/Gateway", "--health", "8080"]
ENTRYPOINT ["/app/Gateway"]
