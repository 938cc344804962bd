// SPDX-License-Identifier: MIT
// The tensors of one case on the emulated device, its launches, and the comparison of each output with the reference.
#pragma once
#include "Cases.hpp"

struct YosoItems;

class Session {
public:
    explicit Session(const Case& c);
    void Forward();
    void Backward();
    std::string CompareCodes();
    std::string CompareForward();
    std::string CompareBackward();

    const Tensor& output() const { return output_; }

private:
    struct Workspace;

    void FillInputs();
    void FillCorner(int first, int n, int head);
    void Launch(unsigned grid, unsigned threads, size_t shared, const std::function<void()>& kernel);
    YosoItems Items(int first, int count, int perBlock) const;
    int Longest(int first, int count) const;
    void Sort(Workspace& work, bool keyEntries, bool plain);
    void Weighted(Workspace& work);
    void Sampled(Workspace& work);
    void Cumulation(Workspace& work, bool gradient);
    template <typename Work> void ForGroups(Work work);
    reference::Matrix Rows(const Tensor& tensor, int item) const;
    reference::Codes CodesOf(const Buffer<unsigned short>& codes, int item) const;
    std::string Compare(const char* name, const Tensor& actual, int item, const reference::Sums& expected) const;
    std::string CompareGaps(const char* name, const Tensor& actual) const;

    Case c_;
    std::mt19937_64 random_;
    Buffer<int> offsets_;
    Buffer<uint32_t> signs_;
    Tensor query_, key_, value_, gradient_, output_, queryGradient_, keyGradient_, valueGradient_;
    Buffer<unsigned short> queryCodes_, keyCodes_;
    uint32_t sampleSeed_;
};
