using System.Text;
using Proa.Api.Models;
using Proa.Api.Models.Core;
using Proa.Controllers.Deployments;

namespace Proa.Controllers.Tests.Deployments;

public sealed class TemplateHashTests
{
    private static readonly PodTemplateSpec s_template = Read("""{"metadata":{"labels":{"app":"a","x":"y"}},"spec":{"containers":[{"name":"c","image":"i"}]}}""");

    [Fact]
    public void Of_MembersInAnotherOrder_IsTheSame() => Assert.Equal(
        TemplateHash.Of(s_template, 0),
        TemplateHash.Of(Read("""{"spec":{"containers":[{"image":"i","name":"c"}]},"metadata":{"labels":{"x":"y","app":"a"}}}"""), 0));

    [Fact]
    public void Of_LabelOfTheHashItself_IsTheSame()
    {
        var hash = TemplateHash.Of(s_template, 0);
        var labeled = TemplateHash.WithLabel(s_template, hash);
        Assert.Equal(hash, TemplateHash.Of(labeled, 0));
        Assert.True(TemplateHash.Same(s_template, labeled));
    }

    [Fact]
    public void Of_AnotherImageOrCollision_Differs()
    {
        var other = s_template with { Spec = s_template.Spec with { Containers = [s_template.Spec.Containers[0] with { Image = "j" }] } };
        Assert.NotEqual(TemplateHash.Of(s_template, 0), TemplateHash.Of(other, 0));
        Assert.NotEqual(TemplateHash.Of(s_template, 0), TemplateHash.Of(s_template, 1));
        Assert.False(TemplateHash.Same(s_template, other));
    }

    [Fact]
    public void Of_AnyTemplate_IsALabelValueThatSpellsNothing() => Assert.Matches("^[bcdfghjklmnpqrstvwxz2456789]{1,10}$", TemplateHash.Of(s_template, 0));

    // Replica sets of earlier versions are found by their template, but their names should stay what they are.
    [Fact]
    public void Of_KnownTemplate_DoesNotChangeBetweenVersions() => Assert.Equal("8667c5ccdd", TemplateHash.Of(s_template, 0));

    private static PodTemplateSpec Read(string json) => Model.Read<PodTemplateSpec>(Encoding.UTF8.GetBytes(json));
}
