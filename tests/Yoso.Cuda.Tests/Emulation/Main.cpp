// SPDX-License-Identifier: MIT
// emulation cases SEED COUNT [DROPPED]: runs COUNT random cases; exit code 1 and one line for the first that is wrong.
// DROPPED ("file:line") leaves that barrier out, which must make a case fail.
// emulation corners SEED COUNT [DROPPED]: the same for cases that random ones do not reach.
// emulation barriers SEED COUNT [corners]: the barriers that those cases pass, one a line.
// emulation planted: kernels with known faults; exit code 1 if one is not found.
#include "Cases.hpp"
#include "Planted.hpp"
#include <csignal>
#include <unistd.h>

namespace {

extern "C" void OnSegmentationFault(int) {
    const char text[] = "a kernel read or wrote outside its memory\n";
    [[maybe_unused]] auto written = write(1, text, sizeof(text) - 1);
    _exit(3);
}

int RunCases(uint64_t seed, long count, Case (*draw)(uint64_t)) {
    for (long i = 0; i < count; i++) {
        Case c = draw(seed + static_cast<uint64_t>(i));
        std::string wrong;
        try {
            wrong = Check(c);
        } catch (const emulation::Fault& fault) {
            wrong = std::string(fault.what()) + " (" + c.describe() + ")";
        }
        if (!wrong.empty()) {
            std::printf("%s\n", wrong.c_str());
            return 1;
        }
    }
    return 0;
}

} // namespace

int main(int argc, char** argv) {
    std::signal(SIGSEGV, OnSegmentationFault);
    std::string command = argc > 1 ? argv[1] : "";
    if (command == "planted" && argc == 2) {
        return RunPlanted();
    }
    if ((command != "cases" && command != "corners" && command != "barriers") || argc < 4 || argc > 5) {
        std::printf("usage: emulation cases|corners|barriers SEED COUNT [DROPPED] | planted\n");
        return 2;
    }
    bool list = command == "barriers", corners = command == "corners" || (list && argc == 5);
    emulation::DroppedBarrier() = !list && argc == 5 ? argv[4] : "";
    int code = RunCases(std::strtoull(argv[2], nullptr, 10), std::strtol(argv[3], nullptr, 10), corners ? CornerCase : RandomCase);
    for (const auto& [site, passed] : emulation::Barriers()) {
        if (list) {
            const char* slash = std::strrchr(site.first, '/');
            std::printf("%s:%d\n", slash ? slash + 1 : site.first, site.second);
        }
    }
    return code;
}
