using AdaptiveInference.ML.LibTorch;

namespace AdaptiveInference.ML.Tests.LibTorch;

[TestClass]
public sealed class ElfVersionNeedsTests
{
    [TestMethod]
    public void TryMarkWeak_VersionOfOneSymbol_ChangesItsFlagAndNothingElse()
    {
        var expected = ElfFile.Build();
        expected[ElfFile.FlagsAt] = 2;
        var file = ElfFile.Build();

        Assert.IsTrue(ElfVersionNeeds.TryMarkWeak(file, ElfFile.UsedOnce, ElfFile.OnlySymbol));
        CollectionAssert.AreEqual(expected, file);
    }

    [TestMethod]
    [DataRow("VERSION_X", "symbol_b")]
    [DataRow("VERSION_", "symbol_b")]
    [DataRow("VERSION_B", "symbol_c")]
    [DataRow("VERSION_C", "symbol_b")]
    public void TryMarkWeak_UnknownVersionOrAnotherSymbol_LeavesTheFile(string version, string symbol)
    {
        var file = ElfFile.Build();

        Assert.IsFalse(ElfVersionNeeds.TryMarkWeak(file, version, symbol));
        CollectionAssert.AreEqual(ElfFile.Build(), file);
    }

    [TestMethod]
    public void TryMarkWeak_VersionWithoutSymbols_IsMarked()
        => Assert.IsTrue(ElfVersionNeeds.TryMarkWeak(ElfFile.Build(), "VERSION_A", "none"));

    [TestMethod]
    public void TryMarkWeak_TorchSharpsLibrary_ChangesOneByte()
    {
        if (NativeFolders.Find("libLibTorchSharp.so") is not { } path)
        {
            Assert.Inconclusive("The library of this platform is not an ELF file.");
            return;
        }

        var original = File.ReadAllBytes(path);
        var copy = (byte[])original.Clone();

        Assert.IsTrue(ElfVersionNeeds.TryMarkWeak(copy, "GLIBCXX_3.4.32", "_ZSt21ios_base_library_initv"));
        Assert.AreEqual(1, original.Zip(copy).Count(pair => pair.First != pair.Second));
        Assert.IsFalse(ElfVersionNeeds.TryMarkWeak(copy, "GLIBCXX_3.4.20", "_ZSt21ios_base_library_initv"));
    }

    [TestMethod]
    public void TryMarkWeak_EveryTruncation_IsABadImage()
    {
        var file = ElfFile.Build();
        for (var length = 0; length < file.Length; length++)
        {
            Assert.ThrowsExactly<BadImageFormatException>(
                () => ElfVersionNeeds.TryMarkWeak(file.AsSpan(0, length), ElfFile.UsedOnce, ElfFile.OnlySymbol), $"{length} bytes");
        }
    }

    [TestMethod]
    public void TryMarkWeak_HostileBytes_NeverReadsOutsideOrLoops()
    {
        var random = new Random(7);
        byte[] hostile = [0, 1, 2, 0x7F, 0x80, 0xFE, 0xFF];
        for (var round = 0; round < 20_000; round++)
        {
            var file = ElfFile.Build();
            for (var change = random.Next(1, 6); change > 0; change--)
            {
                file[random.Next(6, file.Length)] = hostile[random.Next(hostile.Length)];
            }

            try
            {
                ElfVersionNeeds.TryMarkWeak(file, ElfFile.UsedOnce, ElfFile.OnlySymbol);
            }
            catch (BadImageFormatException)
            {
                // The one answer to a damaged file.
            }
        }
    }

    [TestMethod]
    public void TryMarkWeak_AnotherKindOfFile_IsABadImage()
    {
        var file = ElfFile.Build();
        file[4] = 1;

        var error = Assert.ThrowsExactly<BadImageFormatException>(
            () => ElfVersionNeeds.TryMarkWeak(file, ElfFile.UsedOnce, ElfFile.OnlySymbol));
        Assert.AreEqual("Expected a 64-bit little-endian ELF file.", error.Message);
    }
}
