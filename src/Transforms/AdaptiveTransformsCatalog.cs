using AdaptiveInference.ML.Transforms;
using AdaptiveInference.ML.Transforms.Evaluation;
using AdaptiveInference.ML.Transforms.Interop;
using AdaptiveInference.ML.Transforms.Model;
using AdaptiveInference.ML.Transforms.Onnx.Import;
using AdaptiveInference.ML.Transforms.PyTorch;
using AdaptiveInference.ML.Transforms.Scoring;
using Microsoft.ML.Runtime;
using ResizingKind = Microsoft.ML.Transforms.Image.ImageResizingEstimator.ResizingKind;

namespace Microsoft.ML;

/// <summary>Extension methods that find, evaluate, import and retrofit gated residual networks.</summary>
public static class AdaptiveTransformsCatalog
{
    /// <summary>Evaluates scored rows: ML.NET's own metrics, and how much of the network the images used.</summary>
    /// <param name="catalog">The multiclass catalog.</param>
    /// <param name="data">Rows scored by a <see cref="GatedResNetTransformer"/>, with their true labels. They are read once.</param>
    /// <param name="labelColumnName">
    /// Key column of true labels. Its keys may count the classes in another order than the model's: they are compared by their values. Rows
    /// without a label, or with one that the model does not know, count in what the images cost and in nothing else.
    /// </param>
    /// <param name="scoreColumnName">Column of class probabilities.</param>
    /// <param name="predictedLabelColumnName">Key column of predicted labels.</param>
    /// <param name="executionPathColumnName">Column of the blocks that ran.</param>
    /// <param name="computeFractionColumnName">Column of the share of the full network's multiply–accumulates (MACs).</param>
    /// <param name="acceptedColumnName">Column of accepted answers; there is none without <c>WithRefusal</c>.</param>
    /// <returns>The metrics; <see cref="AdaptiveMetrics.ToString"/> prints them as a table.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing or of a wrong type.</exception>
    /// <exception cref="ArgumentException">
    /// No row has a label that the model knows, or the label column holds the model's own answers.
    /// </exception>
    /// <example>
    /// <code>
    /// var metrics = mlContext.MulticlassClassification.EvaluateAdaptive(model.Transform(testData));
    /// Console.WriteLine(metrics);
    /// </code>
    /// </example>
    public static AdaptiveMetrics EvaluateAdaptive(
        this MulticlassClassificationCatalog catalog,
        IDataView data,
        string labelColumnName = "Label",
        string scoreColumnName = "Score",
        string predictedLabelColumnName = "PredictedLabel",
        string executionPathColumnName = "ExecutionPath",
        string computeFractionColumnName = "ComputeFraction",
        string acceptedColumnName = "Accepted")
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(data);
        var columns = ScoredColumns.Of(
            data.Schema, labelColumnName, scoreColumnName, executionPathColumnName, computeFractionColumnName, nameof(data))
            with { Accepted = AcceptedColumn.Of(data.Schema, acceptedColumnName) };
        var rows = new EvaluatedDataView(data, columns, predictedLabelColumnName);
        var classification = catalog.Evaluate(rows, labelColumnName, scoreColumnName, predictedLabelColumnName: predictedLabelColumnName);
        return new AdaptiveMetrics(classification, rows.Paths, columns);
    }

    /// <summary>The one gated network inside a fitted pipeline, such as one that was loaded from a file.</summary>
    /// <param name="model">A pipeline's model, chains within chains included, or the network itself.</param>
    /// <returns>The network, to inspect or to adjust. What its <c>With…</c> methods return is not part of the pipeline.</returns>
    /// <exception cref="ArgumentException">There is no gated network in it, or more than one.</exception>
    /// <example>
    /// <code>
    /// var network = mlContext.Model.Load("model.zip", out _).AdaptiveNetwork();
    /// Console.WriteLine($"{network.Architecture}, {network.Exits.Count} exits");
    /// </code>
    /// </example>
    public static GatedResNetTransformer AdaptiveNetwork(this ITransformer model)
    {
        ArgumentNullException.ThrowIfNull(model);
        return NetworkSearch.Only(model);
    }

    /// <summary>The same fitted pipeline with its one gated network at another setting.</summary>
    /// <param name="model">A pipeline's model, chains within chains included, or the network itself.</param>
    /// <param name="network">
    /// What takes its place, usually made of <see cref="AdaptiveNetwork"/> by one of the <c>With…</c> methods. It must make the columns
    /// that later steps read.
    /// </param>
    /// <returns>A new model; the given one does not change, and the other steps are shared.</returns>
    /// <exception cref="ArgumentException">There is no gated network in it, or more than one.</exception>
    /// <example>
    /// <code>
    /// var faster = model.WithAdaptiveNetwork(model.AdaptiveNetwork().WithExitConfidence(0.8f));
    /// </code>
    /// </example>
    public static ITransformer WithAdaptiveNetwork(this ITransformer model, GatedResNetTransformer network)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(network);
        return NetworkSearch.Replace(model, NetworkSearch.Only(model), network);
    }

    /// <summary>
    /// Makes the pooled features of a trained network a column, for any other trainer: of one that classifies the same images otherwise, or
    /// that has other columns to learn from as well.
    /// </summary>
    /// <param name="catalog"><c>mlContext.Transforms</c>.</param>
    /// <param name="outputColumnName">
    /// Column to make, a vector of <see cref="float"/> of known size; see <see cref="AdaptiveFeaturesTransformer"/>. As in ML.NET's own
    /// transforms it hides an older column of its name, be it the images' own.
    /// </param>
    /// <param name="model">The trained network; its gates decide as they are set there, its exits are not taken.</param>
    /// <param name="inputColumnName">Column of the images; null for the one that the model was trained on.</param>
    /// <returns>An estimator that learns nothing: its <c>Fit</c> checks the column of the images.</returns>
    /// <exception cref="ArgumentException">A column name is empty.</exception>
    /// <example>
    /// <code>
    /// var network = mlContext.Model.Load("model.zip", out _).AdaptiveNetwork();
    /// var pipeline = mlContext.Transforms.AdaptiveFeatures("Picture", network)
    ///     .Append(mlContext.Transforms.Concatenate("Features", "Picture", "Price", "Weight"))
    ///     .AppendCacheCheckpoint(mlContext) // or the network runs again in every pass of the trainer
    ///     .Append(mlContext.MulticlassClassification.Trainers.SdcaMaximumEntropy());
    /// </code>
    /// </example>
    public static AdaptiveFeaturesEstimator AdaptiveFeatures(
        this TransformsCatalog catalog, string outputColumnName, GatedResNetTransformer model, string? inputColumnName = null)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentException.ThrowIfNullOrWhiteSpace(outputColumnName);
        ArgumentNullException.ThrowIfNull(model);
        ArgumentException.ThrowIfNullOrWhiteSpace(inputColumnName ??= model.Columns.Features);
        return new AdaptiveFeaturesEstimator(new AdaptiveFeaturesTransformer(model, outputColumnName, inputColumnName));
    }

    /// <summary>
    /// Reads a network of the original SkipNet or ConvNet-AIG project, or a torchvision ResNet, from a <c>.safetensors</c> file.
    /// </summary>
    /// <param name="catalog"><c>mlContext.Model</c>.</param>
    /// <param name="path">
    /// The file: a <c>state_dict</c> saved with <c>safetensors.torch.save_file</c>, tensors of type F32, F16, BF16 or F64. Names may
    /// begin with what wrappers put before all of them, such as <c>module.</c> or <c>_orig_mod.</c>; the wrappers' own counters are left
    /// out.
    /// </param>
    /// <param name="options">What network the file holds, its classes and the scale of its input.</param>
    /// <returns>A transformer that scores as the original does.</returns>
    /// <exception cref="ArgumentException">
    /// The options describe no network, in which case the message lists everything that is wrong, or one that is larger than
    /// <see cref="ResourceLimits"/> allow.
    /// </exception>
    /// <exception cref="PyTorchImportException">
    /// The file's tensors are not those of the network; the message lists what is missing, unexpected or of another shape.
    /// </exception>
    /// <exception cref="FormatException">
    /// The file is no safetensors file (the message says what it is, if that is known, and what to do), or is truncated or altered, or its
    /// weights are so large that the network has no finite answer.
    /// </exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <example>
    /// <code>
    /// var network = mlContext.Model.ImportPyTorch("resnet18.safetensors", new PyTorchImportOptions
    /// {
    ///     Network = NetworkKind.ResNet, Architecture = ResNetArchitecture.ImageNet(18), ClassNames = File.ReadAllLines("classes.txt"),
    ///     ChannelMean = [123.7f, 116.3f, 103.5f], ChannelStandardDeviation = [58.4f, 57.1f, 57.4f],
    /// });
    /// </code>
    /// </example>
    public static GatedResNetTransformer ImportPyTorch(this ModelOperationsCatalog catalog, string path, PyTorchImportOptions options)
    {
        var environment = CatalogEnvironment.Of(catalog);
        var imported = SafeTensorsCheckpoint.Read(path, options);
        var names = options.ClassNames ?? ClassLabels.NumberedNames(imported.Plan.Spec.Classes);
        return Imported(environment, path, imported, ClassLabels.OfNames(names), options.Columns, options.Resizing);
    }

    /// <summary>
    /// Reads a plain residual network from an ONNX file. It is recognised by what its operators do and not by their names: exports of
    /// torchvision's ResNets, the ONNX Model Zoo's ResNet v1, CNTK's, and networks without gates that
    /// <see cref="GatedResNetTransformer.ExportToOnnx(string)"/> wrote.
    /// </summary>
    /// <param name="catalog"><c>mlContext.Model</c>.</param>
    /// <param name="path">
    /// The file, with its weights inside, in float, float16 or double; batch-norms as operators or folded into the convolutions.
    /// </param>
    /// <param name="options">
    /// What the file does not say. Null: the class names in the file or "class 0", "class 1" …, and pixels from 0 to 255 as they are.
    /// </param>
    /// <returns>A transformer that scores as the file does.</returns>
    /// <exception cref="FormatException">
    /// The file is no ONNX file, is truncated or altered, or holds another network; the message names the first operator that does not
    /// belong there, and why.
    /// </exception>
    /// <exception cref="ArgumentException">
    /// The options do not go with the file, in which case the message lists everything that is wrong, or the network is larger than
    /// <see cref="ResourceLimits"/> allow.
    /// </exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <example>
    /// <code>
    /// var network = mlContext.Model.ImportOnnx("resnet50.onnx", new OnnxImportOptions
    /// {
    ///     ClassNames = File.ReadAllLines("classes.txt"),
    ///     ChannelMean = [123.7f, 116.3f, 103.5f], ChannelStandardDeviation = [58.4f, 57.1f, 57.4f],
    /// });
    /// </code>
    /// </example>
    public static GatedResNetTransformer ImportOnnx(this ModelOperationsCatalog catalog, string path, OnnxImportOptions? options = null)
    {
        var environment = CatalogEnvironment.Of(catalog);
        options ??= new OnnxImportOptions();
        var (imported, names) = OnnxImport.Read(path, options);
        return Imported(environment, path, imported, ClassLabels.OfNames(names), options.Columns, options.Resizing);
    }

    /// <summary>
    /// The network of the package <c>Microsoft.ML.DnnImageFeaturizer.ResNet18</c>, which the application references: nine basic blocks,
    /// [2, 2, 2, 3] in its stages, with weights learnt on ImageNet (so not the papers' ResNet-18, which has eight). It reads colour images
    /// of 224×224 with pixels from 0 to 255, makes 512 features, and has no classes: use it in <c>Trainers.ExitHeads</c>, in
    /// <c>AdaptiveFeatures</c>, or as the <c>InitialModel</c> of a trainer.
    /// </summary>
    /// <param name="catalog"><c>mlContext.Model</c>.</param>
    /// <param name="featureColumnName">Column of the images.</param>
    /// <returns>
    /// The network; order of the colours and the package's mean image are set. Photos of other proportions are squashed as by the package
    /// itself; <see cref="GatedResNetTransformer.WithResizing"/> crops or pads them.
    /// </returns>
    /// <exception cref="FileNotFoundException">
    /// A file of the package is not beside the application; the message says which package it is.
    /// </exception>
    /// <exception cref="FormatException">The file is damaged.</exception>
    /// <example>
    /// <code>
    /// var pipeline = mlContext.Transforms.Conversion.MapValueToKey("Label")
    ///     .Append(mlContext.Transforms.AdaptiveFeatures("Features", mlContext.Model.PretrainedResNet18(), "Image"))
    ///     .AppendCacheCheckpoint(mlContext)
    ///     .Append(mlContext.MulticlassClassification.Trainers.SdcaMaximumEntropy());
    /// </code>
    /// </example>
    public static GatedResNetTransformer PretrainedResNet18(this ModelOperationsCatalog catalog, string featureColumnName = "Features")
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(featureColumnName);
        var environment = CatalogEnvironment.Of(catalog);
        var path = PretrainedPackage.Find(AppContext.BaseDirectory);
        var statistics = PretrainedPackage.Statistics(AppContext.BaseDirectory);
        var options = new OnnxImportOptions { FeatureColumnName = featureColumnName, ChannelOrder = ChannelOrder.Bgr };
        var (imported, names) = OnnxImport.Read(path, options);
        imported = imported with { Statistics = statistics };
        return Imported(environment, path, imported, ClassLabels.OfNames(names), options.Columns, options.Resizing);
    }

    /// <summary>
    /// Makes a trainer that gives a pretrained network linear heads with early exits for one's own classes, in managed code and in seconds:
    /// the choice for some hundred images. See <see cref="ExitHeadsTrainer"/>.
    /// </summary>
    /// <param name="catalog"><c>mlContext.MulticlassClassification.Trainers</c>.</param>
    /// <param name="backbone">
    /// The network, which stays as it is: one without classes, such as <see cref="PretrainedResNet18"/>, or one with classes, which are
    /// left out. <c>WithImageShape</c> makes it one for smaller images, then <c>WithInt8</c> a faster one, to which the heads are fitted.
    /// </param>
    /// <param name="options">What to fit and how; null for the defaults.</param>
    /// <returns>The trainer. Nothing is read or fitted before its <c>Fit</c>.</returns>
    /// <exception cref="ArgumentException">Options are out of range; the message lists them all.</exception>
    /// <example>
    /// <code>
    /// var pipeline = mlContext.Transforms.Conversion.MapValueToKey("Label")
    ///     .Append(mlContext.MulticlassClassification.Trainers.ExitHeads(mlContext.Model.PretrainedResNet18("Image")))
    ///     .Append(mlContext.Transforms.Conversion.MapKeyToValue("PredictedLabel"));
    /// var model = pipeline.Fit(trainingData);
    /// </code>
    /// </example>
    public static ExitHeadsTrainer ExitHeads(
        this MulticlassClassificationCatalog.MulticlassClassificationTrainers catalog,
        GatedResNetTransformer backbone,
        ExitHeadsTrainer.Options? options = null)
    {
        var environment = CatalogEnvironment.Of(catalog);
        ArgumentNullException.ThrowIfNull(backbone);
        return new ExitHeadsTrainer(environment, backbone, options ?? new ExitHeadsTrainer.Options());
    }

    /// <summary>
    /// Puts a quick model before a thorough one: <paramref name="first"/> answers where it is sure enough, <paramref name="second"/>
    /// answers the rows that it refuses, and runs for those alone. See <see cref="CascadeTransformer"/> for the columns.
    /// </summary>
    /// <param name="catalog">The multiclass catalog.</param>
    /// <param name="first">
    /// A gated network after <see cref="GatedResNetTransformer.WithRefusal"/>: a smaller one, or the same one at a smaller
    /// <see cref="GatedResNetTransformer.WithImageShape">image shape</see>.
    /// </param>
    /// <param name="second">
    /// Another gated network, or any model that maps rows one by one and makes scores of the same classes, such as a pipeline with
    /// <c>ApplyOnnxModel</c>. It reads the columns that the cascade is given.
    /// </param>
    /// <param name="options">Names of columns and classes; null for the defaults.</param>
    /// <returns>
    /// The cascade. It is a transformer and not an estimator: append it to the model of the steps before it,
    /// <c>steps.Fit(data).Append(cascade)</c>.
    /// </returns>
    /// <exception cref="ArgumentException">
    /// <paramref name="first"/> refuses nothing, <paramref name="second"/> looks at several rows together or has other classes, or options
    /// are out of range. Classes of a model that names them on its columns alone are compared when data are there.
    /// </exception>
    /// <example>
    /// <code>
    /// var quick = network.WithImageShape(new ImageShape(3, 112, 112)).WithRefusal(data, new RefusalOptions());
    /// var cascade = mlContext.MulticlassClassification.Cascade(quick, network);
    /// </code>
    /// </example>
    public static CascadeTransformer Cascade(
        this MulticlassClassificationCatalog catalog, GatedResNetTransformer first, ITransformer second, CascadeOptions? options = null)
    {
        var environment = CatalogEnvironment.Of(catalog);
        ArgumentNullException.ThrowIfNull(first);
        ArgumentNullException.ThrowIfNull(second);
        var cascade = new CascadeTransformer(first, second, options ?? new CascadeOptions());
        if (first.Refusal!.Threshold is null)
        {
            using var channel = environment.Start("Cascade");
            channel.Warning(
                MessageSensitivity.None, "{0}",
                $"The first model accepts no answer, so that the second runs for every row. {first.Refusal}");
        }

        return cascade;
    }

    private static GatedResNetTransformer Imported(
        IHostEnvironment environment,
        string path,
        ImportedNetwork imported,
        ClassLabels classes,
        ScoringColumns columns,
        ResizingKind resizing)
    {
        var model = new GatedResNetModel(imported.Plan, imported.Weights, imported.Statistics, classes, ScoringPolicy.Default)
        {
            Resizing = resizing,
        };
        if (imported.Statistics.ScaleProblem is { } problem)
        {
            // Only a warning: whether the pixels are 0 to 1 as well is known when a column is bound, and there an image file is refused.
            using var channel = environment.Start("Import");
            channel.Warning(MessageSensitivity.None, "{0}", $"The network is imported with {problem} {ChannelStatistics.ScaleAdvice}");
        }

        try
        {
            return new GatedResNetTransformer(environment, model, columns);
        }
        catch (FormatException error)
        {
            throw new FormatException($"'{path}' cannot be used: {char.ToLowerInvariant(error.Message[0])}{error.Message[1..]}");
        }
    }
}
