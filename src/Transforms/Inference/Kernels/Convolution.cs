namespace AdaptiveInference.ML.Transforms.Inference.Kernels;

/// <summary>A convolution compiled for fixed maps: packed weights and the loop that applies them. Shared by all workers.</summary>
internal abstract unsafe class Convolution
{
    /// <summary>Convolves one image.</summary>
    /// <param name="arena">The worker's arena.</param>
    /// <param name="epilogue">What happens to the sums.</param>
    public abstract void Run(float* arena, Epilogue epilogue);
}
