using System.Globalization;
using LlmConsole.Components.Shared;
using LlmConsole.Core;
using LlmConsole.Core.Configuration;

namespace LlmConsole.Components.Console.Models;

/// <summary>A model route while it is being edited, as the fields hold it.</summary>
internal sealed class ModelDraft
{
    private readonly Model? _model;

    public ModelDraft(Model? model, string? firstProviderId, DateTimeOffset now)
    {
        _model = model;
        Name = model?.Name ?? "";
        Targets = model is null ? [new TargetDraft { ProviderId = firstProviderId ?? "" }] : [.. model.Targets.Select(target => new TargetDraft(target))];
        Fallbacks = TextList.Join(model?.Fallbacks ?? []);
        var timeouts = model?.Timeouts ?? new ModelTimeouts();
        (FirstToken, Idle, Total, Connect) = (Text(timeouts.FirstTokenSeconds), Text(timeouts.IdleSeconds), Text(timeouts.TotalSeconds), Text(timeouts.ConnectSeconds));
        Resilience = new ResilienceDraft(model?.Resilience ?? new ModelResilience());
        if (model?.PriceAt(now) is not { } price) return;
        Price = new PriceDraft(price);
    }

    public string Name { get; set; }

    public List<TargetDraft> Targets { get; }

    public string Fallbacks { get; set; }

    public string FirstToken { get; set; }

    public string Idle { get; set; }

    public string Total { get; set; }

    public string Connect { get; set; }

    public ResilienceDraft Resilience { get; }

    public PriceDraft Price { get; } = new();

    /// <summary>The provider's name of the first target that a price is known of.</summary>
    public string PricedAs => Targets.Select(target => target.Model).FirstOrDefault(model => SuggestedPrices.Find(model) is not null) ?? "";

    /// <summary>The model as far as the fields can be read, for a sentence that follows the typing.</summary>
    public Model Preview(TimeProvider time) => Read(time, []);

    /// <exception cref="ConfigurationInvalidException">A number can't be read.</exception>
    public Model ToModel(TimeProvider time)
    {
        var problems = new List<Problem>();
        var result = Price.ApplyTo(Read(time, problems), time.GetUtcNow(), problems);
        return problems.Count == 0 ? result : throw new ConfigurationInvalidException(problems);
    }

    private Model Read(TimeProvider time, List<Problem> problems) => (_model ?? new Model { Id = Ids.New("mod", time), Name = "", Targets = [], CreatedAt = time.GetUtcNow() }) with
    {
        Name = Name.Trim(),
        Targets = [.. Targets.Select((target, index) => target.ToTarget(index, problems))],
        Fallbacks = TextList.Split(Fallbacks),
        Timeouts = new ModelTimeouts
        {
            FirstTokenSeconds = NumberText.Read(FirstToken, "timeouts.firstTokenSeconds", problems),
            IdleSeconds = NumberText.Read(Idle, "timeouts.idleSeconds", problems),
            TotalSeconds = NumberText.Read(Total, "timeouts.totalSeconds", problems),
            ConnectSeconds = NumberText.Read(Connect, "timeouts.connectSeconds", problems),
        },
        Resilience = Resilience.ToResilience(),
    };

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
