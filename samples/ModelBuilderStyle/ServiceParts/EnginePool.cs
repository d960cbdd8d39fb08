using System.Collections.Concurrent;
using Microsoft.ML;

namespace ModelBuilderStyle.ServiceParts;

/// <summary>
/// Prediction engines of one model at one setting. An engine is for one caller at a time and keeps its buffers; the network behind all of
/// them is one and the same.
/// </summary>
/// <remarks>
/// The transformer itself could be called by all threads, but for single images it is the slower way: it is bound to its columns anew for
/// every request, which takes ten times as long as the prediction of a small image.
/// </remarks>
/// <typeparam name="TInput">What an image is given in.</typeparam>
internal sealed class EnginePool<TInput> : IDisposable
    where TInput : class
{
    private readonly ConcurrentBag<PredictionEngine<TInput, FashionClassifier.ModelOutput>> _engines = [];

    /// <summary>Makes engines and scores an image with each.</summary>
    /// <param name="count">How many callers there are at the same time.</param>
    /// <param name="make">Makes one.</param>
    /// <param name="first">The first prediction costs a hundred times the others, and shows whether the model reads such images.</param>
    public EnginePool(int count, Func<PredictionEngine<TInput, FashionClassifier.ModelOutput>> make, TInput first)
    {
        for (var i = 0; i < count; i++)
        {
            var engine = make();
            _engines.Add(engine);
            engine.Predict(first);
        }
    }

    /// <summary>Scores an image.</summary>
    /// <exception cref="FormatException">It cannot be read.</exception>
    public FashionClassifier.ModelOutput Predict(TInput input)
    {
        if (!_engines.TryTake(out var engine))
        {
            throw new InvalidOperationException("There are as many engines as callers that are let through.");
        }

        try
        {
            return engine.Predict(input);
        }
        finally
        {
            _engines.Add(engine);
        }
    }

    /// <inheritdoc />
    public void Dispose()
    {
        while (_engines.TryTake(out var engine))
        {
            engine.Dispose();
        }
    }
}
