using AdaptiveInference.ML.Transforms.Model;

namespace AdaptiveInference.ML.Transforms.Scoring;

/// <summary>What one of a network's <c>With…</c> methods gave up.</summary>
/// <param name="Method">Name of the method.</param>
internal sealed record GivenUp(string Method)
{
    /// <summary>Whether it was a certified accuracy.</summary>
    public bool Guarantee { get; init; }

    /// <summary>The column of the refusal that it was; null where it was none.</summary>
    public string? AcceptedColumn { get; init; }

    /// <summary>The time limit of an image that it was; null where it was none.</summary>
    public TimeSpan? TimeLimit { get; init; }

    /// <summary>Whether the network was in 8 bits.</summary>
    public bool EightBits { get; init; }

    /// <summary>Whether there was a monitor.</summary>
    public bool Monitor { get; init; }

    /// <summary>Whether it was anything.</summary>
    public bool IsAny => Guarantee || AcceptedColumn is not null || TimeLimit is not null || EightBits || Monitor;

    /// <summary>What stays given up after a later method, which may set it again.</summary>
    public GivenUp After(string method) => method switch
    {
        nameof(GatedResNetTransformer.WithAccuracyGuarantee) => this with { Guarantee = false },
        nameof(GatedResNetTransformer.WithRefusal) => this with { AcceptedColumn = null },
        nameof(GatedResNetTransformer.WithTimeLimit) => this with { TimeLimit = null },
        nameof(GatedResNetTransformer.WithInt8) => this with { EightBits = false },
        nameof(GatedResNetTransformer.WithMonitor) => this with { Monitor = false },
        _ => this,
    };

    public override string ToString()
    {
        string?[] things =
        [
            Guarantee ? $"what {nameof(GatedResNetTransformer.WithAccuracyGuarantee)} had certified" : null,
            AcceptedColumn is null ? null : $"what {nameof(GatedResNetTransformer.WithRefusal)} had certified",
            AcceptedColumn is null ? null : $"the column '{AcceptedColumn}'",
            TimeLimit is { } limit ? FormattableString.Invariant($"the time limit of {limit.TotalMilliseconds:0.###} ms") : null,
            EightBits ? "8 bits" : null,
            Monitor ? "the monitor" : null,
        ];
        string?[] advice =
        [
            Guarantee || AcceptedColumn is not null ? "Certify again." : null,
            TimeLimit is null ? null : $"Call {nameof(GatedResNetTransformer.WithTimeLimit)} again.",
            EightBits ? $"Call {nameof(GatedResNetTransformer.WithInt8)} again." : null,
            Monitor ? $"Call {nameof(GatedResNetTransformer.WithMonitor)} again." : null,
        ];
        return $"{Method} gave up {ShareText.All([.. things.OfType<string>()])}. {string.Join(" ", advice.OfType<string>())}";
    }
}
