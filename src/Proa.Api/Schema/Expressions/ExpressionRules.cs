using System.Diagnostics.CodeAnalysis;

namespace Proa.Api.Schema.Expressions;

/// <summary>The rules at one place of a schema and below it, compiled. Places without rules are left out. Immutable.</summary>
internal sealed class ExpressionRules
{
    private readonly Dictionary<string, ExpressionRules>? _properties;

    private ExpressionRules(SchemaNode node, SchemaNode rules, bool isRoot, DeclaredType? type)
    {
        Node = node;
        Type = type;
        if (rules.Rules?.Validations is { Count: > 0 } validations)
        {
            Own = type is null ? [] : ValidationRule.Compile(validations, type);
            IsUntyped = type is null;
        }
        foreach (var (name, member) in rules.Fields)
        {
            if (member.Rules is null || !node.Fields.TryGet(name, out var field))
            {
                continue;
            }
            DeclaredType? fieldType;
            if (FieldNames.Escape(name) is { } escaped)
            {
                // What expressions cannot see has no rules.
                if (type is null || !type.TryField(escaped, out var declared))
                {
                    continue;
                }
                fieldType = declared.Type;
            }
            else
            {
                fieldType = DeclaredType.Of(field, field.Rules?.EmbeddedResource == true, "selfType");
            }
            if (Make(field, member, field.Rules?.EmbeddedResource == true, fieldType) is { } made)
            {
                (_properties ??= new(StringComparer.Ordinal))[name] = made;
            }
        }
        if (rules.Element is { } element && node.Element is { } item)
        {
            Element = Make(item, element, item.Rules?.EmbeddedResource == true, type?.Element);
        }
        AllOf = [.. (rules.Rules?.AllOf ?? []).Select(all => Make(node, all, isRoot, type)).OfType<ExpressionRules>()];
    }

    public SchemaNode Node { get; }

    public DeclaredType? Type { get; }

    public ValidationRule[] Own { get; } = [];

    /// <summary>There are rules, but nothing that they could see.</summary>
    public bool IsUntyped { get; }

    public ExpressionRules? Element { get; }

    public IReadOnlyList<ExpressionRules> AllOf { get; }

    /// <summary>Of a whole resource's schema; null: it has no rules.</summary>
    public static ExpressionRules? Of(SchemaNode root) => Has(root) ? Make(root, root, isRoot: true, DeclaredType.Of(root, isRoot: true, "selfType")) : null;

    public bool TryProperty(string name, [NotNullWhen(true)] out ExpressionRules? rules)
    {
        rules = null;
        return _properties is not null && _properties.TryGetValue(name, out rules);
    }

    private static ExpressionRules? Make(SchemaNode node, SchemaNode rules, bool isRoot, DeclaredType? type)
    {
        if (!Has(rules))
        {
            return null;
        }
        var made = new ExpressionRules(node, rules, isRoot, type);
        return made.Own.Length > 0 || made.IsUntyped || made.Element is not null || made._properties is not null || made.AllOf.Count > 0 ? made : null;
    }

    private static bool Has(SchemaNode node)
    {
        if (node.Rules is not { } rules)
        {
            return false;
        }
        if (rules.Validations is { Count: > 0 } || (node.Element is { } element && Has(element)))
        {
            return true;
        }
        foreach (var (_, member) in node.Fields)
        {
            if (Has(member))
            {
                return true;
            }
        }
        return rules.AllOf.Any(Has);
    }
}
