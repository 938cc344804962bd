// SPDX-License-Identifier: MIT
using static TorchSharp.torch;

namespace Yoso.Models.WeightFiles;

/// <summary>A file of weights under our parameter names, whichever names it has itself.</summary>
public sealed class ImportedWeights : IDisposable
{
    private readonly WeightFile _file;
    private readonly Dictionary<string, WeightEntry> _tensors = new(StringComparer.Ordinal);
    private readonly List<string> _unexpected = [];
    private readonly List<string> _ignored;

    private ImportedWeights(WeightFile file, WeightLayout layout)
    {
        (_file, Layout) = (file, layout);
        _ignored = [.. file.Others];
        foreach (var entry in file.Tensors)
        {
            if (LayoutNames.IsBuffer(layout, entry.Name)) _ignored.Add(entry.Name);
            else if (LayoutNames.ToOurs(layout, entry.Name) is not { } name || !entry.Type.IsFloat()) _unexpected.Add(entry.Name);
            // The bias of a decoder stands twice in Hugging Face's files.
            else if (!_tensors.TryAdd(name, entry)) _ignored.Add(entry.Name);
        }
    }

    /// <summary>Whose names the file has.</summary>
    public WeightLayout Layout { get; }

    /// <summary>"safetensors" and so on.</summary>
    public string Format => _file.Format;

    public string Path => _file.Path;

    /// <summary>Shapes by our names.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<long>> Shapes => _tensors.ToDictionary(p => p.Key, p => p.Value.Shape, StringComparer.Ordinal);

    /// <param name="layout">Null to tell it from the names.</param>
    /// <exception cref="WeightFileException">The file cannot be read, or its names are not known.</exception>
    public static ImportedWeights Open(string path, WeightLayout? layout = null)
    {
        var file = WeightFile.Open(path);
        try
        {
            layout ??= WeightLayouts.Detect(file.Tensors.Select(t => t.Name));
            if (layout is null)
            {
                throw new WeightFileException($"{path}: names such as '{file.Tensors.Select(t => t.Name).FirstOrDefault()}' do not say whose they are; name one of {string.Join(", ", WeightLayouts.Names)}");
            }
            var weights = new ImportedWeights(file, layout.Value);
            if (weights._tensors.Count > 0) return weights;
            throw new WeightFileException($"{path} has no tensor with a name of {layout.Value.Name()} (its first is '{file.Tensors.Select(t => t.Name).FirstOrDefault()}')");
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Of one of <see cref="Shapes"/>, in float32; the caller disposes of it.</summary>
    public Tensor Read(string name) => _file.Read(_tensors[name]);

    /// <summary>The model that the names and shapes describe, and whether it is whole.</summary>
    /// <exception cref="WeightFileException">There is no encoder.</exception>
    public (ModelSizes Sizes, WeightReport Report) Check()
    {
        var expected = ExpectedWeights.Infer(Shapes) ?? throw new WeightFileException($"{Path} has no encoder layers under the names of {Layout.Name()}");
        return (expected.Sizes, expected.Compare(Shapes, _unexpected, _ignored));
    }

    /// <summary>Copies every tensor that the model has under the same name and shape; the others are in the report.</summary>
    /// <param name="adapt">Changes values before their shape is compared (a longer position table); null for none. The result is disposed of with the argument.</param>
    /// <exception cref="WeightFileException">The decoder is not tied to the token table, as the model's is.</exception>
    public WeightReport LoadInto(nn.Module model, Func<string, Tensor, Tensor>? adapt = null)
    {
        ThrowIfUntied();
        using var ungraded = no_grad();
        var state = model.state_dict();
        var (mismatched, loaded) = (new List<string>(), new List<Tensor>());
        foreach (var (name, target) in state.Where(p => _tensors.ContainsKey(p.Key)))
        {
            using var scope = NewDisposeScope();
            var values = Read(name);
            values = adapt?.Invoke(name, values) ?? values;
            // Also where it does not fit it is not missing.
            loaded.Add(target);
            if (!values.shape.SequenceEqual(target.shape)) mismatched.Add($"{name} is [{string.Join(", ", values.shape)}], must be [{string.Join(", ", target.shape)}]");
            else target.copy_(values);
        }
        var missing = state.Where(p => !_tensors.ContainsKey(p.Key) && !loaded.Exists(t => ReferenceEquals(t, p.Value))).Select(p => p.Key);
        return new WeightReport([.. missing], [.. _unexpected, .. _tensors.Keys.Where(n => !state.ContainsKey(n))], mismatched, _ignored, []);
    }

    /// <summary>Writes safetensors with our names, which every later version reads.</summary>
    public void Save(Stream stream)
    {
        ThrowIfUntied();
        var tensors = _tensors.Select(p => new TensorToWrite(p.Key, p.Value.Shape, () => Read(p.Key))).ToList();
        // A decoder without a weight of its own is tied; our models save it under both names.
        if (_tensors.ContainsKey("mlm.mlm_class.bias") && !_tensors.ContainsKey(LayoutNames.TiedTable) && _tensors.TryGetValue(LayoutNames.TokenTable, out var table))
        {
            tensors.Add(new TensorToWrite(LayoutNames.TiedTable, table.Shape, () => Read(LayoutNames.TokenTable)));
        }
        SafeTensors.Write(stream, tensors.OrderBy(t => t.Name, StringComparer.Ordinal), new Dictionary<string, string> { ["format"] = "pt", ["source"] = System.IO.Path.GetFileName(Path), ["names"] = Layout.Name() });
    }

    public void Dispose() => _file.Dispose();

    private void ThrowIfUntied()
    {
        if (!_tensors.TryGetValue(LayoutNames.TiedTable, out var decoder) || !_tensors.TryGetValue(LayoutNames.TokenTable, out var table)) return;
        using var scope = NewDisposeScope();
        if (!decoder.Shape.SequenceEqual(table.Shape) || Read(LayoutNames.TiedTable).ne(Read(LayoutNames.TokenTable)).any().item<bool>())
        {
            throw new WeightFileException($"{Path}: the decoder's weight differs from the token table; here they are one, so this model cannot be represented");
        }
    }
}
