using AdaptiveInference.ML.Transforms.Inference.Memory;
using AdaptiveInference.ML.Transforms.Tests.Inference.Kernels.EightBit;
using AdaptiveInference.ML.Transforms.Tests.Inference.Kernels.Linear;
using AdaptiveInference.ML.Transforms.Tests.Inference.Kernels;

namespace AdaptiveInference.ML.Transforms.Tests.Inference.Memory.Guards;

/// <summary>
/// Kernels, networks and images between forbidden memory: that nothing is read or written beyond what was taken for it, and that a fault of
/// that kind would be noticed.
/// </summary>
[TestClass]
public sealed class GuardTests
{
    public static IEnumerable<object[]> Faults => GuardedProgram.Faults.Keys.Select(name => new object[] { name });

    [TestMethod]
    [OSCondition(OperatingSystems.Linux)]
    [DataRow("kernels", "behind")]
    [DataRow("kernels", "before")]
    [DataRow("networks", "behind")]
    [DataRow("networks", "before")]
    [DataRow("images", "behind")]
    [DataRow("images", "before")]
    public void Run_BetweenForbiddenPages_ComesToItsEnd(string what, string side)
    {
        var (exitCode, output) = GuardedProcess.Run(what, side);

        Assert.IsTrue(
            exitCode == 0 && output.TrimEnd().EndsWith(GuardedProgram.Done, StringComparison.Ordinal),
            $"Memory {side} what was taken was read or written, or a test failed there:{Environment.NewLine}{output}");
    }

    [TestMethod]
    [OSCondition(OperatingSystems.Linux)]
    [DynamicData(nameof(Faults))]
    public void GuardPages_Fault_EndsTheProcess(string fault) => AssertNoticed(GuardedProcess.Run("fault", fault));

    // One float is as little as there is: kernels declare how far they read neither too small nor too large.
    [TestMethod]
    [OSCondition(OperatingSystems.Linux)]
    [DataRow("direct", 1)]
    [DataRow("direct", 16)]
    [DataRow("image", 1)]
    public void GuardPages_ArenaTooShortBehindAMap_EndsTheProcess(string kernel, int floats)
        => AssertNoticed(GuardedProcess.Run("short", kernel, $"{floats}"));

    [TestMethod]
    [OSCondition(OperatingSystems.Linux)]
    public void GuardPages_NothingBeyond_ComesToItsEnd()
    {
        var (exitCode, output) = GuardedProcess.Run("within");

        Assert.AreEqual(0, exitCode, output);
        StringAssert.Contains(output, GuardedProgram.Done);
    }

    [TestMethod]
    public void Run_BetweenCanaries_ChangesNone()
    {
        var canaries = new Canaries();
        WithGuard(canaries, () =>
        {
            TestClassRunner.Run(typeof(PoolingTests), _ => { });
            TestClassRunner.Run(typeof(LinearAndLstmTests), canaries.Check);
            TestClassRunner.Run(typeof(ConvolutionTests), canaries.Check);
            TestClassRunner.Run(typeof(EightBitConvolutionTests), canaries.Check);
            TestClassRunner.Run(typeof(GuardedNetworks), canaries.Check);
            canaries.Check("last");
        });
    }

    [TestMethod]
    [DataRow(-1)]
    [DataRow(100)]
    public unsafe void Canaries_Fault_IsFound(int index)
    {
        var canaries = new Canaries();
        WithGuard(canaries, () =>
        {
            var buffer = new AlignedBuffer(100);
            buffer.Pointer[0] = buffer.Pointer[99] = 1;
            canaries.Check("nothing was changed yet");
            buffer = new AlignedBuffer(100);
            buffer.Pointer[index] = 0;

            Assert.ThrowsExactly<AssertFailedException>(() => canaries.Check("the fault"));
        });
    }

    // The runtime ends the process without a word from the program; what it writes names the exception and the methods.
    private static void AssertNoticed((int ExitCode, string Output) ended)
    {
        Assert.AreNotEqual(0, ended.ExitCode, "The fault went unnoticed.");
        Assert.IsFalse(ended.Output.Contains(GuardedProgram.Done, StringComparison.Ordinal), ended.Output);
        StringAssert.Contains(ended.Output, nameof(AccessViolationException));
    }

    private static void WithGuard(MemoryGuard guard, Action run)
    {
        MemoryGuard.Current = guard;
        try
        {
            run();
        }
        finally
        {
            MemoryGuard.Current = null;
        }
    }
}
