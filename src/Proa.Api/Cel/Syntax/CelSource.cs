namespace Proa.Api.Cel.Syntax;

/// <summary>The text of an expression, with its lines. Immutable.</summary>
internal sealed class CelSource
{
    private readonly List<int> _lineStarts = [0];

    public CelSource(string text)
    {
        Text = text;
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '\n')
            {
                _lineStarts.Add(i + 1);
            }
        }
    }

    public string Text { get; }

    /// <summary>The line, from 1, and the column, from 0, in code points.</summary>
    public (int Line, int Column) Locate(int offset)
    {
        var line = _lineStarts.BinarySearch(offset);
        line = line < 0 ? ~line - 1 : line;
        var column = 0;
        for (var i = _lineStarts[line]; i < offset && i < Text.Length; i++)
        {
            column += char.IsLowSurrogate(Text[i]) ? 0 : 1;
        }
        return (line + 1, column);
    }

    public string Line(int line)
    {
        var start = _lineStarts[line - 1];
        var end = line < _lineStarts.Count ? _lineStarts[line] - 1 : Text.Length;
        return Text[start..end];
    }
}
