using AdaptiveInference.ML.Gates;
using AdaptiveInference.ML.Samplers;
using AdaptiveInference.ML.Transforms;
using static TorchSharp.torch;

namespace AdaptiveInference.ML.Networks;

/// <content>A batch's way through the blocks.</content>
internal sealed partial class GatedResNetModule
{
    /// <summary>One way of a batch through the blocks.</summary>
    private sealed class Pass(GatedResNetModule network, IGateSampler sampler, bool batchStatistics)
    {
        private readonly GatePass _gates = new(batchStatistics);

        public bool BatchStatistics => batchStatistics;

        /// <summary>What was decided so far.</summary>
        public List<GateDecision> Decisions { get; } = new(network._blocks.Length);

        /// <summary>Decides the gates of blocks that are done.</summary>
        public void GoOnFrom(NetworkInput input)
        {
            using var scope = NewDisposeScope();
            var gated = network._blocks.Where(block => block.Gate is not null).Take(input.GateLogits.Count);
            foreach (var (block, logit) in gated.Zip(input.GateLogits))
            {
                Decide(block, logit.alias());
            }
        }

        // In its own scope: without gradients an activation is then freed as soon as the next block has read it.
        public Tensor Run(BlockModule block, Tensor x)
        {
            using var scope = NewDisposeScope();
            Tensor? open = null;
            if (block.Gate is { } gate)
            {
                open = Decide(block, gate.Logit(x, _gates));
                _gates.Recurrent?.Hidden.MoveToOuterDisposeScope();
                _gates.Recurrent?.Cell.MoveToOuterDisposeScope();
            }
            else if (network.Plan.Spec.Network == NetworkKind.ResNet)
            {
                open = sampler.Mask(block.Block.Index, x.shape[0], x.device);
            }

            var statistics = batchStatistics && !network.KeepsStatistics(block.Block.Stage);
            return block.Forward(x, open, statistics).MoveToOuterDisposeScope();
        }

        private Tensor Decide(BlockModule block, Tensor logit)
        {
            var sample = sampler.Sample(new GateQuery(block.Block.Index, logit, block.Block.Gate!.OpensAtTie));
            Decisions.Add(Keep(new GateDecision(block.Block.Index, logit, sample.Open, sample.LogProbability)));
            return sample.Open;
        }
    }
}
