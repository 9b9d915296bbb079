namespace Proa.Api.Cel.Syntax;

internal enum TokenKind : byte
{
    End,
    Identifier,
    EscapedIdentifier,
    Int,
    Uint,
    Double,
    String,
    Bytes,
    True,
    False,
    Null,

    /// <summary>The keyword that is an operator.</summary>
    In,

    /// <summary>An operator or bracket, known by its text.</summary>
    Symbol,
}

internal readonly record struct Token(TokenKind Kind, int Start, int End, string Text)
{
    public bool Is(string symbol) => Kind == TokenKind.Symbol && Text == symbol;

    /// <summary>As messages show it.</summary>
    public string Shown => Kind == TokenKind.End
        ? "'<EOF>'"
        : $"'{Text.Replace("\n", "\\n", StringComparison.Ordinal).Replace("\r", "\\r", StringComparison.Ordinal).Replace("\t", "\\t", StringComparison.Ordinal)}'";

    public bool StartsExpression => Kind switch
    {
        TokenKind.Identifier or TokenKind.Int or TokenKind.Uint or TokenKind.Double or TokenKind.String or TokenKind.Bytes
            or TokenKind.True or TokenKind.False or TokenKind.Null => true,
        TokenKind.Symbol => Text is "[" or "{" or "(" or "." or "-" or "!",
        _ => false,
    };
}
