using Proa.Api.Json;

namespace Proa.Api.Kinds.Devices;

/// <summary>One device, where a request does not say how many.</summary>
internal static class RequestDefaults
{
    public static void Apply(JsonObject spec)
    {
        foreach (var request in spec.Sub("devices").Objects("requests"))
        {
            if (request.Object("exactly") is { } exactly)
            {
                Count(exactly);
            }
            foreach (var choice in request.Objects("firstAvailable"))
            {
                Count(choice);
            }
        }
    }

    private static void Count(JsonObject request)
    {
        request.Default("allocationMode", "ExactCount");
        if (request.Text("allocationMode") == "ExactCount")
        {
            request.DefaultZero("count", 1);
        }
    }
}
