using System.Globalization;
using System.Text;

namespace AdaptiveInference.ML.Benchmarks.FewImages;

/// <summary>The results as Markdown.</summary>
internal static class FewImagesTable
{
    private static readonly (string Size, string Title)[] Sizes =
    [
        ("10", "10 a class"), ("30", "30 a class"), (LabelledImages.TrainingPart, "`train` alone"),
        (LabelledImages.Everything, "all labelled images"),
    ];

    public static string Format(FewImagesFolder folder, PhotoFolder data)
    {
        var results = folder.Results();
        var text = new StringBuilder();
        Head(text, data, results);
        Rows(text, results);
        if (results.Any(result => result.Curve.Count > 0))
        {
            Line(text, $"## Under the budget dial");
            Line(text, $"");
            Line(text, $"Test accuracy in % (share of the compute that the test images took).");
            Line(text, $"");
            foreach (var (size, title) in Sizes.Reverse())
            {
                Curves(text, results, size, title);
            }
        }

        Amounts(text, results);
        FewImagesComparisons.Add(text, results, data);
        if (folder.Timings() is { Count: > 0 } timings)
        {
            FewImagesTimes.Add(text, timings);
        }

        if (folder.Fittings() is { Count: > 0 } fittings)
        {
            FewImagesTimes.Add(text, fittings);
        }

        if (folder.Deployments() is { Count: > 0 } deployments)
        {
            Deployed(text, deployments);
        }

        return text.ToString();
    }

    internal static void Line(StringBuilder text, FormattableString line)
        => text.Append(line.ToString(CultureInfo.InvariantCulture)).Append('\n');

    internal static void Add(StringBuilder text, FormattableString part) => text.Append(part.ToString(CultureInfo.InvariantCulture));

    internal static string Percent(double share) => FormattableString.Invariant($"{100 * share:F0} %");

    private static IEnumerable<(FewImagesRow Row, List<FewImagesResult> Results)> Of(IReadOnlyList<FewImagesResult> results, string size)
        => FewImagesRows.All.Select(row => (row, results.Where(result => result.Row == row.Name && result.Size == size).ToList()))
            .Where(group => group.Item2.Count > 0);

    private static void Head(StringBuilder text, PhotoFolder data, IReadOnlyList<FewImagesResult> results)
    {
        var classes = data.Training.Select(photo => photo.Label).Distinct().Count();
        Line(text, $"# A few hundred colour images");
        Line(text, $"");
        Add(text, $"Emoji by two vendors, 64×64 pixels: {classes} classes, {data.Labelled.Count:N0} labelled images ");
        Line(text, $"({data.Training.Count} in `train`, {data.Validation.Count} in `val`), {data.Test.Count} to test on;");
        Line(text, $"both pictures of one emoji are on the same side. Every way to a model gets the same labelled images: linear trainers");
        Line(text, $"learn from all of them, trainers that choose epochs by a validation set have `val` for that (at 10 and 30 images a");
        Line(text, $"class a part of those), and exit heads learn from all of them and choose by cross-validation. Thresholds for a");
        Line(text, $"budget are set without labels on images that the model did not learn from: those of `val`, or, where it learnt from");
        Line(text, $"these, one half of the test images for the other half. At 10 and 30 images a class another seed means other images;");
        Line(text, $"with all of them it changes the weights, and of exit heads only which rows are held out together. ± is half the");
        Line(text, $"distance between the best and the worst seed. MACs are of the network, with exits and heads.");
        Line(text, $"");
        var origins = results.Select(result => result.Provenance).ToList();
        var runtimes = string.Join(", ", origins.Select(origin => origin.DotNet).Distinct());
        var libraries = string.Join(", ", origins.Select(origin => origin.LibTorch).Distinct());
        var dates = string.Join(", ", origins.Select(origin => origin.Date).Distinct().Order());
        var machines = string.Join("; ", origins.Select(origin => origin.Machine).Distinct());
        Line(text, $"{machines}; {runtimes}, libtorch {libraries}; {dates}. Commands:");
        Line(text, $"");
        Line(text, $"```");
        foreach (var rest in (string[])["--sizes all,train,10,30", "--time", "--time-fit", "--publish", "--render"])
        {
            Add(text, $"dotnet run -c Release --project tests/AdaptiveInference.ML.Benchmarks -- ");
            Line(text, $"few-images --data FOLDER --output FOLDER {rest}");
        }

        Line(text, $"```");
        Line(text, $"");
    }

