namespace Proa.Bench.Api.Client;

/// <param name="Length">Of the body, in bytes.</param>
internal readonly record struct Answer(int Code, long Length);
