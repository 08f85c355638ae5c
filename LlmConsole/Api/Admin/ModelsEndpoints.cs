using System.ComponentModel;
using LlmConsole.Authentication;
using LlmConsole.Core;
using LlmConsole.Core.Configuration;
using LlmConsole.Core.Routing;
using Microsoft.AspNetCore.Http.HttpResults;

namespace LlmConsole.Api.Admin;

internal static class ModelsEndpoints
{
    private static readonly Resource<Model, ModelView> Models = new("model", "models")
    {
        All = snapshot => snapshot.Models.Values,
        Find = References.FindModelByReference,
        View = ModelView.From,
    };

    private static readonly ResourceDocs Docs = new(
        "Admin: models",
        "A model is a public name and how it is served: groups of weighted targets, fallbacks, timeouts, what is done when targets fail, and prices.",
        """{"name":"fast","targets":[{"provider":"Simulator","model":"echo","weight":3}],"fallbacks":[],"timeouts":{"firstTokenSeconds":20},"retries":2,"rescue":"hold","prices":{"inputPerMillion":0.15,"outputPerMillion":0.6}}""",
        """{"prices":{"inputPerMillion":0.1,"cachedInputPerMillion":0.05,"outputPerMillion":0.4}}""",
        """{"object":"model","id":"mod_01kb2hc6v9n2q4x8m0s7t5z3wb","name":"fast","targets":[{"provider":"Simulator","providerId":"prv_01kb2hb2f8m1t5y7w9e3r6q0za","model":"echo","weight":3,"group":0,"acceptsPrefill":false,"drained":false}],"fallbacks":[],"timeouts":{"firstTokenSeconds":20,"idleSeconds":60,"totalSeconds":600,"connectSeconds":10},"sticky":"none","retries":2,"rescue":"hold","gracefulMessage":null,"contextFallback":false,"prices":{"version":1,"effectiveFrom":"2027-01-31T09:34:00Z","inputPerMillion":0.15,"cachedInputPerMillion":null,"outputPerMillion":0.6},"priceHistory":[{"version":1,"effectiveFrom":"2027-01-31T09:34:00Z","inputPerMillion":0.15,"cachedInputPerMillion":null,"outputPerMillion":0.6}],"createdAt":"2027-01-31T09:34:00Z"}""")
    {
        OnCreate = "Name and at least one target are needed; a target names its provider by name or id. Prices are dollars per million tokens; a later PATCH sets a new version from that moment on.",
        OnDelete = "Refused with 409 while another model falls back to it.",
    };

    public static void MapModels(this RouteGroupBuilder admin)
    {
        admin.MapResource<Model, ModelBody, ModelView>(Models, Docs, time => new Model { Id = Ids.New("mod", time), Name = "", Targets = [], CreatedAt = time.GetUtcNow() });

        admin.MapPost("models/{id}/test", TestAsync).RequireAuthorization(Access.Edit).WithMetadata(new OperationDoc(
            "test-model", "Test one model",
            "Asks each of its targets, drained ones too, for an answer of at most 16 tokens, in the way that calls are asked: the few tokens are real and stand in nobody's books. A target that can't be reached or refuses is an answer with ok false, not an error. Its health stays as it is.")
        {
            Tag = Docs.Tag,
            Response = """{"object":"model.test","model":"fast","ok":true,"targets":[{"provider":"Local","providerId":"prv_01kb2hb2f8m1t5y7w9e3r6q0za","model":"llama3.2","ok":true,"status":200,"ms":412.5,"message":"It answers."}]}""",
        });
    }

    private static async Task<Ok<ModelTestView>> TestAsync(string id, [Description("For a pattern: one of the names that it serves.")] string? name, Resources resources, ModelProbe probe, HttpContext context)
    {
        var model = resources.Find(Models, id);
        return TypedResults.Ok(ModelTestView.From(model, await probe.TestAsync(Resources.Actor(context), model, name, context.RequestAborted)));
    }
}
