using System.Buffers.Binary;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace LlmConsole.Bench;

/// <summary>A page with its circuit, as a browser has it, but without a browser: it starts the circuit, says that it has drawn each batch, and draws nothing.</summary>
internal sealed partial class Circuit(Uri address, string cookies) : IDisposable
{
    private readonly ClientWebSocket _socket = new();

    /// <summary>Bytes of all messages from the server.</summary>
    public long Bytes { get; private set; }

    public long Batches { get; private set; }

    /// <summary>What ended the circuit, if anything did.</summary>
    public string? Error { get; private set; }

    /// <summary>Loads the page, connects, and asks for its components; batches are counted from then on.</summary>
    public async Task OpenAsync(HttpClient http, string path)
    {
        var html = await http.GetStringAsync(path);
        var state = State().Match(html).Groups[1].Value;
        var markers = Marker().Matches(html).Select(match => JsonNode.Parse(match.Groups[1].Value)!).Where(marker => marker["descriptor"] is not null).ToList();
        _socket.Options.SetRequestHeader("Cookie", cookies);
        await _socket.ConnectAsync(new UriBuilder(address) { Scheme = "ws", Path = "/_blazor" }.Uri, default);
        await _socket.SendAsync(Encoding.UTF8.GetBytes("{\"protocol\":\"blazorpack\",\"version\":1}\u001e"), WebSocketMessageType.Binary, true, default);
        await SendAsync("0", "StartCircuit", address.ToString(), new Uri(address, path).ToString(), "[]", state);
        var operations = new JsonArray([.. markers.Select((marker, i) => new JsonObject { ["type"] = "add", ["ssrComponentId"] = i + 1, ["marker"] = marker })]);
        await SendAsync(null, "UpdateRootComponents", new JsonObject { ["batchId"] = 1, ["operations"] = operations }.ToJsonString(), state);
        _ = ReadAsync();
    }

    public void Dispose() => _socket.Dispose();

    private async Task ReadAsync()
    {
        try
        {
            using var message = new MemoryStream();
            var buffer = new byte[65_536];
            while (_socket.State == WebSocketState.Open)
            {
                var received = await _socket.ReceiveAsync(buffer, default);
                Bytes += received.Count;
                message.Write(buffer, 0, received.Count);
                if (!received.EndOfMessage) continue;
                await TakeAsync(message.ToArray());
                message.SetLength(0);
            }
        }
        catch (Exception e) when (e is WebSocketException or ObjectDisposedException or OperationCanceledException)
        {
            Error ??= e.Message;
        }
    }

    /// <summary>One or more messages, each with its length before it. The answer to the handshake is text.</summary>
    private async Task TakeAsync(byte[] data)
    {
        var at = data is [(byte)'{', ..] ? Array.IndexOf(data, (byte)0x1e) + 1 : 0;
        while (at < data.Length)
        {
            var (length, shift) = (0, 0);
            byte part;
            do
            {
                part = data[at++];
                length |= (part & 0x7f) << shift;
                shift += 7;
            }
            while ((part & 0x80) != 0);
            if (Pack.Read(data.AsSpan(at, length)) is object?[] message) await HearAsync(message);
            at += length;
        }
    }

    private async Task HearAsync(object?[] message)
    {
        if (message is [6L, ..]) await WriteAsync(Pack.Write(new object[] { 6L }));
        if (message is [7L, ..]) Error ??= $"closed: {message.ElementAtOrDefault(1)}";
        if (message is not [1L, _, _, string target, object?[] arguments, ..]) return;
        switch (target)
        {
            case "JS.RenderBatch":
                Batches++;
                await SendAsync(null, "OnRenderCompleted", arguments[0], null);
                break;
            case "JS.BeginInvokeJS" when arguments[0] is long and not 0:
                // A module, the chat page's time zone, or nothing.
                var result = arguments[3] is 1L ? """{"__jsObjectId":1}""" : arguments[1] is "minutesFromUtc" ? "0" : "null";
                await SendAsync(null, "EndInvokeJSFromDotNet", arguments[0], true, $"[{arguments[0]},true,{result}]");
                break;
            case "JS.Error":
                Error ??= $"{arguments[0]}";
                break;
        }
    }

    private Task SendAsync(string? invocation, string target, params object?[] arguments) =>
        WriteAsync(Pack.Write(new object?[] { 1L, Pack.NoHeaders, invocation, target, arguments, Array.Empty<object>() }));

