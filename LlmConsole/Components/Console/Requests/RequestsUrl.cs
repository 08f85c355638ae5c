using LlmConsole.Core.Metering;

namespace LlmConsole.Components.Console.Requests;

internal static class RequestsUrl
{
    /// <summary>The page of requests with one of them open.</summary>
    public static string Of(UsageRecord record) => $"/admin/requests?call={Uri.EscapeDataString(record.RequestId)}";
}
