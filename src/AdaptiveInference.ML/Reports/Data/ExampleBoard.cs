namespace AdaptiveInference.ML.Reports.Data;

/// <summary>Keeps the few easiest and the few hardest of any number of images, whatever the order in which they come.</summary>
internal sealed class ExampleBoard(int places)
{
    private readonly List<Example> _easiest = [];
    private readonly List<Example> _hardest = [];

    /// <summary>Recognised at least cost; among equals the most certain first.</summary>
    public IReadOnlyList<Example> Easiest => _easiest;

    /// <summary>Those that cost most, recognised or not; among equals the least certain first. None of the easiest is among them.</summary>
    public IReadOnlyList<Example> Hardest => [.. _hardest.Where(example => !_easiest.Exists(easy => easy.Row == example.Row))];

    /// <summary>Offers an image, which is made only when it has a place.</summary>
    public void Offer(long row, bool isRight, float trueProbability, float fraction, Func<Example> make)
    {
        Example? made = null;
        if (isRight)
        {
            Insert(_easiest, (fraction, -trueProbability, row), ref made, make);
        }

        Insert(_hardest, (-fraction, trueProbability, row), ref made, make);

        (float Cost, float Certainty, long Row) Rank(List<Example> list, Example example) => ReferenceEquals(list, _easiest)
            ? (example.Fraction, -example.TrueProbability, example.Row)
            : (-example.Fraction, example.TrueProbability, example.Row);

        void Insert(List<Example> list, (float, float, long) rank, ref Example? example, Func<Example> create)
        {
            var place = list.FindIndex(other => rank.CompareTo(Rank(list, other)) < 0);
            place = place < 0 ? list.Count : place;
            if (place >= places)
            {
                return;
            }

            list.Insert(place, example ??= create());
            if (list.Count > places)
            {
                list.RemoveAt(places);
            }
        }
    }
}
