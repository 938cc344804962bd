// SPDX-License-Identifier: MIT
using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.IO.Compression;
using System.Text;
using Yoso.Data.Tokenization;
using Yoso.Experiments.Runs;

namespace Yoso.Experiments.Commands;

/// <summary>How fast the tokenizers read the sample corpus, by wall clock and by processor time, which other programs disturb less.</summary>
internal static class TokenizerBench
{
    private sealed record Row(string Tokenizer, int Threads, double Megabytes, double Wall, double Processor, double TokensPerWord);

    public static Command Create()
    {
        var seconds = new Option<double>("--seconds") { Description = "of each measurement", DefaultValueFactory = _ => 3 };
        var output = new JobOptions().Output;
        var command = new Command("tokenizers", "Times the tokenizers on the sample corpus into <output>/bench/tokenizers.md") { seconds, output };
        command.SetAction(parsed =>
        {
            if (parsed.GetValue(seconds) is not (> 0 and <= 600)) throw new UsageException($"--seconds {parsed.GetValue(seconds)}: need more than 0, up to 600");
            var table = Table(Measure(TimeSpan.FromSeconds(parsed.GetValue(seconds))));
            var path = Path.Combine(parsed.GetValue(output)!, "bench", "tokenizers.md");
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            AtomicFile.WriteText(path, table);
            Console.Write(table);
            Console.WriteLine($"{path} written");
            return ExitCode.Ok;
        });
        return command;
    }

    private static List<Row> Measure(TimeSpan atLeast)
    {
        var samples = SampleFolder.Locate();
        using var reader = new StreamReader(new GZipStream(File.OpenRead(Path.Combine(samples, "corpus", "train.txt.gz")), CompressionMode.Decompress));
        var lines = reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        ITokenizer[] all =
        [
            TokenizerFiles.Open(TokenizerKind.Roberta, Path.Combine(samples, "vocab", "gpt2")),
            TokenizerFiles.Open(TokenizerKind.BertUncased, Path.Combine(samples, "vocab", "bert-base-uncased")),
            TokenizerFiles.Open(TokenizerKind.SentencePiece, Path.Combine(samples, "vocab", "spm8k.model")),
        ];
        return [.. from tokenizer in all from threads in new[] { 1, Environment.ProcessorCount }.Distinct() select Measure(tokenizer, lines, threads, atLeast)];
    }

    private static Row Measure(ITokenizer tokenizer, string[] lines, int threads, TimeSpan atLeast)
    {
        var bytes = lines.Sum(line => Encoding.UTF8.GetByteCount(line) + 1L);
        var words = lines.Sum(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries).LongLength);
        var tokens = Pass(tokenizer, lines, threads); // also compiles the code and fills the cache
        var (clock, before, passes) = (Stopwatch.StartNew(), Environment.CpuUsage.TotalTime, 0);
        for (; clock.Elapsed < atLeast; passes++) Pass(tokenizer, lines, threads);
        var megabytes = bytes * passes / 1e6;
        return new Row(tokenizer.Kind.ToString(), threads, megabytes, megabytes / clock.Elapsed.TotalSeconds, megabytes / (Environment.CpuUsage.TotalTime - before).TotalSeconds, (double)tokens / words);
    }

    private static long Pass(ITokenizer tokenizer, string[] lines, int threads)
    {
        var tokens = 0L;
        Parallel.ForEach(
            lines,
            new ParallelOptions { MaxDegreeOfParallelism = threads },
            () => (Ids: new List<int>(), Count: 0L),
            (line, _, local) =>
            {
                local.Ids.Clear();
                tokenizer.Encode(line, local.Ids);
                return (local.Ids, local.Count + local.Ids.Count);
            },
            local => Interlocked.Add(ref tokens, local.Count));
        return tokens;
    }

    private static string Table(List<Row> rows)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"Sample corpus, {Fingerprint.CpuModel()}, {Environment.ProcessorCount} cores, load {Load()}\n\n");
        text.Append("| tokenizer | threads | MB read | MB/s | MB per processor second | tokens per word |\n|---|---|---|---|---|---|\n");
        foreach (var row in rows)
        {
            text.Append(CultureInfo.InvariantCulture, $"| {row.Tokenizer} | {row.Threads} | {row.Megabytes:0} | {row.Wall:0.0} | {row.Processor:0.0} | {row.TokensPerWord:0.00} |\n");
        }

        return text.ToString();
    }

    private static string Load() => File.Exists("/proc/loadavg") ? File.ReadAllText("/proc/loadavg").Split(' ')[0] : "unknown";
}
