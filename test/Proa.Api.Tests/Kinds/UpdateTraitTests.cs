using Proa.Api.Kinds;
using Proa.Api.Meta;
using Proa.Api.Schema;

namespace Proa.Api.Tests.Kinds;

/// <summary>Which kinds an update creates, and which it must name the revision of.</summary>
public sealed class UpdateTraitTests
{
    private static readonly string[] s_created =
    [
        "Service", "Endpoints", "Event", "LimitRange", "Lease", "RuntimeClass", "Role", "ClusterRole", "RoleBinding", "ClusterRoleBinding",
    ];

    private static readonly string[] s_pinned =
    [
        "RuntimeClass", "PodDisruptionBudget", "CSIDriver", "CSINode", "CSIStorageCapacity", "VolumeAttachment", "Lease", "APIService",
        "ValidatingWebhookConfiguration", "MutatingWebhookConfiguration", "ValidatingAdmissionPolicy", "MutatingAdmissionPolicy",
        "ValidatingAdmissionPolicyBinding", "MutatingAdmissionPolicyBinding",
    ];

    public static TheoryData<string> Kinds { get; } =
        [.. SchemaRegistry.BuiltIn.Resources.Select(static r => $"{r.ApiVersion} {r.Kind}").Where(static kind => !kind.EndsWith(" CustomResourceDefinition", StringComparison.Ordinal) && kind != "events.k8s.io/v1 Event").Distinct().Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Strategy_OfKind_SaysWhatAnUpdateMayDo(string kind)
    {
        var words = kind.Split(' ');
        var strategy = KindStrategies.For(GroupVersionKind.Of(words[0], words[1]));
        Assert.Equal(s_created.Contains(words[1]), strategy.AllowsCreateOnUpdate);
        Assert.Equal(!s_pinned.Contains(words[1]), strategy.AllowsUnconditionalUpdate);
    }
}
