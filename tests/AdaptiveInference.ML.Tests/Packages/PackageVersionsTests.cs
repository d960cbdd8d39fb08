using AdaptiveInference.ML.Packages;
using AdaptiveInference.ML.Transforms;

namespace AdaptiveInference.ML.Tests.Packages;

[TestClass]
public sealed class PackageVersionsTests
{
    [TestMethod]
    public void Compare_OtherScoringPackage_NamesBothAndWhatToDo()
        => Assert.AreEqual(
            "AdaptiveInference.ML 1.2.0-rc.1 needs AdaptiveInference.ML.Transforms 1.2.0-rc.1, got 1.2.0. Reference both packages in the "
            + "same version, or AdaptiveInference.ML alone, which brings the other.",
            PackageVersions.Compare("1.2.0-rc.1", "1.2.0"));

    [TestMethod]
    public void Compare_SameVersion_IsNull() => Assert.IsNull(PackageVersions.Compare("1.2.0", "1.2.0"));

    [TestMethod]
    public void Check_AssembliesOfOneBuild_Passes() => PackageVersions.Check();

    [TestMethod]
    public void Of_Assembly_IsThePackagesVersionWithoutTheCommit()
    {
        var version = PackageVersions.Of(typeof(GatedResNetTransformer).Assembly);

        Assert.AreEqual(PackageVersions.Trainers, version);
        StringAssert.Matches(version, new(@"^\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?$"));
    }
}
