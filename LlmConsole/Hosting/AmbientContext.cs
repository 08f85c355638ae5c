using LlmConsole.Authentication;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace LlmConsole.Hosting;

/// <summary>
/// The request as an ambient value, which the sessions of people need. Where it is offered, the server makes a new context for every request instead of using one again, and whatever
/// waits carries it along; so it is offered to all but the gateway's callers, of whom nobody asks for it.
/// </summary>
internal static class AmbientContext
{
    public static void AddAmbientContext(this IServiceCollection services) =>
        services.Replace(ServiceDescriptor.Singleton<IHttpContextFactory>(static services => new DefaultHttpContextFactory(new WithoutAccessor(services))));

    /// <summary>Must come before whatever may ask for it.</summary>
    public static void UseAmbientContext(this WebApplication app)
    {
        var accessor = app.Services.GetRequiredService<IHttpContextAccessor>();
        app.Use((context, next) => context.FindsItsCallers() ? next(context) : RunAsync(context, next, accessor));
    }

    private static async Task RunAsync(HttpContext context, RequestDelegate next, IHttpContextAccessor accessor)
    {
        accessor.HttpContext = context;
        try
        {
            await next(context);
        }
        finally
        {
            // Whoever carried it along finds nothing from now on, rather than the next request.
            accessor.HttpContext = null;
        }
    }

    private sealed class WithoutAccessor(IServiceProvider services) : IServiceProvider
    {
        public object? GetService(Type serviceType) => serviceType == typeof(IHttpContextAccessor) ? null : services.GetService(serviceType);
    }
}
