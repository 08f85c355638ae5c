using System.Globalization;
using LlmConsole.Components.Shared;
using LlmConsole.Core.Configuration;
using LlmConsole.Core.Providers;
using LlmConsole.Core.Routing;

namespace LlmConsole.Components.Console.Drills;

/// <summary>A fire drill while it is being planned, as the fields hold it. An empty choice means all of them.</summary>
internal sealed class DrillDraft
{
    private const int UsualMinutes = 5;
    private const int UsualShare = 100;

    public string ModelId { get; set; } = "";

    public string ProviderId { get; set; } = "";

    public string TenantId { get; set; } = "";

    public FaultKind Fault { get; set; } = FaultKind.Fail;

    public string Minutes { get; set; } = UsualMinutes.ToString(CultureInfo.InvariantCulture);

    public string Share { get; set; } = UsualShare.ToString(CultureInfo.InvariantCulture);

    /// <summary>The plan as far as the fields can be read, for a sentence that follows the typing; none while something is missing.</summary>
    public DrillPlan? Preview
    {
        get
        {
            var problems = new List<Problem>();
            var plan = Read(problems);
            return problems.Count == 0 && (plan.ModelId ?? plan.ProviderId) is not null ? plan : null;
        }
    }

    /// <exception cref="ConfigurationInvalidException">A number can't be read.</exception>
    public DrillPlan ToPlan()
    {
        var problems = new List<Problem>();
        var plan = Read(problems);
        return problems.Count == 0 ? plan : throw new ConfigurationInvalidException(problems);
    }

    private DrillPlan Read(List<Problem> problems) => new()
    {
        ModelId = Chosen(ModelId),
        ProviderId = Chosen(ProviderId),
        TenantId = Chosen(TenantId),
        Fault = Fault,
        Minutes = NumberText.Read(Minutes, "minutes", problems),
        SharePercent = NumberText.Read(Share, "share", problems),
    };

    private static string? Chosen(string id) => id.Length == 0 ? null : id;
}
