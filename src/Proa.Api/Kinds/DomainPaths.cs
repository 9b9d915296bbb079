using Proa.Api.Meta;

namespace Proa.Api.Kinds;

/// <summary>Names with their owner's domain before them: <c>example.com/name</c>.</summary>
public static class DomainPaths
{
    public static void Check(string text, string at, FieldErrors errors)
    {
        if (text.Length == 0)
        {
            errors.Required(at);
            return;
        }
        var slash = text.IndexOf('/');
        if (slash <= 0 || slash == text.Length - 1)
        {
            errors.Invalid(at, text, "must be a domain-prefixed path (such as \"acme.io/foo\")");
            return;
        }
        foreach (var wrong in Names.DnsSubdomain(text[..slash]))
        {
            errors.Invalid(at, text[..slash], wrong);
        }
        if (text[(slash + 1)..].Any(static c => !(char.IsAsciiLetterOrDigit(c) || "/:@-._~%!$&'()*+,;=".Contains(c))))
        {
            errors.Invalid(at, text[(slash + 1)..], "Invalid path (regex used for validation is '[A-Za-z0-9/\\-._~%!$&'()*+,;=:]+')");
        }
    }

    /// <summary>The same, where what follows the domain is a name as labels have it.</summary>
    public static void CheckKey(string text, string at, FieldErrors errors)
    {
        if (text.Length == 0)
        {
            errors.Required(at);
            return;
        }
        var slash = text.IndexOf('/');
        if (slash <= 0 || slash == text.Length - 1)
        {
            errors.Invalid(at, text, "must be a domain-prefixed key (such as \"acme.io/foo\")");
            return;
        }
        errors.Invalid(at, text[..slash], Names.DnsSubdomain(text[..slash]));
        errors.Invalid(at, text[(slash + 1)..], Names.QualifiedName(text[(slash + 1)..]));
    }
}
