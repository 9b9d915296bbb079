using Proa.Api.Json;
using Proa.Api.Meta;

namespace Proa.Api.Schema;

/// <summary>The schema of one kind in one version. Immutable and thread-safe.</summary>
public sealed class ObjectSchema
{
    private JsonObject? _zero;
    private Expressions.ExpressionRules? _expressions;
    private volatile bool _compiled;

    internal ObjectSchema(GroupVersionKind gvk, SchemaNode root, bool isStructural)
    {
        Gvk = gvk;
        Root = root;
        IsStructural = isStructural;
    }

    public GroupVersionKind Gvk { get; }

    public SchemaNode Root { get; }

    /// <summary>Made from a custom resource definition: nulls and zero values are data, wrong types are field errors.</summary>
    public bool IsStructural { get; }

    /// <summary>The expressions of a custom resource's schema, compiled at their first use; null: there are none.</summary>
    internal Expressions.ExpressionRules? Expressions
    {
        get
        {
            if (!_compiled)
            {
                // Compiling twice at once is no harm.
                _expressions = IsStructural ? Schema.Expressions.ExpressionRules.Of(Root) : null;
                _compiled = true;
            }
            return _expressions;
        }
    }

    /// <summary>The object of which nothing is set: what is always printed. Shared: read only.</summary>
    internal JsonObject Zero
    {
        get
        {
            if (_zero is null)
            {
                var zero = new JsonObject();
                if (!IsStructural)
                {
                    SchemaEngine.Normalize(Root, zero, NormalizeOptions.Quiet);
                }
                zero.EnsureObject("metadata");
                _zero = zero;
            }
            return _zero;
        }
    }

    /// <summary>The schema of a custom resource: <paramref name="openAPIV3Schema"/> with metadata, apiVersion and kind added.</summary>
    /// <param name="preserveUnknown">The definition's <c>preserveUnknownFields</c>, or no schema at all.</param>
    public static ObjectSchema FromStructural(JsonObject openAPIV3Schema, GroupVersionKind gvk, bool preserveUnknown = false) =>
        new(gvk, StructuralReader.ReadRoot(openAPIV3Schema, preserveUnknown), isStructural: true);
}
