using AdaptiveInference.ML.Transforms;

namespace AdaptiveInference.ML.Benchmarks.FewImages;

/// <summary>The rows of the results.</summary>
internal static class FewImagesRows
{
    private const int Side = 96;

    /// <summary>A recipe without <see cref="FineTuningOptions"/>, for photos that a mirror does not change.</summary>
    private static readonly ResNetTrainer.Options Static = new()
    {
        Architecture = ResNetArchitecture.ImageNet([2, 2, 2, 3]),
        ImageShape = new ImageShape(3, Side, Side),
        BatchSize = 16,
        LearningRate = 0.005f,
        Epochs = 10,
        Head = HeadKind.Grid,
        Augmentation = ImageAugmentation.PadCropFlip,
    };

    private static readonly SkipNetTrainer.Options Skip = new()
    {
        Architecture = Static.Architecture,
        ImageShape = Static.ImageShape,
        BatchSize = Static.BatchSize,
        LearningRate = Static.LearningRate,
        Epochs = Static.Epochs,
        Head = Static.Head,
        Augmentation = Static.Augmentation,
        ReinforcementEpochs = 0,
    };

    private static readonly ConvNetAigTrainer.Options Aig = new()
    {
        Architecture = Static.Architecture,
        ImageShape = Static.ImageShape,
        BatchSize = Static.BatchSize,
        LearningRate = Static.LearningRate,
        Epochs = Static.Epochs,
        Head = Static.Head,
        Augmentation = Static.Augmentation,
    };

    /// <summary>The recipe of the documentation, for photos that a mirror does not change.</summary>
    private static readonly ResNetTrainer.Options Tuned = new()
    {
        Architecture = Static.Architecture,
        ImageShape = Static.ImageShape,
        BatchSize = Static.BatchSize,
        Epochs = 5,
        FineTuning = new FineTuningOptions(),
        Augmentation = ImageAugmentation.Flip,
    };

    private static readonly SkipNetTrainer.Options TunedSkip = new()
    {
        Architecture = Tuned.Architecture,
        ImageShape = Tuned.ImageShape,
        BatchSize = Tuned.BatchSize,
        Epochs = Tuned.Epochs,
        FineTuning = Tuned.FineTuning,
        Augmentation = Tuned.Augmentation,
        ReinforcementEpochs = 0,
    };

    private static readonly ConvNetAigTrainer.Options TunedAig = new()
    {
        Architecture = Tuned.Architecture,
        ImageShape = Tuned.ImageShape,
        BatchSize = Tuned.BatchSize,
        Epochs = Tuned.Epochs,
        FineTuning = Tuned.FineTuning,
        Augmentation = Tuned.Augmentation,
    };

    /// <summary>Heads and exits alone learn.</summary>
    private static readonly ResNetTrainer.Options Frozen = Tuned with
    {
        Epochs = 1, FineTuning = new FineTuningOptions { FrozenStages = 4 }, Exits = new ExitOptions(),
    };

    /// <summary>A network as small images are classified by, without any weights to start from.</summary>
    private static readonly ResNetTrainer.Options Small = new()
    {
        Architecture = ResNetArchitecture.Cifar(20),
        ImageShape = new ImageShape(3, 64, 64),
        BatchSize = 32,
        Epochs = 30,
        Head = HeadKind.Grid,
        Augmentation = ImageAugmentation.PadCropFlip,
    };

    public static IReadOnlyList<FewImagesRow> All { get; } =
    [
        .. Linear("dnn", "`DnnFeaturizeImage`", PhotoFeatures.DnnFeaturizeImage),
        .. Linear("adaptive", "`AdaptiveFeatures`", PhotoFeatures.AdaptiveFeatures),
        Heads(224, mirrored: true),
        Heads(224, mirrored: false),
        Heads(160, mirrored: true),
        Heads(160, mirrored: false),
        new("static-96", "fine-tuned, static", new NetworkWay(Static, pretrained: true), HasCurve: true),
        new(
            "exits-96", "fine-tuned with early exits", new NetworkWay(Static with { Exits = new ExitOptions() }, pretrained: true),
            HasCurve: true),
        new("skip-96", "SkipNet, fine-tuned, target 0.5", new NetworkWay(Skip, pretrained: true)),
        new("aig-96", "ConvNet-AIG, fine-tuned, target 0.5", new NetworkWay(Aig, pretrained: true)),
        new("tuned-static-96", "`FineTuning`, static", new NetworkWay(Tuned, pretrained: true), IsTimed: false),
        new("tuned-exits-96", "`FineTuning` with early exits", new NetworkWay(Tuned with { Exits = new ExitOptions() }, pretrained: true)),
        new(
            "tuned-frozen-96", "`FineTuning` with early exits, all stages frozen", new NetworkWay(Frozen, pretrained: true),
            IsTimed: false),
        new("tuned-skip-96", "`FineTuning`, SkipNet, target 0.5", new NetworkWay(TunedSkip, pretrained: true), IsTimed: false),
        new("tuned-aig-96", "`FineTuning`, ConvNet-AIG, target 0.5", new NetworkWay(TunedAig, pretrained: true), IsTimed: false),
        new("cifar20-64", "ResNet-20 from scratch", new NetworkWay(Small, pretrained: false)),
    ];

    public static FewImagesRow Of(string name) => All.Single(row => row.Name == name);

    private static FewImagesRow Heads(int side, bool mirrored) => new(
        FormattableString.Invariant($"heads-{side}") + (mirrored ? "-mirrored" : ""),
        FormattableString.Invariant($"exit heads, {side}×{side}") + (mirrored ? ", mirrored images too" : ""),
        new ExitHeadsWay(side, mirrored), HasCurve: true, IsTimed: mirrored);

    private static IEnumerable<FewImagesRow> Linear(string name, string title, PhotoFeatures features)
        => from quasiNewton in (bool[])[false, true]
           from normalise in (bool[])[false, true]
           select new FewImagesRow(
               name + (quasiNewton ? "-lbfgs" : "-sdca") + (normalise ? "-normalised" : ""),
               title + (quasiNewton ? " + L-BFGS" : " + SDCA") + (normalise ? ", features normalised" : ""),
               new FeaturesWay(features, quasiNewton, normalise), HasCurve: true, IsTimed: !quasiNewton && !normalise);
}
