namespace Proa.Migration;

/// <summary>What a migration leaves in etcd, beside the objects, so that it can be told what is half there.</summary>
internal static class MigrationMarks
{
    /// <summary>Objects are being copied here; the value names the data directory's cluster that they come from.</summary>
    public const string Arriving = "/proa/migration";

    /// <summary>The cluster went from here into a data directory: what is here is old.</summary>
    public const string Gone = "/proa/moved";

    /// <summary>Written again and again to raise etcd's revision.</summary>
    public const string Revision = "/proa/revision";
}
