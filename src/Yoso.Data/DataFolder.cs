// SPDX-License-Identifier: MIT
namespace Yoso.Data;

/// <summary>Prepared data sets lie in root/name/key/ and appear there whole or not at all.</summary>
internal static class DataFolder
{
    /// <summary>Opens the prepared data set, or calls <paramref name="write"/> on an empty folder beside it and renames that.</summary>
    /// <param name="key">Digest of what the data set is made from; its first 12 digits name the folder.</param>
    /// <param name="write">Writes train.seq, dev.seq and test.seq; returns the manifest, whose digest and counts are filled in here.</param>
    internal static ClassificationData Prepare(string root, string name, string key, Func<string, DataManifest> write)
    {
        var target = Path.Combine(root, name, key[..12]);
        if (TryOpen(target) is { } ready) return ready;

        var parent = Path.Combine(root, name);
        Directory.CreateDirectory(parent);
        DeleteAbandoned(parent);
        var temporary = Path.Combine(parent, $".{key[..12]}.{Guid.NewGuid():N}.partial");
        Directory.CreateDirectory(temporary);
        try
        {
            var manifest = write(temporary);
            SequenceDataset Split(string split) => SequenceDataset.Open(Path.Combine(temporary, split));
            var (train, dev, test) = (Split("train.seq"), Split("dev.seq"), Split("test.seq"));
            (manifest with
            {
                Digest = DataManifest.DigestOf(train, dev, test),
                TrainCount = train.Count,
                DevCount = dev.Count,
                TestCount = test.Count,
            }).Save(Path.Combine(temporary, DataManifest.FileName));
            return Publish(temporary, target);
        }
        finally
        {
            if (Directory.Exists(temporary)) Directory.Delete(temporary, recursive: true);
        }
    }

    /// <summary>The manifest of a prepared data set, null when it is not there or damaged.</summary>
    internal static DataManifest? Find(string root, string name, string key) => TryOpen(Path.Combine(root, name, key[..12]))?.Manifest;

    /// <summary>Another process may have published the same data set in the meantime: then its folder is the one to use.</summary>
    private static ClassificationData Publish(string temporary, string target)
    {
        if (TryOpen(target) is { } theirs) return theirs;
        if (Directory.Exists(target)) Directory.Delete(target, recursive: true);
        Directory.Move(temporary, target);
        return ClassificationData.Open(target);
    }

    /// <summary>What a killed process left behind; a running one writes to its folder more often than once a day.</summary>
    private static void DeleteAbandoned(string parent)
    {
        foreach (var folder in Directory.GetDirectories(parent, ".*.partial"))
        {
            var written = Directory.GetFileSystemEntries(folder).Select(File.GetLastWriteTimeUtc).Append(Directory.GetLastWriteTimeUtc(folder)).Max();
            if (DateTime.UtcNow - written > TimeSpan.FromDays(1)) Directory.Delete(folder, recursive: true);
        }
    }

    private static ClassificationData? TryOpen(string folder)
    {
        if (!File.Exists(Path.Combine(folder, DataManifest.FileName))) return null;
        try
        {
            return ClassificationData.Open(folder);
        }
        catch (DataFormatException)
        {
            // A damaged cache entry is made anew from its source.
            return null;
        }
    }
}
