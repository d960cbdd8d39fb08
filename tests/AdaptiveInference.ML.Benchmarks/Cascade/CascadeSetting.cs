using System.Numerics.Tensors;
using AdaptiveInference.ML.Benchmarks.Promises;
using AdaptiveInference.ML.Transforms;
using AdaptiveInference.ML.Transforms.Budget;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace AdaptiveInference.ML.Benchmarks.Cascade;

/// <summary>One network, or one before another.</summary>
internal sealed record CascadeSetting(string Name, GatedResNetTransformer First, GatedResNetTransformer? Second = null)
{
    // As few rows as there are certify little; the curve needs the setting and not the certificate.
    private const double Confidence = 0.5;

    private static readonly double[] Budgets = [0.08, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8];
    private static readonly double[] Refused = [0.1, 0.2, 0.35, 0.5, 0.7];
    private static readonly double[] Risks = [0.05, 0.1, 0.2, 0.3];

    /// <summary>What scores rows.</summary>
    public ITransformer Model(MLContext context)
        => Second is null ? First : context.MulticlassClassification.Cascade(First, Second);

    /// <summary>Both networks alone, as they are and at budgets, and cascades of them.</summary>
    public static IReadOnlyList<CascadeSetting> Of(MLContext context, CascadeSubject subject)
    {
        var calibration = subject.Rows(context, subject.Calibration);
        var large = Alone(subject.Large, calibration).ToList();
        var small = Alone(subject.Small, calibration).ToList();
        var settings = new List<CascadeSetting>([.. large, .. small]);
        var (first, half) = (small[1], large.FirstOrDefault(one => one.Name.EndsWith("50 %", StringComparison.Ordinal)));
        CascadeSetting[] seconds = half is null ? [large[1]] : [large[1], half];
        foreach (var second in seconds)
        {
            settings.AddRange(Refused.Select(share => new CascadeSetting(
                CascadeProgram.Text($"{first.Name}, refusing {share * 100:0} %, then {second.Name}"),
                Refusing(first.First, calibration, share), second.First)));
        }

        foreach (var risk in Risks)
        {
            var refusing = first.First.WithRefusal(calibration, new RefusalOptions
            {
                Score = RefusalScore.Probability,
                MaximumRisk = risk, Confidence = Confidence, GroupColumnName = nameof(CascadeImage.Group),
            });
            Console.WriteLine(CascadeProgram.Text($"risk {risk * 100:0} %: {refusing.Refusal}"));
            if (refusing.Refusal!.Threshold is not null)
            {
                settings.Add(new CascadeSetting(
                    CascadeProgram.Text($"{first.Name}, risk {risk * 100:0} %, then {large[1].Name}"), refusing, large[1].First));
            }
        }

        return settings;
    }

    private static IEnumerable<CascadeSetting> Alone(GatedResNetTransformer network, IDataView calibration)
    {
        var side = CascadeProgram.Text($"{network.ImageShape.Height} px");
        yield return new CascadeSetting($"{side} whole", network.WithGateThreshold(0).WithExitConfidence(1));
        yield return new CascadeSetting($"{side} as it is", network);
        var search = network.WithComputeBudgets(calibration);
        foreach (var budget in Budgets)
        {
            GatedResNetTransformer? turned = null;
            try
            {
                turned = search(budget);
            }
            catch (ArgumentOutOfRangeException)
            {
                // Out of reach.
            }

            if (turned is not null)
            {
                yield return new CascadeSetting(CascadeProgram.Text($"{side} at {budget * 100:0} %"), turned);
            }
        }
    }

    /// <summary>The network that accepts what is surer than a share of the calibration images: a threshold without a promise.</summary>
    private static GatedResNetTransformer Refusing(GatedResNetTransformer network, IDataView calibration, double share)
    {
        var images = ComputeBudgetImages.Read(network.Model, network.Plan, network.Columns.Features, calibration);
        var probabilities = Array.ConvertAll(ScoredAnswers.Of(network, images).Answered, answer => answer.Probability);
        var refusal = new RefusalGuarantee
        {
            Threshold = probabilities.Order().ElementAt((int)(share * probabilities.Length)),
            Rows = 1, Accepted = 1, MaximumRisk = 0.5, Confidence = Confidence, UpperBound = 0.5,
        };
        return new GatedResNetTransformer(
            new MLContext(1), network.Model.With(guarantee: null, refusal), network.Columns with { Accepted = "Accepted" },
            network.PlanSource);
    }
}

/// <summary>What a setting answers.</summary>
/// <param name="Name">The setting's.</param>
/// <param name="Accuracy">Of the test images.</param>
/// <param name="Macs">Of a test image, on average.</param>
/// <param name="SecondShare">Share of the test images that the second network answers; null where there is none.</param>
internal sealed record CascadeResult(string Name, double Accuracy, double Macs, double? SecondShare)
{
    public static CascadeResult Of(MLContext context, CascadeSetting setting, IDataView scored)
    {
        var metrics = context.MulticlassClassification.EvaluateAdaptive(scored);
        return new CascadeResult(
            setting.Name, metrics.Classification.MicroAccuracy, metrics.MeanMacs,
            setting.Second is null ? null : TensorPrimitives.Sum<float>(
                scored.GetColumn<int>("Stage").Select(stage => stage - 1f).ToArray()) / metrics.Rows);
    }
}
