using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using LlmConsole.Components.Shared;
using LlmConsole.Core.Configuration;
using LlmConsole.Core.Jobs;
using LlmConsole.Core.Metering;
using Microsoft.AspNetCore.Components;

namespace LlmConsole.Components.Console.Jobs;

/// <summary>One request of a job with its calls, or a pipeline's document with its steps.</summary>
public sealed partial class JobItemDetails
{
    private const int Most = 50;
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private JobItem? _item;
    private IReadOnlyList<(string Title, UsageRecord Record)> _calls = [];
    private (string Request, string? Result)? _texts;
    private string? _refusal;
    private bool _isCut;
    private bool _isRead;

    [Parameter, EditorRequired]
    public required Job Job { get; set; }

    /// <summary>Its place in the job.</summary>
    [Parameter, EditorRequired]
    public required int Index { get; set; }

    [Parameter, EditorRequired]
    public required ConfigurationSnapshot Snapshot { get; set; }

    /// <summary>Whether to offer its texts.</summary>
    [Parameter]
    public bool MayRead { get; set; }

    [Inject]
    private JobBoard Board { get; set; } = default!;

    [Inject]
    private JobDesk Desk { get; set; } = default!;

    [Inject]
    private UsageQueries Usage { get; set; } = default!;

    [Inject]
    private SignedInEditor Me { get; set; } = default!;

    protected override async Task OnParametersSetAsync()
    {
        _item = await Board.FindItemAsync(Job.Id, Index, default);
        _isRead = true;
        if (_item is { } item) await ReadCallsAsync(item);
    }

    private async Task ReadCallsAsync(JobItem item)
    {
        var calls = Job.Type == JobType.Pipeline && item.Parent is null
            ? (await Board.ItemsAsync(Job.Id, null, Index, -1, Most + 1, default)).Items.Select((step, number) => ($"Step {number + 1}", step.RequestId)).ToList()
            : [.. Enumerable.Range(Math.Max(1, item.Attempt - Most), Math.Min(item.Attempt, Most + 1)).Select(attempt => ($"Call {attempt}", (item with { Attempt = attempt }).RequestId))];
        _isCut = calls.Count > Most;
        var shown = calls.TakeLast(Most).ToList();
        var records = await Usage.FindAllAsync([.. shown.Select(call => call.RequestId)], default);
        _calls = [.. shown.Where(call => records.ContainsKey(call.RequestId)).Select(call => (call.Item1, records[call.RequestId]))];
    }

    private async Task ReadAsync()
    {
        if (_item is not { } item) return;
        try
        {
            await Desk.NoteReadingAsync(await Me.AuthorizeAsync(), Job, item.CustomId, default);
            (_texts, _refusal) = ((Readable(item.Body), item.Result is { } result ? Readable(result) : null), null);
        }
        catch (ConfigurationInvalidException refusal)
        {
            _refusal = refusal.Message;
        }
    }

    private static string Readable(byte[] json)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            return JsonSerializer.Serialize(document.RootElement, Indented);
        }
        catch (JsonException)
        {
            return Encoding.UTF8.GetString(json);
        }
    }
}
