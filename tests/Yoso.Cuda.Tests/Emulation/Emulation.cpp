// SPDX-License-Identifier: MIT
#include "Emulation.hpp"
#include <algorithm>
#include <memory>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

namespace emulation {
namespace {

using Site = std::pair<const char*, int>;

constexpr size_t StackBytes = 128 << 10;

// Switches between the threads of a block after which it is taken for endless; the longest block of the tests needs 2 million.
constexpr long MostSteps = 20'000'000;

struct Fiber {
    Thread place;
    ucontext_t entry;
    jmp_buf resume;
    bool started = false;
    std::unique_ptr<char[]> stack{new char[StackBytes]};
};

struct Warp {
    int arrived = 0, lanes = 0;
    int parity = 0;
    Site site;
    uint64_t values[2][32];
    std::vector<Fiber*> waiting;
};

// xorshift64* (Marsaglia 2003, Vigna 2016): a draw a switch, where the standard library's generators take an eighth of the time.
struct Generator {
    using result_type = uint64_t;
    uint64_t x = 1;

    static constexpr uint64_t min() { return 0; }
    static constexpr uint64_t max() { return ~uint64_t{0} >> 1; }
    void seed(uint64_t value) { x = value * 0x9e3779b97f4a7c15u | 1; }
    uint64_t operator()() {
        x ^= x >> 12;
        x ^= x << 25;
        x ^= x >> 27;
        return (x * 0x2545f4914f6cdd1du) >> 1;
    }
    size_t below(size_t count) { return static_cast<size_t>(((*this)() >> 31) * count >> 32); }
};

struct State {
    std::vector<std::unique_ptr<Fiber>> fibers;
    std::vector<Warp> warps;
    std::vector<Fiber*> runnable, waiting;  // waiting: at the barrier of the block
    unsigned threads = 0, alive = 0;
    unsigned slowWarp = 0;
    Site barrierSite;
    Fiber* current = nullptr;
    jmp_buf scheduler;
    Generator random;
    std::map<Site, std::vector<unsigned char>> shared;
    unsigned char* dynamicShared = nullptr;
    const std::function<void()>* kernel = nullptr;
    std::string fault;
};

State state;

std::string Name(Site site) {
    const char* slash = std::strrchr(site.first, '/');
    return std::string(slash ? slash + 1 : site.first) + ":" + std::to_string(site.second);
}

bool Dropped(Site site) {
    Barriers()[site]++;
    return !DroppedBarrier().empty() && Name(site) == DroppedBarrier();
}

void ToScheduler() {
    Fiber* self = state.current;
    if (_setjmp(self->resume) == 0) {
        _longjmp(state.scheduler, 1);
    }
}

void FiberMain() {
    (*state.kernel)();
    state.alive--;
    state.warps[state.current->place.thread.x / 32].lanes--;
    state.current->started = false;
    _longjmp(state.scheduler, 1);
}

void Run(Fiber* fiber) {
    state.current = fiber;
    if (_setjmp(state.scheduler) == 0) {
        if (fiber->started) {
            _longjmp(fiber->resume, 1);
        }
        fiber->started = true;
        getcontext(&fiber->entry);
        fiber->entry.uc_stack.ss_sp = fiber->stack.get();
        fiber->entry.uc_stack.ss_size = StackBytes;
        fiber->entry.uc_link = nullptr;
        makecontext(&fiber->entry, FiberMain, 0);
        setcontext(&fiber->entry);
    }
}

[[noreturn]] void StopWith(const std::string& fault) {
    state.fault = fault;
    for (;;) {
        ToScheduler();
    }
}

void ReleaseBarrier() {
    state.runnable.insert(state.runnable.end(), state.waiting.begin(), state.waiting.end());
    state.waiting.clear();
}

// Any thread; but in half of the blocks one warp runs only now and then until the others wait for it, so that they overtake it by
// as much as barriers let them. Threads that advance alike never show that the second of two barriers is missing.
size_t Pick() {
    size_t pick = state.random.below(state.runnable.size());
    for (int tries = 0; tries < 5 && state.runnable[pick]->place.thread.x / 32 == state.slowWarp; tries++) {
        pick = state.random.below(state.runnable.size());
    }
    return pick;
}

void RunBlock(unsigned block) {
    state.shared.clear();
    state.warps.assign((state.threads + 31) / 32, Warp());
    state.runnable.clear();
    state.waiting.clear();
    state.alive = state.threads;
    state.slowWarp = static_cast<unsigned>(state.random.below(2 * state.warps.size()));
    for (unsigned t = 0; t < state.threads; t++) {
        Fiber* fiber = state.fibers[t].get();
        fiber->place = {{t}, {block}, {state.threads}};
        fiber->started = false;
        state.runnable.push_back(fiber);
        state.warps[t / 32].lanes++;
    }
    for (long steps = 0; !state.runnable.empty() && state.fault.empty(); steps++) {
        if (steps == MostSteps) {
            state.fault = "block " + std::to_string(block) + " does not end";
            return;
        }
        size_t pick = Pick();
        std::swap(state.runnable[pick], state.runnable.back());
        Fiber* next = state.runnable.back();
        state.runnable.pop_back();
        Run(next);
        if (!state.waiting.empty() && state.waiting.size() == state.alive) {
            ReleaseBarrier();  // the last one that was missing has returned from the kernel
        }
    }
    if (state.fault.empty() && state.alive > 0) {
        state.fault = "block " + std::to_string(block) + " waits for ever: " + std::to_string(state.waiting.size()) + " of "
            + std::to_string(state.alive) + " threads at a barrier";
        for (const Warp& warp : state.warps) {
            state.fault += warp.waiting.empty() ? "" : ", " + std::to_string(warp.waiting.size()) + " lanes at " + Name(warp.site);
        }
    }
}

} // namespace

GuardedBytes::GuardedBytes(size_t bytes) {
    size_t page = static_cast<size_t>(sysconf(_SC_PAGESIZE)), room = (bytes + page) / page * page;
    mapped_ = room + page;
    base_ = static_cast<unsigned char*>(mmap(nullptr, mapped_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    if (base_ == MAP_FAILED) {
        throw std::bad_alloc();
    }
    mprotect(base_ + room, page, PROT_NONE);
    data_ = base_ + room - bytes;
    std::memset(base_, 0xff, room);
}

GuardedBytes::~GuardedBytes() { munmap(base_, mapped_); }

Thread& Current() { return state.current->place; }

std::map<std::pair<const char*, int>, long>& Barriers() {
    static std::map<std::pair<const char*, int>, long> barriers;
    return barriers;
}

std::string& DroppedBarrier() {
    static std::string dropped;
    return dropped;
}

void MaybeYield() {
    if (state.random.below(32) == 0) {
        state.runnable.push_back(state.current);
        ToScheduler();
    }
}

void SyncThreads(const char* file, int line) {
    Site site = {file, line};
    if (Dropped(site)) {
        return;
    }
    if (!state.waiting.empty() && state.barrierSite != site) {
        StopWith("threads wait at " + Name(state.barrierSite) + " and at " + Name(site) + " at the same time");
    }
    state.barrierSite = site;
    state.waiting.push_back(state.current);
    if (state.waiting.size() == state.alive) {
        ReleaseBarrier();
    }
    ToScheduler();
}

void SyncWarp(const char* file, int line) {
    if (Dropped({file, line})) {
        return;
    }
    WarpExchange(file, line, 0xffffffffu, 0);
}

const uint64_t* WarpExchange(const char* file, int line, unsigned mask, uint64_t value) {
    Site site = {file, line};
    unsigned lane = state.current->place.thread.x % 32;
    Warp& warp = state.warps[state.current->place.thread.x / 32];
    if (mask != 0xffffffffu || warp.lanes != 32) {
        StopWith("warp operation at " + Name(site) + " with " + std::to_string(warp.lanes) + " lanes");
    }
    if (warp.arrived > 0 && warp.site != site) {
        StopWith("lanes of a warp wait at " + Name(warp.site) + " and at " + Name(site) + " at the same time");
    }
    warp.site = site;
    int parity = warp.parity;
    warp.values[parity][lane] = value;
    warp.waiting.push_back(state.current);
    if (++warp.arrived == 32) {
        warp.arrived = 0;
        warp.parity ^= 1;
        state.runnable.insert(state.runnable.end(), warp.waiting.begin(), warp.waiting.end());
        warp.waiting.clear();
    }
    ToScheduler();
    return warp.values[parity];
}

void* SharedBytes(const char* file, int line, size_t bytes) {
    auto& memory = state.shared[{file, line}];
    if (memory.empty()) {
        memory.assign(bytes + 16, 0xff);  // NaN to whoever reads it before it is written
    }
    auto address = reinterpret_cast<uintptr_t>(memory.data());
    return reinterpret_cast<void*>((address + 15) / 16 * 16);
}

unsigned char* DynamicShared() { return state.dynamicShared; }

void Launch(unsigned grid, unsigned threads, size_t sharedBytes, uint64_t seed, const std::function<void()>& kernel) {
    state.threads = threads;
    state.kernel = &kernel;
    state.random.seed(seed);
    state.fault.clear();
    while (state.fibers.size() < threads) {
        state.fibers.push_back(std::make_unique<Fiber>());
    }
    GuardedBytes dynamicShared(sharedBytes);
    state.dynamicShared = dynamicShared.data();
    std::vector<unsigned> order(grid);
    for (unsigned b = 0; b < grid; b++) {
        order[b] = b;
    }
    std::shuffle(order.begin(), order.end(), state.random);
    for (unsigned b : order) {
        std::memset(state.dynamicShared, 0xff, sharedBytes);
        RunBlock(b);
        if (!state.fault.empty()) {
            break;
        }
    }
    if (!state.fault.empty()) {
        throw Fault(state.fault);
    }
}

} // namespace emulation
