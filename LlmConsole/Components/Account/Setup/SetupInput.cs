using System.Globalization;
using LlmConsole.Core;
using LlmConsole.Core.Configuration;

namespace LlmConsole.Components.Account.Setup;

/// <summary>The form of step 2: which provider, and which of its models to publish.</summary>
internal sealed class ProviderInput
{
    public ProviderKind Kind { get; set; } = ProviderKind.Simulator;
    public string Name { get; set; } = "";
    public string BaseUrl { get; set; } = "";
    public string ApiKey { get; set; } = "";
    public string Model { get; set; } = "";

    /// <summary>Dollars per million tokens, as typed; empty leaves the model unpriced.</summary>
    public string InputPrice { get; set; } = "";
    public string OutputPrice { get; set; } = "";

    /// <summary>Takes the price over into the fields.</summary>
    public void Use(SuggestedPrice price) => (InputPrice, OutputPrice) = (price.Input.ToInvariant(), price.Output.ToInvariant());

    /// <summary>The provider that the form describes, without its key.</summary>
    /// <exception cref="ConfigurationInvalidException">Base URL or API key is missing, or the base URL is none.</exception>
    public Provider ToProvider(string id, DateTimeOffset createdAt)
    {
        if (Kind == ProviderKind.OpenAI && string.IsNullOrWhiteSpace(ApiKey)) throw new ConfigurationInvalidException([new("apiKey", "OpenAI needs an API key, which begins with sk-.")]);
        return new Provider { Id = id, Name = Name.Trim().Length > 0 ? Name.Trim() : DefaultName, Kind = Kind, BaseUrl = ReadBaseUrl(), CreatedAt = createdAt };
    }

    /// <summary>Both prices, or none.</summary>
    /// <exception cref="ConfigurationInvalidException">Names what is not a price.</exception>
    public (Usd Input, Usd Output)? ReadPrices()
    {
        var isEmpty = string.IsNullOrWhiteSpace(InputPrice) && string.IsNullOrWhiteSpace(OutputPrice);
        return isEmpty ? null : (ReadPrice("inputPrice", InputPrice), ReadPrice("outputPrice", OutputPrice));
    }

    private string DefaultName => Kind == ProviderKind.OpenAI ? "OpenAI" : "My provider";

    private Uri? ReadBaseUrl()
    {
        if (Kind != ProviderKind.OpenAICompatible) return null;
        return Uri.TryCreate(BaseUrl.Trim(), UriKind.Absolute, out var url) && url.Scheme is "http" or "https"
            ? url
            : throw new ConfigurationInvalidException([new("baseUrl", "Must be an absolute http or https URL, such as http://localhost:11434/v1.")]);
    }

    private static Usd ReadPrice(string field, string text)
    {
        if (decimal.TryParse(text.Trim(), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var dollars) && dollars <= 1_000_000 && decimal.Round(dollars, 9) == dollars) return Usd.FromDollars(dollars);
        throw new ConfigurationInvalidException([new(field, "Enter dollars per million tokens, such as 0.15; or leave both prices empty.")]);
    }
}

/// <summary>The form of step 3: who calls, with which limits, and the name of the first key.</summary>
internal sealed class KeyInput
{
    public string Tenant { get; set; } = Seed.DefaultName;
    public string TierId { get; set; } = "";
    public string Name { get; set; } = "First key";
}
