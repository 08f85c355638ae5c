using LlmConsole.Core;
using LlmConsole.Core.Configuration;

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
        "A model is a public name and how it is served: weighted targets, fallbacks, timeouts and prices.",
        """{"name":"fast","targets":[{"provider":"Simulator","model":"echo","weight":3}],"fallbacks":[],"timeouts":{"firstTokenSeconds":20},"prices":{"inputPerMillion":0.15,"outputPerMillion":0.6}}""",
        """{"prices":{"inputPerMillion":0.1,"cachedInputPerMillion":0.05,"outputPerMillion":0.4}}""",
        """{"object":"model","id":"mod_01kb2hc6v9n2q4x8m0s7t5z3wb","name":"fast","targets":[{"provider":"Simulator","providerId":"prv_01kb2hb2f8m1t5y7w9e3r6q0za","model":"echo","weight":3}],"fallbacks":[],"timeouts":{"firstTokenSeconds":20,"idleSeconds":60,"totalSeconds":600},"prices":{"version":1,"effectiveFrom":"2027-01-31T09:34:00Z","inputPerMillion":0.15,"cachedInputPerMillion":null,"outputPerMillion":0.6},"priceHistory":[{"version":1,"effectiveFrom":"2027-01-31T09:34:00Z","inputPerMillion":0.15,"cachedInputPerMillion":null,"outputPerMillion":0.6}],"createdAt":"2027-01-31T09:34:00Z"}""")
    {
        OnCreate = "Name and at least one target are needed; a target names its provider by name or id. Prices are dollars per million tokens; a later PATCH sets a new version from that moment on.",
        OnDelete = "Refused with 409 while another model falls back to it.",
    };

    public static void MapModels(this RouteGroupBuilder admin) => admin.MapResource<Model, ModelBody, ModelView>(
        Models, Docs, time => new Model { Id = Ids.New("mod", time), Name = "", Targets = [], CreatedAt = time.GetUtcNow() });
}
