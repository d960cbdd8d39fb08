namespace AdaptiveInference.ML.Transforms.Diagnostics;

/// <summary>Names of what metrics and spans are told apart by.</summary>
internal static class TagNames
{
    /// <summary>Family and depth of the network, such as <c>SkipNet-20</c>.</summary>
    public const string Network = "adaptive_inference.network";

    /// <summary>
    /// Where an image left the network: the name of the block behind which the exit stands, <see cref="LastHead"/>, or <see
    /// cref="NoHead"/>.
    /// </summary>
    public const string Exit = "adaptive_inference.exit";

    /// <summary>Fraction of the whole network's multiply–accumulates.</summary>
    public const string ComputeFraction = "adaptive_inference.compute_fraction";

    /// <summary>Number of images.</summary>
    public const string Images = "adaptive_inference.images";

    /// <summary>Name of a drift monitor.</summary>
    public const string Monitor = "adaptive_inference.monitor";

    /// <summary>Whether the whole network answers alike.</summary>
    public const string Agrees = "adaptive_inference.agrees";

    /// <summary>Name of a load controller.</summary>
    public const string Controller = "adaptive_inference.controller";

    /// <summary>Type of an exception; OpenTelemetry's own name.</summary>
    public const string ErrorType = "error.type";

    /// <summary>Value of <see cref="Exit"/>: none was taken.</summary>
    public const string LastHead = "last";

    /// <summary>Value of <see cref="Exit"/>: features were asked for, and no head was evaluated.</summary>
    public const string NoHead = "none";
}
