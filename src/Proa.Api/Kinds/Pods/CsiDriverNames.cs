using Proa.Api.Meta;

namespace Proa.Api.Kinds.Pods;

/// <summary>Names of storage drivers.</summary>
internal static class CsiDriverNames
{
    public static void Check(string name, string field, FieldErrors errors)
    {
        if (name.Length == 0)
        {
            errors.Required(field);
            return;
        }
        if (name.Length > 63)
        {
            errors.Add(FieldError.TooLong(field, 63));
        }
        errors.Invalid(field, name, Names.DnsSubdomain(name.ToLowerInvariant()));
    }
}
