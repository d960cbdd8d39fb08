using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace AdaptiveInference.ML.Transforms.Interop;

/// <summary>The environment behind an ML.NET catalog, which ML.NET keeps for its own extension methods.</summary>
internal static class CatalogEnvironment
{
    /// <summary>Environment of a task catalog such as <see cref="MLContext.MulticlassClassification"/>.</summary>
    public static IHostEnvironment Of(TrainCatalogBase catalog)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        return ((IInternalCatalog)catalog).Environment;
    }

    /// <summary>Environment of a catalog of trainers such as <c>mlContext.MulticlassClassification.Trainers</c>.</summary>
    public static IHostEnvironment Of(TrainCatalogBase.CatalogInstantiatorBase catalog)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        return ((IInternalCatalog)catalog).Environment;
    }

    /// <summary>Environment of <see cref="MLContext.Model"/>.</summary>
    public static IHostEnvironment Of(ModelOperationsCatalog catalog)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        return ((IInternalCatalog)catalog).Environment;
    }
}
