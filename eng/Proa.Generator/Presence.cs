namespace Proa.Generator;

/// <summary>
/// When a field is printed: a fact that the OpenAPI documents leave out. One line a type, <c>type field:code ...</c>; codes
/// as in <c>src/Proa.Api/Schema/README.md</c>. A field without a code is left out when it has its zero value.
/// </summary>
internal sealed class Presence
{
    private readonly Dictionary<(string Type, string Field), string> _codes = [];

    public static Presence Read(string file)
    {
        var presence = new Presence();
        foreach (var line in File.ReadLines(file))
        {
            var words = line.Split(' ');
            foreach (var word in words[1..])
            {
                var colon = word.LastIndexOf(':');
                presence._codes[(words[0], word[..colon])] = word[(colon + 1)..];
            }
        }
        return presence;
    }

    public string? Of(string type, string field) => _codes.GetValueOrDefault((type, field));
}
