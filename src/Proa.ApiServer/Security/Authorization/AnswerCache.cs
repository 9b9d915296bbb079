namespace Proa.ApiServer.Security.Authorization;

/// <summary>Answers of a webhook by question, each for its time. Thread-safe; its memory is bounded.</summary>
internal sealed class AnswerCache(TimeProvider time)
{
    private const int Most = 8192;
    private readonly Lock _gate = new();
    private readonly Dictionary<string, (Decision Decision, DateTimeOffset Until)> _answers = new(StringComparer.Ordinal);

    public Decision? Find(string question)
    {
        lock (_gate)
        {
            return _answers.TryGetValue(question, out var known) && time.GetUtcNow() < known.Until ? known.Decision : null;
        }
    }

    public void Add(string question, Decision decision, TimeSpan span)
    {
        lock (_gate)
        {
            if (_answers.Count >= Most)
            {
                var now = time.GetUtcNow();
                foreach (var old in _answers.Where(answer => answer.Value.Until <= now).Select(static answer => answer.Key).ToList())
                {
                    _answers.Remove(old);
                }
                if (_answers.Count >= Most)
                {
                    _answers.Clear();
                }
            }
            _answers[question] = (decision, time.GetUtcNow() + span);
        }
    }
}
