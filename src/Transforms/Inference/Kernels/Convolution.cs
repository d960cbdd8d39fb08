using System.Runtime.CompilerServices;
using AdaptiveInference.ML.Transforms.Inference.Memory;

namespace AdaptiveInference.ML.Transforms.Inference.Kernels;

/// <summary>
/// A convolution compiled for fixed maps: packed weights and the loop that applies them, in parts that may be computed in any order and at
/// the same time. Every output belongs to one part, so how parts are shared out never changes a bit. Shared by all workers.
/// </summary>
internal abstract unsafe class Convolution
{
    /// <summary>Parts of one image's convolution, at least 1.</summary>
    public abstract int Parts { get; }

    /// <summary>How far it reads beyond its input map. It writes to pixels of its output map and nowhere else.</summary>
    public abstract Reach Reach { get; }

    /// <summary>Convolves one image.</summary>
    /// <param name="arena">The image's arena.</param>
    /// <param name="epilogue">What happens to the sums.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public virtual void Run(float* arena, Epilogue epilogue)
    {
        for (var part = 0; part < Parts; part++)
        {
            Run(arena, arena, part, epilogue);
        }
    }

    /// <summary>Computes one part.</summary>
    /// <param name="arena">The image's arena.</param>
    /// <param name="scratch">What offsets of scratch count from: one place for each worker.</param>
    /// <param name="part">The part, below <see cref="Parts"/>.</param>
    /// <param name="epilogue">What happens to the sums.</param>
    public abstract void Run(float* arena, float* scratch, int part, Epilogue epilogue);
}
