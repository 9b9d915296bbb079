using Proa.Api.Meta;

namespace Proa.Api.Kinds;

/// <summary>Full names of domains: two labels at least, a dot at the end or none.</summary>
internal static class DomainNames
{
    public static void Check(string name, string field, FieldErrors errors)
    {
        if (name.Length == 0)
        {
            errors.Required(field);
            return;
        }
        if (name[^1] == '.')
        {
            name = name[..^1];
        }
        if (Names.DnsSubdomain(name) is { Length: > 0 } wrong)
        {
            errors.Invalid(field, name, string.Join(',', wrong));
            return;
        }
        var labels = name.Split('.');
        if (labels.Length < 2)
        {
            errors.Invalid(field, name, "should be a domain with at least two segments separated by dots");
            return;
        }
        foreach (var label in labels)
        {
            if (Names.DnsLabel(label) is { Length: > 0 } bad)
            {
                errors.Invalid(field, label, string.Join(',', bad));
                return;
            }
        }
    }
}
