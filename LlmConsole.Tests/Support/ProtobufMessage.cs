using System.Buffers.Binary;
using System.Text;

namespace LlmConsole.Tests.Support;

/// <summary>A message of protobuf, read by the numbers of its fields, without a schema.</summary>
internal sealed class ProtobufMessage
{
    private readonly List<(int Field, ReadOnlyMemory<byte> Bytes, ulong Number)> _fields = [];

    public ProtobufMessage(ReadOnlyMemory<byte> bytes)
    {
        for (var at = 0; at < bytes.Length;)
        {
            var tag = Varint(bytes.Span, ref at);
            var field = (int)(tag >> 3);
            switch (tag & 7)
            {
                case 0:
                    _fields.Add((field, default, Varint(bytes.Span, ref at)));
                    break;
                case 1:
                    _fields.Add((field, default, BinaryPrimitives.ReadUInt64LittleEndian(bytes.Span[at..])));
                    at += 8;
                    break;
                case 2:
                    var length = (int)Varint(bytes.Span, ref at);
                    _fields.Add((field, bytes.Slice(at, length), 0));
                    at += length;
                    break;
                case 5:
                    _fields.Add((field, default, BinaryPrimitives.ReadUInt32LittleEndian(bytes.Span[at..])));
                    at += 4;
                    break;
                default:
                    throw new InvalidDataException($"Wire type {tag & 7}.");
            }
        }
    }

    public bool Has(int field) => _fields.Exists(entry => entry.Field == field);

    /// <summary>A number, whatever its encoding; 0 when it isn't there.</summary>
    public ulong Number(int field) => _fields.Find(entry => entry.Field == field).Number;

    public double Double(int field) => BitConverter.UInt64BitsToDouble(Number(field));

    public ReadOnlyMemory<byte> Bytes(int field) => _fields.Find(entry => entry.Field == field).Bytes;

    public string Text(int field) => Encoding.UTF8.GetString(Bytes(field).Span);

    public IEnumerable<ProtobufMessage> Messages(int field) => _fields.Where(entry => entry.Field == field).Select(entry => new ProtobufMessage(entry.Bytes));

    private static ulong Varint(ReadOnlySpan<byte> bytes, ref int at)
    {
        ulong value = 0;
        for (var shift = 0; ; shift += 7)
        {
            var next = bytes[at++];
            value |= (ulong)(next & 0x7f) << shift;
            if (next < 0x80) return value;
        }
    }
}
