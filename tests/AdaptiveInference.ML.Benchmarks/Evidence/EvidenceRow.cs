namespace AdaptiveInference.ML.Benchmarks.Evidence;

/// <summary>One network of the results table.</summary>
/// <param name="Name">Short and unique: names its files and is what <c>--rows</c> searches.</param>
/// <param name="Title">What the table calls it.</param>
/// <param name="Options">How it is trained; data, seed, epochs and what <see cref="EvidenceRows.Common"/> sets are filled in.</param>
internal sealed record EvidenceRow(string Name, string Title, GatedResNetTrainerOptions Options)
{
    /// <summary>Row of the same seed whose model is the teacher.</summary>
    public string? Teacher { get; init; }

    /// <summary>Row of the same seed whose model training starts from.</summary>
    public string? StartsFrom { get; init; }

    /// <summary>Whether it is a static network as anybody would train it: the rivals that adaptive ones are held against.</summary>
    public bool IsPlain => Options is ResNetTrainer.Options { BlockDropRate: 0, Exits: null } && Asked is null;

    /// <summary>Whether its gates are told a budget.</summary>
    public bool IsForAnyBudget => Options.FirstBudget is not null || Asked is not null;

    /// <summary>Whether it is trained in single precision, where the others are in bfloat16 if the processor has it.</summary>
    public bool InSinglePrecision { get; init; }

    /// <summary>
    /// The two rows of the same seed that answer in this row's place, nothing being trained: the second one runs whole for the images of
    /// which the first one, under a budget, is not sure. They may be one and the same.
    /// </summary>
    public (string First, string Second)? Asked { get; init; }

    /// <summary>Rows that have to be trained before.</summary>
    public IEnumerable<string> Needs => new[] { Teacher, StartsFrom, Asked?.First, Asked?.Second }.OfType<string>().Distinct();
}

/// <summary>A row and a seed: one training run.</summary>
internal sealed record EvidenceRun(EvidenceSet Set, EvidenceRow Row, int Seed, int Epochs)
{
    public string FileName => NameOf(Row.Name);

    public string NameOf(string row) => $"{Set.Prefix}{row}-seed{Seed}-epochs{Epochs}";
}
