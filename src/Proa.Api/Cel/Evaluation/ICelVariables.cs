using Proa.Api.Cel.Values;

namespace Proa.Api.Cel.Evaluation;

/// <summary>The values of variables; asked for each when it is used, so that those not used cost nothing.</summary>
public interface ICelVariables
{
    /// <returns>False: there is no such variable.</returns>
    bool TryGet(string name, out CelValue value);
}
