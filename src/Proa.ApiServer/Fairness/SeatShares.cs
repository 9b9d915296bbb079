namespace Proa.ApiServer.Fairness;

/// <summary>What a level must have, may have, and would use.</summary>
internal readonly record struct SeatClaim(double Least, double Most, double Target);

/// <summary>Divides seats among levels in the proportion of what they would use, within their bounds. Pure. See KEP-1040, "Dispatching".</summary>
internal static class SeatShares
{
    private const double SmallestTarget = 0.001;
    private const double Nearly = 0.0000001;

    /// <summary>
    /// Each gets the same fraction of its target, or its bound where that is beyond it, so that all get <paramref name="total"/> together.
    /// </summary>
    /// <returns>Null: no fraction does.</returns>
    public static (double[] Seats, double Fraction)? Divide(int total, ReadOnlySpan<SeatClaim> claims)
    {
        var targets = new double[claims.Length];
        var bends = new List<double>(claims.Length * 2);
        double least = 0, most = 0;
        for (var i = 0; i < claims.Length; i++)
        {
            var claim = claims[i];
            targets[i] = Math.Max(claim.Target, SmallestTarget);
            if (claim.Least < 0 || claim.Target < claim.Least || claim.Most < claim.Least)
            {
                return null;
            }
            least += claim.Least;
            most += claim.Most;
            bends.Add(claim.Least / targets[i]);
            bends.Add(claim.Most / targets[i]);
        }
        if (total < 0 || least - total > Nearly || total - most > Nearly)
        {
            return null;
        }
        bends.Sort();
        // The sum grows with the fraction, in straight lines between the bends.
        var (from, sum) = (0.0, Sum(claims, targets, 0));
        foreach (var bend in bends)
        {
            var next = Sum(claims, targets, bend);
            if (next >= total)
            {
                var fraction = next > sum ? from + ((bend - from) * Math.Max(0, total - sum) / (next - sum)) : bend;
                return (Seats(claims, targets, fraction), fraction);
            }
            (from, sum) = (bend, next);
        }
        return (Seats(claims, targets, from), from);
    }

    private static double[] Seats(ReadOnlySpan<SeatClaim> claims, double[] targets, double fraction)
    {
        var seats = new double[claims.Length];
        for (var i = 0; i < seats.Length; i++)
        {
            seats[i] = Math.Clamp(fraction * targets[i], claims[i].Least, claims[i].Most);
        }
        return seats;
    }

    private static double Sum(ReadOnlySpan<SeatClaim> claims, double[] targets, double fraction)
    {
        double sum = 0;
        for (var i = 0; i < claims.Length; i++)
        {
            sum += Math.Clamp(fraction * targets[i], claims[i].Least, claims[i].Most);
        }
        return sum;
    }
}
