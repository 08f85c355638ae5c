# Builds LlmConsole into a small image: aspnet runtime without a shell, non-root, one port, one volume, nothing written outside it.
FROM --platform=$BUILDPLATFORM mcr.microsoft.com/dotnet/sdk:10.0 AS build
ARG TARGETARCH=amd64
WORKDIR /src

# The restore layer changes only with the projects and their locks. It brings the compiler that makes code for the start ahead of time.
COPY global.json nuget.config Directory.Build.props Directory.Packages.props .editorconfig ./
COPY LlmConsole/LlmConsole.csproj LlmConsole/packages.lock.json LlmConsole/
COPY LlmConsole.Core/LlmConsole.Core.csproj LlmConsole.Core/packages.lock.json LlmConsole.Core/
RUN dotnet restore LlmConsole/LlmConsole.csproj --locked-mode -p:PublishReadyToRun=true

COPY . .
RUN dotnet publish LlmConsole/LlmConsole.csproj --no-restore --configuration Release --arch $TARGETARCH --no-self-contained -p:PublishReadyToRun=true --output /app && mkdir /data

# "extra" has the time zones, which budgets and charts go by.
FROM mcr.microsoft.com/dotnet/aspnet:10.0-noble-chiseled-extra
ARG IMAGE_VERSION=0.1.0
ARG IMAGE_REVISION=unknown
LABEL org.opencontainers.image.title="LlmConsole" \
      org.opencontainers.image.description="A streaming gateway for language models, with keys, limits, books and a console" \
      org.opencontainers.image.version="$IMAGE_VERSION" \
      org.opencontainers.image.revision="$IMAGE_REVISION" \
      org.opencontainers.image.base.name="mcr.microsoft.com/dotnet/aspnet:10.0-noble-chiseled-extra"
WORKDIR /app
COPY --from=build /app .

# The base image's user app has this id. /data holds the SQLite file, the key ring and the journal.
COPY --from=build --chown=1654:1654 /data /data
USER 1654
ENV ASPNETCORE_URLS=http://+:8080
ENV Data__Directory=/data
VOLUME /data
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=6s --start-period=10s CMD ["dotnet", "LlmConsole.dll", "--healthcheck"]
ENTRYPOINT ["dotnet", "LlmConsole.dll"]
