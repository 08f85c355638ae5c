using LlmConsole.Components.Shared;
using LlmConsole.Core;
using LlmConsole.Core.Configuration;

namespace LlmConsole.Components.Console.Models;

/// <summary>A price while it is being edited, as the fields hold it.</summary>
internal sealed class PriceDraft
{
    public PriceDraft()
    {
    }

    public PriceDraft(ModelPrice price) => (Input, CachedInput, CacheWrite, Output, PerRequest) =
        (price.InputPerMillion.ToInvariant(), Text(price.CachedInputPerMillion), Text(price.CacheWritePerMillion), price.OutputPerMillion.ToInvariant(), Text(price.PerRequest));

    public string Input { get; set; } = "";

    public string CachedInput { get; set; } = "";

    public string CacheWrite { get; set; } = "";

    public string Output { get; set; } = "";

    public string PerRequest { get; set; } = "";

    /// <summary>Takes a known price over into the fields.</summary>
    public void Use(SuggestedPrice price) =>
        (Input, CachedInput, CacheWrite, Output) = (price.Input.ToInvariant(), Text(price.CachedInput), Text(price.CacheWrite), price.Output.ToInvariant());

    /// <summary>The model with this price from now on; what can't be read adds problems.</summary>
    public Model ApplyTo(Model model, DateTimeOffset now, List<Problem> problems)
    {
        var isEmpty = string.IsNullOrWhiteSpace(Input + CachedInput + CacheWrite + Output + PerRequest);
        if (isEmpty && model.Prices.Count == 0) return model;
        if (isEmpty)
        {
            problems.Add(new Problem("prices.inputPerMillion", "A price can't be taken away, for the books refer to it. Enter 0 if calls cost nothing now."));
            return model;
        }

        var input = NumberText.ReadDollars(Input, "prices.inputPerMillion", mayBeEmpty: false, problems);
        var cached = NumberText.ReadDollars(CachedInput, "prices.cachedInputPerMillion", mayBeEmpty: true, problems);
        var write = NumberText.ReadDollars(CacheWrite, "prices.cacheWritePerMillion", mayBeEmpty: true, problems);
        var output = NumberText.ReadDollars(Output, "prices.outputPerMillion", mayBeEmpty: false, problems);
        var request = NumberText.ReadDollars(PerRequest, "prices.perRequest", mayBeEmpty: true, problems);
        if (input is not { } inputPrice || output is not { } outputPrice) return model;
        return model.WithPrice(new ModelPrice
        {
            Version = 0, EffectiveFrom = now, InputPerMillion = inputPrice, CachedInputPerMillion = cached, CacheWritePerMillion = write, OutputPerMillion = outputPrice, PerRequest = request,
        });
    }

    private static string Text(Usd? amount) => amount?.ToInvariant() ?? "";
}
