// SPDX-License-Identifier: MIT
#include "Session.hpp"
#include "Kernels.hpp"
#include <algorithm>
#include <cmath>

namespace {

long long Gap(std::mt19937_64& random) { return static_cast<long long>(random() % 3) * 4; }

size_t SignWords(const Case& c) {
    return static_cast<size_t>(reference::Rotations(YOSO_WIDTH, c.hashes, c.tau, c.sampler)) * 3 * YOSO_WIDTH / 32;
}

size_t CodeCount(const Case& c) { return static_cast<size_t>(c.tokens()) * c.heads * c.hashes; }

constexpr int CumulationSlices = YOSO_WIDTH / 16, GradientSlices = YOSO_WIDTH / 32;

} // namespace

// Arrays of one group of items.
struct Session::Workspace {
    int first, count, longest;
    size_t tokens;
    Buffer<unsigned short> queryOrder, keyOrder;
    Buffer<unsigned> queryEntries, keyEntries;
    Buffer<yoso::CrowdedBucket> crowded;
    Buffer<int> crowdedCounts;

    Workspace(const Case& c, int f, int n, int l, size_t t)
        : first(f), count(n), longest(l), tokens(t), queryOrder(t * c.hashes), keyOrder(t * c.hashes), queryEntries(t * c.hashes), keyEntries(t * c.hashes),
          crowded(t * c.hashes / 6 + static_cast<size_t>(c.hashes) * n + 1), crowdedCounts(static_cast<size_t>(c.hashes) * n) {}
};

Session::Session(const Case& c)
    : c_(c), random_(c.seed + 1), offsets_(c.offsets.size()), signs_(SignWords(c) * c.items()),
      query_(c.tokens(), c.heads, Gap(random_)), key_(c.tokens(), c.heads, Gap(random_)), value_(c.tokens(), c.heads, Gap(random_)),
      gradient_(c.tokens(), c.heads, Gap(random_)), output_(c.tokens(), c.heads, Gap(random_)), queryGradient_(c.tokens(), c.heads, Gap(random_)),
      keyGradient_(c.tokens(), c.heads, Gap(random_)), valueGradient_(c.tokens(), c.heads, Gap(random_)),
      queryCodes_(CodeCount(c)), keyCodes_(CodeCount(c)), sampleSeed_(static_cast<uint32_t>(random_())) {
    std::copy(c.offsets.begin(), c.offsets.end(), offsets_.data());
    for (size_t i = 0; i < signs_.size(); i++) {
        signs_[i] = static_cast<uint32_t>(random_());
    }
    FillInputs();
}

void Session::Launch(unsigned grid, unsigned threads, size_t shared, const std::function<void()>& kernel) {
    if (grid > 0) {
        emulation::Launch(grid, threads, shared, random_(), kernel);
    }
}

int Session::Longest(int first, int count) const {
    int longest = 0;
    for (int item = first; item < first + count; item++) {
        longest = std::max(longest, c_.length(item));
    }
    return longest;
}

YosoItems Session::Items(int first, int count, int perBlock) const {
    return {offsets_.data(), c_.heads, first, count, (Longest(first, count) + perBlock - 1) / perBlock, c_.hashes, c_.tau};
}

template <typename Work> void Session::ForGroups(Work work) {
    for (int first = 0; first < c_.items(); first += c_.groupItems) {
        int count = std::min(c_.groupItems, c_.items() - first);
        size_t tokens = 0;
        for (int item = first; item < first + count; item++) {
            tokens += static_cast<size_t>(c_.length(item));
        }
        Workspace workspace(c_, first, count, Longest(first, count), tokens);
        work(workspace);
    }
}

