// SPDX-License-Identifier: MIT
using System.IO.Compression;
using TorchSharp;
using Yoso.Models.WeightFiles;

namespace Yoso.Models.Tests.WeightFiles;

public sealed class PyTorchFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    public static TheoryData<string> Files =>
    [
        .. from kind in (string[])["plain", "legacy"] from protocol in Enumerable.Range(1, 5) select $"{kind}-p{protocol}.pt",
        "upstream.model", "upstream.cp", "upstream-legacy.cp",
    ];

    /// <summary>Files of Python's own pickle module (Fixtures/make_fixtures.py).</summary>
    [Theory]
    [MemberData(nameof(Files))]
    public void Open_ReadsEveryProtocol(string name)
    {
        using var file = WeightFile.Open(Fixture.Path(name));

        Assert.Equal(["norm.weight", "transposed", "scale", "halves", "brains", "ids", "scalar"], file.Tensors.Select(t => t.Name));
        Assert.Equal(name.Contains("legacy", StringComparison.Ordinal) ? "PyTorch legacy" : "PyTorch zip", file.Format);
        Assert.Equal([0.5f, -1, 2.25f, 3, 4, 5], Values(file, "norm.weight", 2, 3));
        Assert.Equal([0.5f, 3, -1, 4, 2.25f, 5], Values(file, "transposed", 3, 2));
        Assert.Equal([4f, 5], Values(file, "scale", 2));
        Assert.Equal([1.5f, -2], Values(file, "halves", 2));
        Assert.Equal([1.5f, -2], Values(file, "brains", 2));
        Assert.Equal([0.1f], Values(file, "scalar"));
        using var ids = file.Read(file.Tensors.Single(t => t.Name == "ids"));
        Assert.Equal(torch.int64, ids.dtype);
        Assert.Equal([7, 1L << 40], ids.data<long>().ToArray());
    }

    private static float[] Values(WeightFile file, string name, params long[] shape)
    {
        using var values = file.Read(file.Tensors.Single(t => t.Name == name));
        Assert.Equal(shape, values.shape);
        return values.data<float>().ToArray();
    }

    private WeightFileException Refuses(byte[] content, string message)
    {
        var path = _folder.Write("file.pt", content);
        var error = Assert.Throws<WeightFileException>(() => WeightFile.Open(path).Dispose());
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
        Assert.Contains(path, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
        return error;
    }

    private void RefusesPickle(byte[] pickle, string message) => Refuses(PickleBytes.Zip(("archive/data.pkl", pickle), ("archive/data/0", new byte[8])), message);

    /// <summary>The values that an honest small file has, before each test breaks one thing.</summary>
    [Fact]
    public void Open_ReadsAHandWrittenFile()
    {
        var path = _folder.Write("ok.pt", PickleBytes.Zip(("archive/data.pkl", PickleBytes.StateDict("0", "FloatStorage", 2, 0, [2], [1])), ("archive/data/0", [0, 0, 128, 63, 0, 0, 0, 64])));

        using var file = WeightFile.Open(path);

        Assert.Equal([1f, 2], Values(file, "w", 2));
    }

    public static TheoryData<string, string> HostileGlobals => new()
    {
        { "posix", "system" }, { "os", "system" }, { "nt", "system" }, { "builtins", "eval" }, { "builtins", "exec" }, { "__builtin__", "eval" }, { "subprocess", "Popen" },
        { "builtins", "__import__" }, { "runpy", "run_path" }, { "torch", "load" }, { "torch.hub", "load" }, { "numpy", "load" }, { "pickle", "loads" }, { "torch._utils", "_rebuild_sparse_tensor" },
        { "torch.jit", "_load" }, { "argparse", "Namespace" }, { "torch", "os.system" }, { "torch.nn.modules.linear", "Linear" },
    };

    [Theory]
    [MemberData(nameof(HostileGlobals))]
    public void Open_RefusesAnyOtherGlobal_ByItsName(string module, string name)
    {
        RefusesPickle(new PickleBytes().Global(module, name).Text("touch /tmp/x").Raw(0x85).Op('R').Stop(), $"refused: global '{module} {name}' is not one that weights need; nothing of the file was run (opcode GLOBAL, byte 2)");
        RefusesPickle(new PickleBytes().Text(module).Text(name).Raw(0x93).Stop(), $"refused: global '{module} {name}'");
    }

    /// <summary>Python's own demonstration of a pickle that runs a command, in all its ways to call.</summary>
    [Theory]
    [InlineData("cos\nsystem\n(S'echo hello'\ntR.", "global 'os system'")]
    [InlineData("(cos\nsystem\nS'echo hello'\no.", "global 'os system'")]
    [InlineData("(S'echo hello'\nios\nsystem\n.", "opcode is not one that weights need (opcode STRING")]
    [InlineData("(ios\nsystem\n.", "opcode is not one that weights need (opcode INST")]
    [InlineData("\u0082\u0001.", "opcode EXT1")]
    [InlineData("Pstorage\n.", "opcode PERSID")]
    [InlineData("\u0096\u0001\u0000\u0000\u0000\u0000\u0000\u0000\u0000a.", "opcode BYTEARRAY8")]
    [InlineData("\u0092.", "opcode NEWOBJ_EX")]
    [InlineData("\u00ff.", "opcode 0xff")]
    public void Open_RefusesEveryOtherWayToCall(string pickle, string message) => RefusesPickle([0x80, 2, .. System.Text.Encoding.Latin1.GetBytes(pickle)], message);

    [Fact]
    public void Open_NeverLooksIntoAnOpaqueObject()
    {
        // getattr(OneCycleLR, "step")("x"): known names, but a result that is called.
        var pickle = new PickleBytes().Global("builtins", "getattr").Global("torch.optim.lr_scheduler", "OneCycleLR").Text("step").Raw(0x86).Op('R').Text("x").Raw(0x85).Op('R').Stop();

        RefusesPickle(pickle, "opcode REDUCE at byte");
    }

    [Theory]
    [InlineData(".", "0 values are left at its end")]
    [InlineData("NN.", "2 values are left at its end")]
    [InlineData("(N.", "values are left at its end")]
    [InlineData("0.", "opcode POP at byte 2 does not fit")]
    [InlineData("t.", "opcode TUPLE at byte 2 does not fit")]
    [InlineData("R.", "opcode REDUCE at byte 2 does not fit")]
    [InlineData("s.", "opcode SETITEM at byte 2 does not fit")]
    [InlineData("}(Nu.", "opcode SETITEMS at byte 5 does not fit")]
    [InlineData("NNa.", "opcode APPEND at byte 4 does not fit")]
    [InlineData("h\u0007.", "it refers to value 7, which it does not have")]
    [InlineData("N}b.", "opcode BUILD at byte 4 does not fit")]
    [InlineData("NQ.", "opcode BINPERSID at byte 3 does not fit")]
    [InlineData("Ix\n.", "opcode INT at byte 2 does not fit")]
    [InlineData("X\u00ff\u00ff\u00ff\u00ff", "more than 16777216 bytes")]
    [InlineData("\u008d\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff", "more than 16777216 bytes")]
    [InlineData("\u008b\u00ff\u00ff\u0000\u0000", "a number of 65535 bytes")]
    [InlineData("X\u0004\u0000\u0000\u0000ab", "it ends inside opcode BINUNICODE at byte 2")]
    [InlineData("X\u0001\u0000\u0000\u0000\u00ff.", "is not UTF-8")]
    [InlineData("N", "it ends inside opcode")]
    [InlineData("\u0080\u0009N.", "protocol 9 is not known")]
    [InlineData("N.", "it holds no dictionary instead of a state dict")]
    [InlineData("}.", "it holds no tensors")]
    public void Open_RefusesImpossiblePickles(string pickle, string message) => RefusesPickle([0x80, 2, .. System.Text.Encoding.Latin1.GetBytes(pickle)], message);

    [Fact]
    public void Open_ReadsDeepNestingWithoutRecursion()
    {
        // A million lists in one another beside the weights.
        var deep = new PickleBytes().Op('}').Text("deep");
        deep.Raw([.. Enumerable.Repeat((byte)']', 1_000_000), .. Enumerable.Repeat((byte)'a', 999_999)]);
        var pickle = deep.Op('s').Text("w").Tensor("0", "FloatStorage", 2, 0, [2], [1]).Op('s').Stop();
        var path = _folder.Write("deep.pt", PickleBytes.Zip(("archive/data.pkl", pickle), ("archive/data/0", new byte[8])));

        using var file = WeightFile.Open(path);

        Assert.Equal(["deep"], file.Others);
        Assert.Equal([0f, 0], Values(file, "w", 2));
    }

    [Fact]
    public void Open_ReadsSharedStructureWithoutExpandingIt()
    {
        // Each list holds the one before twice: 2^64 values if anything followed them.
        var laughs = new PickleBytes().Op('}').Text("laughs").Op(']');
        for (var i = 0; i < 64; i++) laughs.Op('2').Raw(0x86).Raw(0x85);
        var pickle = laughs.Op('s').Text("w").Tensor("0", "FloatStorage", 2, 0, [2], [1]).Op('s').Stop();
        var path = _folder.Write("laughs.pt", PickleBytes.Zip(("archive/data.pkl", pickle), ("archive/data/0", new byte[8])));

        using var file = WeightFile.Open(path);

        Assert.Equal("w", Assert.Single(file.Tensors).Name);
    }

    [Fact]
    public void Open_ReadsAListThatHoldsItself()
    {
        var pickle = new PickleBytes().Op('}').Text("self").Op(']').Raw((byte)'q', 0, (byte)'h', 0, (byte)'a').Op('s').Text("w").Tensor("0", "FloatStorage", 2, 0, [2], [1]).Op('s').Stop();
        var path = _folder.Write("self.pt", PickleBytes.Zip(("archive/data.pkl", pickle), ("archive/data/0", new byte[8])));

        using var file = WeightFile.Open(path);

        Assert.Equal(["self"], file.Others);
    }

    [Fact]
    public void Open_RefusesMillionsOfValues() => RefusesPickle(new PickleBytes().Raw([.. Enumerable.Repeat((byte)'}', 4_000_001)]).Stop(), "more than 4000000 values");

    [Theory]
    [InlineData(2, 0, new long[] { 3 }, new long[] { 1 }, "'w' [3] does not fit its storage of 2 elements")]
    [InlineData(2, 1, new long[] { 2 }, new long[] { 1 }, "'w' [2] does not fit its storage")]
    [InlineData(2, 0, new long[] { 2 }, new long[] { 2 }, "'w' [2] does not fit its storage")]
    [InlineData(2, 0, new long[] { 1_000_000_000_000 }, new long[] { 0 }, "does not fit its storage")]
    [InlineData(2, 0, new long[] { 1L << 40, 1L << 40 }, new long[] { 0, 0 }, "has an impossible shape")]
    [InlineData(2, 0, new long[] { 2 }, new[] { long.MaxValue }, "does not fit its storage")]
    [InlineData(2, 0, new long[] { -2 }, new long[] { 1 }, "'w' has a negative size")]
    [InlineData(2, -1, new long[] { 2 }, new long[] { 1 }, "'w' has impossible strides")]
    [InlineData(2, 0, new long[] { 2 }, new long[] { -1 }, "'w' has impossible strides")]
    [InlineData(2, 0, new long[] { 2 }, new long[] { 1, 1 }, "'w' has impossible strides")]
    [InlineData(3, 0, new long[] { 2 }, new long[] { 1 }, "storage 0 has 8 bytes instead of 12")]
    [InlineData(1, 0, new long[] { 1 }, new long[] { 1 }, "storage 0 has 8 bytes instead of 4")]
    [InlineData(-1, 0, new long[] { 1 }, new long[] { 1 }, "a storage of -1 elements")]
    [InlineData(long.MaxValue, 0, new long[] { 1 }, new long[] { 1 }, "a storage of 9223372036854775807 elements")]
    public void Open_RefusesATensorThatDoesNotFitItsStorage(long count, long offset, long[] shape, long[] strides, string message) =>
        RefusesPickle(PickleBytes.StateDict("0", "FloatStorage", count, offset, shape, strides), message);

    [Fact]
    public void Open_RefusesManyDimensions() =>
        RefusesPickle(PickleBytes.StateDict("0", "FloatStorage", 2, 0, [.. Enumerable.Repeat(1L, 17)], [.. Enumerable.Repeat(1L, 17)]), "'w' has 17 dimensions");

    [Theory]
    [InlineData("7")]
    [InlineData("../../../../etc/passwd")]
    [InlineData("/etc/passwd")]
    public void Open_RefusesAStorageThatIsNoRecord(string key) => RefusesPickle(PickleBytes.StateDict(key, "FloatStorage", 2, 0, [2], [1]), "a storage has no record in the archive");

    [Fact]
    public void Open_RefusesTwoDescriptionsOfOneStorage()
    {
        var pickle = new PickleBytes().Op('}').Text("a").Tensor("0", "FloatStorage", 2, 0, [2], [1]).Op('s').Text("b").Tensor("0", "HalfStorage", 4, 0, [4], [1]).Op('s').Stop();

        RefusesPickle(pickle, "two descriptions of one storage");
    }

    [Fact]
    public void Open_RefusesTensorsThatShareOneStorageManyTimes()
    {
        var pickle = new PickleBytes().Op('}');
        for (var i = 0; i < 100; i++) pickle.Text($"t{i}").Tensor("0", "FloatStorage", 100_000, 0, [100_000], [1]).Op('s');

        Refuses(PickleBytes.Zip(("archive/data.pkl", pickle.Stop()), ("archive/data/0", new byte[400_000])), "its tensors together are more than 4 times the file");
    }

    [Fact]
    public void Open_RefusesANameTwice()
    {
        var pickle = new PickleBytes().Op('}').Text("w").Tensor("0", "FloatStorage", 2, 0, [2], [1]).Op('s').Text("w").Op('N').Op('s').Stop();

        RefusesPickle(pickle, "its state dict has 'w' twice");
    }

    [Fact]
    public void Open_RefusesANameThatWouldConfuseATerminal()
    {
        var pickle = new PickleBytes().Op('}').Text("w\u001b[31m").Tensor("0", "FloatStorage", 2, 0, [2], [1]).Op('s').Stop();

        RefusesPickle(pickle, "unprintable name");
    }

    [Fact]
    public void Open_RefusesCompressedRecords_SoThatNoneCanBeABomb()
    {
        var bomb = PickleBytes.Zip(CompressionLevel.Optimal, ("archive/data.pkl", PickleBytes.StateDict("0", "FloatStorage", 25_000_000, 0, [25_000_000], [1])), ("archive/data/0", new byte[100_000_000]));

        Assert.True(bomb.Length < 1_000_000);
        Refuses(bomb, "has a compressed record");
    }

    [Fact]
    public void Open_RefusesRecordsThatOverlap()
    {
        // The central directory names the one big record ten times.
        var file = PickleBytes.Zip([("archive/data.pkl", PickleBytes.StateDict("0", "FloatStorage", 2, 0, [2], [1])), ("archive/data/0", new byte[10_000])]);
        Refuses(WithCentralDirectoryRepeated(file, 10), "has records that overlap or go past its end");
    }

    /// <summary>Repeats the last entry of a zip's directory under other names and fixes the end record.</summary>
    private static byte[] WithCentralDirectoryRepeated(byte[] zip, int times)
    {
        var end = zip.AsSpan().LastIndexOf("PK\u0005\u0006"u8);
        var last = zip.AsSpan(0, end).LastIndexOf("PK\u0001\u0002"u8);
        var directory = BitConverter.ToInt32(zip, end + 16);
        var entries = Enumerable.Range(1, times).SelectMany(i =>
        {
            var entry = zip[last..end];
            entry[46 + 13] = (byte)('0' + i);
            return entry;
        }).ToArray();
        byte[] result = [.. zip[..end], .. entries, .. zip[end..]];
        var newEnd = end + entries.Length;
        BitConverter.TryWriteBytes(result.AsSpan(newEnd + 8), (short)(2 + times));
        BitConverter.TryWriteBytes(result.AsSpan(newEnd + 10), (short)(2 + times));
        BitConverter.TryWriteBytes(result.AsSpan(newEnd + 12), newEnd - directory);
        return result;
    }

    [Fact]
    public void Open_RefusesTwoRecordsOfOneName() =>
        Refuses(PickleBytes.Zip(("a/data.pkl", PickleBytes.StateDict("0", "FloatStorage", 2, 0, [2], [1])), ("a/data/0", new byte[8]), ("a/data/0", new byte[8])), "has two records of one name");

    [Fact]
    public void Open_RefusesOtherArchives()
    {
        Refuses(PickleBytes.Zip(("word/document.xml", [1])), "is a zip archive with 0 data.pkl instead of one");
        Refuses(PickleBytes.Zip(("m/data.pkl", [1]), ("m/constants.pkl", [1]), ("m/code/x.py", [1])), "is a TorchScript program, not a state dict");
        Refuses(PickleBytes.Zip(("m/data.pkl", [1]), ("m/byteorder", "big"u8.ToArray())), "was written on a big-endian machine");
    }

    [Theory]
    [InlineData("plain-p2.pt")]
    [InlineData("legacy-p2.pt")]
    [InlineData("legacy-p1.pt")]
    [InlineData("legacy-p4.pt")]
    public void Open_RefusesAFileCutAnywhere(string name)
    {
        var whole = File.ReadAllBytes(Fixture.Path(name));

        for (var length = 0; length < whole.Length; length += 1 + (length * 7 % 11))
        {
            var path = _folder.Write("cut.pt", whole[..length]);
            var error = Assert.Throws<WeightFileException>(() => WeightFile.Open(path).Dispose());
            Assert.DoesNotContain('\n', error.Message);
        }
    }

    /// <summary>Whichever byte is changed, the file opens or is refused with one line; it never does anything else.</summary>
    [Theory]
    [InlineData("plain-p2.pt")]
    [InlineData("legacy-p2.pt")]
    [InlineData("plain-p4.pt")]
    [InlineData("upstream.cp")]
    public void Open_SurvivesAnyChangedByte(string name)
    {
        var whole = File.ReadAllBytes(Fixture.Path(name));
        var random = new Random(1);

        for (var position = 0; position < whole.Length; position += random.Next(1, 9))
        {
            var changed = whole.ToArray();
            changed[position] ^= (byte)random.Next(1, 256);
            var path = _folder.Write("changed.pt", changed);
            try
            {
                using var file = WeightFile.Open(path);
                foreach (var entry in file.Tensors) file.Read(entry).Dispose();
            }
            catch (WeightFileException e)
            {
                Assert.DoesNotContain('\n', e.Message);
            }
        }
    }

    [Fact]
    public void Open_RefusesBytesBehindALegacyFile() =>
        Refuses([.. File.ReadAllBytes(Fixture.Path("legacy-p2.pt")), 0], "has 1 bytes behind its last storage");

    [Theory]
    [InlineData("", "is empty")]
    [InlineData("version https://git-lfs.github.com/spec/v1\noid sha256:abc\n", "it is the pointer of git-lfs")]
    [InlineData("\n<!DOCTYPE html><html>", "it is a web page; the download failed")]
    [InlineData("hello, world, this is a text", "give a safetensors file or a state dict saved by PyTorch")]
    public void Open_SaysWhatAnotherFileIs(string content, string message) => Refuses(System.Text.Encoding.Latin1.GetBytes(content), message);

    [Fact]
    public void Open_SaysThatAFileDoesNotExist() => Assert.Contains("does not exist", Assert.Throws<WeightFileException>(() => WeightFile.Open(_folder["none.pt"])).Message, StringComparison.Ordinal);
}
