using Proa.Api.Json;
using Proa.Api.Kinds.Pods;
using Proa.Api.Meta;

namespace Proa.Api.Kinds.Devices;

/// <summary>The names that occur in descriptions of devices, and claims for them.</summary>
internal static class DeviceNames
{
    private const int MaxId = 32;
    private const int MaxPool = 253;

    public static void Label(string name, string field, FieldErrors errors) => errors.Invalid(field, name, Names.DnsLabel(name));

    public static void Node(string name, string field, FieldErrors errors) => errors.Invalid(field, name, Names.DnsSubdomain(name));

    public static void Pool(string name, string field, FieldErrors errors)
    {
        if (name.Length == 0)
        {
            errors.Required(field);
            return;
        }
        if (name.Length > MaxPool)
        {
            errors.Add(FieldError.TooLong(field, MaxPool));
        }
        foreach (var part in name.Split('/'))
        {
            errors.Invalid(field, part, Names.DnsSubdomain(part));
        }
    }

    /// <summary>Of attributes and capacities: <c>model</c>, or <c>example.com/model</c>.</summary>
    public static void Qualified(string name, string field, FieldErrors errors)
    {
        var parts = name.Split('/');
        if (parts.Length > 2)
        {
            return;
        }
        if (parts.Length == 2)
        {
            if (parts[0].Length == 0)
            {
                errors.Invalid(field, "", "the domain must not be empty");
            }
            else
            {
                CsiDriverNames.Check(parts[0], field, errors);
            }
            if (parts[1].Length == 0)
            {
                errors.Invalid(field, "", "the name must not be empty");
                return;
            }
        }
        Identifier(parts[^1], field, errors);
    }

    public static void FullyQualified(string name, string field, FieldErrors errors)
    {
        Qualified(name, field, errors);
        if (!name.Contains('/'))
        {
            errors.Invalid(field, name, "a fully qualified name must be a domain and a name separated by a slash");
        }
    }

    public static void Uid(string uid, string field, FieldErrors errors)
    {
        if (!Guid.TryParse(uid.StartsWith("urn:uuid:", StringComparison.OrdinalIgnoreCase) ? uid[9..] : uid, out _))
        {
            errors.Invalid(field, uid, uid.Length is 32 or 36 or 38 or 45 ? "error validating uid: invalid UUID format" : $"error validating uid: invalid UUID length: {uid.Length}");
        }
        else if (uid.Length != 36 || uid.AsSpan().ContainsAnyInRange('A', 'Z'))
        {
            errors.Invalid(field, uid, "uid must be in RFC 4122 normalized form, `xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx` with lowercase hexadecimal characters");
        }
    }

    private static void Identifier(string id, string field, FieldErrors errors)
    {
        if (id.Length > MaxId)
        {
            errors.Add(FieldError.TooLong(field, MaxId));
        }
        var sound = id.Length > 0 && !char.IsAsciiDigit(id[0]);
        foreach (var c in id)
        {
            sound &= char.IsAsciiLetterOrDigit(c) || c == '_';
        }
        if (!sound)
        {
            errors.Invalid(field, id, "a valid C identifier must start with alphabetic character or '_', followed by a string of alphanumeric characters or '_' (e.g. 'my_name',  or 'MY_NAME',  or 'MyName', regex used for validation is '[A-Za-z_][A-Za-z0-9_]*')");
        }
    }
}
