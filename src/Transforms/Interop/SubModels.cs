using Microsoft.ML;
using Microsoft.ML.Runtime;

namespace AdaptiveInference.ML.Transforms.Interop;

/// <summary>Writes and reads a whole model inside another one's folder of an ML.NET model file, as a chain does with its steps.</summary>
internal static class SubModels
{
    /// <summary>Writes a model into a folder beside the other's stream.</summary>
    public static void Save(ModelSaveContext context, ITransformer model, string folder) => context.SaveModel(model, folder);

    /// <summary>Reads what <see cref="Save"/> wrote; null where there is no such folder or no transformer in it.</summary>
    public static ITransformer? Load(IHostEnvironment environment, ModelLoadContext context, string folder)
        => context.LoadModelOrNull<object, SignatureLoadModel>(environment, out var model, folder) ? model as ITransformer : null;
}
