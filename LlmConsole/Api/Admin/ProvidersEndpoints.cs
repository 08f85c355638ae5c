using LlmConsole.Authentication;
using LlmConsole.Core;
using LlmConsole.Core.Configuration;
using LlmConsole.Core.Providers;
using Microsoft.AspNetCore.Http.HttpResults;

namespace LlmConsole.Api.Admin;

internal static class ProvidersEndpoints
{
    private static readonly Resource<Provider, ProviderView> Providers = new("provider", "providers")
    {
        All = snapshot => snapshot.Providers.Values,
        Find = References.FindProvider,
        View = (provider, _, _) => ProviderView.From(provider),
    };

    private static readonly ResourceDocs Docs = new(
        "Admin: providers",
        "A provider is where models are served from: OpenAI, Azure OpenAI, Anthropic, Ollama, any server that speaks OpenAI's API, a chat client that the host's code registered under the provider's name, or the built-in simulator. Its key is stored encrypted and never answered.",
        """{"name":"Local","kind":"openai-compatible","baseUrl":"http://localhost:11434/v1","apiKey":"local-key-0000"}""",
        """{"apiKey":"local-key-1111"}""",
        """{"object":"provider","id":"prv_01kb2hb2f8m1t5y7w9e3r6q0za","name":"Local","kind":"openai-compatible","baseUrl":"http://localhost:11434/v1","hasApiKey":true,"apiKeyLastFour":"0000","createdAt":"2027-01-31T09:33:00Z"}""")
    {
        OnCreate = "Name is needed, and baseUrl for openai-compatible and azure-openai.",
        OnDelete = "Refused with 409 while a model has it as a target.",
    };

    public static void MapProviders(this RouteGroupBuilder admin)
    {
        admin.MapResource<Provider, ProviderBody, ProviderView>(
            Providers, Docs, time => new Provider { Id = Ids.New("prv", time), Name = "", Kind = ProviderKind.OpenAI, CreatedAt = time.GetUtcNow() });

        admin.MapPost("providers/{id}/test", async Task<Ok<ProviderTestView>> (string id, Resources resources, ProviderProbe probe, HttpContext context) =>
                TypedResults.Ok(ProviderTestView.From(await probe.TestAsync(resources.Find(Providers, id), null, context.RequestAborted))))
            .RequireAuthorization(Access.Edit)
            .WithMetadata(new OperationDoc("test-provider", "Test one provider", "Asks the provider for its models with the stored key; no paid call is made. A provider that can't be reached or refuses the key is an answer with ok false, not an error.")
            {
                Tag = Docs.Tag, Response = """{"object":"provider.test","ok":true,"status":200,"message":"Local answered and lists 2 models.","models":["llama3.2","qwen3"]}""",
            });
    }
}
