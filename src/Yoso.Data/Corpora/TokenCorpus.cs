// SPDX-License-Identifier: MIT
namespace Yoso.Data.Corpora;

/// <summary>A prepared corpus, mapped into memory. Immutable and thread-safe.</summary>
public sealed class TokenCorpus
{
    private readonly TokenShard[] shards;
    private readonly CorpusIndex index;

    private TokenCorpus(DataManifest manifest, CorpusIndex index, TokenShard[] shards)
    {
        (Manifest, this.index, this.shards) = (manifest, index, shards);
        Train = new TokenSplit(shards, index.Train, index.Form, index.BlockTokens);
        Dev = new TokenSplit(shards, index.Dev, index.Form, index.BlockTokens);
    }

    public DataManifest Manifest { get; }

    public CorpusForm Form => index.Form;

    /// <summary>Ids of a block, without special tokens around them.</summary>
    public int BlockTokens => index.BlockTokens;

    /// <summary>Ids of all shards.</summary>
    public long TokenCount => index.Shards.Sum(shard => shard.Ids);

    /// <summary>Words at white space of all documents kept.</summary>
    public long WordCount => index.Shards.Sum(shard => shard.Words);

    public int PartCount => index.Shards.Count;

    public TokenSplit Train { get; }

    public TokenSplit Dev { get; }

    /// <summary>Maps a prepared corpus: headers, lengths and digests of the index are checked, the ids are not read (<see cref="Verify"/> does).</summary>
    /// <exception cref="DataFormatException">Missing, cut off or damaged.</exception>
    public static TokenCorpus Open(string folder)
    {
        var manifest = DataManifest.Load(Path.Combine(folder, DataManifest.FileName));
        var index = CorpusIndex.Load(folder);
        if (index.Digest() != manifest.Digest) throw Damaged(folder, "its index is not the one of its manifest");
        var shards = index.Shards.Select(shard => TokenShard.Open(CorpusPart.ShardPath(folder, shard.Name))).ToArray();
        for (var i = 0; i < shards.Length; i++)
        {
            if (Convert.ToHexStringLower(shards[i].Header.Digest) != index.Shards[i].Digest) throw Damaged(folder, $"{index.Shards[i].Name} is not the shard of its index");
        }
        return new TokenCorpus(manifest, index, shards);
    }

    /// <summary>Reads everything and compares it with the digests.</summary>
    /// <exception cref="DataFormatException">The content is not what was written.</exception>
    public void Verify()
    {
        foreach (var shard in shards) shard.Verify();
    }

    private static DataFormatException Damaged(string folder, string problem) => new($"{folder} is damaged ({problem}); delete it and prepare the corpus again");
}
