namespace Proa.Store;

/// <summary>
/// The data directory cannot be used: taken, damaged, of a newer version, or not to be read. Nothing in it was changed.
/// </summary>
/// <param name="path">What it is about.</param>
/// <param name="problem">What is wrong, as a sentence's end: <c>is not a database of Proa</c>.</param>
/// <param name="remedy">What to do, as a sentence.</param>
public sealed class StoreOpenException(string path, string problem, string remedy, Exception? inner = null)
    : Exception($"{path} {problem}. {remedy}", inner)
{
    public string Path { get; } = path;

    public string Problem { get; } = problem;

    public string Remedy { get; } = remedy;
}
