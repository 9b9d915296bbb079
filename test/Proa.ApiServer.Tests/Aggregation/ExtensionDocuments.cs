namespace Proa.ApiServer.Tests.Aggregation;

/// <summary>What an <see cref="ExtensionApi"/> tells of itself.</summary>
internal static class ExtensionDocuments
{
    public const string Aggregated = """
        {"kind":"APIGroupDiscoveryList","apiVersion":"apidiscovery.k8s.io/v2","metadata":{},"items":[
         {"metadata":{"name":"wardle.example.com","creationTimestamp":null},"versions":[{"version":"v1alpha1","freshness":"Current","resources":[
          {"resource":"flunders","responseKind":{"group":"wardle.example.com","version":"v1alpha1","kind":"Flunder"},"scope":"Namespaced","singularResource":"flunder",
           "verbs":["create","delete","deletecollection","get","list","watch"],"shortNames":["fl"],"subresources":[{"subresource":"exec","verbs":["create","get"]}]}]}]},
         {"metadata":{"name":"metrics.k8s.io","creationTimestamp":null},"versions":[{"version":"v1beta1","freshness":"Current","resources":[
          {"resource":"nodes","responseKind":{"group":"metrics.k8s.io","version":"v1beta1","kind":"NodeMetrics"},"scope":"Cluster","singularResource":"","verbs":["get","list"]},
          {"resource":"pods","responseKind":{"group":"metrics.k8s.io","version":"v1beta1","kind":"PodMetrics"},"scope":"Namespaced","singularResource":"","verbs":["get","list"]}]}]}]}
        """;

    public const string Wardle = """
        {"kind":"APIResourceList","apiVersion":"v1","groupVersion":"wardle.example.com/v1alpha1","resources":[
         {"name":"flunders","singularName":"flunder","namespaced":true,"kind":"Flunder","verbs":["create","delete","deletecollection","get","list","watch"],"shortNames":["fl"]},
         {"name":"flunders/exec","singularName":"","namespaced":true,"kind":"Flunder","verbs":["create","get"]}]}
        """;

    public const string Metrics = """
        {"kind":"APIResourceList","apiVersion":"v1","groupVersion":"metrics.k8s.io/v1beta1","resources":[
         {"name":"nodes","singularName":"","namespaced":false,"kind":"NodeMetrics","verbs":["get","list"]},
         {"name":"pods","singularName":"","namespaced":true,"kind":"PodMetrics","verbs":["get","list"]}]}
        """;

    public const string NodeMetrics = """
        {"kind":"NodeMetricsList","apiVersion":"metrics.k8s.io/v1beta1","metadata":{},"items":[
         {"metadata":{"name":"node-1"},"timestamp":"2026-01-01T00:00:00Z","window":"10s","usage":{"cpu":"250m","memory":"512Mi"}}]}
        """;

    public const string Index = """
        {"paths":{"apis/wardle.example.com/v1alpha1":{"serverRelativeURL":"/openapi/v3/apis/wardle.example.com/v1alpha1?hash=ABC"},
         "version":{"serverRelativeURL":"/openapi/v3/version?hash=DEF"}}}
        """;

    public const string Third = """
        {"openapi":"3.0.0","info":{"title":"wardle","version":"v1"},
         "paths":{"/apis/wardle.example.com/v1alpha1/namespaces/{namespace}/flunders":{"get":{"operationId":"listFlunders","responses":{"200":{"description":"OK"}},
           "x-kubernetes-action":"list","x-kubernetes-group-version-kind":{"group":"wardle.example.com","version":"v1alpha1","kind":"Flunder"}},
           "post":{"operationId":"createFlunder","responses":{"201":{"description":"OK"}},
           "x-kubernetes-action":"post","x-kubernetes-group-version-kind":{"group":"wardle.example.com","version":"v1alpha1","kind":"Flunder"}}}},
         "components":{"schemas":{"com.example.wardle.v1alpha1.Flunder":{"type":"object","description":"Flunder is a thing that wardles have.",
           "properties":{"apiVersion":{"type":"string"},"kind":{"type":"string"},"spec":{"type":"object","description":"Spec says what is wanted of it.",
            "properties":{"reference":{"type":"string","description":"Reference names another one."}}}},
           "x-kubernetes-group-version-kind":[{"group":"wardle.example.com","version":"v1alpha1","kind":"Flunder"}]}}}}
        """;

    /// <summary>Its ObjectMeta is another than this server's; one path is of a version that nobody asked for.</summary>
    public const string Second = """
        {"swagger":"2.0","info":{"title":"wardle","version":"v1"},
         "paths":{"/apis/wardle.example.com/v1alpha1/namespaces/{namespace}/flunders":{"post":{"consumes":["application/json"],"produces":["application/json"],
           "operationId":"createFlunder","parameters":[{"in":"body","name":"body","required":true,"schema":{"$ref":"#/definitions/com.example.wardle.v1alpha1.Flunder"}},
            {"$ref":"#/parameters/pretty-1"}],
           "responses":{"200":{"description":"OK","schema":{"$ref":"#/definitions/com.example.wardle.v1alpha1.Flunder"}}},
           "x-kubernetes-action":"post","x-kubernetes-group-version-kind":{"group":"wardle.example.com","version":"v1alpha1","kind":"Flunder"}}},
          "/apis/other.example.com/v1/things":{"get":{"responses":{"200":{"description":"OK","schema":{"$ref":"#/definitions/com.example.Unused"}}}}}},
         "definitions":{"com.example.Unused":{"type":"object"},
          "com.example.wardle.v1alpha1.Flunder":{"type":"object","description":"Flunder is a thing that wardles have.",
           "properties":{"apiVersion":{"type":"string"},"kind":{"type":"string"},"metadata":{"$ref":"#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"},
            "spec":{"type":"object","description":"Spec says what is wanted of it.","properties":{"reference":{"type":"string"}}}},
           "x-kubernetes-group-version-kind":[{"group":"wardle.example.com","version":"v1alpha1","kind":"Flunder"}]},
          "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta":{"type":"object","description":"Another one.","properties":{"name":{"type":"string"},"namespace":{"type":"string"}}}},
         "parameters":{"pretty-1":{"type":"string","description":"Indented.","name":"pretty","in":"query","uniqueItems":true}}}
        """;
}
