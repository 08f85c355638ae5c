using LlmConsole.Core.Metering;
using Microsoft.Extensions.Logging.Abstractions;

namespace LlmConsole.Tests.Metering;

internal static class Journals
{
    public static UsageJournal In(string directory, long maxBytes = LedgerOptions.DefaultJournalMaxBytes) => new(directory, maxBytes, isFlushed: true, TimeProvider.System, NullLogger.Instance);
}
