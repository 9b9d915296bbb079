using System.Text;
using Proa.Api.Models;
using Proa.Api.Models.Core;
using Proa.Controllers.Common;

namespace Proa.Controllers.Tests.Common;

public sealed class ControllerRevisionsTests
{
    [Fact]
    public void Data_MembersAreByName_AsClientsMakeThem()
    {
        var template = Model.Read<PodTemplateSpec>("""{"spec":{"containers":[{"name":"c","image":"i"}]},"metadata":{"labels":{"b":"1","a":"2"}}}"""u8.ToArray());
        Assert.Equal(
            """{"spec":{"template":{"$patch":"replace","metadata":{"labels":{"a":"2","b":"1"}},"spec":{"containers":[{"image":"i","name":"c","resources":{}}]}}}}""",
            Encoding.UTF8.GetString(ControllerRevisions.Data(template)));
    }
}
