using AdaptiveInference.ML.Transforms.Architectures;

namespace AdaptiveInference.ML.Transforms.Tests.Architectures;

[TestClass]
public sealed class BlockNameTests
{
    [TestMethod]
    public void Parse_WhatToStringWrote_IsTheName()
    {
        var name = new BlockName(2, 13);

        Assert.AreEqual("stage2.block13", name.ToString());
        Assert.AreEqual("2.13", name.Short);
        Assert.AreEqual(name, BlockName.Parse("stage2.block13"));
    }

    [TestMethod]
    public void Parse_BlockOfACascadesSecondModel_SaysWhichModel()
    {
        var name = new BlockName(2, 1, Model: 3);

        Assert.AreEqual("second.second.stage2.block1", name.ToString());
        Assert.AreEqual("3:2.1", name.Short);
        Assert.AreEqual(name, BlockName.Parse("second.second.stage2.block1"));
        Assert.AreEqual(new BlockName(4, 2, Model: 2), BlockName.Parse(BlockName.InSecond("stage4.block2")));
    }

    [TestMethod]
    [DataRow("second.")]
    [DataRow("")]
    [DataRow("stage2")]
    [DataRow("stage.block")]
    [DataRow("stage2.block3 ")]
    [DataRow("stage-1.block1")]
    [DataRow("layer2.3")]
    public void Parse_OtherText_IsNone(string text) => Assert.IsNull(BlockName.Parse(text));
}
