namespace AdaptiveInference.ML.Transforms.Scoring;

/// <summary>What was certified about a network before one of its <c>With…</c> methods made another of it.</summary>
/// <param name="Method">Name of the method.</param>
/// <param name="Guarantee">Whether it gave up an accuracy.</param>
/// <param name="AcceptedColumn">The column of the refusal that it gave up; null where it was none.</param>
internal sealed record LostPromises(string Method, bool Guarantee, string? AcceptedColumn)
{
    /// <summary>What stays lost after an accuracy is certified again; null for nothing.</summary>
    public LostPromises? WithoutGuarantee => AcceptedColumn is null ? null : this with { Guarantee = false };

    /// <summary>What stays lost after a refusal is certified again; null for nothing.</summary>
    public LostPromises? WithoutRefusal => Guarantee ? this with { AcceptedColumn = null } : null;

    public override string ToString()
    {
        var guarantee = Guarantee ? $"what {nameof(GatedResNetTransformer.WithAccuracyGuarantee)} had certified" : null;
        var refusal = AcceptedColumn is null
            ? null
            : $"what {nameof(GatedResNetTransformer.WithRefusal)} had certified, and the column '{AcceptedColumn}'";
        string?[] lost = [guarantee, refusal];
        return $"{Method} gave up {string.Join(" and ", lost.OfType<string>())}. Certify again.";
    }
}
