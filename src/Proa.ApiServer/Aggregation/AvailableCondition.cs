using Proa.Api.Json;
using Proa.ApiServer.Objects;

namespace Proa.ApiServer.Aggregation;

/// <summary>An APIService's condition <c>Available</c>: <c>True</c>, <c>False</c> or <c>Unknown</c>, with why. Immutable.</summary>
internal sealed record AvailableCondition(string Status, string Reason, string Message)
{
    public static readonly AvailableCondition Local = new("True", "Local", "Local APIServices are always available");

    public static readonly AvailableCondition Passed = new("True", "Passed", "all checks passed");

    public static AvailableCondition Failed(string reason, string message) => new("False", reason, message);

    /// <returns>Null: nobody has looked yet.</returns>
    public static JsonObject? Of(JsonObject apiService) =>
        apiService.Object("status")?.Array("conditions")?.OfType<JsonObject>().FirstOrDefault(static item => item.String("type") == "Available");

    /// <returns>False: it says so already.</returns>
    public bool Put(JsonObject apiService, DateTimeOffset now)
    {
        if (Of(apiService) is not { } condition)
        {
            condition = new() { ["type"] = "Available" };
            var status = apiService.EnsureObject("status");
            var conditions = status.Array("conditions") ?? [];
            conditions.Add(condition);
            status["conditions"] = conditions;
        }
        else if (condition.String("status") == Status && condition.String("reason") == Reason && condition.String("message") == Message)
        {
            return false;
        }
        if (condition.String("status") != Status)
        {
            condition["status"] = Status;
            condition["lastTransitionTime"] = Metadata.Time(now);
        }
        condition["reason"] = Reason;
        condition["message"] = Message;
        return true;
    }
}