void Session::Forward() {
    int rotations = reference::Rotations(YOSO_WIDTH, c_.hashes, c_.tau, c_.sampler);
    int perBlock = YOSO_WIDTH <= 64 ? 128 : YOSO_WIDTH == 128 ? 64 : 32, values = std::min(YOSO_WIDTH, 64);
    HadamardHashArgs args = {Items(0, c_.items(), perBlock), query_.data.data(), key_.data.data(), signs_.data(), queryCodes_.data(), keyCodes_.data(),
        query_.stride, key_.stride, rotations, c_.sampler, 2, 0};
    Launch(static_cast<unsigned>(args.items.itemCount * args.items.blocksPerItem * 2), 128,
        4 * static_cast<size_t>(values * 129 + 3 * YOSO_WIDTH + rotations * (values / 32) * 128), [&] { yoso_hadamard_hash(args); });
    ForGroups([&](Workspace& work) {
        Sort(work, false, false);
        Cumulation(work, false);
    });
}

void Session::Backward() {
    ForGroups([&](Workspace& work) {
        Sort(work, true, false);
        if (c_.sampled) {
            Cumulation(work, true);
            Sort(work, true, true);
            Sampled(work);
        } else {
            Weighted(work);
        }
    });
}

void Session::Sort(Workspace& work, bool keyEntries, bool plain) {
    BucketSortArgs args = {Items(work.first, work.count, 1), queryCodes_.data(), keyCodes_.data(), work.queryOrder.data(), work.keyOrder.data(), work.queryEntries.data(),
        keyEntries ? work.keyEntries.data() : nullptr, plain ? nullptr : work.crowded.data(), plain ? nullptr : work.crowdedCounts.data(),
        std::min(c_.tau, c_.rangeBits), c_.orderInShared, {0, 0}};
    args.items.blocksPerItem = c_.hashes;
    size_t shared = 128 + (size_t{4} << args.rangeBits) + (c_.orderInShared ? 4 * static_cast<size_t>((work.longest + 1) / 2 * 2) : 0);
    // At most 64 counters a thread, so that no warp scans thousands.
    unsigned threads = std::max(32u << (random_() % 6), std::min(1024u, (1u << args.rangeBits) / 64));
    Launch(static_cast<unsigned>(work.count * c_.hashes), threads, shared, [&] { yoso_bucket_sort(args); });
}

void Session::Cumulation(Workspace& work, bool gradient) {
    const Tensor& rows = gradient ? gradient_ : value_;
    const Tensor& output = gradient ? valueGradient_ : output_;
    LshCumulationArgs args = {Items(work.first, work.count, 32), gradient ? work.keyEntries.data() : work.queryEntries.data(),
        gradient ? work.queryOrder.data() : work.keyOrder.data(), rows.data.data(), output.data.data(), rows.stride, output.stride, 1.0f / c_.hashes, {0, 0, 0}};
    Launch(static_cast<unsigned>(work.count * args.items.blocksPerItem), 256, 0, [&] { gradient ? yoso_lsh_cumulation_gradient(args) : yoso_lsh_cumulation(args); });
    CrowdedCumulationArgs crowded = {Items(work.first, work.count, 1), work.crowded.data(), work.crowdedCounts.data(), work.queryOrder.data(), work.keyOrder.data(),
        rows.data.data(), output.data.data(), rows.stride, output.stride, 1.0f / c_.hashes, {0, 0, 0}};
    crowded.items.blocksPerItem = CumulationSlices;
    Launch(static_cast<unsigned>(work.count * CumulationSlices), 256, 0,
        [&] { gradient ? yoso_lsh_cumulation_gradient_crowded(crowded) : yoso_lsh_cumulation_crowded(crowded); });
}

