namespace AdaptiveInference.ML.Transforms.Architectures;

/// <summary>The two published families of residual networks.</summary>
internal enum ResNetStyle
{
    Cifar,
    ImageNet,
}
