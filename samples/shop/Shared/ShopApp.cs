namespace Shop;

/// <summary>What every service of the shop has: JSON, health endpoints, one line of log a start, a clean stop on SIGTERM.</summary>
internal static class ShopApp
{
    /// <param name="ready">Answers whether the service's own dependencies are there; null: always ready.</param>
    public static WebApplication Create(string[] args, Func<Task<bool>>? ready = null)
    {
        var builder = WebApplication.CreateSlimBuilder(args);
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.ListenAnyIP(Port));
        builder.Logging.SetMinimumLevel(LogLevel.Warning);
        builder.Services.ConfigureHttpJsonOptions(json => json.SerializerOptions.TypeInfoResolverChain.Insert(0, ShopJson.Default));
        var app = builder.Build();
        app.MapGet("/livez", () => "ok");
        app.MapGet("/readyz", async () => ready is null || await ready() ? Results.Ok("ok") : Results.StatusCode(503));
        Console.WriteLine($"listening on port {Port}");
        return app;
    }

    public static int Port => int.Parse(Environment.GetEnvironmentVariable("PORT") ?? "8080");

    /// <summary>A setting that the pod must have.</summary>
    public static string Require(string name) =>
        Environment.GetEnvironmentVariable(name) ?? throw new InvalidOperationException($"the environment variable {name} is not set");
}
