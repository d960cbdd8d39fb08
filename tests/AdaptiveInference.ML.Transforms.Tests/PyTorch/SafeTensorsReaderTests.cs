using AdaptiveInference.ML.Transforms.PyTorch;

namespace AdaptiveInference.ML.Transforms.Tests.PyTorch;

[TestClass]
public sealed class SafeTensorsReaderTests
{
    private const string Two = """{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""";

    [TestMethod]
    public void Read_TensorsInAnyOrder_ReturnsTheirValues()
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("good.safetensors");
        SafeTensorsFile.Write(
            path,
            """{"b":{"data_offsets":[8,12],"shape":[],"dtype":"F32"},"a":"""
            + """{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"e":{"dtype":"F32","shape":[3,0],"data_offsets":[12,12]}}   """,
            [.. BitConverter.GetBytes(1.5f), .. BitConverter.GetBytes(-2f), .. BitConverter.GetBytes(7f)]);

        using var reader = SafeTensorsReader.Open(path);

        CollectionAssert.AreEqual(new[] { 1.5f, -2f }, reader.Read(reader.Entries["a"]));
        CollectionAssert.AreEqual(new[] { 7f }, reader.Read(reader.Entries["b"]));
        Assert.IsEmpty(reader.Read(reader.Entries["e"]));
    }

    [TestMethod]
    public void Read_TensorLargerThanTheBuffer_ReturnsAllValues()
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("large.safetensors");
        var values = Enumerable.Range(0, 100_001).Select(i => (float)i).ToArray();
        SafeTensorsFile.Write(path, [("first", [1], [3f]), ("large", [100_001], values)]);

        using var reader = SafeTensorsReader.Open(path);

        CollectionAssert.AreEqual(values, reader.Read(reader.Entries["large"]));
    }

    [TestMethod]
    [DataRow("F16", new byte[] { 0x00, 0x3E, 0x00, 0xC0 }, 1.5f, -2f)]
    [DataRow("BF16", new byte[] { 0xC0, 0x3F, 0x00, 0xC0 }, 1.5f, -2f)]
    [DataRow("F64", new byte[] { 0, 0, 0, 0, 0, 0, 0xF8, 0x3F, 0, 0, 0, 0, 0, 0, 0, 0xC0 }, 1.5f, -2f)]
    public void Read_OtherRealTypes_AreConverted(string type, byte[] data, float first, float second)
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("typed.safetensors");
        SafeTensorsFile.Write(path, Two.Replace("F32", type).Replace("0,8", $"0,{data.Length}"), data);

        using var reader = SafeTensorsReader.Open(path);

        CollectionAssert.AreEqual(new[] { first, second }, reader.Read(reader.Entries["a"]));
    }

    [TestMethod]
    public void Read_IntegerTensor_ThrowsThatNamesTypeAndTensor()
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("integer.safetensors");
        SafeTensorsFile.Write(path, """{"steps":{"dtype":"I64","shape":[],"data_offsets":[0,8]}}""", new byte[8]);
        using var reader = SafeTensorsReader.Open(path);

        var exception = Assert.ThrowsExactly<FormatException>(() => reader.Read(reader.Entries["steps"]));

        Assert.AreEqual(
            $"'{path}' is not a readable safetensors file: tensor 'steps' must be of type F32, F16, BF16 or F64, got I64.",
            exception.Message);
    }

    [TestMethod]
    [DataRow("{}", 4, "its tensors need 0 bytes of data, got 4: it is truncated or altered")]
    [DataRow(Two, 4, "its tensors need 8 bytes of data, got 4: it is truncated or altered")]
    [DataRow(Two, 9, "its tensors need 8 bytes of data, got 9: it is truncated or altered")]
    [DataRow("[]", 0, "its header is not a JSON object")]
    [DataRow("""{"a":3}""", 0, "tensor 'a' is not described by an object")]
    [DataRow("""{"a":{"dtype":"F32","shape":[2]}}""", 8, "tensor 'a' needs dtype, shape and two data_offsets")]
    [DataRow("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0]}}""", 8, "tensor 'a' needs dtype, shape and two data_offsets")]
    [DataRow("""{"a":{"dtype":"F33","shape":[2],"data_offsets":[0,8]}}""", 8, "tensor 'a' has the unknown type 'F33'")]
    [DataRow("""{"a":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}}""", 8, "tensor 'a' (F32 [3]) needs 12 bytes, got 8")]
    [DataRow("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}}""", 8, "tensor 'a' ends at byte 0, before it begins at 8")]
    [DataRow(
        """{"a":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,8]}}""", 8,
        "the shape of tensor 'a' (F32 [4294967296, 4294967296]) is too large to exist")]
    [DataRow(
        """{"a":{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}}""", 8,
        "tensor 'a' has a shape or offsets that are not a list of at most 8 whole numbers from 0")]
    [DataRow(
        """{"a":{"dtype":"F32","shape":[1.5],"data_offsets":[0,8]}}""", 8,
        "tensor 'a' has a shape or offsets that are not a list of at most 8 whole numbers from 0")]
    [DataRow(
        """{"a":{"dtype":"F32","shape":[1,1,1,1,1,1,1,1,1],"data_offsets":[0,4]}}""", 4,
        "tensor 'a' has a shape or offsets that are not a list of at most 8 whole numbers from 0")]
    [DataRow(
        """{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,9223372036854775807]}}""", 8,
        "tensor 'a' (F32 [2]) needs 8 bytes, got 9223372036854775807")]
    [DataRow(
        """{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8],"extra":1}}""", 8,
        "tensor 'a' has a field 'extra' that is unknown, repeated or of a wrong kind")]
    [DataRow(
        """{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"a":{"dtype":"F32","shape":[2],"data_offsets":[8,16]}}""", 16,
        "its header holds tensor 'a' twice")]
    [DataRow("""{"__metadata__":{},"__metadata__":{}}""", 0, "its header holds '__metadata__' twice")]
    [DataRow(
        """{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}}""", 12,
        "tensors 'a' and 'b' overlap")]
    [DataRow(
        """{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[1],"data_offsets":[12,16]}}""", 16,
        "4 bytes before tensor 'b' belong to no tensor")]
    public void Open_AlteredFile_ThrowsOneClearError(string header, int dataLength, string problem)
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("altered.safetensors");
        SafeTensorsFile.Write(path, header, new byte[dataLength]);

        var exception = Assert.ThrowsExactly<FormatException>(() => SafeTensorsReader.Open(path));

        Assert.AreEqual($"'{path}' is not a readable safetensors file: {problem}.", exception.Message);
    }

    [TestMethod]
    public void Open_NamesAndTensorsWithoutEnd_ThrowsAShortError()
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("large.safetensors");
        const string entry = """{"dtype":"F32","shape":[0],"data_offsets":[0,0]}""";
        SafeTensorsFile.Write(path, $"{{\"{new string('n', 1_000_000)}\":{entry}}}", []);
        Assert.AreEqual(
            $"'{path}' is not a readable safetensors file: a tensor's name may have up to 256 characters, got 1000000.",
            Assert.ThrowsExactly<FormatException>(() => SafeTensorsReader.Open(path)).Message);

        SafeTensorsFile.Write(path, '{' + string.Join(',', Enumerable.Range(0, 50_001).Select(i => $"\"t{i}\":{entry}")) + '}', []);
        Assert.AreEqual(
            $"'{path}' is not a readable safetensors file: it holds more than 50000 tensors, which no network has.",
            Assert.ThrowsExactly<FormatException>(() => SafeTensorsReader.Open(path)).Message);
    }

    [TestMethod]
    [DataRow("not json")]
    [DataRow("{\"a\":{\"dtype\":\"F32\"")]
    [DataRow("{} {}")]
    [DataRow("{\"a\":{\"dtype\":[[[[[[[[[1]]]]]]]]]}}")]
    public void Open_HeaderThatIsNoJson_ThrowsFormatException(string header)
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("text.safetensors");
        SafeTensorsFile.Write(path, header, []);

        var exception = Assert.ThrowsExactly<FormatException>(() => SafeTensorsReader.Open(path));

        StringAssert.StartsWith(exception.Message, $"'{path}' is not a readable safetensors file: ");
    }

    [TestMethod]
    [DataRow(100UL, "its header should have 100 bytes, but only 2 follow")]
    [DataRow(ulong.MaxValue, "its header may have up to 16777216 bytes, got 18446744073709551615")]
    public void Open_HeaderLengthBeyondTheFile_ThrowsWithoutAllocatingIt(ulong length, string problem)
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("length.safetensors");
        SafeTensorsFile.Write(path, "{}", [], length);
        var before = GC.GetAllocatedBytesForCurrentThread();

        var exception = Assert.ThrowsExactly<FormatException>(() => SafeTensorsReader.Open(path));

        Assert.AreEqual($"'{path}' is not a readable safetensors file: {problem}.", exception.Message);
        Assert.IsLessThan(1_000_000, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [TestMethod]
    public void Open_EveryTruncationAndAnyFlippedByte_NeverFailsOtherwise()
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("source.safetensors");
        SafeTensorsFile.Write(path, [("a", [2, 2], [1f, 2f, 3f, 4f]), ("b.c", [1], [5f])]);
        var good = File.ReadAllBytes(path);
        var random = new Random(7);
        for (var i = 0; i < 2 * good.Length; i++)
        {
            byte[] bytes = i < good.Length ? good[..i] : [.. good];
            if (i >= good.Length)
            {
                bytes[i - good.Length] ^= (byte)(1 << random.Next(8));
            }

            File.WriteAllBytes(path, bytes);
            try
            {
                using var reader = SafeTensorsReader.Open(path);
                Assert.IsGreaterThanOrEqualTo(good.Length, i, "A truncated file was accepted.");
                foreach (var entry in reader.Entries.Values.Where(entry => entry.Type == "F32"))
                {
                    reader.Read(entry);
                }
            }
            catch (FormatException exception)
            {
                StringAssert.Contains(exception.Message, path);
            }
        }
    }

    [TestMethod]
    public void Open_MissingFile_ThrowsFileNotFound()
        => Assert.ThrowsExactly<FileNotFoundException>(
            () => SafeTensorsReader.Open(Path.Combine(Path.GetTempPath(), Guid.NewGuid().ToString())));
}
