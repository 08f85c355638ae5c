namespace LlmConsole.Components.Console.Requests;

/// <summary>The columns of a list of calls, and the line of names that stands for a choice of them in the URL.</summary>
internal static class CallColumns
{
    /// <summary>When a call ended: it enters the books then, and lists are in that order.</summary>
    public const string Time = "time";
    public const string Tenant = "tenant";

    /// <summary>Every column in its usual place: how a call ended stands beside when, so that it is in sight on a phone and beside the drawer.</summary>
    public static readonly IReadOnlyList<CallColumn> All =
    [
        new(Time, "Ended"), new("arrived", "Arrived"), new("status", "Status"), new(Tenant, "Tenant"), new("key", "Key"), new("user", "User"), new("task", "Task"), new("model", "Model"), new("served", "Served by"), new("provider", "Provider"),
        new("cache", "Cache"), new("attempts", "Attempts", true), new("in", "In, tokens", true), new("out", "Out, tokens", true), new("cost", "Cost", true),
        new("first", "First token", true), new("duration", "Duration", true), new("id", "Request id"),
    ];

    public static readonly IReadOnlyList<CallColumn> Usual = [.. Of("time,status,tenant,key,model,in,out,cost,first,duration")];

    /// <summary>For a list of one tenant's calls.</summary>
    public static readonly IReadOnlyList<CallColumn> WithoutTenant = [.. Usual.Where(column => column.Name != Tenant)];

    /// <summary>The columns that a line names, in its order; the usual ones when it names none.</summary>
    public static IReadOnlyList<CallColumn> Read(string? line) => Of(line).ToList() is { Count: > 0 } chosen ? chosen : Usual;

    /// <summary>The line for the URL; none for the usual columns.</summary>
    public static string? Write(IReadOnlyCollection<CallColumn> columns) => columns.Count == 0 || columns.SequenceEqual(Usual) ? null : string.Join(',', columns.Select(column => column.Name));

    private static IEnumerable<CallColumn> Of(string? line) => (line ?? "").Split(',').Distinct().Select(name => All.FirstOrDefault(column => column.Name == name)).OfType<CallColumn>();
}

/// <summary>One column.</summary>
/// <param name="Name">In the URL.</param>
/// <param name="Title">At its head.</param>
/// <param name="IsNumber">Whether it holds numbers, which stand at the right.</param>
public sealed record CallColumn(string Name, string Title, bool IsNumber = false);
