using System.Text;
using Proa.Store.Commit;

namespace Proa.Store.Tests.Commit;

public sealed class RevisionTextTests
{
    [Fact]
    public void Insert_AfterBraceOfMetadata_IsFirstMember() =>
        Assert.Equal(
            """{"metadata":{"resourceVersion":"12","name":"a"}}""",
            Encoding.UTF8.GetString(RevisionText.Insert("""{"metadata":{"name":"a"}}"""u8, 13, 12)));

    [Theory]
    [InlineData("""{"metadata":{"resourceVersion":"9","name":"a"}}""", """{"metadata":{"resourceVersion":"123","name":"a"}}""")]
    [InlineData("""{"metadata":{"labels":{"resourceVersion":"9"},"resourceVersion":"99999"},"x":1}""", """{"metadata":{"labels":{"resourceVersion":"9"},"resourceVersion":"123"},"x":1}""")]
    [InlineData("""{"resourceVersion":"1","spec":{"metadata":{"resourceVersion":"2"}},"metadata":{"a":[{"b":1}],"resourceVersion":"3"}}""", """{"resourceVersion":"1","spec":{"metadata":{"resourceVersion":"2"}},"metadata":{"a":[{"b":1}],"resourceVersion":"123"}}""")]
    [InlineData("""{"metadata":{"name":"a"},"spec":{"x":{"resourceVersion":"2"}}}""", """{"metadata":{"name":"a"},"spec":{"x":{"resourceVersion":"2"}}}""")]
    [InlineData("""{"metadata":{},"y":{"resourceVersion":"2"}}""", """{"metadata":{},"y":{"resourceVersion":"2"}}""")]
    public void Replace_OnlyThatOfMetadata_IsChanged(string json, string expected) =>
        Assert.Equal(expected, Encoding.UTF8.GetString(RevisionText.Replace(Encoding.UTF8.GetBytes(json), 123)));
}
