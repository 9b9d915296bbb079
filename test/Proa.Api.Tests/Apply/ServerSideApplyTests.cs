using Proa.Api.Apply;
using Proa.Api.Json;
using Proa.Api.Meta;
using Proa.Api.Schema;

namespace Proa.Api.Tests.Apply;

public sealed class ServerSideApplyTests
{
    private static readonly DateTimeOffset s_now = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);
    private static readonly ObjectSchema s_configMap = SchemaRegistry.BuiltIn.Find(new GroupVersionKind("", "v1", "ConfigMap"))!;
    private static readonly ObjectSchema s_deployment = SchemaRegistry.BuiltIn.Find(new GroupVersionKind("apps", "v1", "Deployment"))!;

    [Fact]
    public void Apply_SharedField_StaysUntilItsLastOwnerDropsIt()
    {
        var live = Must(Apply(s_configMap, null, Map("{'a':'1'}"), "one"));
        live = Must(Apply(s_configMap, live, Map("{'a':'1'}"), "two"));
        live = Must(Apply(s_configMap, live, Map("{}"), "one"));
        Assert.Equal("1", live.Object("data")!.String("a"));

        live = Must(Apply(s_configMap, live, Map("{}"), "two"));

        Assert.Null(live.Object("data")?["a"]);
        Assert.Equal("""{"f:data":{}}""", Fields(live, "two"));
    }

    [Fact]
    public void Apply_FieldOfAnUpdater_ConflictsAndNamesTheVersion()
    {
        var live = Map("{'a':'1'}");
        ManagedFields.TrackUpdate(s_configMap, null, live, new("web", "v1"), s_now);

        var refused = Apply(s_configMap, live, Map("{'a':'9'}"), "one");
        var forced = Must(Apply(s_configMap, live, Map("{'a':'9'}"), "one", force: true));

        Assert.Equal("Apply failed with 1 conflict: conflict with \"web\" using v1: .data.a", refused.ConflictMessage());
        Assert.Equal("9", forced.Object("data")!.String("a"));
        Assert.Equal("""{"f:data":{"f:a":{}}}""", Fields(forced, "one"));
        Assert.Equal("""{"f:data":{}}""", Fields(forced, "web"));
    }

    [Fact]
    public void Apply_ListMap_RemovesWhatItNamesNoMore()
    {
        var live = Must(Apply(s_deployment, null, Deployment("[{'name':'a','image':'x','env':[{'name':'K','value':'1'}],'ports':[{'containerPort':80}]},{'name':'b','image':'y'}]"), "one"));
        Assert.Equal(
            """{"f:spec":{"f:template":{"f:spec":{"f:containers":{"k:{\"name\":\"a\"}":{".":{},"f:env":{"k:{\"name\":\"K\"}":{".":{},"f:name":{},"f:value":{}}},"f:image":{},"f:name":{},"f:ports":{"k:{\"containerPort\":80,\"protocol\":\"TCP\"}":{".":{},"f:containerPort":{}}}},"k:{\"name\":\"b\"}":{".":{},"f:image":{},"f:name":{}}}}}}}""",
            Fields(live, "one"));

        live = Must(Apply(s_deployment, live, Deployment("[{'name':'a','image':'x'}]"), "one"));

        Assert.Equal("""[{"name":"a","image":"x"}]""", live.Object("spec")!.Object("template")!.Object("spec")!.Array("containers")!.ToString());
    }

    [Fact]
    public void Apply_FieldsThatNobodyOwns_AreKept()
    {
        var live = Must(Apply(s_deployment, null, Deployment("[{'name':'a','image':'x','stdin':true}]"), "one"));
        live.Object("spec")!.Object("template")!.Object("spec")!.Array("containers")![0] =
            JsonTree.Parse("""{"name":"a","image":"x","stdin":true,"imagePullPolicy":"Always"}""");

        live = Must(Apply(s_deployment, live, Deployment("[{'name':'a','image':'z'}]"), "one"));

        Assert.True(JsonTree.Parse("""[{"name":"a","image":"z","imagePullPolicy":"Always"}]""")
            .DeepEquals(live.Object("spec")!.Object("template")!.Object("spec")!.Array("containers")));
    }

    [Fact]
    public void Apply_NewItems_FollowItemsThatOnlyTheLiveListHas()
    {
        var live = Deployment("[{'name':'b','image':'1'},{'name':'sidecar','image':'s'},{'name':'d','image':'1'}]");

        var merged = Must(Apply(s_deployment, live, Deployment("[{'name':'a','image':'1'},{'name':'b','image':'1'},{'name':'c','image':'1'},{'name':'d','image':'1'}]"), "one"));

        Assert.Equal(["a", "b", "sidecar", "c", "d"],
            merged.Object("spec")!.Object("template")!.Object("spec")!.Array("containers")!.Select(c => ((JsonObject)c).String("name")!));
    }

    [Fact]
    public void Apply_DuplicateKeys_AreRefusedWithTheirPath()
    {
        var result = Apply(s_deployment, null, Deployment("[{'name':'a','image':'x'},{'name':'a','image':'y'}]"), "one");

        Assert.Equal(500, result.Error!.Code);
        Assert.Equal("failed to create typed patch object (/d; apps/v1, Kind=Deployment): .spec.template.spec.containers: duplicate entries for key [name=\"a\"]", result.Error.Message);
    }

    [Fact]
    public void TrackUpdate_Create_OwnsNewMapsThemselves()
    {
        var made = Map("{'a':'1','b':'2'}");

        ManagedFields.TrackUpdate(s_configMap, null, made, new("web", "v1"), s_now);

        Assert.Equal("""{"f:data":{".":{},"f:a":{},"f:b":{}}}""", Fields(made, "web"));
        Assert.Equal("2026-01-02T03:04:05Z", ((JsonObject)made.Object("metadata")!.Array("managedFields")![0]).String("time"));
    }

    [Fact]
    public void TrackUpdate_ChangedField_MovesToTheWriter()
    {
        var live = Map("{'a':'1','b':'2'}");
        ManagedFields.TrackUpdate(s_configMap, null, live, new("one", "v1"), s_now);
        var updated = Map("{'a':'1','b':'3'}");

        ManagedFields.TrackUpdate(s_configMap, live, updated, new("two", "v1"), s_now);

        Assert.Equal("""{"f:data":{".":{},"f:a":{}}}""", Fields(updated, "one"));
        Assert.Equal("""{"f:data":{"f:b":{}}}""", Fields(updated, "two"));
    }

    [Fact]
    public void TrackUpdate_ObjectThatNobodyOwns_StaysSo()
    {
        var updated = Map("""{"a":"1"}""");

        ManagedFields.TrackUpdate(s_configMap, Map("{}"), updated, new("one", "v1"), s_now);

        Assert.False(updated.Object("metadata")!.ContainsKey("managedFields"));
    }

    [Fact]
    public void TrackUpdate_ElevenWriters_FoldTheOldest()
    {
        var live = Map("{}");
        for (var i = 0; i < 12; i++)
        {
            var updated = live.CloneObject();
            updated.Object("metadata")!.Remove("managedFields");
            updated.EnsureObject("data")[$"k{i:00}"] = "v";
            ManagedFields.TrackUpdate(s_configMap, i == 0 ? null : live, updated, new($"m{i:00}", "v1"), s_now.AddSeconds(i));
            live = updated;
        }

        var managers = live.Object("metadata")!.Array("managedFields")!.Select(entry => ((JsonObject)entry).String("manager")!).ToList();

        Assert.Equal(10, managers.Count);
        Assert.Contains("ancient-changes", managers);
        Assert.Contains("m11", managers);
    }

    private static ApplyResult Apply(ObjectSchema schema, JsonObject? live, JsonObject applied, string manager, bool force = false) =>
        ServerSideApply.Apply(schema, live, applied, new(manager, schema.Gvk.ApiVersion), ["status"], force, s_now);

    private static JsonObject Must(ApplyResult result) => result.Object ?? throw new InvalidOperationException(result.Error?.Message ?? result.ConflictMessage());

    private static JsonObject Map(string data) => Parse($"{{'apiVersion':'v1','kind':'ConfigMap','metadata':{{'name':'c'}},'data':{data}}}");

    private static JsonObject Deployment(string containers) => Parse(
        $"{{'apiVersion':'apps/v1','kind':'Deployment','metadata':{{'name':'d'}},'spec':{{'template':{{'spec':{{'containers':{containers}}}}}}}}}");

    private static JsonObject Parse(string json) => JsonTree.ParseObject(System.Text.Encoding.UTF8.GetBytes(json.Replace('\'', '"')));

    private static string Fields(JsonObject obj, string manager) => obj.Object("metadata")!.Array("managedFields")!.Cast<JsonObject>()
        .Single(entry => entry.String("manager") == manager)["fieldsV1"]!.ToString();
}
