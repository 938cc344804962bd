// SPDX-License-Identifier: MIT
using Nuke.Common;
using Nuke.Common.IO;

partial class Build
{
    Target Clean => _ => _
        .Description("Deletes what was compiled; data, runs and report stay")
        .Before(Compile, CompileProgram)
        .Executes(() =>
        {
            foreach (var project in new[] { "src", "experiments", "reports", "tests" }.SelectMany(f => Directory.GetFiles(RootDirectory / f, "*.csproj", SearchOption.AllDirectories)))
            {
                AbsolutePath folder = Path.GetDirectoryName(project)!;
                (folder / "bin").DeleteDirectory();
                (folder / "obj").DeleteDirectory();
            }

            // Also what build.sh remembers of this machine; the build itself is running and stays.
            foreach (var file in new[] { "solution.stamp", "program.stamp", "yoso.stamp", "nuke-engine", "torch-backend" })
            {
                (TemporaryDirectory / file).DeleteFile();
            }
        });
}
