using AdaptiveInference.ML.Networks;
using AdaptiveInference.ML.Samplers;
using AdaptiveInference.ML.Training.Recipes;
using static TorchSharp.torch;

namespace AdaptiveInference.ML.Training.FineTuning;

/// <summary>
/// Fine-tunes: freezes and unfreezes stages as epochs go by, keeps what the frozen part makes of the images, and fits new heads first.
/// </summary>
internal sealed class FineTuner
{
    private int _blocks;
    private int _epoch = 1;

    public required GatedResNetTrainerOptions Options { get; init; }

    public required int Seed { get; init; }

    public required GatedResNetModule Network { get; init; }

    /// <summary>Null when only the labels teach.</summary>
    public required Teacher? Teacher { get; init; }

    public required CachedSource Training { get; init; }

    public required CachedSource Validation { get; init; }

    /// <summary>Folder of temporary files.</summary>
    public required string Folder { get; init; }

    /// <summary>Decides gates that do not learn, and all of them while heads are fitted.</summary>
    public required IGateSampler FixedGates { get; init; }

    /// <summary>Told before which epoch, how many steps are done, and of how many; may throw to give up.</summary>
    public required Action<int, int, int> Progress { get; init; }

    private FineTuningOptions Wanted => Options.FineTuning!;

    // Where a mean image is subtracted, mirroring comes before it in training, and mirrored features would be those of another picture.
    private bool MirrorsKeepMeaning => Options.InitialModel!.Model.Channels.MeanImage is null;

    // Of whatever training reads, cached or not: heads would else be fitted to other numbers where features are not kept.
    private bool InBFloat16 => Options.MixedPrecision is true;

    private bool IsCacheable => Options.Augmentation is ImageAugmentation.None || (Mirrors && MirrorsKeepMeaning);

    private bool Mirrors => Options.Augmentation is ImageAugmentation.Flip;

    /// <summary>First stages that are frozen in an epoch.</summary>
    /// <param name="epoch">The epoch from 1, counted through all stages of training.</param>
    public int FrozenStagesIn(int epoch)
    {
        if (Wanted.EpochsPerStage == 0)
        {
            return Wanted.FrozenStages;
        }

        var learning = 1 + ((epoch - 1) / Wanted.EpochsPerStage);
        return Math.Max(Wanted.FrozenStages, Network.Plan.Spec.Architecture.BlocksPerStage.Length - learning);
    }

    /// <summary>Call before an epoch, or an evaluation before it.</summary>
    /// <param name="epoch">The epoch from 1, counted through all stages of training.</param>
    public void StartEpoch(int epoch)
    {
        _epoch = epoch;
        var stages = FrozenStagesIn(epoch);
        Network.FreezeStages(stages, Wanted.FreezeBatchNorm);
        var blocks = Options.FreezesNetwork ? Network.Plan.Blocks.Count : ConstantBlocks.Of(Network.Plan, stages);
        if (blocks == _blocks || !Wanted.Caches)
        {
            return;
        }

        _blocks = blocks;
        var steps = (IsCacheable ? Training.Batches : 0) + Validation.Batches;
        Training.Use(() => blocks > 0 && IsCacheable ? Fill(Training, Compute, Mirrors, InBFloat16, 0, steps) : null);
        Validation.Use(() => blocks > 0 && Validation.Images > 0
            ? Fill(Validation, Compute, mirrors: false, inBFloat16: false, steps - Validation.Batches, steps)
            : null);
    }

    /// <summary>Fits heads to the network as it is.</summary>
    /// <param name="isNew">Whether a head is to be fitted: the exits in order, and then the last one.</param>
    public void FitHeads(Func<int, bool> isNew)
    {
        var heads = Network.Heads.Select((head, place) => (Module: head, Place: place, Parameters: Network.ParametersOfHead(place)))
            .Where(head => isNew(head.Place)).ToList();
        if (!Wanted.FitHeads || heads.Count == 0)
        {
            return;
        }

        var (batches, blocks) = (Training.Batches, Network.Plan.Blocks.Count);
        var isCached = Training.IsCached && _blocks == blocks;
        var before = isCached ? 0 : batches;
        var steps = before + (batches * HeadFit.Epochs(batches));
        using var features = isCached
            ? null
            : Fill(
                Training, pixels => Network.RunFirst(pixels, blocks, FixedGates),
                MirrorsKeepMeaning
                && Options.Augmentation is (ImageAugmentation.Flip or ImageAugmentation.PadCropFlip or ImageAugmentation.PhotoFlip),
                InBFloat16, 0, steps);
        if (!isCached && features is null)
        {
            // Too many images for it: enough of them to learn heads from the start.
            return;
        }

        Network.train();
        new HeadFit(heads, Options.LabelSmoothing).Run(
            features is null ? Training : features, Network.Device, Seed, done => Progress(_epoch, before + done, steps));
    }

    private FeatureCache? Fill(
        CachedSource images, Func<Tensor, NetworkInput> compute, bool mirrors, bool inBFloat16, int before, int steps)
    {
        Network.eval();
        Network.InBFloat16 = inBFloat16;
        return FeatureCache.Fill(
            images.Loader, mirrors, compute, Network.Device, Folder, done => Progress(_epoch, before + done, steps));
    }

    private NetworkInput Compute(Tensor pixels)
        => Network.RunFirst(pixels, _blocks, FixedGates) with { TeacherLogits = Teacher?.Logits(pixels) };
}
