# Builds LlmConsole into a small image: aspnet runtime, non-root, one port, one volume.
FROM mcr.microsoft.com/dotnet/sdk:10.0 AS build
WORKDIR /src

# The restore layer changes only with the projects and their locks.
COPY global.json Directory.Build.props Directory.Packages.props .editorconfig ./
COPY LlmConsole/LlmConsole.csproj LlmConsole/packages.lock.json LlmConsole/
COPY LlmConsole.Core/LlmConsole.Core.csproj LlmConsole.Core/packages.lock.json LlmConsole.Core/
RUN dotnet restore LlmConsole/LlmConsole.csproj --locked-mode

COPY . .
RUN dotnet publish LlmConsole/LlmConsole.csproj --no-restore --configuration Release --output /app

FROM mcr.microsoft.com/dotnet/aspnet:10.0
LABEL org.opencontainers.image.title="LlmConsole" \
      org.opencontainers.image.description="A streaming gateway for language models, with keys, limits, books and a console"
WORKDIR /app
COPY --from=build /app .

# The base image's user app has this id. /data holds the SQLite file and the key ring.
RUN mkdir /data && chown 1654:1654 /data
USER 1654
ENV ASPNETCORE_URLS=http://+:8080
ENV Data__Directory=/data
VOLUME /data
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=6s --start-period=10s CMD ["dotnet", "LlmConsole.dll", "--healthcheck"]
ENTRYPOINT ["dotnet", "LlmConsole.dll"]
