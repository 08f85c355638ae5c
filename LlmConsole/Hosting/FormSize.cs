using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.SignalR;

namespace LlmConsole.Hosting;

/// <summary>Forms of pages are a few fields long, and are held whole before anybody knows who sends them.</summary>
internal static class FormSize
{
    private const long MaxBytes = 64 * 1024;

    /// <summary>Takes no longer forms there. What pages send over the connection of their circuit isn't a form, and bounded by its hub.</summary>
    public static TBuilder TakesShortForms<TBuilder>(this TBuilder endpoints) where TBuilder : IEndpointConventionBuilder
    {
        endpoints.Add(endpoint =>
        {
            if (!endpoint.Metadata.OfType<HubMetadata>().Any()) endpoint.Metadata.Add(new RequestSizeLimitAttribute(MaxBytes));
        });
        return endpoints;
    }
}
