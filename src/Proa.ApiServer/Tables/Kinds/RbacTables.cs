namespace Proa.ApiServer.Tables.Kinds;

/// <summary>Role bindings; roles have no columns of their own.</summary>
internal static class RbacTables
{
    public static readonly KindTable Bindings = new(
        [
            TableColumn.ObjectName, new("Role"), TableColumn.Age,
            TableColumn.Wide("Users"), TableColumn.Wide("Groups"), TableColumn.Wide("ServiceAccounts"),
        ],
        row =>
        [
            row.Name,
            $"{row.Text("roleRef", "kind")}/{row.Text("roleRef", "name")}",
            row.Age,
            Subjects(row, "User"),
            Subjects(row, "Group"),
            Subjects(row, "ServiceAccount"),
        ]);

    private static string Subjects(RowSource row, string kind) => string.Join(", ", row.List("subjects")
        .Where(subject => subject.String("kind") == kind)
        .Select(subject => kind == "ServiceAccount" ? $"{subject.String("namespace")}/{subject.String("name")}" : subject.String("name")));
}
