using LlmConsole.Api;
using LlmConsole.Api.Errors;
using LlmConsole.Components.Account.Setup;
using LlmConsole.Components.Account.Users;
using LlmConsole.Core.Configuration;
using LlmConsole.Core.Storage;
using LlmConsole.Core.Wire;
using LlmConsole.Hosting;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Components.Authorization;
using Microsoft.AspNetCore.Identity;

namespace LlmConsole.Authentication;

/// <summary>Who may do what: sessions by cookie, admin keys, API callers, and the first run.</summary>
internal static class AccessRegistration
{
    /// <summary>How soon a session notices that its user was disabled or changed.</summary>
    public static readonly TimeSpan RevalidationInterval = TimeSpan.FromSeconds(10);

    private const string Scheme = "Access";

    public static void AddAccess(this IServiceCollection services, Settings settings)
    {
        AddSessions(services);
        services.AddAntiforgery(options => options.Cookie.SecurePolicy = CookieSecurePolicy.SameAsRequest);
        Access.AddPolicies(services.AddAuthorizationBuilder());
        services.AddScoped<AuthenticationStateProvider, RevalidatingUser>();
        services.AddScoped<PasswordSignIn>();
        services.AddScoped<PasswordChange>();
        services.AddScoped<SetupSteps>();
        services.AddScoped<UserEdits>();
        services.AddSingleton<UserDirectory>();
        services.AddSingleton<SetupToken>();
        services.AddSingleton<Bootstrap>();
        services.AddHostedService<SetupLink>();

        services.AddSingleton(provider => new JwtCallers(settings.JwtIssuers, provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton<ClientTokens>();
        services.AddSingleton(provider => new FailedCredentials(settings.FailedCredentialsPerMinute, provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton<CallerResolver>();
    }

    /// <summary>Authentication and authorization for everything but the gateway's API, which finds its callers by itself.</summary>
    public static void UseAccess(this WebApplication app)
    {
        // The web application builder would put both middlewares in front of everything, the gateway's API included; these marks say that they are already there.
        IApplicationBuilder builder = app;
        builder.Properties["__AuthenticationMiddlewareSet"] = true;
        builder.Properties["__AuthorizationMiddlewareSet"] = true;

        app.UseMiddleware<SetupGate>();
        app.UseWhen(context => !context.FindsItsCallers(), guarded => guarded
            .UseAuthentication()
            .Use(SameOriginGuard.InvokeAsync)
            .UseWhen(IsGuarded, behind => behind.UseAuthorization())
            .UseAntiforgery());
    }

    /// <summary>What is mapped to the gateway's API and doesn't say that it finds its callers is closed to strangers like all else.</summary>
    internal static bool FindsItsCallers(this HttpContext context) =>
        context.Request.IsGateway() && (context.GetEndpoint() is not RouteEndpoint endpoint || endpoint.Metadata.GetMetadata<CallersApi>() is not null);

    /// <summary>Everything but pages that don't exist: a stranger who mistyped an address is told so, instead of being asked to sign in for it.</summary>
    private static bool IsGuarded(HttpContext context) => context.GetEndpoint() is not null || context.Request.IsAdminApi();

    public static void MapAccess(this WebApplication app) => app.MapPost("/account/sign-out", SignOutAsync).AllowAnonymous().TakesShortForms().ExcludeFromDescription();

    private static async Task<IResult> SignOutAsync(HttpContext context, IAntiforgery antiforgery, SignInManager<User> session)
    {
        try
        {
            await antiforgery.ValidateRequestAsync(context);
        }
        catch (AntiforgeryValidationException)
        {
            // Also where there is no form, or none that can be read.
            return Results.BadRequest("The form is out of date. Go back, reload the page and sign out again.");
        }

        await session.SignOutAsync();
        return Results.Redirect("/account/sign-in");
    }

    private static void AddSessions(IServiceCollection services)
    {
        services.AddAuthentication(Scheme)
            .AddPolicyScheme(Scheme, null, options => options.ForwardDefaultSelector = context =>
                context.Request.IsAdminApi() && Credential.IsPresent(context.Request) ? AdminKeyHandler.Name : IdentityConstants.ApplicationScheme)
            .AddScheme<AuthenticationSchemeOptions, AdminKeyHandler>(AdminKeyHandler.Name, null)
            .AddCookie(IdentityConstants.ApplicationScheme, ConfigureCookie)

            // Identity's stamp validator signs out of this scheme too when it ends a session, and throws where there is none.
            .AddCookie(IdentityConstants.TwoFactorRememberMeScheme);
        services.AddIdentityCore<User>(options =>
            {
                options.User.RequireUniqueEmail = true;
                options.User.AllowedUserNameCharacters = "";
                options.Password.RequiredLength = UserRules.MinPasswordLength;
                options.Password.RequireDigit = options.Password.RequireLowercase = options.Password.RequireUppercase = options.Password.RequireNonAlphanumeric = false;
                options.Lockout.MaxFailedAccessAttempts = 5;
                options.Lockout.DefaultLockoutTimeSpan = TimeSpan.FromMinutes(5);
            })
            .AddEntityFrameworkStores<LlmConsoleDbContext>()
            .AddSignInManager()
            .AddClaimsPrincipalFactory<UserClaims>();
        services.Configure<SecurityStampValidatorOptions>(options => options.ValidationInterval = RevalidationInterval);
    }

    private static void ConfigureCookie(CookieAuthenticationOptions options)
    {
        options.Cookie.Name = "llmconsole.session";
        options.Cookie.HttpOnly = true;
        options.Cookie.SameSite = SameSiteMode.Lax;
        options.Cookie.SecurePolicy = CookieSecurePolicy.SameAsRequest;
        options.ExpireTimeSpan = TimeSpan.FromDays(7);
        options.SlidingExpiration = true;
        options.LoginPath = "/account/sign-in";
        options.AccessDeniedPath = "/account/denied";
        options.ReturnUrlParameter = "returnUrl";
        options.Events.OnValidatePrincipal = SecurityStampValidator.ValidatePrincipalAsync;
        options.Events.OnRedirectToLogin = context => Answer(context, AccessRefusals.NotSignedIn);
        options.Events.OnRedirectToAccessDenied = context => Answer(context, AccessRefusals.NotAllowed);
    }

    private static Task Answer(RedirectContext<CookieAuthenticationOptions> context, RefusalException refusal)
    {
        if (context.Request.IsAdminApi()) return ErrorAnswer.WriteAsync(context.HttpContext, refusal);
        context.Response.Redirect(context.RedirectUri);
        return Task.CompletedTask;
    }
}
