using System.Security.Cryptography;
using System.Text;

namespace Proa.ApiServer.Fairness;

/// <summary>
/// Deals a flow a few of many queues, so that two flows seldom share all of theirs: one that floods its queues leaves others at
/// least one. Pure.
/// </summary>
internal static class ShuffleSharding
{
    public static ulong Hash(string schema, string flow) =>
        BitConverter.ToUInt64(SHA256.HashData(Encoding.UTF8.GetBytes($"{schema}\0{flow}")));

    /// <summary>Different numbers below <paramref name="deck"/>, as many as the hand is long, decided by the hash alone.</summary>
    public static void Deal(ulong hash, int deck, Span<int> hand)
    {
        Span<int> sorted = stackalloc int[hand.Length];
        for (var i = 0; i < hand.Length; i++)
        {
            var left = (ulong)(deck - i);
            var card = (int)(hash % left);
            hash /= left;
            // Among the cards that are not dealt yet: step over each dealt one that is not greater, in their order.
            var dealt = sorted[..i];
            hand[..i].CopyTo(dealt);
            dealt.Sort();
            foreach (var taken in dealt)
            {
                if (card >= taken)
                {
                    card++;
                }
            }
            hand[i] = card;
        }
    }
}
