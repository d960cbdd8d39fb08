using AdaptiveInference.ML.Transforms;

namespace AdaptiveInference.ML.Benchmarks.Evidence;

/// <summary>The rows of the results table.</summary>
internal static class EvidenceRows
{
    private static readonly ResNetTrainer.Options Static = new() { Architecture = ResNetArchitecture.Cifar(20) };
    private static readonly ConvNetAigTrainer.Options Aig = new() { Architecture = ResNetArchitecture.Cifar(20), TargetRate = 0.5f };
    private static readonly SkipNetTrainer.Options Skip = new() { Architecture = ResNetArchitecture.Cifar(20), ReinforcementEpochs = 0 };
    private static readonly SkipNetTrainer.Options Paper = Skip with { AsPublished = true };
    private static readonly SkipNetTrainer.Options PaperReinforced =
        Paper with { ReinforcementEpochs = 1, ReinforcementLearningRate = 1e-4f };
    private static readonly ExitOptions Exits = new();

    /// <summary>All rows. Which are trained when is <see cref="Order"/>'s to say.</summary>
    public static IReadOnlyList<EvidenceRow> All { get; } =
    [
        new("static8", "ResNet-8, static", Static with { Architecture = ResNetArchitecture.Cifar(8) }),
        new("static14", "ResNet-14, static", Static with { Architecture = ResNetArchitecture.Cifar(14) }),
        new("static20", "ResNet-20, static", Static),
        new("static8-more", "ResNet-8, static, as many epochs again", Static with { Architecture = ResNetArchitecture.Cifar(8) })
            { StartsFrom = "static8" },
        new("static14-more", "ResNet-14, static, as many epochs again", Static with { Architecture = ResNetArchitecture.Cifar(14) })
            { StartsFrom = "static14" },
        new("static20-more", "ResNet-20, static, as many epochs again", Static) { StartsFrom = "static20" },
        new("exits20-more", "ResNet-20 with early exits, from the static network's weights", Static with { Exits = Exits })
            { StartsFrom = "static20" },
        new("exits20", "ResNet-20 with early exits", Static with { Exits = Exits }),
        new(
            "exits20-alone", "ResNet-20 with early exits, each head for itself",
            Static with { Exits = Exits with { AveragesHeads = false } }),
        new("skip20-0.5", "SkipNet-20, recurrent gates, target 0.5", Skip) { Teacher = "static20" },
        new("skip20-0.5-warm", "SkipNet-20, recurrent gates, target 0.5, from the static network's weights", Skip)
            { Teacher = "static20", StartsFrom = "static20" },
        new("aig20-0.5", "ConvNet-AIG-20, target 0.5", Aig) { Teacher = "static20" },
        new("aig20-0.5-warm", "ConvNet-AIG-20, target 0.5, from the static network's weights", Aig)
            { Teacher = "static20", StartsFrom = "static20" },
        new(
            "aig20-0.3-warm", "ConvNet-AIG-20, target 0.3, from the static network's weights", Aig with { TargetRate = 0.3f })
            { Teacher = "static20", StartsFrom = "static20" },
        new(
            "aig20-0.7-warm", "ConvNet-AIG-20, target 0.7, from the static network's weights", Aig with { TargetRate = 0.7f })
            { Teacher = "static20", StartsFrom = "static20" },
        new("drop20", "ResNet-20, blocks dropped at random in training and test, 0.5", Static with { BlockDropRate = 0.5f }),
        new("exits-skip20", "SkipNet-20 with early exits, target 0.5, from the static network's weights", Skip with { Exits = Exits })
            { Teacher = "static20", StartsFrom = "static20" },
        new("exits-aig20", "ConvNet-AIG-20 with early exits, target 0.5, from the static network's weights", Aig with { Exits = Exits })
            { Teacher = "static20", StartsFrom = "static20" },
        new("exits20-distilled", "ResNet-20 with early exits that learn from each other", Static with
            { Exits = Exits with { SelfDistillationWeight = 0.5f, AveragesHeads = false } }),
        new(
            "skip20-reinforced", "SkipNet-20, recurrent gates, target 0.5, two epochs of reinforcement",
            Skip with { ReinforcementEpochs = 2 })
            { Teacher = "static20" },
        new("skip20-ff1-0.5", "SkipNet-20, feed-forward gates I, target 0.5", Skip with { Gate = GateKind.FeedForwardI })
            { Teacher = "static20" },
        new("skip20-ff2-0.5", "SkipNet-20, feed-forward gates II, target 0.5", Skip with { Gate = GateKind.FeedForwardII })
            { Teacher = "static20" },
        new("aig20-0.7", "ConvNet-AIG-20, target 0.7", Aig with { TargetRate = 0.7f })
            { Teacher = "static20" },
        new(
            "aig20-0.5-blind", "ConvNet-AIG-20, target 0.5, without the reward for telling images apart",
            Aig with { InformationWeight = 0 })
            { Teacher = "static20" },
        new("aig20-paper-0.5", "ConvNet-AIG-20 as published, rate 0.5", Aig with { AsPublished = true }),
        new("aig20-paper-0.7", "ConvNet-AIG-20 as published, rate 0.7", Aig with { AsPublished = true, TargetRate = 0.7f }),
        new("skip20-paper", "SkipNet-20 as published, recurrent gates", PaperReinforced),
        new("skip20-paper-supervised", "SkipNet-20 as published, recurrent gates, supervised stage alone", Paper),
        new("skip20-ff1-paper", "SkipNet-20 as published, feed-forward gates I", PaperReinforced with { Gate = GateKind.FeedForwardI }),
        new(
            "skip20-ff1-paper-supervised", "SkipNet-20 as published, feed-forward gates I, supervised stage alone",
            Paper with { Gate = GateKind.FeedForwardI }),
        new("skip20-ff2-paper", "SkipNet-20 as published, feed-forward gates II", PaperReinforced with { Gate = GateKind.FeedForwardII }),
        new(
            "skip20-ff2-paper-supervised", "SkipNet-20 as published, feed-forward gates II, supervised stage alone",
            Paper with { Gate = GateKind.FeedForwardII }),
        new(
            "exits20-retrofit", "ResNet-20, exits added to the trained network",
            Static with { Exits = Exits with { FreezeNetwork = true } })
            { StartsFrom = "static20" },
        new("aig20-any", "ConvNet-AIG-20 for any budget, from the static network's weights", Aig with { AnyBudget = true })
            { Teacher = "static20", StartsFrom = "static20" },
        new("skip20-any", "SkipNet-20, recurrent gates, for any budget, from the static network's weights", Skip with { AnyBudget = true })
            { Teacher = "static20", StartsFrom = "static20" },
        new(
            "exits-aig20-any", "ConvNet-AIG-20 with early exits for any budget, from the static network's weights",
            Aig with { AnyBudget = true, Exits = Exits })
            { Teacher = "static20", StartsFrom = "static20" },
        new(
            "aig20-any-difficult", "ConvNet-AIG-20 for any budget, more for images that lose more",
            Aig with { AnyBudget = true, DifficultyWeight = 10 })
            { Teacher = "static20", StartsFrom = "static20" },
        new(
            "aig20-any-worth", "ConvNet-AIG-20 for any budget, gates taught by what they were worth",
            Aig with { AnyBudget = true, MeasuredWorthWeight = 1 })
            { Teacher = "static20", StartsFrom = "static20" },
        new(
            "aig20-any-longer", "ConvNet-AIG-20 for any budget, from the static network of as many epochs again, which teaches it",
            Aig with { AnyBudget = true })
            { Teacher = "static20-more", StartsFrom = "static20-more" },
        new(
            "aig20-any-informed", "ConvNet-AIG-20 for any budget, four times the reward for telling images apart",
            Aig with { AnyBudget = true, InformationWeight = 2 })
            { Teacher = "static20", StartsFrom = "static20" },
        new(
            "aig20-any-both", "ConvNet-AIG-20 for any budget, more for images that lose more, gates taught by what they were worth",
            Aig with { AnyBudget = true, DifficultyWeight = 10, MeasuredWorthWeight = 1 })
            { Teacher = "static20", StartsFrom = "static20" },
        new(
            "exits-aig20-any-difficult", "ConvNet-AIG-20 with early exits for any budget, more for images that lose more",
            Aig with { AnyBudget = true, DifficultyWeight = 10, Exits = Exits })
            { Teacher = "static20", StartsFrom = "static20" },
        new(
            "aig20-any-informed-longer",
            "ConvNet-AIG-20 for any budget, four times that reward, from the static network of as many epochs again, which teaches it",
            Aig with { AnyBudget = true, InformationWeight = 2 })
            { Teacher = "static20-more", StartsFrom = "static20-more" },
        new(
            "aig20-any-certain",
            "ConvNet-AIG-20 for any budget, four times that reward, gates not drawn in training, from the static network of as many "
            + "epochs again, which teaches it",
            Aig with { AnyBudget = true, InformationWeight = 2, DrawsGates = false })
            { Teacher = "static20-more", StartsFrom = "static20-more" },
        new(
            "skip20-any-longer",
            "SkipNet-20, recurrent gates, for any budget, from the static network of as many epochs again, which teaches it",
            Skip with { AnyBudget = true })
            { Teacher = "static20-more", StartsFrom = "static20-more" },
        new(
            "exits-aig20-any-longer",
            "ConvNet-AIG-20 with early exits for any budget, from the static network of as many epochs again, which teaches it",
            Aig with { AnyBudget = true, Exits = Exits })
            { Teacher = "static20-more", StartsFrom = "static20-more" },
        new(
            "exits-aig20-any-late",
            "ConvNet-AIG-20 with exits in the last stage alone for any budget, from the static network of as many epochs again, which "
            + "teaches it",
            Aig with { AnyBudget = true, Exits = Exits with { AfterBlocks = [6, 7] } })
            { Teacher = "static20-more", StartsFrom = "static20-more" },
        new("static8-most", "ResNet-8, static, as many epochs a third time", Static with { Architecture = ResNetArchitecture.Cifar(8) })
            { StartsFrom = "static8-more" },
        new("static14-most", "ResNet-14, static, as many epochs a third time", Static with { Architecture = ResNetArchitecture.Cifar(14) })
            { StartsFrom = "static14-more" },
        new("static20-most", "ResNet-20, static, as many epochs a third time", Static) { StartsFrom = "static20-more" },
        new("static-twice", "ResNet-8, and ResNet-20 where it is not sure, of as many epochs again", Static)
            { Asked = ("static8-more", "static20-more") },
        new("aig20-any-twice", "ConvNet-AIG-20 for any budget, asked again with every block where it is not sure", Aig)
            { Asked = ("aig20-any", "aig20-any") },
        new(
            "aig20-any-longer-twice",
            "ConvNet-AIG-20 for any budget, from the static network of as many epochs again, asked again with every block where it is not "
            + "sure", Aig)
            { Asked = ("aig20-any-longer", "aig20-any-longer") },
        new("static20-single", "ResNet-20, static, trained in single precision", Static) { InSinglePrecision = true },
        new("static38", "ResNet-38, static", Static with { Architecture = ResNetArchitecture.Cifar(38) }),
        new("exits38", "ResNet-38 with early exits", Static with { Architecture = ResNetArchitecture.Cifar(38), Exits = Exits }),
    ];

