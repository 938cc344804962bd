// SPDX-License-Identifier: MIT
using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;

namespace Yoso.Data.Tokenization;

/// <summary>Trains a sentencepiece unigram model with spm_train, sentencepiece's own program, which must be installed.</summary>
/// <remarks>The special pieces are those of ALBERT and of the sample model: &lt;pad&gt; 0, &lt;unk&gt; 1, [CLS] 2, [SEP] 3, [MASK] 4; no BOS or EOS; nfkc_cf lower-cases.</remarks>
public static class UnigramTrainer
{
    /// <param name="textFile">A sentence or paragraph a line, UTF-8.</param>
    /// <param name="modelFile">Where the model goes (.model).</param>
    /// <param name="program">Path of spm_train, or its name if it is found on PATH.</param>
    /// <exception cref="DataFormatException">The program is not there or fails; the message has its last line.</exception>
    public static void Train(string textFile, int vocabularySize, string modelFile, string program = "spm_train")
    {
        var prefix = $"{modelFile}.{Environment.ProcessId}.partial";
        var start = new ProcessStartInfo(program) { RedirectStandardError = true, RedirectStandardOutput = true };
        // One thread: the order of sums, hence the model, would depend on the number of threads.
        foreach (var option in new[]
        {
            $"--input={textFile}", $"--model_prefix={prefix}", string.Create(CultureInfo.InvariantCulture, $"--vocab_size={vocabularySize}"),
            "--model_type=unigram", "--normalization_rule_name=nfkc_cf", "--pad_id=0", "--unk_id=1", "--bos_id=-1", "--eos_id=-1",
            "--pad_piece=<pad>", "--control_symbols=[CLS],[SEP],[MASK]", "--character_coverage=0.9995", "--num_threads=1", "--minloglevel=1",
        })
        {
            start.ArgumentList.Add(option);
        }
        try
        {
            using var process = Process.Start(start) ?? throw new DataFormatException($"{program} did not start");
            process.OutputDataReceived += (_, _) => { };
            process.BeginOutputReadLine();
            var errors = process.StandardError.ReadToEnd();
            process.WaitForExit();
            if (process.ExitCode != 0) throw new DataFormatException($"{program} failed: {errors.Split('\n', StringSplitOptions.RemoveEmptyEntries).LastOrDefault("no message")}");
            File.Move(prefix + ".model", modelFile, overwrite: true);
        }
        catch (Win32Exception e)
        {
            throw new DataFormatException($"{program} was not found; install sentencepiece (Debian: apt install sentencepiece) or use a BPE vocabulary", e);
        }
        finally
        {
            File.Delete(prefix + ".model");
            File.Delete(prefix + ".vocab");
        }
    }
}
