using AdaptiveInference.ML.Gates;
using AdaptiveInference.ML.Samplers;
using AdaptiveInference.ML.Transforms;
using static TorchSharp.torch;

namespace AdaptiveInference.ML.Networks;

/// <content>A batch's way through the blocks.</content>
internal sealed partial class GatedResNetModule
{
    /// <summary>One way of a batch through the blocks.</summary>
    private sealed class Pass
    {
        private readonly GatedResNetModule _network;
        private readonly IGateSampler _sampler;
        private readonly GatePass _gates;

        // Where gates are told budgets: what curves read, and which images run whole.
        private readonly (Tensor Shares, Tensor IsWhole)? _budgets;

        /// <param name="network">The network.</param>
        /// <param name="sampler">Decides gates.</param>
        /// <param name="batchStatistics">Whether batch-norm uses and updates with the statistics of this batch.</param>
        /// <param name="budgets">What gates are told; null runs all images whole where gates are told anything. (N)</param>
        public Pass(GatedResNetModule network, IGateSampler sampler, bool batchStatistics, Tensor? budgets)
        {
            (_network, _sampler, _gates, BatchStatistics) = (network, sampler, new GatePass(batchStatistics), batchStatistics);
            if (network.Plan.Spec.AnyBudget)
            {
                TellsBudgets = true;
                _budgets = budgets is null ? null : (BudgetCurve.Shares(budgets), budgets.ge(1));
            }
        }

        public bool BatchStatistics { get; }

        private bool TellsBudgets { get; }

        /// <summary>What was decided so far.</summary>
        public List<GateDecision> Decisions { get; } = [];

        /// <summary>Decides the gates of blocks that are done.</summary>
        public void GoOnFrom(NetworkInput input)
        {
            using var scope = NewDisposeScope();
            var gated = _network._blocks.Where(block => block.Gate is not null).Take(input.GateLogits.Count);
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
                open = Decide(block, Told(block, gate.Logit(x, _gates)));
                _gates.Recurrent?.Hidden.MoveToOuterDisposeScope();
                _gates.Recurrent?.Cell.MoveToOuterDisposeScope();
            }
            else if (_network.Plan.Spec.Network == NetworkKind.ResNet)
            {
                open = _sampler.Mask(block.Block.Index, x.shape[0], x.device);
            }

            var statistics = BatchStatistics && !_network.KeepsStatistics(block.Block.Stage);
            return block.Forward(x, open, statistics).MoveToOuterDisposeScope();
        }

        private Tensor Told(BlockModule block, Tensor logit)
            => _budgets is var (shares, _) && block.BudgetCurve is { } curve ? logit + curve.Forward(shares) : logit;

        private Tensor Decide(BlockModule block, Tensor logit)
        {
            var sample = _sampler.Sample(new GateQuery(block.Block.Index, logit, block.Block.Gate!.OpensAtTie));
            if (TellsBudgets)
            {
                // Gates have no say about an image that runs whole, and learn nothing from it.
                sample = sample with
                {
                    Open = _budgets is var (_, isWhole) ? sample.Open.masked_fill(isWhole, 1) : ones_like(sample.Open),
                };
            }

            Decisions.Add(Keep(new GateDecision(block.Block.Index, logit, sample.Open, sample.LogProbability)));
            return sample.Open;
        }
    }
}
