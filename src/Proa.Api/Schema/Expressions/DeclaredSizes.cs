using Proa.Api.Cel.Checking;
using Proa.Api.Cel.Cost;

namespace Proa.Api.Schema.Expressions;

/// <summary>The sizes of what <c>self</c> and <c>oldSelf</c> hold.</summary>
internal sealed class DeclaredSizes(DeclaredType root) : ISizeEstimates
{
    public CostRange? Size(IReadOnlyList<string> path, CelType type)
    {
        if (path.Count == 0)
        {
            return null;
        }
        var at = root;
        for (var i = 1; i < path.Count; i++)
        {
            switch (path[i])
            {
                case "@items" or "@values":
                    if (at.Element is null)
                    {
                        return null;
                    }
                    at = at.Element;
                    break;
                case "@keys":
                    // The last step of a path: keys are text of no stated bound.
                    return at.Node?.Kind == SchemaKind.Map && at.Element is not null ? new CostRange(0, 0) : null;
                default:
                    if (!at.TryField(path[i], out var field))
                    {
                        return null;
                    }
                    at = field.Type;
                    break;
            }
        }
        return new CostRange(0, (ulong)at.MaxElements);
    }
}