void Session::Weighted(Workspace& work) {
    float scale = static_cast<float>(c_.tau / 2.0 / c_.hashes), share = 1.0f / c_.hashes;
    WeightedArgs query = {Items(work.first, work.count, 32), work.queryEntries.data(), work.keyOrder.data(), gradient_.data.data(), value_.data.data(), key_.data.data(),
        queryGradient_.data.data(), nullptr, gradient_.stride, value_.stride, key_.stride, queryGradient_.stride, 0, scale, share, {0, 0}, nullptr, 0};
    WeightedArgs key = {query.items, work.keyEntries.data(), work.queryOrder.data(), value_.data.data(), gradient_.data.data(), query_.data.data(),
        keyGradient_.data.data(), valueGradient_.data.data(), value_.stride, gradient_.stride, query_.stride, keyGradient_.stride, valueGradient_.stride, scale, share, {0, 0}, nullptr, 0};
    unsigned grid = static_cast<unsigned>(work.count * query.items.blocksPerItem);
    Launch(grid, 256, 0, [&] { yoso_weighted_query(query); });
    Launch(grid, 256, 0, [&] { yoso_weighted_key(key); });
    auto crowded = [&](const WeightedArgs& a) {
        CrowdedWeightedArgs args = {a.items, work.crowded.data(), work.crowdedCounts.data(), work.queryOrder.data(), work.keyOrder.data(), a.left, a.right, a.vectors,
            a.output, a.sums, a.leftStride, a.rightStride, a.vectorStride, a.outputStride, a.sumStride, scale, share, {0, 0}};
        args.items.blocksPerItem = GradientSlices;
        return args;
    };
    CrowdedWeightedArgs crowdedQuery = crowded(query), crowdedKey = crowded(key);
    Launch(static_cast<unsigned>(work.count * GradientSlices), 256, 0, [&] { yoso_weighted_query_crowded(crowdedQuery); });
    Launch(static_cast<unsigned>(work.count * GradientSlices), 256, 0, [&] { yoso_weighted_key_crowded(crowdedKey); });
}

void Session::Sampled(Workspace& work) {
    WeightedArgs query = {Items(work.first, work.count, 4), work.queryEntries.data(), work.keyOrder.data(), gradient_.data.data(), value_.data.data(), key_.data.data(),
        queryGradient_.data.data(), nullptr, gradient_.stride, value_.stride, key_.stride, queryGradient_.stride, 0, 0, 0, {static_cast<int>(sampleSeed_), 0}, query_.data.data(), query_.stride};
    WeightedArgs key = {query.items, work.keyEntries.data(), work.queryOrder.data(), value_.data.data(), gradient_.data.data(), query_.data.data(),
        keyGradient_.data.data(), nullptr, value_.stride, gradient_.stride, query_.stride, keyGradient_.stride, 0, 0, 0, {static_cast<int>(sampleSeed_), 0}, key_.data.data(), key_.stride};
    unsigned grid = static_cast<unsigned>(work.count * query.items.blocksPerItem);
    Launch(grid, 128, 0, [&] { yoso_weighted_query_sampled(query); });
    Launch(grid, 128, 0, [&] { yoso_weighted_key_sampled(key); });
}

reference::Matrix Session::Rows(const Tensor& tensor, int item) const {
    reference::Matrix rows(c_.length(item), YOSO_WIDTH);
    for (int t = 0; t < rows.rows; t++) {
        std::copy_n(tensor.row(c_.offsets[item / c_.heads] + t, item % c_.heads), YOSO_WIDTH, rows[t]);
    }
    return rows;
}

reference::Codes Session::CodesOf(const Buffer<unsigned short>& codes, int item) const {
    int n = c_.length(item);
    const unsigned short* from = codes.data() + static_cast<size_t>(c_.hashes) * (static_cast<size_t>(c_.offsets[item / c_.heads]) * c_.heads + static_cast<size_t>(item % c_.heads) * n);
    reference::Codes result;
    for (int hash = 0; hash < c_.hashes; hash++) {
        result.emplace_back(from + static_cast<size_t>(hash) * n, from + static_cast<size_t>(hash + 1) * n);
    }
    return result;
}

std::string Session::CompareCodes() {
    for (int item = 0; item < c_.items(); item++) {
        const uint32_t* signs = signs_.data() + SignWords(c_) * item;
        for (const auto& [name, vectors, codes] : {std::tuple("query", &query_, &queryCodes_), std::tuple("key", &key_, &keyCodes_)}) {
            if (CodesOf(*codes, item) != reference::Hash(Rows(*vectors, item), signs, c_.hashes, c_.tau, c_.sampler)) {
                return std::string(name) + " codes of item " + std::to_string(item) + " differ";
            }
        }
    }
    return "";
}

