using System.Globalization;
using System.Text;

namespace Proa.Api.Schema;

/// <summary>The place a walk has reached; rendered only when something is to be reported.</summary>
internal sealed class FieldPath
{
    private readonly List<Step> _steps = [];

    public void Push(string name, SchemaNode? owner = null) => _steps.Add(new(name, -1, owner?.TypeName));

    public void Push(int index) => _steps.Add(new("", index, null));

    public void Pop() => _steps.RemoveAt(_steps.Count - 1);

    /// <summary><c>spec.containers[0].image</c></summary>
    public string Render(string? last = null)
    {
        var text = new StringBuilder();
        foreach (var step in _steps)
        {
            if (step.Index >= 0)
            {
                text.Append('[').Append(step.Index.ToString(CultureInfo.InvariantCulture)).Append(']');
            }
            else
            {
                Dot(text).Append(step.Name);
            }
        }
        if (last is not null)
        {
            Dot(text).Append(last);
        }
        return text.ToString();
    }

    /// <summary>As Go names a field in a decoding error: the type that has it, then the path without indexes.</summary>
    public string RenderGo()
    {
        var text = new StringBuilder();
        string? type = null;
        foreach (var step in _steps)
        {
            if (step.Index < 0 && step.Owner is not null)
            {
                Dot(text).Append(step.Name);
                type = step.Owner;
            }
        }
        return $"{type?[(type.LastIndexOf('.') + 1)..]}.{text}";
    }

    private static StringBuilder Dot(StringBuilder text) => text.Length == 0 ? text : text.Append('.');

    private readonly record struct Step(string Name, int Index, string? Owner);
}
