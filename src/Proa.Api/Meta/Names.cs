using System.Globalization;
using System.Text;

namespace Proa.Api.Meta;

/// <summary>
/// The forms that names, labels and keys must have. Each check gives what is wrong, as the original words it; nothing when
/// all is well. Hand-written scans: these run for each write, and expressions would be built at start. Pure.
/// </summary>
public static class Names
{
    public const string DnsLabelForm = "[a-z0-9]([-a-z0-9]*[a-z0-9])?";
    private const string KeyForm = "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]";

    public static string[] DnsLabel(string value)
    {
        if (IsDnsLabel(value))
        {
            return [];
        }
        var errors = new List<string>();
        if (value.Length > 63)
        {
            errors.Add(TooManyCharacters(63));
        }
        if (!HasLabelForm(value))
        {
            errors.Add(HasSubdomainForm(value)
                ? "must not contain dots"
                : Form("a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character", DnsLabelForm, "my-name", "123-abc"));
        }
        return [.. errors];
    }

    public static string[] DnsSubdomain(string value)
    {
        var fits = HasSubdomainForm(value);
        if (fits && value.Length <= 253)
        {
            return [];
        }
        var errors = new List<string>();
        if (value.Length > 253)
        {
            errors.Add(TooManyCharacters(253));
        }
        if (!fits)
        {
            errors.Add(SubdomainForm);
        }
        return [.. errors];
    }

    /// <summary>The same, where each label may begin with an underscore and hold more of them.</summary>
    public static string[] DnsSubdomainWithUnderscore(string value)
    {
        var errors = new List<string>();
        if (value.Length > 253)
        {
            errors.Add(TooManyCharacters(253));
        }
        if (!value.Split('.').All(static label => HasSubdomainForm((label.StartsWith('_') ? label[1..] : label).Replace('_', '-'))
            && !label.EndsWith('_') && !label.StartsWith("__", StringComparison.Ordinal)))
        {
            const string Label = "_?[a-z0-9]([-_a-z0-9]*[a-z0-9])?";
            errors.Add(Form("a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '_', '-' or '.', and must start and end with an alphanumeric character",
                $"{Label}(\\.{Label})*", "example.com"));
        }
        return [.. errors];
    }

    /// <summary>The beginning of a name to be generated: a dash at its end is no fault.</summary>
    public static string MaskTrailingDash(string name) => name.Length > 1 && name.EndsWith('-') ? name[..^2] + "a" : name;

    public static string[] WildcardDnsSubdomain(string value)
    {
        var errors = new List<string>();
        if (value.Length > 253)
        {
            errors.Add(TooManyCharacters(253));
        }
        if (!value.StartsWith("*.", StringComparison.Ordinal) || !HasSubdomainForm(value.AsSpan(2)))
        {
            errors.Add(Form("a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must consist of lower case alphanumeric characters, '-' or '.' and end with an alphanumeric character",
                $"\\*\\.{DnsLabelForm}(\\.{DnsLabelForm})*", "*.example.com"));
        }
        return [.. errors];
    }

    /// <summary>Like a DNS label, but begins with a letter.</summary>
    public static string[] Dns1035Label(string value)
    {
        var fits = HasLabelForm(value) && value[0] is >= 'a' and <= 'z';
        if (fits && value.Length <= 63)
        {
            return [];
        }
        var errors = new List<string>();
        if (value.Length > 63)
        {
            errors.Add(TooManyCharacters(63));
        }
        if (!fits)
        {
            errors.Add(Form("a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character",
                "[a-z]([-a-z0-9]*[a-z0-9])?", "my-name", "abc-123"));
        }
        return [.. errors];
    }

    /// <summary>The key of a label or annotation, a finalizer: <c>name</c> or <c>prefix.example.com/name</c>.</summary>
    public static string[] QualifiedName(string value)
    {
        const string Rule = "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character";
        var slash = value.IndexOf('/');
        var name = value.AsSpan(slash + 1);
        if (name.Length is > 0 and <= 63 && HasKeyForm(name) && (slash < 0 || (slash <= 253 && HasSubdomainForm(value.AsSpan(0, slash)))))
        {
            return [];
        }
        if (name.Contains('/'))
        {
            return [$"a valid label key {Form(Rule, KeyForm, "MyName", "my.name", "123-abc")} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')"];
        }
        var errors = new List<string>();
        if (slash == 0)
        {
            errors.Add("prefix part must be non-empty");
        }
        else if (slash > 0)
        {
            if (slash > 253)
            {
                errors.Add($"prefix part {TooLong(253)}");
            }
            if (!HasSubdomainForm(value.AsSpan(0, slash)))
            {
                errors.Add($"prefix part {SubdomainForm}");
            }
        }
        if (name.Length == 0)
        {
            errors.Add("name part must be non-empty");
        }
        else if (name.Length > 63)
        {
            errors.Add($"name part {TooLong(63)}");
        }
        if (!HasKeyForm(name))
        {
            errors.Add($"name part {Form(Rule, KeyForm, "MyName", "my.name", "123-abc")}");
        }
        return [.. errors];
    }

    public static string[] LabelValue(string value)
    {
        var fits = value.Length == 0 || HasKeyForm(value);
        if (fits && value.Length <= 63)
        {
            return [];
        }
        var errors = new List<string>();
        if (value.Length > 63)
        {
            errors.Add(TooLong(63));
        }
        if (!fits)
        {
            errors.Add(Form("a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
                $"({KeyForm})?", "MyValue", "my_value", "12345"));
        }
        return [.. errors];
    }

