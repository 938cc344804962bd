# SPDX-License-Identifier: MIT
# Starts the build on Windows: .\build.ps1 --help lists its targets. The same steps as build.sh; not tested on every change.
$ErrorActionPreference = 'Stop'

$Root = $PSScriptRoot
$Temp = Join-Path $Root '.nuke\temp'
$Project = Join-Path $Root 'build\_build.csproj'
New-Item -ItemType Directory -Force $Temp | Out-Null

$env:DOTNET_CLI_TELEMETRY_OPTOUT = '1'
$env:DOTNET_NOLOGO = '1'
$env:NUKE_TELEMETRY_OPTOUT = '1'
# NUKE takes its own options from the environment too, and these names are everyday ones; NUKE_TARGET and so on still work.
'TARGET', 'HOST', 'PLAN', 'HELP', 'SKIP', 'CONTINUE', 'PROFILE', 'VERBOSITY', 'PARTITION', 'ROOT' | ForEach-Object { Remove-Item "Env:$_" -ErrorAction SilentlyContinue }

function Stop-WithLine([string] $line) {
    [Console]::Error.WriteLine("build.ps1: $line")
    exit 255
}

function Invoke-Quietly([string] $log, [string[]] $arguments) {
    # Windows PowerShell takes anything on the error stream of a program for an error.
    $ErrorActionPreference = 'Continue'
    & dotnet @arguments *> (Join-Path $Temp $log)
    return $LASTEXITCODE -eq 0
}

function Test-Sdk {
    if (-not (Get-Command dotnet -ErrorAction SilentlyContinue)) { return $false }
    Push-Location $Root
    try { return Invoke-Quietly 'dotnet-version.log' @('--version') } finally { Pop-Location }
}

if (-not (Test-Sdk)) {
    $Folder = Join-Path $Temp 'dotnet-win'
    $Version = (Get-Content (Join-Path $Root 'global.json') -Raw | ConvertFrom-Json).sdk.version
    if (-not (Test-Path (Join-Path $Folder 'dotnet.exe'))) {
        try {
            [Net.ServicePointManager]::SecurityProtocol = [Net.SecurityProtocolType]::Tls12
            Invoke-WebRequest 'https://dot.net/v1/dotnet-install.ps1' -OutFile (Join-Path $Temp 'dotnet-install.ps1') -UseBasicParsing
            & (Join-Path $Temp 'dotnet-install.ps1') -InstallDir $Folder -Version $Version -NoPath | Out-Null
        } catch {
            Stop-WithLine "the .NET SDK $Version or a later 10.0 is needed and could not be downloaded: install it from https://dotnet.microsoft.com/download"
        }
    }
    $env:DOTNET_ROOT = $Folder
    $env:PATH = "$Folder;$env:PATH"
}

# package: the real Nuke.Common; bundled: build/nuke. Whether the feed has the package is asked once.
$Wanted = [regex]::Match((Get-Content $Project -Raw), '"Nuke.Common" Version="([^"]*)"').Groups[1].Value
$Memory = Join-Path $Temp 'nuke-engine'
if ($env:NUKE_ENGINE) {
    $Engine = $env:NUKE_ENGINE
    $Why = 'NUKE_ENGINE is set'
} elseif ((Test-Path $Memory) -and (Get-Content $Memory)[1] -eq $Wanted) {
    $Engine = (Get-Content $Memory)[0]
    $Why = 'remembered in .nuke/temp/nuke-engine'
} else {
    $env:NUGET_ENHANCED_MAX_NETWORK_TRY_COUNT = '1'
    if (Invoke-Quietly 'nuke-restore.log' @('restore', $Project, '-p:NukeEngine=package', '-v', 'quiet')) {
        $Engine = 'package'
        $Why = "Nuke.Common $Wanted restored"
    } else {
        $Engine = 'bundled'
        $Why = "Nuke.Common $Wanted cannot be restored here"
    }
    Remove-Item Env:NUGET_ENHANCED_MAX_NETWORK_TRY_COUNT
    Set-Content $Memory $Engine, $Wanted
}
if ($Engine -notin 'package', 'bundled') { Stop-WithLine "unknown NUKE_ENGINE '$Engine': known: package, bundled" }

# Two lines: which libtorch and why. A GPU on Windows is used only when asked for.
$Why2 = 'TORCH_BACKEND is set'
if (-not $env:TORCH_BACKEND) {
    $env:TORCH_BACKEND = 'cpu'
    $Why2 = 'the default on Windows; set TORCH_BACKEND=cuda for a GPU'
}
if ($env:TORCH_BACKEND -notin 'cpu', 'cuda') { Stop-WithLine "unknown TORCH_BACKEND '$env:TORCH_BACKEND': known: cpu, cuda" }
Set-Content (Join-Path $Temp 'torch-backend') $env:TORCH_BACKEND, $Why2

if (-not (Invoke-Quietly 'build-compile.log' @('build', $Project, "-p:NukeEngine=$Engine", '-nodeReuse:false', '-p:UseSharedCompilation=false', '-nologo', '-v', 'quiet'))) {
    Get-Content (Join-Path $Temp 'build-compile.log') | ForEach-Object { [Console]::Error.WriteLine($_) }
    exit 1
}

$env:BUILD_ENGINE = "$Engine ($Why)"
& dotnet (Join-Path $Root "build\bin\Debug\$Engine\_build.dll") @args
exit $LASTEXITCODE
