namespace ModelBuilderStyle.ServiceParts;

/// <summary>What the model says of an image, as the model says it.</summary>
/// <param name="Output">Label, probabilities in the model's order, path and cost.</param>
/// <param name="Busy">Time to decode and score it.</param>
/// <param name="Budget">Mean compute fraction of images at the setting that was used.</param>
internal sealed record ScoredImage(FashionClassifier.ModelOutput Output, TimeSpan Busy, double Budget);
