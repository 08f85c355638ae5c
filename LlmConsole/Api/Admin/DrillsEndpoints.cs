using LlmConsole.Authentication;
using LlmConsole.Core.Configuration;
using LlmConsole.Core.Routing;
using LlmConsole.Core.Wire;
using Microsoft.AspNetCore.Http.HttpResults;

namespace LlmConsole.Api.Admin;

internal static class DrillsEndpoints
{
    private const string Tag = "Admin: fire drills";
    private const string About = "A fire drill lets targets misbehave for some minutes, for a share of the calls, to rehearse a provider's failure. Only this instance takes part, and what it knows of drills goes with it.";
    private const string Example =
        """{"object":"drill","id":"drl_01kb2hf3w8y0z2v5b7n9m4q6xd","model":"fast","provider":null,"tenant":"Acme","fault":"500","minutes":5,"share":50,"running":true,"startedBy":"owner@example.com","startedAt":"2027-01-31T09:35:00Z","endsAt":"2027-01-31T09:40:00Z","report":{"affected":40,"servedByFallback":39,"servedAnyway":0,"failed":1,"addedLatencyMs":12.5,"addedCost":0.0012}}""";

    public static void MapDrills(this RouteGroupBuilder admin)
    {
        admin.MapGet("drills", List).WithMetadata(new OperationDoc("list-drills", "List fire drills", $"{About} Newest first, the last hundred.") { Tag = Tag, Response = $$"""{"object":"list","data":[{{Example}}],"next":null,"has_more":false}""" });

        admin.MapGet("drills/{id}", (string id, DrillBook drills, ConfigurationStore store, TimeProvider time) => TypedResults.Ok(View(Require(drills, id), store, time)))
            .WithMetadata(new OperationDoc("get-drill", "Get one fire drill and its report", About) { Tag = Tag, Response = Example });

        admin.MapPost("drills", StartAsync).RequireAuthorization(Access.Edit).WithMetadata(new OperationDoc(
            "start-drill", "Start a fire drill", $"{About} Name a model, a provider, or both, and the fault. Providers are never asked, so their accounts stay untouched: what slow delays and cut cuts is a sentence of the simulator's, marked by x-llmconsole-model: fire-drill, at no cost.")
        {
            Tag = Tag, Request = """{"model":"simulator/echo","fault":"500","minutes":5,"share":50,"tenant":"Default"}""", Response = Example,
        });

        admin.MapDelete("drills/{id}", StopAsync).RequireAuthorization(Access.Edit).WithMetadata(new OperationDoc("stop-drill", "Stop a fire drill", "Calls from now on are not drilled; the report stays. A drill that has ended already stays as it is.") { Tag = Tag });
    }

    private static Ok<Page<DrillView>> List(DrillBook drills, ConfigurationStore store, TimeProvider time) =>
        TypedResults.Ok(new Page<DrillView>([.. drills.All.Select(drill => View(drill, store, time))], null));

    private static async Task<Created<DrillView>> StartAsync(Body<DrillBody> body, DrillBook drills, ConfigurationStore store, TimeProvider time, HttpContext context)
    {
        var drill = await drills.StartAsync(Resources.Actor(context), body.Value.ToPlan(store.Current), context.RequestAborted);
        return TypedResults.Created($"/admin/v1/drills/{drill.Id}", View(drill, store, time));
    }

    private static async Task<NoContent> StopAsync(string id, DrillBook drills, HttpContext context)
    {
        await drills.StopAsync(Resources.Actor(context), Require(drills, id), context.RequestAborted);
        return TypedResults.NoContent();
    }

    private static Drill Require(DrillBook drills, string id) => drills.Find(id) ?? throw new RefusalException(ErrorCode.NotFound, $"There is no drill {id}. GET /admin/v1/drills lists those of this instance.");

    private static DrillView View(Drill drill, ConfigurationStore store, TimeProvider time) => DrillView.From(drill, store.Current, time.GetUtcNow());
}
