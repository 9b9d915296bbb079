using Proa.Api.Meta;

namespace Proa.ApiServer.Types.Conversions;

/// <summary>The built-in kinds that are served in a version other than the stored one.</summary>
internal static class BuiltInConversions
{
    /// <returns>Null when the kind is stored in this version.</returns>
    public static (GroupVersionKind Stored, IVersionConversion Conversion)? Find(GroupVersionKind gvk) => gvk switch
    {
        { Group: "events.k8s.io", Kind: "Event" } => (new GroupVersionKind("", "v1", "Event"), new EventConversion()),
        { Group: "autoscaling", Version: "v1", Kind: "HorizontalPodAutoscaler" } =>
            (new GroupVersionKind("autoscaling", "v2", "HorizontalPodAutoscaler"), new AutoscalerConversion()),
        _ => null,
    };
}
