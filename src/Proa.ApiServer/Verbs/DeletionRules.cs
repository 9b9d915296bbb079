using Proa.Api.Json;
using Proa.ApiServer.Objects;
using Proa.ApiServer.Types;

namespace Proa.ApiServer.Verbs;

/// <summary>When and how an object goes. Pure.</summary>
internal static class DeletionRules
{
    public const string Foreground = "foregroundDeletion";
    public const string Orphan = "orphan";

    /// <summary>A deleted object whose last finalizer went and that has no grace left.</summary>
    public static bool IsFinished(ServedType type, JsonObject obj)
    {
        var metadata = Metadata.Of(obj);
        if (metadata["deletionTimestamp"] is not JsonString || Metadata.HasFinalizers(obj))
        {
            return false;
        }
        if (type.Collection == "namespaces")
        {
            return obj.Object("spec")?.Array("finalizers") is not { Count: > 0 };
        }
        return metadata.Int("deletionGracePeriodSeconds") is null or 0;
    }

    /// <summary>The seconds that an object gets to end; 0: none. Only pods have grace.</summary>
    public static long Grace(ServedType type, JsonObject obj, long? asked)
    {
        if (type.Collection != "pods")
        {
            return 0;
        }
        var spec = obj.Object("spec");
        if (string.IsNullOrEmpty(spec?.String("nodeName")) || obj.Object("status")?.String("phase") is "Succeeded" or "Failed")
        {
            return 0;
        }
        var grace = asked ?? spec.Int("terminationGracePeriodSeconds") ?? 30;
        // Negative values are legacy; they stand for "at once, but gracefully".
        return grace < 0 ? 1 : grace;
    }

    /// <summary>Kinds whose deletion answers with the object; the others answer with a Status.</summary>
    public static bool AnswersObject(ServedType type) => type.Collection is "pods" or "services" or "serviceaccounts" or "resourcequotas"
        or "podtemplates" or "persistentvolumes" or "persistentvolumeclaims";

    /// <summary>Kinds that leave their dependents behind unless asked otherwise.</summary>
    public static bool OrphansByDefault(ServedType type) => type.Collection is "jobs.batch" or "replicationcontrollers";

    /// <summary>Sets the finalizers that a propagation policy asks the garbage collector to honour.</summary>
    /// <param name="policy"><c>Background</c>, <c>Foreground</c>, <c>Orphan</c> or null: as the kind has it.</param>
    public static void SetPropagation(ServedType type, JsonObject obj, string? policy)
    {
        var metadata = Metadata.Of(obj);
        var finalizers = metadata.Array("finalizers") ?? [];
        var had = (Orphan: Has(finalizers, Orphan), Foreground: Has(finalizers, Foreground));
        var orphan = policy is null ? had.Orphan || (!had.Foreground && OrphansByDefault(type)) : policy == "Orphan";
        var foreground = policy is null ? had.Foreground : policy == "Foreground";
        finalizers.RemoveAll(static item => item is JsonString { Value: Orphan or Foreground });
        if (orphan)
        {
            finalizers.Add(Orphan);
        }
        else if (foreground)
        {
            finalizers.Add(Foreground);
        }
        metadata["finalizers"] = finalizers.Count == 0 ? null : finalizers;
    }

    private static bool Has(JsonArray finalizers, string name)
    {
        foreach (var item in finalizers)
        {
            if (item is JsonString text && text.Value == name)
            {
                return true;
            }
        }
        return false;
    }
}
