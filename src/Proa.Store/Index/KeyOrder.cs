namespace Proa.Store.Index;

/// <summary>
/// The order of a collection: that of the text <c>namespace/name</c>, as in etcd. So <c>a-b/x</c> comes before <c>a/x</c>,
/// because <c>-</c> and <c>.</c> sort before <c>/</c>.
/// </summary>
internal static class KeyOrder
{
    public static int Compare(in ObjectKey left, in ObjectKey right) =>
        Compare(left.Namespace, left.Name, right.Namespace, right.Name);

    public static int Compare(string leftNamespace, string leftName, string rightNamespace, string rightName)
    {
        var byNamespace = CompareNamespaces(leftNamespace, rightNamespace);
        return byNamespace != 0 ? byNamespace : string.CompareOrdinal(leftName, rightName);
    }

    public static int CompareNamespaces(string left, string right)
    {
        if (ReferenceEquals(left, right))
        {
            return 0;
        }
        var common = Math.Min(left.Length, right.Length);
        for (var i = 0; i < common; i++)
        {
            if (left[i] != right[i])
            {
                return left[i] - right[i];
            }
        }
        if (left.Length == right.Length)
        {
            return 0;
        }
        return left.Length < right.Length ? '/' - right[common] : left[common] - '/';
    }
}
