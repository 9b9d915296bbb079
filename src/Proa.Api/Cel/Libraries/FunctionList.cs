using Proa.Api.Cel.Checking;

namespace Proa.Api.Cel.Libraries;

/// <summary>Collects the functions of a library.</summary>
internal sealed class FunctionList : List<Overload>
{
    public static readonly CelType A = CelType.ParameterNamed("A");
    public static readonly CelType B = CelType.ParameterNamed("B");
    public static readonly CelType ListOfA = CelType.ListOf(A);
    public static readonly CelType MapOfAB = CelType.MapOf(A, B);
    public static readonly CelType ListOfString = CelType.ListOf(CelType.String);

    /// <summary>Called as <c>f(x)</c>.</summary>
    public void Global(string name, string id, CelType[] args, CelType result, CelFunction? body) => Add(new(name, id, false, args, result, body));

    /// <summary>Called as <c>x.f()</c>.</summary>
    public void Member(string name, string id, CelType[] args, CelType result, CelFunction? body) => Add(new(name, id, true, args, result, body));
}
