using AdaptiveInference.ML.Transforms.Scoring;
using AdaptiveInference.ML.LibTorch;
using AdaptiveInference.ML.Training.Checkpoints;
using AdaptiveInference.ML.Training.Recipes;
using AdaptiveInference.ML.Transforms;
using AdaptiveInference.ML.Transforms.Interop;
using AdaptiveInference.ML.Transforms.Model;
using Microsoft.ML;
using Microsoft.ML.Runtime;
using TorchSharp;

namespace AdaptiveInference.ML.Training.Loop;

/// <summary>What all trainers do alike: check, read, train, and make a transformer.</summary>
internal sealed class TrainerCore
{
    private readonly IHostEnvironment _environment;
    private readonly IHost _host;
    private readonly GatedResNetTrainerOptions _options;
    private readonly TrainingRecipe _recipe;

    /// <param name="environment">ML.NET's environment, which the trainer belongs to.</param>
    /// <param name="name">The trainer's name.</param>
    /// <param name="options">The trainer's options.</param>
    /// <param name="recipe">How the whole network learns; called once the options are known to be in range.</param>
    /// <exception cref="ArgumentException">Options are out of range.</exception>
    public TrainerCore(IHostEnvironment environment, string name, GatedResNetTrainerOptions options, Func<TrainingRecipe> recipe)
    {
        ArgumentNullException.ThrowIfNull(environment);
        ArgumentNullException.ThrowIfNull(options);
        options.Check(name);
        _environment = environment;
        _host = environment.Register(name);
        _options = options;
        _recipe = options.FreezesNetwork ? FrozenNetworkRecipe.Of(options) : recipe();
    }

    /// <summary>
    /// Pixels are normalised by the network, and the data is read once, so that neither normalising nor caching it helps.
    /// </summary>
    public static TrainerInfo Info { get; } = TrainerCharacteristics.OfImageTrainer(validates: true, continues: true);

    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        return OutputShape.Of(inputSchema, _options.Columns(), _options.LabelColumnName, _options.ValidationGroupColumnName);
    }

    public GatedResNetTransformer Fit(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        OutputShape.Check(
            SchemaShapes.Of(input.Schema), _options.FeatureColumnName, _options.LabelColumnName, _options.ValidationGroupColumnName);

        // Of the context and not of the host, which keeps the settings of the time when the trainer was made.
        var settings = EnvironmentSettings.Of(_environment);
        var device = TorchDevice.Resolve(_options.Device, settings.GpuDeviceId, settings.FallbackToCpu);
        var wanted = _options.Seed ?? settings.Seed;
        using var channel = _host.Start("Training");
        var precision = TrainingPrecision.Choose(_options.MixedPrecision, device.type);
        using var checkpoints = _options.CheckpointFolder is { } folder
            ? CheckpointStore.Open(folder, interrupted =>
            {
                precision = TrainingPrecision.Choose(_options.MixedPrecision, device.type, TrainingPrecision.Of(interrupted));
                return Fingerprint.Of(_options with { MixedPrecision = _options.MixedPrecision ?? precision.IsMixed }, wanted);
            })
            : null;
        var seed = checkpoints?.Seed ?? wanted ?? Random.Shared.Next();
        CheckAlive();
        if (device.type == DeviceType.CPU && WantsGpu(settings))
        {
            channel.Warning(MessageSensitivity.None, "There is no such CUDA device; training on the CPU because FallbackToCpu is set.");
        }

        try
        {
            return Train(In(precision, channel), input, settings.TempFolder, device, seed, checkpoints, channel);
        }
        finally
        {
            GlibcAllocator.ReleaseFreedMemory();
        }
    }

    private GatedResNetTransformer Train(
        GatedResNetTrainerOptions options, IDataView input, string folder, torch.Device device, int seed, CheckpointStore? checkpoints,
        IChannel channel)
    {
        using var data = FitData.Read(input, options, folder, seed, CheckAlive);
        foreach (var warning in data.Warnings())
        {
            channel.Warning(MessageSensitivity.None, "{0}", warning);
        }

        checkpoints?.AddData(data.Fingerprint());
        LibTorchRuntime.Start();
        GlibcAllocator.KeepFreedMemory((long)data.Plan.Spec.Image.Height * data.Plan.Spec.Image.Width);
        var (weights, policy, calibration) = new TrainingRun(options, _recipe, data, device, seed, checkpoints, channel, CheckAlive).Run();
        checkpoints?.Delete();
        var model = new GatedResNetModel(data.Plan, weights, data.Channels, data.Classes, policy)
        {
            FlatLayout = data.Layout, Resizing = StartingModel.ResizingOf(options),
        };
        return new GatedResNetTransformer(_host, model, options.Columns()) { Calibration = calibration };
    }

    private GatedResNetTrainerOptions In(TrainingPrecision precision, IChannel channel)
    {
        if (precision.IsRefusal)
        {
            channel.Warning(MessageSensitivity.None, "{0}", precision.Reason);
        }
        else
        {
            channel.Info(MessageSensitivity.None, "{0}", precision.Reason);
        }

        return _options with { MixedPrecision = precision.IsMixed };
    }

    private bool WantsGpu(EnvironmentSettings settings)
        => _options.Device is { } device ? !device.Equals("cpu", StringComparison.OrdinalIgnoreCase) : settings.GpuDeviceId is not null;

    private void CheckAlive()
    {
        _options.CancellationToken.ThrowIfCancellationRequested();
        EnvironmentSettings.ThrowIfCancelled(_environment);
    }
}
