using System.Globalization;
using Proa.Api.Json;

namespace Proa.ApiServer.Admission.Quota;

/// <summary>
/// What a server has charged to a quota while the object is not written yet, as an annotation of the quota: who counts what there is
/// would miss the object and take the charge back. A mark goes away with the next charge of its server, or when that has no more
/// to charge; that of a server that died counts for a while longer than a request may take.
/// </summary>
internal static class QuotaMarks
{
    private const string Annotation = "proa.io/charges-under-way";
    private static readonly TimeSpan s_lifetime = TimeSpan.FromMinutes(2);

    public static string New(string server, long number, DateTimeOffset now) =>
        string.Create(CultureInfo.InvariantCulture, $"{server}-{number}@{now.ToUnixTimeSeconds()}");

    /// <summary>Whether any charge is under way.</summary>
    public static bool Any(JsonObject quota, DateTimeOffset now) => Of(quota).Any(mark => !IsOld(mark, now));

    public static bool Has(JsonObject quota, IReadOnlySet<string> marks) => Of(quota).Any(marks.Contains);

    /// <summary>Takes out those that are over, and puts one in.</summary>
    /// <param name="added">Null: none.</param>
    public static void Change(JsonObject quota, IReadOnlySet<string> over, string? added, DateTimeOffset now)
    {
        var left = Of(quota).Where(mark => !over.Contains(mark) && !IsOld(mark, now)).ToList();
        if (added is not null)
        {
            left.Add(added);
        }
        var metadata = quota.EnsureObject("metadata");
        if (left.Count > 0)
        {
            metadata.EnsureObject("annotations")[Annotation] = string.Join(' ', left);
        }
        else if (metadata.Object("annotations") is { } annotations && annotations.Remove(Annotation) && annotations.Count == 0)
        {
            metadata.Remove("annotations");
        }
    }

    private static string[] Of(JsonObject quota) =>
        quota.Object("metadata")?.Object("annotations")?.String(Annotation)?.Split(' ', StringSplitOptions.RemoveEmptyEntries) ?? [];

    private static bool IsOld(string mark, DateTimeOffset now) =>
        !long.TryParse(mark.AsSpan(mark.LastIndexOf('@') + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)
        || (now - DateTimeOffset.FromUnixTimeSeconds(Math.Min(seconds, int.MaxValue))).Duration() > s_lifetime;
}
