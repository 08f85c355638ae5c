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
        (FirstToken, Idle, Total) = (Text(timeouts.FirstTokenSeconds), Text(timeouts.IdleSeconds), Text(timeouts.TotalSeconds));
        if (model?.PriceAt(now) is not { } price) return;
        (InputPrice, CachedInputPrice, OutputPrice) = (price.InputPerMillion.ToInvariant(), price.CachedInputPerMillion?.ToInvariant() ?? "", price.OutputPerMillion.ToInvariant());
    }

    public string Name { get; set; }

    public List<TargetDraft> Targets { get; }

    public string Fallbacks { get; set; }

    public string FirstToken { get; set; }

    public string Idle { get; set; }

    public string Total { get; set; }

    public string InputPrice { get; set; } = "";

    public string CachedInputPrice { get; set; } = "";

    public string OutputPrice { get; set; } = "";

    /// <summary>The provider's name of the first target that a price is known of.</summary>
    public string PricedAs => Targets.Select(target => target.Model).FirstOrDefault(model => SuggestedPrices.Find(model) is not null) ?? "";

    /// <summary>Takes the price over into the fields.</summary>
    public void Use(SuggestedPrice price) =>
        (InputPrice, CachedInputPrice, OutputPrice) = (price.Input.ToInvariant(), price.CachedInput?.ToInvariant() ?? "", price.Output.ToInvariant());

    /// <exception cref="ConfigurationInvalidException">A number can't be read.</exception>
    public Model ToModel(TimeProvider time)
    {
        var problems = new List<Problem>();
        var now = time.GetUtcNow();
        var result = (_model ?? new Model { Id = Ids.New("mod", time), Name = "", Targets = [], CreatedAt = now }) with
        {
            Name = Name.Trim(),
            Targets = [.. Targets.Select((target, index) => target.ToTarget(index, problems))],
            Fallbacks = TextList.Split(Fallbacks),
            Timeouts = new ModelTimeouts
            {
                FirstTokenSeconds = NumberText.Read(FirstToken, "timeouts.firstTokenSeconds", problems),
                IdleSeconds = NumberText.Read(Idle, "timeouts.idleSeconds", problems),
                TotalSeconds = NumberText.Read(Total, "timeouts.totalSeconds", problems),
            },
        };
        result = Priced(result, now, problems);
        return problems.Count == 0 ? result : throw new ConfigurationInvalidException(problems);
    }

    private Model Priced(Model model, DateTimeOffset now, List<Problem> problems)
    {
        var isEmpty = string.IsNullOrWhiteSpace(InputPrice + CachedInputPrice + OutputPrice);
        if (isEmpty && model.Prices.Count == 0) return model;
        if (isEmpty)
        {
            problems.Add(new Problem("prices.inputPerMillion", "A price can't be taken away, for the books refer to it. Enter 0 if calls cost nothing now."));
            return model;
        }

        var input = NumberText.ReadDollars(InputPrice, "prices.inputPerMillion", mayBeEmpty: false, problems);
        var cached = NumberText.ReadDollars(CachedInputPrice, "prices.cachedInputPerMillion", mayBeEmpty: true, problems);
        var output = NumberText.ReadDollars(OutputPrice, "prices.outputPerMillion", mayBeEmpty: false, problems);
        return input is { } inputPrice && output is { } outputPrice ? model.WithPrice(inputPrice, cached, outputPrice, now) : model;
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}

/// <summary>One target while it is being edited.</summary>
internal sealed class TargetDraft
{
    public TargetDraft()
    {
    }

    public TargetDraft(ModelTarget target) => (ProviderId, Model, Weight) = (target.ProviderId, target.Model, target.Weight.ToString(CultureInfo.InvariantCulture));

    public string ProviderId { get; set; } = "";

    public string Model { get; set; } = "";

    public string Weight { get; set; } = "1";

    public ModelTarget ToTarget(int index, List<Problem> problems) => new(ProviderId, Model.Trim(), NumberText.Read(Weight, $"targets[{index}].weight", problems));
}
