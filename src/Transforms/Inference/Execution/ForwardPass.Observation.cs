using AdaptiveInference.ML.Transforms.Inference.Kernels;
using AdaptiveInference.ML.Transforms.Inference.Memory;

namespace AdaptiveInference.ML.Transforms.Inference.Execution;

/// <summary>Is shown what a convolution reads.</summary>
/// <param name="convolution">Its number among the convolutions of all residual branches.</param>
/// <param name="arena">Where the map lies.</param>
/// <param name="map">The map.</param>
internal unsafe delegate void MapObserver(int convolution, float* arena, FeatureMap map);

/// <summary>The same way, with an observer at every convolution.</summary>
internal unsafe ref partial struct ForwardPass
{
    /// <summary>
    /// Walks all blocks as the gates decide, takes no exit, and shows what every convolution of a residual branch reads. Of a skipped block
    /// the branch is computed up to its last convolution, whose sums nobody adds: each was shown what it would have read.
    /// </summary>
    public void Observe(MapObserver see)
    {
        network.Control?.Reset(_arena);
        var blocks = network.Blocks;
        var convolution = 0;
        for (var i = 0; i < blocks.Length; i++)
        {
            var block = blocks[i];
            var open = block.Gate is null || Opens(block, block.Gate, i);
            trace.Ran[i] = open;
            see(convolution++, _arena, block.Input);
            Shortcut(block, open);
            for (var j = 1; j < block.Body.Length; j++)
            {
                Convolve(block.Body[j - 1], Epilogue.Relu);
                see(convolution++, _arena, block.Inputs[j]);
            }

            if (open)
            {
                _summed = null;
                Convolve(block.Body[^1], Epilogue.Add | Epilogue.Relu);
            }
        }
    }
}
