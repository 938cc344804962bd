// SPDX-License-Identifier: MIT
using System.CommandLine;
using System.Diagnostics;
using Spectre.Console;
using Yoso.Data.Corpora;
using Yoso.Experiments.Runs;

namespace Yoso.Experiments.Commands;

/// <summary>Texts to a corpus of token ids under the output folder.</summary>
internal static class CorpusCommand
{
    public static Command Create()
    {
        var set = new CorpusOptionSet();
        var output = new JobOptions().Output;
        var form = new Option<string>("--form") { Description = "blocks (RoBERTa) or documents (BERT)", DefaultValueFactory = _ => "blocks" };
        var block = new Option<int>("--block-tokens") { Description = "ids of a block without the special tokens: 510, or 4094 for length 4096", DefaultValueFactory = _ => 510 };
        var threads = new Option<int>("--threads") { Description = "0: one a core", DefaultValueFactory = _ => 0 };
        var command = new Command("corpus", "Prepares a corpus for pre-training: Wikipedia, BookCorpus, text folders, or (by default) the sample corpus") { form, block, threads, output };
        foreach (var option in set.Texts.Concat(set.Vocabulary)) command.Options.Add(option);
        command.SetAction((parsed, cancellation) =>
        {
            if (!Enum.TryParse<CorpusForm>(parsed.GetValue(form), ignoreCase: true, out var chosen) || !Enum.IsDefined(chosen))
            {
                throw new UsageException($"unknown form '{parsed.GetValue(form)}': blocks or documents");
            }

            var options = new CorpusOptions
            {
                Sources = set.Sources(parsed),
                Tokenizer = set.Tokenizer(parsed),
                Form = chosen,
                BlockTokens = parsed.GetValue(block),
                Threads = parsed.GetValue(threads) is not 0 and var asked ? asked : Environment.ProcessorCount,
            };
            if (options.Problems().FirstOrDefault() is { } problem) throw new UsageException(problem);
            foreach (var source in options.Sources) Console.WriteLine($"corpus: {source.Name}, licence: {source.Licence}");
            var clock = Stopwatch.StartNew();
            var corpus = DataBars.Use(AnsiConsole.Console, events => Corpus.Prepare(options, Path.Combine(parsed.GetValue(output)!, "data"), new Shown(events), cancellation));
            Console.WriteLine($"corpus: {corpus.WordCount:N0} words, {corpus.TokenCount:N0} tokens, {corpus.PartCount} parts, {corpus.Manifest.TrainCount:N0} train and {corpus.Manifest.DevCount:N0} dev {parsed.GetValue(form)!.ToLowerInvariant()}, digest {corpus.Manifest.Digest[..12]}, {clock.Elapsed.TotalSeconds:0.0} s");
            if (corpus.Manifest.Note is { } note) Console.WriteLine($"corpus: {note}");
            return Task.FromResult(ExitCode.Ok);
        });
        return command;
    }

    private sealed class Shown(IDataEvents events) : IProgress<CorpusProgress>
    {
        public void Report(CorpusProgress value) => events.Progress(Path.GetFileName(value.File), value.BytesRead, value.BytesTotal);
    }
}
