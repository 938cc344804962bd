@echo off
rem SPDX-License-Identifier: MIT
rem Starts the yoso program with the arguments given; builds it first when its sources have changed.
setlocal
set "LOG=%TEMP%\yoso-build-%RANDOM%.log"
call "%~dp0build.cmd" CompileProgram --verbosity quiet > "%LOG%" 2>&1
set "RESULT=%ERRORLEVEL%"
if not "%RESULT%"=="0" type "%LOG%" 1>&2
del "%LOG%"
if not "%RESULT%"=="0" exit /b 1
if exist "%~dp0.nuke\temp\dotnet-win\dotnet.exe" set "PATH=%~dp0.nuke\temp\dotnet-win;%PATH%"
set "PROGRAM="
for /f "delims=" %%F in ('dir /b /s /o-d "%~dp0experiments\bin\Release\yoso.dll" 2^>nul') do if not defined PROGRAM set "PROGRAM=%%F"
dotnet "%PROGRAM%" %*
exit /b %ERRORLEVEL%