    private async Task WriteAsync(byte[] message)
    {
        var head = new List<byte>();
        for (var left = message.Length; ; left >>= 7)
        {
            head.Add((byte)(left > 0x7f ? (left & 0x7f) | 0x80 : left));
            if (left <= 0x7f) break;
        }

        await _socket.SendAsync((byte[])[.. head, .. message], WebSocketMessageType.Binary, true, default);
    }

    [GeneratedRegex("<!--Blazor-Server-Component-State:([^-]+)-->")]
    private static partial Regex State();

    [GeneratedRegex("<!--Blazor:(\\{.*?\\})-->")]
    private static partial Regex Marker();
}

/// <summary>As much of MessagePack as messages of circuits need.</summary>
internal static class Pack
{
    /// <summary>The empty map.</summary>
    public static readonly object NoHeaders = new();

    public static byte[] Write(object?[] values)
    {
        var bytes = new List<byte>();
        Write(bytes, values);
        return [.. bytes];
    }

    /// <summary>Arrays, texts, bytes, whole numbers, truth values; maps are left out.</summary>
    public static object? Read(ReadOnlySpan<byte> data)
    {
        var at = 0;
        return Read(data, ref at);
    }

    private static void Write(List<byte> bytes, object? value)
    {
        switch (value)
        {
            case null: bytes.Add(0xc0); break;
            case bool truth: bytes.Add((byte)(truth ? 0xc3 : 0xc2)); break;
            case long number: Write(bytes, 0xd3, number, sizeof(long)); break;
            case object?[] values:
                Write(bytes, 0xdd, values.Length, sizeof(uint));
                foreach (var item in values) Write(bytes, item);
                break;
            case string text:
                var utf8 = Encoding.UTF8.GetBytes(text);
                Write(bytes, 0xdb, utf8.Length, sizeof(uint));
                bytes.AddRange(utf8);
                break;
            default: bytes.Add(0x80); break;
        }
    }

    private static void Write(List<byte> bytes, byte kind, long value, int size)
    {
        Span<byte> whole = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64BigEndian(whole, value);
        bytes.Add(kind);
        foreach (var one in whole[^size..]) bytes.Add(one);
    }

    private static object? Read(ReadOnlySpan<byte> data, ref int at)
    {
        var kind = data[at++];
        switch (kind)
        {
            case < 0x80: return (long)kind;
            case >= 0xe0: return (long)(sbyte)kind;
            case < 0x90: return Map(data, kind & 0xf, ref at);
            case < 0xa0: return Items(data, kind & 0xf, ref at);
            case < 0xc0: return Text(data, kind & 0x1f, ref at);
            case 0xc0: return null;
            case 0xc2 or 0xc3: return kind == 0xc3;
            case 0xc4 or 0xc5 or 0xc6: return Bytes(data, (int)Number(data, 1 << (kind - 0xc4), ref at), ref at);
            case 0xcc or 0xcd or 0xce or 0xcf: return Number(data, 1 << (kind - 0xcc), ref at);
            case 0xd0 or 0xd1 or 0xd2 or 0xd3: return Number(data, 1 << (kind - 0xd0), ref at);
            case 0xd9 or 0xda or 0xdb: return Text(data, (int)Number(data, 1 << (kind - 0xd9), ref at), ref at);
            case 0xdc or 0xdd: return Items(data, (int)Number(data, 2 << (kind - 0xdc), ref at), ref at);
            default: throw new InvalidOperationException($"A message holds {kind:x2}.");
        }
    }

    private static object? Map(ReadOnlySpan<byte> data, int count, ref int at)
    {
        for (var i = 0; i < 2 * count; i++) Read(data, ref at);
        return null;
    }

    private static object?[] Items(ReadOnlySpan<byte> data, int count, ref int at)
    {
        var items = new object?[count];
        for (var i = 0; i < count; i++) items[i] = Read(data, ref at);
        return items;
    }

    private static string Text(ReadOnlySpan<byte> data, int length, ref int at) => Encoding.UTF8.GetString(Bytes(data, length, ref at));

    private static byte[] Bytes(ReadOnlySpan<byte> data, int length, ref int at)
    {
        var bytes = data.Slice(at, length).ToArray();
        at += length;
        return bytes;
    }

    private static long Number(ReadOnlySpan<byte> data, int size, ref int at)
    {
        var number = 0L;
        for (var i = 0; i < size; i++) number = (number << 8) | data[at++];
        return number;
    }
}