    /// <summary>Runs in the order of what they are worth when time is short.</summary>
    private static readonly (string Row, int Seed)[] First =
    [
        ("static20", 1), ("static8", 1), ("static14", 1), ("exits20", 1), ("static20", 2), ("static8", 2), ("static14", 2), ("exits20", 2),
        ("drop20", 1), ("aig20-0.5", 1), ("skip20-0.5", 1), ("aig20-0.5", 2), ("skip20-0.5", 2), ("aig20-paper-0.5", 1),
        ("exits-skip20", 1),
        ("skip20-paper", 1), ("exits20-retrofit", 1), ("skip20-ff2-0.5", 1), ("skip20-reinforced", 1), ("static38", 1), ("exits38", 1),
        ("exits20-alone", 1), ("skip20-ff1-0.5", 1), ("aig20-0.7", 1), ("skip20-paper-supervised", 1), ("aig20-paper-0.7", 1),
        ("exits-aig20", 1),
        ("drop20", 2), ("static38", 2), ("exits38", 2),
    ];

    /// <summary>The row of a name.</summary>
    public static EvidenceRow Of(string name) => All.Single(row => row.Name == name);

    /// <summary>What all rows have in common, so that they are rivals.</summary>
    public static GatedResNetTrainerOptions Common(GatedResNetTrainerOptions options) => options with
    {
        Head = HeadKind.Grid,
        BatchSize = 128,
        MixedPrecision = true,

        // A garment stays one in a mirror.
        Augmentation = ImageAugmentation.Flip,
    };

    /// <summary>All runs that the user asked for, the most telling first.</summary>
    public static IReadOnlyList<EvidenceRun> Order(EvidenceOptions options)
    {
        var seeds = options.Seeds ?? [1, 2];
        var rest = from seed in seeds from row in All select (Row: row.Name, Seed: seed);
        return
        [
            .. First.Concat(rest).Distinct()
                .Where(run => seeds.Contains(run.Seed) && options.Wants(run.Row))
                .Select(run => new EvidenceRun(options.Set, Of(run.Row), run.Seed, options.Epochs)),
        ];
    }
}
