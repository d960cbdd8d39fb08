using AdaptiveInference.ML.Gates;
using AdaptiveInference.ML.Samplers;
using AdaptiveInference.ML.Transforms;
using static TorchSharp.torch;

namespace AdaptiveInference.ML.Networks;

/// <content>A batch's way through the blocks.</content>
internal sealed partial class GatedResNetModule
{
    /// <summary>One way of a batch through the blocks.</summary>
    private sealed class Pass(GatedResNetModule network, NetworkInput input, IGateSampler sampler, bool batchStatistics)
    {
        private readonly GatePass _gates = new(batchStatistics);

        // Where gates are told budgets: what their curves read, and which images run whole.
        private readonly (Tensor Shares, Tensor IsWhole)? _budgets = network.Plan.Spec.AnyBudget ? Told(input, network.Device) : null;

        public bool BatchStatistics => batchStatistics;

        /// <summary>What was decided so far.</summary>
        public List<SampledGate> Decisions { get; } = new(network._blocks.Length);

        /// <summary>Decides the gates of blocks that are done.</summary>
        public void GoOnFromInput()
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
                var logit = gate.Logit(x, _gates);
                open = Decide(block, _budgets is var (shares, _) ? logit + block.BudgetCurve!.Forward(shares) : logit);
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

        private static (Tensor Shares, Tensor IsWhole) Told(NetworkInput input, Device device)
        {
            var budgets = input.Budgets ?? ones(input.Count, device: device);
            return (BudgetCurve.Shares(budgets), budgets.ge(1));
        }

        private Tensor Decide(BlockModule block, Tensor logit)
        {
            var sample = sampler.Sample(new GateQuery(block.Block.Index, logit, block.Block.Gate!.OpensAtTie));
            if (_budgets is var (_, isWhole))
            {
                // Gates have no say about an image that runs whole, and learn nothing from it.
                sample = sample with { Open = sample.Open.masked_fill(isWhole, 1) };
            }

            Decisions.Add(Keep(new SampledGate(block.Block.Index, logit, sample.Open, sample.LogProbability)));
            return sample.Open;
        }
    }
}
