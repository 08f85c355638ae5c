using System.Diagnostics.Metrics;

namespace LlmConsole.Core.Telemetry;

/// <summary>Credentials that opened nothing: <c>llmconsole_credentials_refused_total{kind,result}</c>.</summary>
public static class CredentialMetrics
{
    public const string Key = "key";
    public const string AdminKey = "admin_key";
    public const string ClientToken = "client_token";
    public const string Jwt = "jwt";
    public const string Password = "password";

    private static readonly Counter<long> Refusals = Source.Meter.CreateCounter<long>("llmconsole.credentials.refused", description: "Credentials that were wrong (refused), or that came from an address with too many wrong ones (limited), by kind.");

    public static void Refused(string kind) => Refusals.Add(1, new("kind", kind), new("result", "refused"));

    public static void Limited(string kind) => Refusals.Add(1, new("kind", kind), new("result", "limited"));
}