    public static string[] ConfigMapKey(string value)
    {
        var errors = new List<string>();
        if (value.Length > 253)
        {
            errors.Add(TooManyCharacters(253));
        }
        if (value.Length == 0 || value.AsSpan().ContainsAnyExcept(s_configKey))
        {
            errors.Add(Form("a valid config key must consist of alphanumeric characters, '-', '_' or '.'", "[-._a-zA-Z0-9]+", "key.name", "KEY_NAME", "key-name"));
        }
        if (value is "." or "..")
        {
            errors.Add($"must not be '{value}'");
        }
        else if (value.StartsWith("..", StringComparison.Ordinal))
        {
            errors.Add("must not start with '..'");
        }
        return [.. errors];
    }

    /// <summary>Any printable ASCII but <c>=</c>.</summary>
    public static string[] EnvironmentVariable(string value)
    {
        if (value.Length == 0)
        {
            return ["environment variable name must be non-empty"];
        }
        foreach (var c in value)
        {
            if (c is < ' ' or > '~' or '=')
            {
                return ["a valid environment variable name must consist only of printable ASCII characters other than '='"];
            }
        }
        return [];
    }

    /// <summary>The name of a port, as IANA has service names.</summary>
    public static string[] PortName(string value)
    {
        var errors = new List<string>();
        if (value.Length > 15)
        {
            errors.Add(TooManyCharacters(15));
        }
        if (value.Length == 0 || value.AsSpan().ContainsAnyExcept(s_dns))
        {
            errors.Add("must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)");
        }
        if (!value.AsSpan().ContainsAnyInRange('a', 'z'))
        {
            errors.Add("must contain at least one letter (a-z)");
        }
        if (value.Contains("--", StringComparison.Ordinal))
        {
            errors.Add("must not contain consecutive hyphens");
        }
        if (value.Length > 0 && (value[0] == '-' || value[^1] == '-'))
        {
            errors.Add("must not begin or end with a hyphen");
        }
        return [.. errors];
    }

    /// <summary>A name that is one segment of a URL's path: RBAC objects and a few others.</summary>
    public static string[] PathSegment(string value)
    {
        if (value is "." or "..")
        {
            return [$"may not be '{value}'"];
        }
        var errors = new List<string>();
        foreach (var bad in "/%")
        {
            if (value.Contains(bad))
            {
                errors.Add($"may not contain '{bad}'");
            }
        }
        return [.. errors];
    }

    /// <summary>Why nothing can be asked for by this name, as the original says of a lookup; null: it can.</summary>
    public static string? Unusable(string name) => name.Length == 0
        ? "resource name may not be empty"
        : PathSegment(name) is { Length: > 0 } wrong ? $"invalid resource name {FieldError.Quote(name)}: [{string.Join(' ', wrong)}]" : null;

    public static bool IsDnsLabel(string value) => value.Length is > 0 and <= 63 && HasLabelForm(value);

    /// <summary>Of the parts of label keys and of label values: the original counts those in bytes.</summary>
    private static string TooLong(int max) => string.Create(CultureInfo.InvariantCulture, $"must be no more than {max} bytes");

    private static string TooManyCharacters(int max) => string.Create(CultureInfo.InvariantCulture, $"must be no more than {max} characters");

    public static string InRange(long low, long high) => string.Create(CultureInfo.InvariantCulture, $"must be between {low} and {high}, inclusive");

    private static readonly System.Buffers.SearchValues<char> s_dns = System.Buffers.SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789-");

    private static readonly System.Buffers.SearchValues<char> s_configKey =
        System.Buffers.SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.");

    private static string SubdomainForm =>
        Form("a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character",
            $"{DnsLabelForm}(\\.{DnsLabelForm})*", "example.com");

    private static bool IsDnsEdge(char c) => c is (>= 'a' and <= 'z') or (>= '0' and <= '9');

    private static bool HasLabelForm(ReadOnlySpan<char> value) =>
        value.Length > 0 && IsDnsEdge(value[0]) && IsDnsEdge(value[^1]) && !value.ContainsAnyExcept(s_dns);

    private static bool HasSubdomainForm(ReadOnlySpan<char> value)
    {
        while (true)
        {
            var dot = value.IndexOf('.');
            if (dot < 0)
            {
                return HasLabelForm(value);
            }
            if (!HasLabelForm(value[..dot]))
            {
                return false;
            }
            value = value[(dot + 1)..];
        }
    }

    private static bool HasKeyForm(ReadOnlySpan<char> value) =>
        value.Length > 0 && char.IsAsciiLetterOrDigit(value[0]) && char.IsAsciiLetterOrDigit(value[^1]) && !value.ContainsAnyExcept(s_configKey);

    private static string Form(string message, string expression, params ReadOnlySpan<string> examples)
    {
        var text = new StringBuilder(message).Append(" (e.g. ");
        for (var i = 0; i < examples.Length; i++)
        {
            text.Append(i > 0 ? " or " : "").Append('\'').Append(examples[i]).Append("', ");
        }
        return text.Append("regex used for validation is '").Append(expression).Append("')").ToString();
    }
}
