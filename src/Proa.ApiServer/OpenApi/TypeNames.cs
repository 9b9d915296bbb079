namespace Proa.ApiServer.OpenApi;

/// <summary>The names under which OpenAPI documents know the schema's types: clients look some of them up.</summary>
internal static class TypeNames
{
    private const string Meta = "io.k8s.apimachinery.pkg.apis.";

    /// <param name="name">Such as <c>apps.v1.DeploymentSpec</c>.</param>
    public static string Full(string name) => name switch
    {
        "Quantity" => "io.k8s.apimachinery.pkg.api.resource.Quantity",
        "IntOrString" => "io.k8s.apimachinery.pkg.util.intstr.IntOrString",
        "RawExtension" => "io.k8s.apimachinery.pkg.runtime.RawExtension",
        _ when name.StartsWith("meta.", StringComparison.Ordinal) => Meta + name,
        _ when name.StartsWith("apiextensions.", StringComparison.Ordinal) => "io.k8s.apiextensions-apiserver.pkg.apis." + name,
        _ when name.StartsWith("apiregistration.", StringComparison.Ordinal) => "io.k8s.kube-aggregator.pkg.apis." + name,
        _ => "io.k8s.api." + name,
    };

    /// <summary>A custom resource's: its group's parts in reverse, version and kind.</summary>
    public static string Custom(string group, string version, string kind) =>
        $"{string.Join('.', group.Split('.').Reverse())}.{version}.{kind}";
}
