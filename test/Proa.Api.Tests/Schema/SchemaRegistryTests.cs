using Proa.Api.Meta;
using Proa.Api.Schema;

namespace Proa.Api.Tests.Schema;

public sealed class SchemaRegistryTests
{
    [Fact]
    public void Find_EveryServedKind_HasFields()
    {
        Assert.True(SchemaRegistry.BuiltIn.Resources.Count > 50);
        foreach (var resource in SchemaRegistry.BuiltIn.Resources)
        {
            Assert.True(SchemaRegistry.BuiltIn.Find(resource.Gvk)?.Root.Fields.Count > 0, resource.ToString());
        }
    }

    [Fact]
    public void Resources_Deployments_HasSubresourcesWatchAndShortName()
    {
        var deployments = SchemaRegistry.BuiltIn.Resources.Single(r => r.GroupResource == "deployments.apps");
        Assert.True(deployments.Namespaced);
        Assert.Equal(["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"], deployments.Verbs);
        Assert.Equal(["deploy"], deployments.ShortNames);
        Assert.Equal(["all"], deployments.Categories);
        Assert.Equal(new GroupVersionKind("autoscaling", "v1", "Scale"), deployments.Subresource("scale")?.Gvk);
        Assert.Equal(["get", "patch", "update"], deployments.Subresource("status")!.Verbs);
    }

    [Fact]
    public void Find_ContainerPorts_KnowsListAndMergeKeys()
    {
        var ports = SchemaRegistry.BuiltIn.Find(new("", "v1", "Pod"))!.Root.Find("spec", "containers", "ports")!;
        Assert.Equal(ListType.Map, ports.ListType);
        Assert.Equal(["containerPort", "protocol"], ports.ListKeys);
        Assert.Equal("containerPort", ports.MergeKey);
        Assert.True(ports.PatchMerge);
    }

    [Fact]
    public void Fields_EveryType_Resolves()
    {
        foreach (var name in SchemaRegistry.BuiltIn.TypeNames)
        {
            foreach (var (_, field) in SchemaRegistry.BuiltIn.TypeNode(name)!.Fields)
            {
                Assert.True(field.Kind is not (SchemaKind.List or SchemaKind.Map) || field.Element is not null);
            }
        }
    }
}
