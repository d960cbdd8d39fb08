using Microsoft.ML;
using Microsoft.ML.Data;

namespace AdaptiveInference.ML.Transforms.Scoring;

/// <summary>Looks for gated networks inside fitted pipelines.</summary>
internal static class NetworkSearch
{
    /// <summary>The one network, however deep in chains of chains.</summary>
    /// <exception cref="ArgumentException">There is none, or more than one.</exception>
    public static GatedResNetTransformer Only(ITransformer model)
    {
        var networks = In(model).Distinct().ToArray();
        return networks switch
        {
            _ when HasCascade(model) => throw new ArgumentException(
                "This model has a cascade, which is of two models, and which one is meant is not said. Take First or Second of the "
                + "CascadeTransformer: a TransformerChain lists its steps.",
                nameof(model)),
            [var network] => network,
            [] => throw new ArgumentException(
                $"This model has no gated network: it is {Describe(model)}. Give the model that a pipeline with ExitHeads, SkipNet, "
                + "ConvNetAig, ResNet or an imported network made.",
                nameof(model)),
            _ => throw new ArgumentException(
                $"This model has {networks.Length} gated networks, and which one is meant is not said. Take one of the steps of the "
                + "pipeline: a TransformerChain lists them.",
                nameof(model)),
        };
    }

    /// <summary>The one network that a model is or has; null where there is none, several or a cascade.</summary>
    public static GatedResNetTransformer? OnlyOrNull(ITransformer model)
        => !HasCascade(model) && In(model).Distinct().ToArray() is [var network] ? network : null;

    private static bool HasCascade(ITransformer model) => model switch
    {
        ICascade => true,
        IEnumerable<ITransformer> chain => chain.Any(HasCascade),
        _ => false,
    };

    /// <summary>The model with another network in the place of one.</summary>
    public static ITransformer Replace(ITransformer model, GatedResNetTransformer old, GatedResNetTransformer replacement) => model switch
    {
        GatedResNetTransformer network => ReferenceEquals(network, old) ? replacement : network,
        IEnumerable<ITransformer> chain => new TransformerChain<ITransformer>([.. chain.Select(step => Replace(step, old, replacement))]),
        _ => model,
    };

    private static IEnumerable<GatedResNetTransformer> In(ITransformer model) => model switch
    {
        GatedResNetTransformer network => [network],
        IEnumerable<ITransformer> chain => chain.SelectMany(In),
        _ => [],
    };

    /// <summary>What a model is, for messages: of which type, or which steps a chain has.</summary>
    public static string Describe(ITransformer model)
        => model is IEnumerable<ITransformer> chain
            ? $"a chain of {string.Join(", ", chain.Select(step => step.GetType().Name).DefaultIfEmpty("nothing"))}"
            : $"of type {model.GetType().Name}";
}
