// SPDX-License-Identifier: MIT
using System.Buffers.Binary;
using System.Text;
using TorchSharp;
using Yoso.Models.WeightFiles;
using static TorchSharp.torch;

namespace Yoso.Models.Tests.WeightFiles;

public sealed class SafeTensorsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private static byte[] File(string header, byte[] values)
    {
        var json = Encoding.UTF8.GetBytes(header);
        var length = new byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(length, (ulong)json.Length);
        return [.. length, .. json, .. values];
    }

    private void Refuses(byte[] content, string message)
    {
        var path = _folder.Write("file.safetensors", content);
        var error = Assert.Throws<WeightFileException>(() => WeightFile.Open(path).Dispose());
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
    }

    [Fact]
    public void Open_ReadsTheFormatsOwnExample()
    {
        var path = _folder.Write("a.safetensors", File(
            """{"__metadata__":{"format":"pt"},"b":{"dtype":"F16","shape":[2],"data_offsets":[8,12]},"a":{"dtype":"F32","shape":[1,2],"data_offsets":[0,8]},"e":{"dtype":"I64","shape":[0,3],"data_offsets":[12,12]}}   """,
            [0, 0, 128, 63, 0, 0, 0, 192, 0, 0x3E, 0, 0xC0]));

        using var file = WeightFile.Open(path);

        Assert.Equal(("safetensors", "pt"), (file.Format, file.Metadata["format"]));
        Assert.Equal(["b", "a", "e"], file.Tensors.Select(t => t.Name));
        using var a = file.Read(file.Tensors[1]);
        using var b = file.Read(file.Tensors[0]);
        using var e = file.Read(file.Tensors[2]);
        Assert.Equal([1f, -2], a.data<float>().ToArray());
        Assert.Equal([1.5f, -2], b.data<float>().ToArray());
        Assert.Equal([1, 2], a.shape);
        Assert.Equal([0, 3], e.shape);
    }

    [Theory]
    [InlineData("F64", 8)]
    [InlineData("BF16", 2)]
    [InlineData("F16", 2)]
    public void Read_GivesFloat32_ForEveryFloatingType(string dtype, int size)
    {
        using var scope = NewDisposeScope();
        var values = tensor(new[] { 1.5f, -0.25f, 3 }).to_type(dtype switch { "F64" => ScalarType.Float64, "F16" => ScalarType.Float16, _ => ScalarType.BFloat16 });
        var path = _folder.Write("t.safetensors", File($$$"""{"t":{"dtype":"{{{dtype}}}","shape":[3],"data_offsets":[0,{{{3 * size}}}]}}""", values.bytes.ToArray()));

        using var file = WeightFile.Open(path);
        var read = file.Read(file.Tensors[0]);

        Assert.Equal(ScalarType.Float32, read.dtype);
        Assert.Equal([1.5f, -0.25f, 3], read.data<float>().ToArray());
    }

    [Theory]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[2,6]}}""", 8, "'b' starts at byte 2 of the values instead of 4: tensors overlap")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", 8, "tensors overlap")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""", 8, "tensors leave a gap")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", 8, "has 4 bytes behind its last tensor")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", 7, "is cut off")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}""", 4, "'a' [2] F32 needs 8 bytes, its offsets are [0, 4]")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[8,4]}}""", 8, "needs 4 bytes")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[-4,0]}}""", 8, "needs 4 bytes")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0]}}""", 8, "needs 4 bytes")]
    [InlineData("""{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}""", 4, "'a' has a negative size")]
    [InlineData("""{"a":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,0]}}""", 0, "has an impossible shape")]
    [InlineData("""{"a":{"dtype":"F8_E4M3","shape":[1],"data_offsets":[0,1]}}""", 1, "'a' has the type F8_E4M3, which is not read here; save it as F32, F16 or BF16")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1.5],"data_offsets":[0,4]}}""", 4, "has a damaged header")]
    [InlineData("""{"a":{"shape":[1],"data_offsets":[0,4]}}""", 4, "has a damaged header")]
    [InlineData("""{"a":7}""", 4, "has a damaged header")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", 4, "has a damaged header")]
    [InlineData("""{"a":[[[[[[]]]]]]}""", 4, "has a damaged header")]
    [InlineData("""{"a":""", 4, "has a damaged header")]
    [InlineData("""{"a\u001b[2J":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", 4, "unprintable name")]
    public void Open_RefusesAHeaderThatLies(string header, int bytes, string message) => Refuses(File(header, new byte[bytes]), message);

    [Fact]
    public void Open_RefusesAHeaderLongerThanTheFile()
    {
        var content = File("{}", []);
        BinaryPrimitives.WriteUInt64LittleEndian(content, 90_000_000);
        Refuses(content, "is cut off inside its header");
        BinaryPrimitives.WriteUInt64LittleEndian(content, ulong.MaxValue);
        Refuses(content, "is no file of weights that is known here");
    }

    [Fact]
    public void Write_ReadsBackBitForBit()
    {
        using var scope = NewDisposeScope();
        var model = nn.Sequential(("one", nn.Linear(3, 5)), ("norm", nn.LayerNorm(5)), ("two", nn.Linear(5, 2, hasBias: false)));
        using (var stream = System.IO.File.Create(_folder["m.safetensors"])) SafeTensors.Write(stream, model);

        using var file = WeightFile.Open(_folder["m.safetensors"]);

        var state = model.state_dict();
        Assert.Equal(state.Keys.Order(StringComparer.Ordinal), file.Tensors.Select(t => t.Name));
        Assert.All(file.Tensors, entry =>
        {
            using var values = file.Read(entry);
            Assert.Equal(state[entry.Name].shape, values.shape);
            Assert.Equal(state[entry.Name].bytes.ToArray(), values.bytes.ToArray());
        });
    }

    [Fact]
    public void Write_AlignsTheValues()
    {
        var stream = new MemoryStream();
        SafeTensors.Write(stream, [new TensorToWrite("é", [1], () => ones(1))], new Dictionary<string, string> { ["format"] = "pt" });

        Assert.Equal(0UL, BinaryPrimitives.ReadUInt64LittleEndian(stream.ToArray()) % 8);
        using var file = WeightFile.Open(_folder.Write("a.safetensors", stream.ToArray()));
        Assert.Equal(("é", "pt"), (file.Tensors[0].Name, file.Metadata["format"]));
    }

    [Fact]
    public void Write_RefusesOtherTypesAndShapes()
    {
        Assert.Contains("written as Float32 [2]", Assert.Throws<ArgumentException>(() => SafeTensors.Write(Stream.Null, [new TensorToWrite("a", [2], () => ones(2, ScalarType.Float64))], null)).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => SafeTensors.Write(Stream.Null, [new TensorToWrite("a", [2], () => ones(3))], null));
    }

    [Fact]
    public void Read_LeavesNoTensorBehind()
    {
        using var file = WeightFile.Open(Fixture.Path("plain-p2.pt"));
        var before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;

        foreach (var entry in file.Tensors) file.Read(entry).Dispose();

        Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }
}
