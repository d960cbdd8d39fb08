using System.Numerics.Tensors;
using AdaptiveInference.ML.Transforms.Budget;
using AdaptiveInference.ML.Transforms.Model;

namespace AdaptiveInference.ML.Transforms.Quantisation;

/// <summary>What a network answers for some images, and by which way: to compare it in 8 bits with itself in 32.</summary>
internal sealed class Int8Answers
{
    private const float OwnGateThreshold = 0.5f;

    // To either side of a threshold, as far as the nearest of so many probabilities, but no further than the most.
    private const double ShareNear = 0.2;
    private const double LeastNear = 1e-5;
    private const double MostNear = 0.1;

    private readonly bool _hasClasses;
    private readonly bool _hasExits;
    private readonly float[][] _values;
    private readonly bool[][] _ran;
    private readonly bool[][] _asked;
    private readonly int[] _exits;
    private readonly float[][] _gateProbabilities;
    private readonly float[][] _exitConfidences;
    private readonly ScoringPolicy _policy;

    private Int8Answers(int images, GatedResNetModel model)
    {
        _policy = model.Policy;
        (_gateProbabilities, _exitConfidences) = (new float[images][], new float[images][]);
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
            answers._gateProbabilities[image] = trace.GateProbability.ToArray();
            answers._exitConfidences[image] = trace.ExitConfidence.ToArray();
            answers._asked[image] = Array.ConvertAll(answers._gateProbabilities[image], probability => !float.IsNaN(probability));
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
                : Length(own.Zip(other, (a, b) => (double)a - b)) / Math.Max(float.Epsilon, Length(other.Select(value => (double)value)));
        }

        double Share(Func<int, bool> isSame) => Enumerable.Range(0, _values.Length).Average(image => isSame(image) ? 1.0 : 0);
    }

    /// <summary>
    /// Shares of gates' decisions, and of images by their exits, that change if thresholds are anywhere near where they are: what changes
    /// at the very thresholds is a matter of a few single images.
    /// </summary>
    public (double Gates, double Exits) Changes(Int8Answers before)
    {
        if (!_hasClasses)
        {
            return (0, 0);
        }

        var gates = Flips(_gateProbabilities, before._gateProbabilities, _ => _policy.GateThreshold ?? OwnGateThreshold);
        var exits = Flips(_exitConfidences, before._exitConfidences, _policy.ConfidenceOf);
        var decisions = before._asked.Sum(asked => asked.Count(wasAsked => wasAsked));
        return (gates.Sum() / Math.Max(1, decisions), exits.Average(changes => Math.Min(1, changes)));
    }

    // For each image how many of its decisions change.
    private static double[] Flips(float[][] own, float[][] before, Func<int, float> thresholdOf)
    {
        var changes = new double[own.Length];
        for (var decision = 0; decision < own[0].Length; decision++)
        {
            var (threshold, place) = (thresholdOf(decision), decision);
            double[] away =
            [
                .. before.Select(image => (double)Math.Abs(image[place] - threshold)).Where(distance => !double.IsNaN(distance)).Order(),
            ];
            if (away.Length == 0)
            {
                continue;
            }

            var near = Math.Clamp(away[(int)(ShareNear * (away.Length - 1))], LeastNear, MostNear);
            for (var image = 0; image < own.Length; image++)
            {
                changes[image] += Flips(own[image][decision], before[image][decision], threshold - near, threshold + near);
            }
        }

        return changes;
    }

    // Of the thresholds from the least to the most the share that lies between two probabilities; none where one of the two was not asked
    // for.
    private static double Flips(double own, double before, double least, double most)
        => double.IsNaN(own) || double.IsNaN(before)
            ? 0
            : Math.Max(0, Math.Min(Math.Max(own, before), most) - Math.Max(Math.Min(own, before), least)) / (most - least);

    // Squares of large floats are finite in doubles alone.
    private static double Length(IEnumerable<double> values) => Math.Sqrt(values.Sum(value => value * value));

    private static int Best(float[] values) => TensorPrimitives.IndexOfMax<float>(values);
}
