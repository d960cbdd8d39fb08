using System.Numerics.Tensors;
using AdaptiveInference.ML.Transforms.Budget;
using AdaptiveInference.ML.Transforms.Model;

namespace AdaptiveInference.ML.Transforms.Quantisation;

/// <summary>What a network answers for some images, and by which way: to compare it in 8 bits with itself in 32.</summary>
internal sealed class Int8Answers
{
    private readonly bool _hasClasses;
    private readonly bool _hasExits;
    private readonly float[][] _values;
    private readonly bool[][] _ran;
    private readonly bool[][] _asked;
    private readonly int[] _exits;

    private Int8Answers(int images, GatedResNetModel model)
    {
        (_hasClasses, _hasExits) = (model.Classes.Count > 0, model.Blocks.Exits.Count > 0);
        _values = new float[images][];
        (_ran, _asked, _exits) = (new bool[images][], new bool[images][], new int[images]);
    }

    /// <summary>Runs all images: class probabilities, or without classes the features of all heads.</summary>
    public static Int8Answers Of(ComputeBudgetImages images, GatedResNetModel model)
    {
        var answers = new Int8Answers(images.Count, model);
        if (!answers._hasClasses)
        {
            images.HeadFeatures(model.Policy).CopyTo(answers._values, 0);
            return answers;
        }

        images.Run(model.Policy, (image, probabilities, trace) =>
        {
            answers._values[image] = [.. probabilities];
            answers._ran[image] = trace.Ran.ToArray();
            answers._asked[image] = Array.ConvertAll(trace.GateProbability.ToArray(), probability => !float.IsNaN(probability));
            answers._exits[image] = trace.ExitTaken;
        });
        return answers;
    }

    /// <summary>What is known before anything was compared.</summary>
    public static Int8Calibration Unknown(Int8Range range, long rows)
        => new() { Rows = rows, Range = range, SameAnswers = null, SameGates = null, SameExits = null, MeanDifference = 0 };

    /// <summary>How far these answers are those from before.</summary>
    public Int8Calibration Against(Int8Answers before, Int8Range range)
    {
        var unknown = Unknown(range, _values.Length) with { MeanDifference = Enumerable.Range(0, _values.Length).Average(Difference) };
        if (!_hasClasses)
        {
            return unknown;
        }

        var gates = from image in Enumerable.Range(0, _values.Length)
                    from block in Enumerable.Range(0, _ran[image].Length)
                    where before._asked[image][block]
                    select (double?)(_asked[image][block] && _ran[image][block] == before._ran[image][block] ? 1 : 0);
        return unknown with
        {
            SameAnswers = Share(image => Best(_values[image]) == Best(before._values[image])),
            SameGates = gates.Average(),
            SameExits = _hasExits ? Share(image => _exits[image] == before._exits[image]) : null,
        };

        double Difference(int image)
        {
            var (own, other) = (_values[image], before._values[image]);
            return _hasClasses
                ? own.Zip(other, (a, b) => Math.Abs(a - b)).Max()
                : TensorPrimitives.Distance<float>(own, other) / Math.Max(float.Epsilon, TensorPrimitives.Norm<float>(other));
        }

        double Share(Func<int, bool> isSame) => Enumerable.Range(0, _values.Length).Average(image => isSame(image) ? 1.0 : 0);
    }

    private static int Best(float[] values) => TensorPrimitives.IndexOfMax<float>(values);
}
