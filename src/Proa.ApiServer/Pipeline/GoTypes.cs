using Proa.ApiServer.Types;

namespace Proa.ApiServer.Pipeline;

/// <summary>What the original calls a type in texts that name it as its own program does.</summary>
internal static class GoTypes
{
    public static string Of(ServedType type) => type.Custom is not null ? "unstructured.Unstructured" : $"{Package(type)}.{type.Kind}";

    public static string ListOf(ServedType type) => type.Custom is not null ? "unstructured.UnstructuredList" : $"{Package(type)}.{type.ListKind}";

    // The events of events.k8s.io are those of the core group.
    private static string Package(ServedType type)
    {
        var group = type.Info.Gvk.Group;
        return group is "" or "events.k8s.io" ? "core" : group.Split('.')[0];
    }
}