    private static void Rows(StringBuilder text, IReadOnlyList<FewImagesResult> results)
    {
        Line(text, $"## All labelled images");
        Line(text, $"");
        Line(text, $"Time to train is from the files to the model, in seconds of processor time (wall clock, while other programs used");
        Line(text, $"the same cores).");
        Line(text, $"");
        Line(text, $"| Way | seeds | accuracy % | of its compute | million MACs | s to train |");
        Line(text, $"|---|---|---|---|---|---|");
        foreach (var (row, own) in Of(results, LabelledImages.Everything))
        {
            var fraction = own.Average(result => result.Trained.ComputeFraction);
            var macs = own.Average(result => result.Trained.ComputeFraction * result.FullMacs);
            var (cpu, wall) = (own.Average(result => result.FitCpuSeconds), own.Average(result => result.FitSeconds));
            Add(text, $"| {row.Title} | {own.Count} | {Accuracy(own, result => result.Trained)} | {Percent(fraction)} | {macs / 1e6:F0} ");
            Line(text, $"| {cpu:F0} ({wall:F0}) |");
        }

        Line(text, $"");
    }

    private static void Curves(StringBuilder text, IReadOnlyList<FewImagesResult> results, string size, string title)
    {
        var turned = Of(results, size).Where(group => group.Results.All(result => result.Curve.Count > 0)).ToList();
        if (turned.Count == 0)
        {
            return;
        }

        double[] budgets =
            [.. turned.SelectMany(group => group.Results).SelectMany(result => result.Curve).Select(point => point.Budget!.Value)
                .Distinct().Order()];
        Line(text, $"| {char.ToUpperInvariant(title[0])}{title[1..]} | {string.Join(" | ", budgets.Select(Percent))} |");
        Line(text, $"|---|{string.Concat(budgets.Select(_ => "---|"))}");
        foreach (var (row, own) in turned)
        {
            var points = budgets.Select(budget =>
            {
                var points = own.SelectMany(result => result.Curve.Where(point => point.Budget == budget)).ToList();
                return points.Count < own.Count ? "" : FormattableString.Invariant(
                    $"{100 * points.Average(point => point.Accuracy):F1} ({Percent(points.Average(point => point.ComputeFraction))})");
            });
            Line(text, $"| {row.Title} | {string.Join(" | ", points)} |");
        }

        Line(text, $"");
    }

    private static void Amounts(StringBuilder text, IReadOnlyList<FewImagesResult> results)
    {
        Line(text, $"## With fewer labelled images");
        Line(text, $"");
        Line(text, $"Accuracy in % as trained, by labelled images, those that something is chosen by included; in parentheses the share");
        Line(text, $"of the compute where it is not all.");
        Line(text, $"");
        Line(text, $"| Way | {string.Join(" | ", Sizes.Select(size => size.Title))} |");
        Line(text, $"|---|{string.Concat(Sizes.Select(_ => "---|"))}");
        foreach (var row in FewImagesRows.All.Where(row => row.HasCurve && results.Any(result => result.Row == row.Name)))
        {
            var cells = Sizes.Select(size => results.Where(result => result.Row == row.Name && result.Size == size.Size).ToList())
                .Select(own => own.Count == 0 ? "" : Accuracy(own, result => result.Trained) + Cost(own));
            Line(text, $"| {row.Title} | {string.Join(" | ", cells)} |");
        }

        Line(text, $"");
    }

    private static void Deployed(StringBuilder text, IReadOnlyList<DeploymentResult> deployments)
    {
        Line(text, $"## What is shipped");
        Line(text, $"");
        Line(text, $"An application that scores, published for one platform without the .NET runtime; symbols and documentation left out.");
        Line(text, $"");
        Line(text, $"| Way | application MiB | files | model MiB | together |");
        Line(text, $"|---|---|---|---|---|");
        foreach (var result in deployments)
        {
            Add(text, $"| {FewImagesRows.Of(result.Row).Title} | {MiB(result.ApplicationBytes)} | {result.Files} ");
            Line(text, $"| {MiB(result.ModelBytes)} | {MiB(result.ApplicationBytes + result.ModelBytes)} |");
        }
    }

    private static string MiB(long bytes) => (bytes / 1048576.0).ToString("F1", CultureInfo.InvariantCulture);

    private static string Cost(List<FewImagesResult> own)
        => own.Average(result => result.Trained.ComputeFraction) is var fraction && fraction < 0.995 ? $" ({Percent(fraction)})" : "";

    private static string Accuracy(List<FewImagesResult> own, Func<FewImagesResult, PhotoPoint> point)
    {
        var values = own.Select(result => 100 * point(result).Accuracy).ToList();
        return own.Count == 1
            ? FormattableString.Invariant($"{values[0]:F1}")
            : FormattableString.Invariant($"{values.Average():F1} ± {(values.Max() - values.Min()) / 2:F1}");
    }
}
