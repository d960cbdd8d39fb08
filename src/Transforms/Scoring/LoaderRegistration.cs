using AdaptiveInference.ML.Transforms;
using Microsoft.ML;

// ML.NET finds the class that reads a saved transformer by the signature in the file, in the assembly that the file names.
[assembly: LoadableClass(
    typeof(GatedResNetTransformer), null, typeof(SignatureLoadModel), "Gated residual network", GatedResNetTransformer.LoaderSignature)]
[assembly: LoadableClass(
    typeof(AdaptiveFeaturesTransformer), null, typeof(SignatureLoadModel), "Features of a gated residual network",
    AdaptiveFeaturesTransformer.LoaderSignature)]
