using Proa.Api.Meta;

namespace Proa.Api.Kinds.Certificates;

/// <summary>Names of signers: <c>example.com/name</c>.</summary>
internal static class SignerNames
{
    public static void Check(string name, string field, FieldErrors errors)
    {
        if (name.Length == 0)
        {
            errors.Required(field);
            return;
        }
        var segments = name.Split('/');
        if (segments.Length != 2)
        {
            errors.Invalid(field, name, "must be a fully qualified domain and path of the form 'example.com/signer-name'");
            return;
        }
        var (domain, path) = (segments[0], segments[1]);
        if (domain.Length > 253)
        {
            errors.Add(FieldError.TooLong(field, 253));
        }
        var labels = domain.Split('.');
        FirstWrong(labels, domain, field, Names.DnsLabel, errors);
        if (labels.Length < 2)
        {
            errors.Invalid(field, domain, "should be a domain with at least two segments separated by dots");
        }
        FirstWrong(path.Split('.'), path, field, Names.DnsSubdomain, errors);
        if (name.Length > 571)
        {
            errors.Add(FieldError.TooLong(field, 571));
        }
    }

    private static void FirstWrong(string[] labels, string whole, string field, Func<string, string[]> form, FieldErrors errors)
    {
        foreach (var label in labels)
        {
            var wrong = form(label);
            foreach (var problem in wrong)
            {
                errors.Invalid(field, whole, $"validating label \"{label}\": {problem}");
            }
            if (wrong.Length > 0)
            {
                return;
            }
        }
    }
}
