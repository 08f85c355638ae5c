using Markdig.Extensions.Tables;
using Markdig.Renderers.Html;
using Markdig.Syntax;

namespace LlmConsole.Components.Chat.Markdown;

/// <summary>Markdig aligns columns with style attributes, and no style passes the allow-list: the alignment becomes a class.</summary>
internal static class TableAlignment
{
    public static void ToClasses(MarkdownDocument document)
    {
        foreach (var table in document.Descendants<Table>())
        {
            foreach (var row in table.OfType<TableRow>()) Mark(table, row);
            foreach (var column in table.ColumnDefinitions) column.Alignment = null;
        }
    }

    private static void Mark(Table table, TableRow row)
    {
        for (var i = 0; i < row.Count && i < table.ColumnDefinitions.Count; i++)
        {
            if (table.ColumnDefinitions[i].Alignment is { } alignment and not TableColumnAlign.Left) row[i].GetAttributes().AddClass(AllowList.ClassOf(alignment));
        }
    }
}
