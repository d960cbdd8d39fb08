using AdaptiveInference.ML.Transforms;
using Microsoft.ML;

// ML.NET finds the class that reads a saved transformer by the signature in the file, in the assembly that the file names.
[assembly: LoadableClass(
    typeof(CascadeTransformer), null, typeof(SignatureLoadModel), "Cascade of two models", CascadeTransformer.LoaderSignature)]
