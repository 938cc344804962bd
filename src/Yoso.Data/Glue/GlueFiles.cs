// SPDX-License-Identifier: MIT
using System.IO.Compression;
using Yoso.Data.Downloads;

namespace Yoso.Data.Glue;

/// <summary>Where GLUE's files are published and on which terms. No digest is given that was not checked: the first download's is recorded.</summary>
/// <remarks>Addresses as in the download script that GLUE's authors point to; MRPC is not in it, because its owner does not allow redistribution.</remarks>
public static class GlueFiles
{
    private const string Host = "https://dl.fbaipublicfiles.com/glue/data/";
    private const string Senteval = "https://dl.fbaipublicfiles.com/senteval/senteval_data/";
    private const string MicrosoftTerms = "Microsoft Research Paraphrase Corpus: for research, not to be redistributed; read Microsoft's terms first";

    // The largest published file, QQP's or MNLI's train.tsv, has less than 80 MB.
    private const long MaxEntryBytes = 1L << 29;

    /// <summary>What to download for a task: one archive, or MRPC's three text files.</summary>
    public static IReadOnlyList<RemoteFile> Of(GlueTask task) => task switch
    {
        GlueTask.Sst2 => [Archive("SST-2.zip", "no licence stated; for research, cite Socher et al., EMNLP 2013")],
        GlueTask.Qnli => [Archive("QNLIv2.zip", "CC-BY-SA-4.0 (SQuAD, Rajpurkar et al., 2016)")],
        GlueTask.Qqp => [Archive("QQP-clean.zip", "Quora's terms of service; not for commercial use (First Quora Dataset Release, 2017)")],
        GlueTask.Mnli => [Archive("MNLI.zip", "OANC licence, CC-BY-SA-3.0, CC-BY-3.0 and others by source (Williams et al., NAACL 2018)")],
        GlueTask.Cola => [Archive("CoLA.zip", "no licence stated; texts from published linguistics works, for research (Warstadt et al., 2018)")],
        GlueTask.Rte => [Archive("RTE.zip", "no licence stated; for research (RTE challenges 1, 2, 3 and 5)")],
        GlueTask.Stsb => [Archive("STS-B.zip", "mixed by source, see LICENSE.txt in the archive (Cer et al., 2017)")],
        GlueTask.Mrpc =>
        [
            new(new Uri(Senteval + "msr_paraphrase_train.txt"), null, null, MicrosoftTerms),
            new(new Uri(Senteval + "msr_paraphrase_test.txt"), null, null, MicrosoftTerms),
            new(new Uri(Host + "mrpc_dev_ids.tsv"), null, null, MicrosoftTerms),
        ],
        _ => throw new ArgumentOutOfRangeException(nameof(task), task, null),
    };

    private static RemoteFile Archive(string name, string licence) => new(new Uri(Host + name), null, null, licence);

    internal static string Advice(GlueTask task) => string.Join(", ", Of(task).Select(f => f.Address.AbsoluteUri));

    /// <summary>Puts a task's files into glueFolder/TASK, all or none.</summary>
    /// <param name="downloads">The downloaded files, in the order of <see cref="Of"/>.</param>
    /// <returns>The task's folder.</returns>
    /// <exception cref="DataFormatException">An archive is damaged, hostile or lacks a file.</exception>
    public static string Unpack(GlueTask task, IReadOnlyList<string> downloads, string glueFolder)
    {
        var info = GlueTaskInfo.Of(task);
        var target = Path.Combine(glueFolder, info.Folder);
        Directory.CreateDirectory(glueFolder);
        var partial = Path.Combine(glueFolder, $".{info.Folder}.{Guid.NewGuid():N}.partial");
        Directory.CreateDirectory(partial);
        try
        {
            if (task == GlueTask.Mrpc) MrpcSplit.Write(downloads[0], downloads[1], downloads[2], partial);
            else Extract(downloads[0], info, partial);
            if (Directory.Exists(target)) Directory.Delete(target, recursive: true);
            Directory.Move(partial, target);
            return target;
        }
        finally
        {
            if (Directory.Exists(partial)) Directory.Delete(partial, recursive: true);
        }
    }

    private static void Extract(string archive, GlueTaskInfo info, string folder)
    {
        try
        {
            using var zip = ZipFile.OpenRead(archive);
            foreach (var split in (GlueSplit[])[GlueSplit.Train, .. info.DevSplits, .. info.TestSplits])
            {
                // The file is written under our name, so a path in the archive cannot lead out of the folder; copies inside "original/" are other files.
                var name = info.FileName(split);
                var entry = zip.Entries.FirstOrDefault(e => e.FullName == $"{info.Folder}/{name}") ?? zip.Entries.FirstOrDefault(e => e.Name == name && !e.FullName.Contains("original", StringComparison.Ordinal))
                    ?? throw new DataFormatException($"{archive} has no {name}; this is not GLUE's {info.Folder}");
                using var source = entry.Open();
                using var file = File.Create(Path.Combine(folder, name));
                CopyLimited(source, file, $"{archive}: {entry.FullName}");
            }
        }
        catch (InvalidDataException e)
        {
            throw new DataFormatException($"{archive} is damaged or no zip archive; delete it and download it again", e);
        }
    }

    private static void CopyLimited(Stream source, Stream file, string name)
    {
        var buffer = new byte[1 << 16];
        for (long total = 0; source.Read(buffer) is var read and > 0;)
        {
            total += read;
            if (total > MaxEntryBytes) throw new DataFormatException($"{name} unpacks to more than {MaxEntryBytes >> 20} MB; this is not the expected archive");
            file.Write(buffer, 0, read);
        }
    }
}
