// SPDX-License-Identifier: MIT
using System.CommandLine;
using Yoso.Data.Corpora;
using Yoso.Experiments.Runs;

namespace Yoso.Experiments.Commands;

/// <summary>Learns a vocabulary from texts.</summary>
internal static class VocabularyCommand
{
    public static Command Create()
    {
        var set = new CorpusOptionSet();
        var kind = new Argument<string>("kind") { Description = "bpe (byte-level, trained here) or unigram (trained by sentencepiece's spm_train, which must be installed)" };
        var size = new Option<int>("--size") { Description = "tokens; upstream: 30000 unigram pieces, 50257 BPE tokens", DefaultValueFactory = _ => 30000 };
        var stride = new Option<int>("--every") { Description = "use every n-th document", DefaultValueFactory = _ => 1 };
        var to = new Option<string>("--to") { Description = "bpe: folder for encoder.json and vocab.bpe; unigram: the .model file", Required = true };
        var command = new Command("vocabulary", "Trains a BPE or unigram vocabulary on texts (by default the sample corpus)") { kind, size, stride, to };
        foreach (var option in set.Texts) command.Options.Add(option);
        command.SetAction((parsed, cancellation) =>
        {
            var (name, tokens, target, every) = (parsed.GetValue(kind)!, parsed.GetValue(size), parsed.GetValue(to)!, parsed.GetValue(stride));
            if (name is not ("bpe" or "unigram")) throw new UsageException($"unknown kind of vocabulary '{name}': bpe or unigram");
            if (tokens is < 300 or > 65536) throw new UsageException($"--size {tokens}: need 300 to 65536");
            if (every < 1) throw new UsageException($"--every {every}: need 1 or more");
            var lines = CorpusText.Read(set.Sources(parsed), every, sentences: name == "unigram", cancellation: cancellation);
            if (name == "bpe") tokens = CorpusText.TrainBpe(lines, tokens, target);
            else CorpusText.TrainUnigram(lines, tokens, target);
            Console.WriteLine($"{target}: {tokens:N0} tokens");
            return Task.FromResult(ExitCode.Ok);
        });
        return command;
    }
}
