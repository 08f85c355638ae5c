using LlmConsole.Core.Configuration;

namespace LlmConsole.Components.Shared;

/// <summary>The problems of one form. A field shows what carries its name; what no field claims stands above the form.</summary>
internal sealed class FormErrors
{
    private readonly HashSet<string> _fields = [];
    private IReadOnlyList<Problem> _problems = [];

    public bool Any => _problems.Count > 0;

    /// <summary>What belongs to no field on the form.</summary>
    public IEnumerable<string> Unclaimed => _problems.Where(problem => !_fields.Any(name => Belongs(problem, name))).Select(problem => problem.Message).Distinct();

    /// <summary>What is wrong with a field; its items' problems (<c>models[2]</c>) are its own.</summary>
    public string? Of(string field)
    {
        var messages = _problems.Where(problem => Belongs(problem, field)).Select(problem => problem.Message).Distinct().ToList();
        return messages.Count == 0 ? null : string.Join(" ", messages);
    }

    public void Claim(string field) => _fields.Add(field);

    public void Release(string field) => _fields.Remove(field);

    public void Set(IReadOnlyList<Problem> problems) => _problems = problems;

    public void Clear() => _problems = [];

    private static bool Belongs(Problem problem, string field) =>
        problem.Field == field || (problem.Field.StartsWith(field, StringComparison.Ordinal) && problem.Field.Length > field.Length && problem.Field[field.Length] == '[' && problem.Field[^1] == ']');
}
