using System.Runtime.InteropServices;
using AdaptiveInference.ML.LibTorch;

namespace AdaptiveInference.ML.Tests.LibTorch;

[TestClass]
[DoNotParallelize]
public sealed class OpenMpWaitingTests
{
    private const string Policy = "OMP_WAIT_POLICY";
    private const string SpinCount = "GOMP_SPINCOUNT";

    [TestMethod]
    public void Brief_NothingSet_IsInNativeEnvironmentWhileTheLibraryLoadsAndNotAfterwards()
    {
        SkipWhereItIsNotToBeSeen();
        var during = With(null, null, () => OpenMpWaiting.Brief(() => (Native(Policy), Native(SpinCount))));

        Assert.AreEqual(("passive", "1000"), during);
        Assert.IsNull(Native(Policy));
        Assert.IsNull(Native(SpinCount));
    }

    [TestMethod]
    [DataRow("active", null)]
    [DataRow(null, "0")]
    public void Brief_UserHasSetOne_TouchesNeither(string? policy, string? spinCount)
    {
        SkipWhereItIsNotToBeSeen();
        var during = With(policy, spinCount, () => OpenMpWaiting.Brief(() => (Native(Policy), Native(SpinCount))));

        Assert.AreEqual((null, null), during, "The managed environment is a copy, and native code sees what the process began with.");
    }

    [TestMethod]
    public void Brief_LoadFails_LeavesNothingBehind()
    {
        SkipWhereItIsNotToBeSeen();

        Assert.ThrowsExactly<DllNotFoundException>(
            () => With(null, null, () => OpenMpWaiting.Brief<int>(() => throw new DllNotFoundException())));

        Assert.IsNull(Native(Policy));
        Assert.IsNull(Native(SpinCount));
    }

    private static void SkipWhereItIsNotToBeSeen()
    {
        if (!OperatingSystem.IsLinux() || Native(Policy) is not null || Native(SpinCount) is not null)
        {
            Assert.Inconclusive("Not Linux, or this process began with a setting of its own.");
        }
    }

    private static T With<T>(string? policy, string? spinCount, Func<T> run)
    {
        var before = (Environment.GetEnvironmentVariable(Policy), Environment.GetEnvironmentVariable(SpinCount));
        Set((policy, spinCount));
        try
        {
            return run();
        }
        finally
        {
            Set(before);
        }
    }

    private static void Set((string? Policy, string? SpinCount) values)
    {
        Environment.SetEnvironmentVariable(Policy, values.Policy);
        Environment.SetEnvironmentVariable(SpinCount, values.SpinCount);
    }

    private static string? Native(string name) => Marshal.PtrToStringUTF8(GetEnvironment(name));

    [DllImport("libc.so.6", EntryPoint = "getenv", CharSet = CharSet.Ansi, BestFitMapping = false, ThrowOnUnmappableChar = true)]
    private static extern nint GetEnvironment(string name);
}
