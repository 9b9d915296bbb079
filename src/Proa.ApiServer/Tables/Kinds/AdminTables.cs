using Proa.Api.Json;

namespace Proa.ApiServer.Tables.Kinds;

/// <summary>What administrators see: admission, API services, certificates, leases, priorities, flow control, runtimes.</summary>
internal static class AdminTables
{
    public static readonly KindTable ApiServices = new(
        [TableColumn.ObjectName, new("Service"), new("Available"), TableColumn.Age],
        row =>
        [
            row.Name,
            row.Map("spec", "service") is { } service ? $"{service.String("namespace")}/{service.String("name")}" : "Local",
            Available(row),
            row.Age,
        ]);

    public static readonly KindTable WebhookConfigurations = new(
        [TableColumn.ObjectName, TableColumn.Number("Webhooks"), TableColumn.Age],
        row => [row.Name, row.List("webhooks").Count, row.Age]);

    public static readonly KindTable ValidatingAdmissionPolicies = Policies("Validations", "validations");

    public static readonly KindTable MutatingAdmissionPolicies = Policies("Mutations", "mutations");

    public static readonly KindTable AdmissionPolicyBindings = new(
        [TableColumn.ObjectName, new("PolicyName"), new("ParamRef"), TableColumn.Age],
        row => [row.Name, row.Text("spec", "policyName") ?? "", Parameter(row), row.Age]);

    public static readonly KindTable CertificateSigningRequests = new(
        [TableColumn.ObjectName, TableColumn.Age, new("SignerName"), new("Requestor"), new("RequestedDuration"), new("Condition")],
        row =>
        [
            row.Name,
            row.Age,
            row.Text(RowSource.None, ["spec", "signerName"]),
            row.Text("spec", "username") ?? "",
            row.At("spec", "expirationSeconds") is null ? RowSource.None : HumanDuration.Of(TimeSpan.FromSeconds(row.Int("spec", "expirationSeconds"))),
            Condition(row),
        ]);

    public static readonly KindTable Leases = new(
        [TableColumn.ObjectName, new("Holder"), TableColumn.Age],
        row => [row.Name, row.Text("spec", "holderIdentity") ?? "", row.Age]);

    public static readonly KindTable PriorityClasses = new(
        [TableColumn.ObjectName, TableColumn.Number("Value"), new("Global-Default", "boolean"), TableColumn.Age, new("PreemptionPolicy")],
        row => [row.Name, row.Int("value"), row.Flag(false, "globalDefault"), row.Age, row.Text("preemptionPolicy") ?? ""]);

    public static readonly KindTable RuntimeClasses = new(
        [TableColumn.ObjectName, new("Handler"), TableColumn.Age],
        row => [row.Name, row.Text("handler") ?? "", row.Age]);

    public static readonly KindTable FlowSchemas = new(
        [
            TableColumn.ObjectName, new("PriorityLevel"), new("MatchingPrecedence"), new("DistinguisherMethod"), TableColumn.Age, new("MissingPL"),
        ],
        row =>
        [
            row.Name,
            row.Text("spec", "priorityLevelConfiguration", "name") ?? "",
            row.Int("spec", "matchingPrecedence"),
            row.Text("spec", "distinguisherMethod", "type") ?? RowSource.None,
            row.Age,
            row.List("status", "conditions").FirstOrDefault(condition => condition.String("type") == "Dangling")?.String("status") ?? "?",
        ]);

    public static readonly KindTable PriorityLevels = new(
        [
            TableColumn.ObjectName, new("Type"), new("NominalConcurrencyShares"), new("Queues"), new("HandSize"), new("QueueLengthLimit"), TableColumn.Age,
        ],
        row =>
        [
            row.Name,
            row.Text("spec", "type") ?? "",
            row.At("spec", "limited", "nominalConcurrencyShares") ?? RowSource.None,
            row.At("spec", "limited", "limitResponse", "queuing", "queues") ?? RowSource.None,
            row.At("spec", "limited", "limitResponse", "queuing", "handSize") ?? RowSource.None,
            row.At("spec", "limited", "limitResponse", "queuing", "queueLengthLimit") ?? RowSource.None,
            row.Age,
        ]);

    private static KindTable Policies(string column, string member) => new(
        [TableColumn.ObjectName, TableColumn.Number(column), new("ParamKind"), TableColumn.Age],
        row =>
        [
            row.Name,
            row.List("spec", member).Count,
            row.Map("spec", "paramKind") is { } kind ? $"{kind.String("apiVersion")}/{kind.String("kind")}" : RowSource.Unset,
            row.Age,
        ]);

    private static string Available(RowSource row)
    {
        var condition = row.List("status", "conditions").FirstOrDefault(c => c.String("type") == "Available");
        return condition is null ? "Unknown"
            : condition.String("status") == "True" ? "True"
            : $"{condition.String("status")} ({condition.String("reason")})";
    }

    private static string Parameter(RowSource row)
    {
        if (row.Map("spec", "paramRef") is not { } parameter)
        {
            return RowSource.Unset;
        }
        if (parameter.String("name") is { Length: > 0 } name)
        {
            return parameter.String("namespace") is { Length: > 0 } ns ? $"{ns}/{name}" : $"*/{name}";
        }
        return parameter.Object("selector") is { } selector ? Cells.SelectorAsType(selector) : RowSource.Unset;
    }

    private static string Condition(RowSource row)
    {
        var types = row.List("status", "conditions").Select(condition => condition.String("type")).ToHashSet();
        var text = types.Contains("Denied") ? "Denied" : types.Contains("Approved") ? "Approved" : "Pending";
        text += types.Contains("Failed") ? ",Failed" : "";
        return row.Text("status", "certificate") is { Length: > 0 } ? text + ",Issued" : text;
    }
}
