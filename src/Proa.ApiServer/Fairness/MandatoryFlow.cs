using System.Text;
using Proa.Api.Json;

namespace Proa.ApiServer.Fairness;

/// <summary>The levels and schemas without which requests cannot be classified: in force even while they are not stored. Pure.</summary>
internal static class MandatoryFlow
{
    public const string CatchAll = "catch-all";

    public static IEnumerable<JsonObject> Levels() => Of(
        """{"metadata":{"name":"exempt"},"spec":{"type":"Exempt","exempt":{"nominalConcurrencyShares":0,"lendablePercent":0}}}""",
        """{"metadata":{"name":"catch-all"},"spec":{"type":"Limited","limited":{"nominalConcurrencyShares":5,"lendablePercent":0,"limitResponse":{"type":"Reject"}}}}""");

    public static IEnumerable<JsonObject> Schemas() => Of(
        """
        {"metadata":{"name":"exempt"},"spec":{"matchingPrecedence":1,"priorityLevelConfiguration":{"name":"exempt"},"rules":[{"subjects":[{"kind":"Group","group":{"name":"system:masters"}}],
        "resourceRules":[{"verbs":["*"],"apiGroups":["*"],"resources":["*"],"clusterScope":true,"namespaces":["*"]}],"nonResourceRules":[{"verbs":["*"],"nonResourceURLs":["*"]}]}]}}
        """,
        """
        {"metadata":{"name":"catch-all"},"spec":{"matchingPrecedence":10000,"priorityLevelConfiguration":{"name":"catch-all"},"distinguisherMethod":{"type":"ByUser"},
        "rules":[{"subjects":[{"kind":"Group","group":{"name":"system:unauthenticated"}},{"kind":"Group","group":{"name":"system:authenticated"}}],
        "resourceRules":[{"verbs":["*"],"apiGroups":["*"],"resources":["*"],"clusterScope":true,"namespaces":["*"]}],"nonResourceRules":[{"verbs":["*"],"nonResourceURLs":["*"]}]}]}}
        """);

    private static IEnumerable<JsonObject> Of(params string[] texts) => texts.Select(static text => JsonTree.ParseObject(Encoding.UTF8.GetBytes(text)));
}
