using System.Runtime.CompilerServices;
using AdaptiveInference.ML.Transforms.Inference.Memory;

namespace AdaptiveInference.ML.Transforms.Inference.Kernels;

/// <summary>
/// Convolution by its definition for any odd kernel and any stride, four pixels of one channel group at a time. Weights are packed
/// [output group][input group][row][column][input lane][output lane].
/// </summary>
internal sealed unsafe class DirectConvolution<TSimd, TVector> : Convolution
    where TSimd : struct, ISimd<TVector>
    where TVector : struct
{
    private readonly FeatureMap _input;
    private readonly FeatureMap _output;
    private readonly int _kernel;
    private readonly int _stride;
    private readonly AlignedBuffer _weights;
    private readonly AlignedBuffer _bias;

    public DirectConvolution(FoldedConvolution layer, FeatureMap input, FeatureMap output)
    {
        (_input, _output, _kernel, _stride) = (input, output, layer.Kernel, layer.Stride);
        _weights = new AlignedBuffer(output.Groups * WeightsPerGroup);
        _bias = BiasOf(layer, output);
        var next = _weights.Pointer;
        for (var o = 0; o < output.Groups * TSimd.Lanes; o += TSimd.Lanes)
        {
            for (var i = 0; i < input.Groups * input.Lanes; i += input.Lanes)
            {
                for (var tap = 0; tap < _kernel * _kernel; tap++)
                {
                    for (var lane = 0; lane < input.Lanes * TSimd.Lanes; lane++, next++)
                    {
                        int from = i + (lane / TSimd.Lanes), to = o + (lane % TSimd.Lanes);
                        *next = from < layer.Inputs && to < layer.Outputs ? (float)layer[to, from, tap / _kernel, tap % _kernel] : 0;
                    }
                }
            }
        }
    }

    private long WeightsPerGroup => (long)_input.Groups * _kernel * _kernel * _input.Lanes * TSimd.Lanes;

    /// <inheritdoc />
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Run(float* arena, Epilogue epilogue)
    {
        var padding = _kernel / 2 * (_input.RowStride + _input.Lanes);
        for (var group = 0; group < _output.Groups; group++)
        {
            for (var y = 0; y < _output.Height; y++)
            {
                var source = arena + _input.Offset - padding + ((long)y * _stride * _input.RowStride);
                var destination = arena + _output.Offset + ((long)group * _output.GroupStride) + ((long)y * _output.RowStride);
                Row(source, _weights.Pointer + (group * WeightsPerGroup), _bias.Pointer + (group * TSimd.Lanes), destination, epilogue);
            }
        }
    }

    private static AlignedBuffer BiasOf(FoldedConvolution layer, FeatureMap output)
    {
        var bias = new AlignedBuffer(output.Groups * TSimd.Lanes);
        for (var i = 0; i < layer.Outputs; i++)
        {
            bias.Pointer[i] = (float)layer.Bias[i];
        }

        return bias;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Row(float* source, float* weights, float* bias, float* destination, Epilogue epilogue)
    {
        int lanes = TSimd.Lanes, step = _stride * _input.Lanes, span = _kernel * _input.Lanes, x = 0;
        for (; x + 4 <= _output.Width; x += 4)
        {
            TVector a = TSimd.Load(bias), b = a, c = a, d = a;
            var w = weights;
            for (var group = 0; group < _input.Groups; group++)
            {
                var plane = source + ((long)group * _input.GroupStride);
                for (var row = 0; row < _kernel; row++, plane += _input.RowStride)
                {
                    for (var pixel = plane; pixel < plane + span; pixel++, w += lanes)
                    {
                        var weight = TSimd.Load(w);
                        a = TSimd.MultiplyAdd(TSimd.Fill(pixel[0]), weight, a);
                        b = TSimd.MultiplyAdd(TSimd.Fill(pixel[step]), weight, b);
                        c = TSimd.MultiplyAdd(TSimd.Fill(pixel[2 * step]), weight, c);
                        d = TSimd.MultiplyAdd(TSimd.Fill(pixel[3 * step]), weight, d);
                    }
                }
            }

            Finish(a, destination, epilogue);
            Finish(b, destination + lanes, epilogue);
            Finish(c, destination + (2 * lanes), epilogue);
            Finish(d, destination + (3 * lanes), epilogue);
            source += 4 * step;
            destination += 4 * lanes;
        }

        for (; x < _output.Width; x++, source += step, destination += lanes)
        {
            var sum = TSimd.Load(bias);
            var w = weights;
            for (var group = 0; group < _input.Groups; group++)
            {
                var plane = source + ((long)group * _input.GroupStride);
                for (var row = 0; row < _kernel; row++, plane += _input.RowStride)
                {
                    for (var pixel = plane; pixel < plane + span; pixel++, w += lanes)
                    {
                        sum = TSimd.MultiplyAdd(TSimd.Fill(*pixel), TSimd.Load(w), sum);
                    }
                }
            }

            Finish(sum, destination, epilogue);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Finish(TVector sum, float* destination, Epilogue epilogue)
    {
        if ((epilogue & Epilogue.Add) != 0)
        {
            sum = TSimd.Add(sum, TSimd.Load(destination));
        }

        if ((epilogue & Epilogue.Relu) != 0)
        {
            sum = TSimd.Max(TSimd.Zero, sum);
        }

        TSimd.Store(sum, destination);
    }
}
