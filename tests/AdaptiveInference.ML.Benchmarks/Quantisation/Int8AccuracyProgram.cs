using AdaptiveInference.ML.Benchmarks.Evidence;
using AdaptiveInference.ML.Transforms;
using AdaptiveInference.ML.Transforms.Inference.Compiled;
using AdaptiveInference.ML.Transforms.Inference.Execution;
using AdaptiveInference.ML.Transforms.Inference.Simd;
using AdaptiveInference.ML.Transforms.Model;
using Microsoft.ML;

namespace AdaptiveInference.ML.Benchmarks.Quantisation;

/// <summary>
/// <c>int8-accuracy DATA MODEL.zip …</c>: models on the test images of a folder of IDX files, in 32 bits, with all convolutions of blocks
/// in 8 bits, and with those that gain on this machine: accuracy, compute, answers, gate decisions and exits that stayed the same; and the
/// same networks as other machines would compute them. 500 training images say what 8-bit numbers stand for.
/// </summary>
internal static class Int8AccuracyProgram
{
    private const int CalibrationRows = 500;

    public static void Run(string[] args)
    {
        if (args.Length < 2)
        {
            throw new BenchmarkArgumentException("int8-accuracy needs a folder of IDX files and at least one model.");
        }

        var (data, context) = (IdxData.Read(args[0]), new MLContext(1));
        var rows = context.Data.TakeRows(data.AllTraining(context), CalibrationRows);
        Console.WriteLine("| model | setting | blocks in | accuracy | compute | same answers | same gate decisions | same exits |");
        Console.WriteLine("|---|---|---|---|---|---|---|---|");
        foreach (var path in args[1..])
        {
            var model = context.Model.Load(path, out _).AdaptiveNetwork();
            Compare(Path.GetFileNameWithoutExtension(path), "as trained", data, model, rows);
            if (model.Exits.Count > 0 || model.Blocks.Any(block => block.IsGated))
            {
                Compare(Path.GetFileNameWithoutExtension(path), "half", data, model.WithComputeBudget(rows, 0.5), rows);
            }
        }
    }

    private static void Compare(string name, string setting, IdxData data, GatedResNetTransformer floats, IDataView rows)
    {
        var (before, policy) = (Answers(floats.Plan, data, floats.Model.Policy), floats.Model.Policy);
        Row("32 bits", before);
        foreach (var choice in (Int8Choice[])[Int8Choice.All, Int8Choice.FasterHere])
        {
            var eight = floats.WithInt8(rows, choice);
            var own = Answers(eight.Plan, data, policy);
            Row($"8 bits, {eight.Int8Convolutions} convolutions ({eight.Int8!.Range}), {eight.Plan.ConvolutionsInBytes} in bytes", own);
            foreach (var width in VectorWidthChoice.Available)
            {
                foreach (var use in (EightBitUse[])[EightBitUse.Always, EightBitUse.WhereFaster, EightBitUse.Never])
                {
                    // As on other machines, compared with this one.
                    var model = eight.Model;
                    var plan = InferencePlan.Compile(
                        model.Blocks, model.Weights, model.Channels, width, int8: model.Int8, use: use);
                    Row($"{width}, {plan.ConvolutionsInBytes} in bytes ({plan.EightBitKind}), against the row above",
                        Answers(plan, data, policy), own);
                }
            }
        }

        void Row(string what, List<Answer> answers, List<Answer>? others = null)
        {
            var pairs = answers.Zip(others ?? before).ToList();
            var gates = pairs.SelectMany(pair => pair.First.Ran.Zip(pair.Second.Ran, pair.Second.Asked)
                .Where(block => block.Third).Select(block => block.First == block.Second ? 1.0 : 0)).DefaultIfEmpty(1).Average();
            var accuracy = answers.Zip(data.Test.Labels.ToArray()).Average(pair => pair.First.Class == pair.Second ? 100.0 : 0);
            Console.WriteLine(
                $"| {name} | {setting} | {what} | {accuracy:F2} % | {answers.Average(answer => (double)answer.Macs) / floats.FullMacs:P1} "
                + $"| {pairs.Average(pair => pair.First.Class == pair.Second.Class ? 1.0 : 0):P2} | {gates:P2} "
                + $"| {pairs.Average(pair => pair.First.Exit == pair.Second.Exit ? 1.0 : 0):P2} |");
        }
    }

    private static List<Answer> Answers(InferencePlan plan, IdxData data, ScoringPolicy policy)
    {
        var (answers, trace) = (new List<Answer>(), new ExecutionTrace(plan.Blocks.Blocks.Count));
        var probabilities = new float[plan.Blocks.Spec.Classes];
        for (var image = 0; image < data.Test.Count; image++)
        {
            plan.Run(IdxData.Pixels(data.Test, image), policy, probabilities, trace);
            var asked = Array.ConvertAll(trace.GateProbability.ToArray(), probability => !float.IsNaN(probability));
            answers.Add(new Answer(
                Array.IndexOf(probabilities, probabilities.Max()), trace.Ran.ToArray(), asked, trace.ExitTaken, trace.Macs));
        }

        return answers;
    }

    private sealed record Answer(int Class, bool[] Ran, bool[] Asked, int Exit, long Macs);
}
