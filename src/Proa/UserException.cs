namespace Proa;

/// <summary>Something the user can mend: what is wrong, and what to do. Printed without a stack trace; exit code 1.</summary>
internal sealed class UserException(string what, string todo) : Exception(what)
{
    public string Todo { get; } = todo;
}
