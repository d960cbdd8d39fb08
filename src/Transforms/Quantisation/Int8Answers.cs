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
    private readonly ScoringPolicy _policy;
    private readonly Answer[] _images;

    private Int8Answers(bool hasClasses, bool hasExits, ScoringPolicy policy, Answer[] images)
        => (_hasClasses, _hasExits, _policy, _images) = (hasClasses, hasExits, policy, images);

    /// <summary>Runs all images: class probabilities, or without classes the features of all heads.</summary>
    public static Int8Answers Of(ComputeBudgetImages images, GatedResNetModel model)
    {
        var (hasClasses, answers) = (model.Classes.Count > 0, new Answer[images.Count]);
        if (hasClasses)
        {
            images.Run(model.Policy, (image, probabilities, trace) => answers[image] = new Answer(
                [.. probabilities], trace.Ran.ToArray(), trace.GateProbability.ToArray(), trace.ExitConfidence.ToArray(), trace.ExitTaken));
        }
        else
        {
            answers = Array.ConvertAll(images.HeadFeatures(model.Policy), features => new Answer(features, [], [], [], -1));
        }

        return new Int8Answers(hasClasses, model.Blocks.Exits.Count > 0, model.Policy, answers);
    }

    /// <summary>Those for some of the images.</summary>
    public Int8Answers Some(Func<int, bool> isWanted)
        => new(_hasClasses, _hasExits, _policy, [.. _images.Where((_, image) => isWanted(image))]);

    /// <summary>What is known before anything was compared.</summary>
    public static Int8Calibration Unknown(Int8Range range, long rows)
        => new() { Rows = rows, Range = range, SameAnswers = null, SameGates = null, SameExits = null, MeanDifference = 0 };

    /// <summary>How far these answers are those from before.</summary>
    public Int8Calibration Against(Int8Answers before, Int8Range range)
    {
        var pairs = _images.Zip(before._images).ToArray();
        var unknown = Unknown(range, pairs.Length) with { MeanDifference = pairs.Average(Difference) };
        if (!_hasClasses)
        {
            return unknown;
        }

        var gates = from pair in pairs
                    from block in Enumerable.Range(0, pair.Second.Ran.Length)
                    where pair.Second.Asked(block)
                    select (double?)(pair.First.Asked(block) && pair.First.Ran[block] == pair.Second.Ran[block] ? 1 : 0);
        return unknown with
        {
            SameAnswers = Share(pair => Best(pair.Own.Values) == Best(pair.Before.Values)),
            SameGates = gates.Average(),
            SameExits = _hasExits ? Share(pair => pair.Own.Exit == pair.Before.Exit) : null,
        };

        double Difference((Answer, Answer) pair)
        {
            var (own, other) = (pair.Item1.Values, pair.Item2.Values);
            return _hasClasses
                ? own.Zip(other, (a, b) => Math.Abs(a - b)).Max()
                : Length(own.Zip(other, (a, b) => (double)a - b)) / Math.Max(float.Epsilon, Length(other.Select(value => (double)value)));
        }

        double Share(Func<(Answer Own, Answer Before), bool> isSame) => pairs.Average(pair => isSame(pair) ? 1.0 : 0);
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

        var gates = Flips(before, image => image.Gates, _ => _policy.GateThreshold ?? OwnGateThreshold);
        var exits = Flips(before, image => image.Exits, _policy.ConfidenceOf);
        var decisions = before._images.Sum(image => image.Gates.Count(probability => !float.IsNaN(probability)));
        return (gates.Sum() / Math.Max(1, decisions), exits.Average(changes => Math.Min(1, changes)));
    }

    // For each image how many of its decisions change.
    private double[] Flips(Int8Answers before, Converter<Answer, float[]> probabilitiesOf, Func<int, float> thresholdOf)
    {
        var (own, others) = (Array.ConvertAll(_images, probabilitiesOf), Array.ConvertAll(before._images, probabilitiesOf));
        var changes = new double[own.Length];
        for (var decision = 0; decision < own[0].Length; decision++)
        {
            var (threshold, place) = (thresholdOf(decision), decision);
            double[] away =
            [
                .. others.Select(image => (double)Math.Abs(image[place] - threshold)).Where(distance => !double.IsNaN(distance)).Order(),
            ];
            if (away.Length == 0)
            {
                continue;
            }

            var near = Math.Clamp(away[(int)(ShareNear * (away.Length - 1))], LeastNear, MostNear);
            for (var image = 0; image < own.Length; image++)
            {
                changes[image] += Flips(own[image][decision], others[image][decision], threshold - near, threshold + near);
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

    // Of an image. Probabilities are NaN where a gate or an exit was not asked.
    private sealed record Answer(float[] Values, bool[] Ran, float[] Gates, float[] Exits, int Exit)
    {
        public bool Asked(int block) => !float.IsNaN(Gates[block]);
    }
}
