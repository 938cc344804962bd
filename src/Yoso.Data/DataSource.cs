// SPDX-License-Identifier: MIT
namespace Yoso.Data;

/// <summary>A data set that can be prepared: what it is made from is known and hashed, the work is not done yet.</summary>
public sealed class DataSource
{
    private readonly string key;
    private readonly Func<string, DataManifest> write;

    /// <param name="key">Digest of what the data set is made from (<see cref="DataSourceFiles.Key"/>).</param>
    /// <param name="write">Writes train.seq, dev.seq and test.seq into the folder it is given; digest and counts of its manifest are filled in afterwards.</param>
    internal DataSource(string name, string key, Func<string, DataManifest> write) => (Name, this.key, this.write) = (name, key, write);

    /// <summary>The task: text, retrieval, image or pathfinder.</summary>
    public string Name { get; }

    /// <summary>Opens the prepared data set, making it first where it is missing or damaged.</summary>
    /// <param name="dataRoot">Folder of all prepared data; this one gets name/digits in it, whole or not at all.</param>
    /// <exception cref="DataFormatException">The source is damaged, hostile or not complete.</exception>
    public ClassificationData Prepare(string dataRoot) => DataFolder.Prepare(dataRoot, Name, key, write);

    /// <summary>The manifest of the prepared data set, null while it is not there.</summary>
    public DataManifest? Find(string dataRoot) => DataFolder.Find(dataRoot, Name, key);
}