std::string Session::Compare(const char* name, const Tensor& actual, int item, const reference::Sums& expected) const {
    reference::Matrix rows = Rows(actual, item);
    for (size_t i = 0; i < rows.data.size(); i++) {
        double error = std::abs(rows.data[i] - expected.value[i]);
        // 2^-24 of the terms' magnitudes for every addition; each term itself is a product of sums of up to 256, in trees and runs.
        bool bothNonFinite = !std::isfinite(expected.value[i]) && !std::isfinite(rows.data[i]);
        if (!bothNonFinite && !(error <= (64 + expected.terms[i]) * 0x1p-24 * expected.magnitude[i])) {
            return std::string(name) + "[" + std::to_string(i / YOSO_WIDTH) + ", " + std::to_string(i % YOSO_WIDTH) + "] of item " + std::to_string(item) + " is "
                + std::to_string(rows.data[i]) + " instead of " + std::to_string(expected.value[i]);
        }
    }
    return "";
}

std::string Session::CompareGaps(const char* name, const Tensor& actual) const {
    long long width = static_cast<long long>(c_.heads) * YOSO_WIDTH;
    for (size_t i = 0; i < actual.data.size(); i++) {
        if (static_cast<long long>(i) % actual.stride >= width && !std::isnan(actual.data[i])) {
            return std::string(name) + ": written between the rows";
        }
    }
    return "";
}

std::string Session::CompareForward() {
    std::string wrong = CompareGaps("output", output_);
    for (int item = 0; item < c_.items() && wrong.empty(); item++) {
        wrong = Compare("output", output_, item, reference::Cumulate(CodesOf(queryCodes_, item), CodesOf(keyCodes_, item), Rows(value_, item)));
    }
    return wrong;
}

std::string Session::CompareBackward() {
    std::string wrong = CompareGaps("query gradient", queryGradient_) + CompareGaps("key gradient", keyGradient_) + CompareGaps("value gradient", valueGradient_);
    for (int item = 0; item < c_.items() && wrong.empty(); item++) {
        auto q = CodesOf(queryCodes_, item), k = CodesOf(keyCodes_, item);
        auto query = Rows(query_, item), key = Rows(key_, item), value = Rows(value_, item), gradient = Rows(gradient_, item);
        if (c_.inputs == Inputs::SlotRivals && (reference::ContestedSlots(q, k) == 0 || reference::ContestedSlots(k, q) == 0)) {
            return "no slot has rivals";
        }
        uint32_t seed = sampleSeed_ + static_cast<uint32_t>(item) * 0x9e3779b9u;
        wrong = Compare("query gradient", queryGradient_, item, c_.sampled ? reference::Sampled(q, k, gradient, value, key, query, c_.tau, seed) : reference::LowerBound(q, k, gradient, value, key, c_.tau));
        if (wrong.empty()) {
            wrong = Compare("key gradient", keyGradient_, item, c_.sampled ? reference::Sampled(k, q, value, gradient, query, key, c_.tau, seed ^ 0x5bd1e995u) : reference::LowerBound(k, q, value, gradient, query, c_.tau));
        }
        if (wrong.empty()) {
            wrong = Compare("value gradient", valueGradient_, item, reference::Cumulate(k, q, gradient));
        }
    }
    return wrong;
}

std::string Check(const Case& c) {
    Session session(c);
    session.Forward();
    std::string wrong = session.CompareCodes();
    if (wrong.empty()) {
        wrong = session.CompareForward();
    }
    if (wrong.empty()) {
        session.Backward();
        wrong = session.CompareBackward();
    }
    return wrong.empty() ? "" : wrong + " (" + c.describe() + ")";
}
