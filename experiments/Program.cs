// SPDX-License-Identifier: MIT
using System.CommandLine;
using Yoso.Experiments.Commands;

return await CommandTree.Run(args);
